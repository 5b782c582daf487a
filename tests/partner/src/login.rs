//! Authorization code with PKCE, by the `openidconnect` crate alone.

use anyhow::{Context, bail, ensure};
use openidconnect::{
    AccessTokenHash, AuthenticationContextClass, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreTokenResponse,
        CoreUserInfoClaims,
    },
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Mutex};

/// A login that has begun: what must be remembered until the browser comes back.
struct Begun {
    verifier: PkceCodeVerifier,
    nonce: Nonce,
}

/// What the provider sends back through the browser.
#[derive(Deserialize)]
pub struct Callback {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// One client at one provider.
pub struct Login {
    metadata: CoreProviderMetadata,
    client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect: RedirectUrl,
    acr: Option<String>,
    http: reqwest::Client,
    begun: Mutex<HashMap<String, Begun>>,
}

impl Login {
    /// Reads the provider's metadata.
    pub async fn discover(
        issuer: &str,
        client_id: String,
        client_secret: Option<String>,
        redirect: String,
        acr: Option<String>,
    ) -> anyhow::Result<Self> {
        // Redirects must not be followed: a provider could be made to send tokens elsewhere.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let metadata =
            CoreProviderMetadata::discover_async(IssuerUrl::new(issuer.to_owned())?, &|request| {
                call(http.clone(), request)
            })
            .await
            .context("discovery")?;
        Ok(Self {
            metadata,
            client_id: ClientId::new(client_id),
            client_secret: client_secret.map(ClientSecret::new),
            redirect: RedirectUrl::new(redirect)?,
            acr,
            http,
            begun: Mutex::default(),
        })
    }

    /// The URL that starts a login.
    pub fn start(&self) -> String {
        let client = CoreClient::from_provider_metadata(
            self.metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone());
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("profile".into()))
            .set_pkce_challenge(challenge);
        if let Some(acr) = &self.acr {
            request = request.add_auth_context_value(AuthenticationContextClass::new(acr.clone()));
        }
        let (url, state, nonce) = request.url();
        self.begun
            .lock()
            .expect("no holder of this lock panics")
            .insert(state.secret().clone(), Begun { verifier, nonce });
        url.to_string()
    }

    /// Redeems the code, checks the ID token and reads the claims.
    pub async fn end(&self, callback: Callback) -> anyhow::Result<Value> {
        let state = callback.state.context("no state came back")?;
        let begun = self
            .begun
            .lock()
            .expect("no holder of this lock panics")
            .remove(&state);
        let begun = begun.context("this app began no such login")?;
        // RFC 9207: an answer of another provider must not be taken for this one's.
        let iss = callback.iss.context("no iss came back")?;
        ensure!(
            iss == self.metadata.issuer().as_str(),
            "the answer is of another issuer"
        );
        if let Some(error) = callback.error {
            bail!(
                "{error}: {}",
                callback.error_description.unwrap_or_default()
            );
        }
        self.redeem(callback.code.context("no code came back")?, begun)
            .await
    }

    async fn redeem(&self, code: String, begun: Begun) -> anyhow::Result<Value> {
        let client = CoreClient::from_provider_metadata(
            self.metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect.clone());
        let http = |request| call(self.http.clone(), request);
        let tokens: CoreTokenResponse = client
            .exchange_code(AuthorizationCode::new(code))?
            .set_pkce_verifier(begun.verifier)
            .request_async(&http)
            .await
            .context("the token endpoint refused")?;
        let id_token = tokens.id_token().context("no ID token")?;
        let verifier = client.id_token_verifier();
        let claims = id_token
            .claims(&verifier, &begun.nonce)
            .context("the ID token")?;
        let expected = claims.access_token_hash().context("no at_hash")?;
        let actual = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg()?,
            id_token.signing_key(&verifier)?,
        )?;
        ensure!(
            actual == *expected,
            "the ID token belongs to another access token"
        );
        let info: CoreUserInfoClaims = client
            .user_info(
                tokens.access_token().clone(),
                Some(claims.subject().clone()),
            )?
            .request_async(&http)
            .await
            .context("userinfo")?;
        Ok(json!({
            "sub": claims.subject().as_str(),
            "acr": claims.auth_context_ref().map(|acr| acr.to_string()),
            "amr": claims.auth_method_refs().map(|all| {
                all.iter().map(|m| m.as_str().to_owned()).collect::<Vec<_>>()
            }),
            "userinfo": info,
        }))
    }
}

/// Takes the client by value: a borrow would tie the future to a lifetime that the handler's
/// `Send` bound cannot name.
async fn call(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Away> {
    let answer = http
        .execute(request.try_into().map_err(Away::Send)?)
        .await
        .map_err(Away::Send)?;
    let mut response = axum::http::Response::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await.map_err(Away::Send)?.to_vec();
    Ok(response)
}

/// The provider did not answer.
#[derive(Debug)]
enum Away {
    Send(reqwest::Error),
}

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self::Send(e) = self;
        write!(f, "the provider did not answer: {e}")
    }
}

impl std::error::Error for Away {}
