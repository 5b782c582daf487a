//! An app of others: what it knows of the provider comes from discovery.

use anyhow::{Context, Result, anyhow, ensure};
use openidconnect::{
    AccessTokenHash, AdditionalProviderMetadata, AuthType, AuthorizationCode, ClientId,
    ClientSecret, CsrfToken, DeviceAuthorizationUrl, EndSessionUrl, EndpointNotSet, EndpointSet,
    IntrospectionUrl, IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, RegistrationUrl, RevocationUrl, Scope, TokenResponse,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType,
        CoreClient, CoreClientAuthMethod, CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode,
        CoreResponseType, CoreSubjectIdentifierType, CoreTokenResponse,
    },
    reqwest::{blocking::Client as Http, redirect::Policy},
    url::Url,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Where the browser is led back to; nothing listens there, our browser stops before it.
pub const BACK: &str = "http://127.0.0.1:3000/cb";

/// Members of the discovery document that the crate leaves to its users.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct More {
    pub device_authorization_endpoint: DeviceAuthorizationUrl,
    pub end_session_endpoint: EndSessionUrl,
    introspection_endpoint: IntrospectionUrl,
    pub revocation_endpoint: RevocationUrl,
}

impl AdditionalProviderMetadata for More {}

type Provider = ProviderMetadata<
    More,
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

type Client =
    CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointNotSet, EndpointSet, EndpointSet>;

/// What the suite is told by the one that runs it.
#[expect(
    clippy::disallowed_methods,
    reason = "an app of others reads its own environment"
)]
fn told(name: &str) -> Result<String> {
    std::env::var(name).with_context(|| format!("{name} is not set: run scripts/test-foreign"))
}

/// The secret of an app, as clients.mjs has it.
pub fn secret(name: &str) -> String {
    format!("secret-of-{name}-long-enough-for-a-test")
}

/// An app by its name in clients.mjs.
pub struct App {
    pub client: Client,
    pub more: More,
    pub http: Http,
    pub registration: RegistrationUrl,
    issuer: IssuerUrl,
}

/// A login that has begun.
pub struct Begun {
    pub url: Url,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

impl App {
    /// An app of clients.mjs; without `auth` a public one.
    pub fn new(name: &str, auth: Option<AuthType>) -> Result<Self> {
        let proof = auth.is_some().then(|| ClientSecret::new(secret(name)));
        let auth = auth.unwrap_or(AuthType::RequestBody);
        Self::known(ClientId::new(name.to_owned()), proof, auth)
    }

    /// Reads the provider's metadata.
    pub fn known(id: ClientId, proof: Option<ClientSecret>, auth: AuthType) -> Result<Self> {
        let http = Http::builder().redirect(Policy::none()).build()?;
        let issuer = IssuerUrl::new(told("ISSUER")?)?;
        let provider = Provider::discover(&issuer, &http)?;
        let more = provider.additional_metadata().clone();
        let token = provider.token_endpoint().context("token")?.clone();
        let info = provider.userinfo_endpoint().context("userinfo")?.clone();
        let registration = provider.registration_endpoint();
        let registration = registration.context("registration")?.clone();
        let client = CoreClient::from_provider_metadata(provider, id, proof)
            .set_auth_type(auth)
            .set_redirect_uri(RedirectUrl::new(BACK.to_owned())?)
            .set_introspection_url(more.introspection_endpoint.clone())
            .set_token_uri(token)
            .set_user_info_url(info);
        Ok(Self {
            client,
            more,
            http,
            registration,
            issuer,
        })
    }

    /// Begins a login.
    pub fn begin(&self, scopes: &[&str], prompt: Option<CoreAuthPrompt>) -> Begun {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = scopes.iter().map(|scope| Scope::new((*scope).to_owned()));
        let mut request = self
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge);
        if let Some(prompt) = prompt {
            request = request.add_prompt(prompt);
        }
        let (url, state, nonce) = request.url();
        Begun {
            url,
            state,
            nonce,
            verifier,
        }
    }

    /// What came back, after the two checks the crate leaves to the app: state, and the issuer of
    /// the answer (RFC 9207).
    pub fn answer(&self, begun: &Begun, back: &Url) -> Result<HashMap<String, String>> {
        let said: HashMap<_, _> = back.query_pairs().into_owned().collect();
        ensure!(said.get("state") == Some(begun.state.secret()), "{said:?}");
        ensure!(said.get("iss") == Some(&self.issuer), "{said:?}");
        Ok(said)
    }

    /// Redeems the code and checks the ID Token, its hash of the access token too.
    pub fn end(&self, begun: Begun, back: &Url) -> Result<(CoreTokenResponse, CoreIdTokenClaims)> {
        let mut said = self.answer(&begun, back)?;
        let code = said.remove("code");
        let code = code.ok_or_else(|| anyhow!("no code: {said:?}"))?;
        let tokens = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(begun.verifier)
            .request(&self.http)?;
        let verifier = self.client.id_token_verifier();
        let id_token = tokens.id_token().context("no ID Token")?;
        let claims = id_token.claims(&verifier, &begun.nonce)?.clone();
        let (alg, key) = (id_token.signing_alg()?, id_token.signing_key(&verifier)?);
        let hash = AccessTokenHash::from_token(tokens.access_token(), alg, key)?;
        ensure!(claims.access_token_hash() == Some(&hash), "at_hash");
        Ok((tokens, claims))
    }

    /// A whole login of a person.
    pub fn login(
        &self,
        person: &str,
        scopes: &[&str],
    ) -> Result<(CoreTokenResponse, CoreIdTokenClaims)> {
        let begun = self.begin(scopes, Some(CoreAuthPrompt::Consent));
        let back = browse(person, &begun.url, BACK, "allow")?;
        self.end(begun, &back)
    }
}

/// Lets the person's browser open `address` and go on until it is led to `until`.
pub fn browse(person: &str, address: &Url, until: &str, decision: &str) -> Result<Url> {
    asked(&json!({
        "address": address.as_str(), "until": until, "person": person, "decision": decision,
    }))
}

/// Lets the person's browser open `address` and go on to the last page.
pub fn see(person: &str, address: &Url, decision: &str) -> Result<Url> {
    asked(&json!({ "address": address.as_str(), "person": person, "decision": decision }))
}

fn asked(what: &Value) -> Result<Url> {
    let answer = Http::new()
        .post(told("BROWSER")?)
        .body(what.to_string())
        .send()?
        .text()?;
    let found: Value = serde_json::from_str(&answer)?;
    let url = found["url"].as_str();
    Ok(Url::parse(url.ok_or_else(|| anyhow!("{answer}"))?)?)
}
