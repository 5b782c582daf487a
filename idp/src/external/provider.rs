//! Speaking to one provider, by the `openidconnect` crate over our guarded client.

use chrono::DateTime;
use host::http_client::{Call, HttpClient, Unanswered};
use kernel::{Secret, Timestamp};
use openidconnect::{
    AdditionalProviderMetadata, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, SignatureVerificationError, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthenticationFlow, CoreClaimName, CoreClaimType, CoreClient,
        CoreClientAuthMethod, CoreGrantType, CoreIdToken, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
        CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use url::Url;

/// How long what a provider publishes is believed without asking again, in seconds.
const BELIEVED: i64 = 3600;
/// A key that is not known yet is asked for, but not more often than this, in seconds.
const AGAIN_AFTER: i64 = 60;
/// How far `iat` of an ID Token may lie from our clock, in seconds.
const IAT_OFF: i64 = 600;

/// What of RFC 9207 a provider says in its metadata.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct SaysIss {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for SaysIss {}

type Metadata = ProviderMetadata<
    SaysIss,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What it published, and when that was read.
#[derive(Clone)]
struct Known {
    metadata: Metadata,
    at: Timestamp,
}

/// One outside provider.
pub(crate) struct Provider {
    /// Its name in the configuration and in our addresses.
    pub(crate) name: String,
    /// How people know it.
    pub(crate) label: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: Option<Secret<String>>,
    known: Mutex<Option<Known>>,
}

/// The three secrets of one going-out; all follow from the state's own chance.
pub(super) struct Attempt {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Why nothing came of it. What it was is logged by its word, never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refused(pub(super) &'static str);

/// Somebody at a provider. It lives as long as the handler.
pub(super) struct Somebody {
    pub(super) iss: String,
    pub(super) sub: String,
}

impl Provider {
    pub(super) fn new(
        name: &str,
        issuer: IssuerUrl,
        client_id: &str,
        client_secret: Option<Secret<String>>,
        label: &str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            issuer,
            client_id: ClientId::new(client_id.to_owned()),
            client_secret,
            known: Mutex::default(),
        }
    }

    /// Its issuer identifier, to which the browser is led.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where to send the browser: code, PKCE, nonce, scope `openid`, and nothing that names an app.
    pub(super) async fn address(
        &self,
        http: &HttpClient,
        back: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Url, Refused> {
        let metadata = self.metadata(http, None, now).await?;
        let redirect = RedirectUrl::new(back.to_owned()).map_err(|_| Refused("redirect"))?;
        let client = CoreClient::from_provider_metadata(metadata, self.client_id.clone(), None)
            .set_redirect_uri(redirect);
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let (url, _, _) = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                move || CsrfToken::new(state.clone()),
                move || Nonce::new(nonce.clone()),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .url();
        Ok(url)
    }

    /// Whether an answer that names this issuer, or none, may be this provider's (RFC 9207): where it
    /// says that it always names itself, silence is refused too.
    pub(super) async fn check_iss(
        &self,
        http: &HttpClient,
        iss: Option<&str>,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let metadata = self.metadata(http, None, now).await?;
        let says = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        match iss {
            Some(iss) if iss == self.issuer.as_str() => Ok(()),
            None if !says => Ok(()),
            _ => Err(Refused("iss")),
        }
    }

    /// Redeems the code and checks the ID Token: who it is.
    pub(super) async fn redeem(
        &self,
        http: &HttpClient,
        back: &str,
        code: &str,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Somebody, Refused> {
        let metadata = self.metadata(http, None, now).await?;
        let redirect = RedirectUrl::new(back.to_owned()).map_err(|_| Refused("redirect"))?;
        let client =
            CoreClient::from_provider_metadata(metadata, self.client_id.clone(), self.secret())
                .set_redirect_uri(redirect);
        let tokens: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Refused("token-endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(attempt.verifier.clone()))
            .request_async(&|request| call(http.clone(), request))
            .await
            .map_err(|_| Refused("token-answer"))?;
        let id_token = tokens.id_token().ok_or(Refused("id-token"))?;
        match self.read(http, None, id_token, attempt, now).await {
            // A key we have not seen: it may be a new one.
            Err(Refused("key")) => {
                let again = now.plus_seconds(-AGAIN_AFTER);
                self.read(http, Some(again), id_token, attempt, now).await
            }
            read => read,
        }
    }

    async fn read(
        &self,
        http: &HttpClient,
        newer_than: Option<Timestamp>,
        id_token: &CoreIdToken,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<Somebody, Refused> {
        let metadata = self.metadata(http, newer_than, now).await?;
        let client =
            CoreClient::from_provider_metadata(metadata, self.client_id.clone(), self.secret());
        let clock = DateTime::from_timestamp(now.seconds(), 0).ok_or(Refused("clock"))?;
        let verifier = client
            .id_token_verifier()
            // Never a secret we share and never none, whatever its metadata lists.
            .set_allowed_algs([
                CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
                CoreJwsSigningAlgorithm::RsaSsaPssSha256,
                CoreJwsSigningAlgorithm::EcdsaP256Sha256,
                CoreJwsSigningAlgorithm::EdDsa,
            ])
            .set_time_fn(move || clock)
            .set_issue_time_verifier_fn(move |iat| {
                match iat.timestamp().abs_diff(now.seconds()) <= IAT_OFF.unsigned_abs() {
                    true => Ok(()),
                    false => Err("iat".to_owned()),
                }
            });
        let nonce = Nonce::new(attempt.nonce.clone());
        let claims = id_token
            .claims(&verifier, &nonce)
            .map_err(|why| reason(&why))?;
        Ok(Somebody {
            iss: claims.issuer().as_str().to_owned(),
            sub: claims.subject().as_str().to_owned(),
        })
    }

    fn secret(&self) -> Option<ClientSecret> {
        let secret = self.client_secret.as_ref();
        secret.map(|secret| ClientSecret::new(secret.expose().clone()))
    }

    /// What it publishes: remembered for an hour, or read again where it must be newer than that.
    async fn metadata(
        &self,
        http: &HttpClient,
        newer_than: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Metadata, Refused> {
        let oldest = newer_than.unwrap_or(now.plus_seconds(-BELIEVED));
        let mut known = self.known.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.at > oldest) {
            return Ok(known.metadata.clone());
        }
        let asks = |request| call(http.clone(), request);
        let read = Metadata::discover_async(self.issuer.clone(), &asks);
        let metadata = read.await.map_err(|_| Refused("discovery"))?;
        *known = Some(Known {
            metadata: metadata.clone(),
            at: now,
        });
        Ok(metadata)
    }
}

/// One word for each check that fails.
fn reason(why: &ClaimsVerificationError) -> Refused {
    use ClaimsVerificationError as Why;
    Refused(match why {
        Why::Expired(_) => "exp",
        Why::InvalidAudience(_) => "aud",
        Why::InvalidIssuer(_) => "iss",
        Why::InvalidNonce(_) => "nonce",
        Why::SignatureVerification(SignatureVerificationError::NoMatchingKey) => "key",
        Why::SignatureVerification(SignatureVerificationError::DisallowedAlg(_)) => "alg",
        Why::SignatureVerification(_) => "signature",
        _ => "id-token",
    })
}

/// Takes the client by value: a borrow would tie the future to a lifetime that the handler's `Send`
/// bound cannot name.
async fn call(http: HttpClient, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let (parts, body) = request.into_parts();
    let url = parts.uri.to_string();
    let call = Call {
        method: parts.method,
        url: &url,
        headers: parts.headers,
        body: body.into(),
    };
    Ok(http.send(call).await?.map(|body| body.to_vec()))
}
