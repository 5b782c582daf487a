//! What the crate must be able to do here.

use crate::{
    app::{self, App, BACK, browse},
    grants,
};
use anyhow::{Context, Result, bail, ensure};
use openidconnect::{
    AuthType, CsrfToken, LogoutRequest, OAuth2TokenResponse, PostLogoutRedirectUrl, RefreshToken,
    RequestTokenError, TokenIntrospectionResponse, TokenResponse,
    core::{CoreAuthPrompt, CoreErrorResponseType, CoreUserInfoClaims},
};

const BYE: &str = "http://127.0.0.1/bye";

/// A case and its name.
type Case = (&'static str, fn() -> Result<()>);

/// Every case.
pub const CASES: &[Case] = &[
    (
        "an app with a secret: login, UserInfo, refresh, introspection, revocation",
        whole,
    ),
    ("the secret in the form, ID Token under ES256", by_form),
    (
        "a public app rotates its refresh token; the old one ends the chain",
        rotates,
    ),
    (
        "another subject at another app, the same one again",
        pairwise,
    ),
    ("a refusal comes back with error, state and issuer", refused),
    ("the app ends the login and gets the person back", logout),
    (
        "a device gets tokens once a person allowed it",
        grants::device,
    ),
    ("a device is told of a no", grants::device_refused),
    ("an app gets a token for itself", grants::own),
    (
        "an app registers itself and logs a person in",
        grants::registers,
    ),
];

fn basic() -> Result<App> {
    App::new("rust-1", Some(AuthType::BasicAuth))
}

fn by_post() -> Result<App> {
    App::new("rust-2", Some(AuthType::RequestBody))
}

fn whole() -> Result<()> {
    let app = basic()?;
    let (tokens, claims) = app.login("ada", &["profile", "offline_access"])?;
    ensure!(claims.auth_context_ref().map(|acr| acr.as_str()) == Some("phr"));
    let sub = claims.subject().clone();
    let ask = app
        .client
        .user_info(tokens.access_token().clone(), Some(sub.clone()));
    let person: CoreUserInfoClaims = ask.request(&app.http)?;
    let nickname = person.nickname().and_then(|name| name.get(None));
    ensure!(nickname.map(|name| name.as_str()) == Some("Quiet heron"));

    let refresh = tokens.refresh_token().context("no refresh token")?;
    let next = app
        .client
        .exchange_refresh_token(refresh)
        .request(&app.http)?;
    let verifier = app.client.id_token_verifier();
    let id_token = next.id_token().context("no ID Token")?;
    let no_nonce = |nonce: Option<&openidconnect::Nonce>| match nonce {
        None => Ok(()),
        Some(_) => Err("a refreshed ID Token has no nonce".to_owned()),
    };
    ensure!(*id_token.claims(&verifier, no_nonce)?.subject() == sub);

    let seen = app
        .client
        .introspect(next.access_token())
        .request(&app.http)?;
    ensure!(seen.active() && seen.sub() == Some(sub.as_str()));
    // The crate revokes over https only, and this is http on the own machine.
    let asked = [("token", refresh.secret().as_str())];
    let revoke = app.http.post(app.more.revocation_endpoint.as_str());
    let revoked = revoke.basic_auth("rust-1", Some(app::secret("rust-1")));
    ensure!(revoked.form(&asked).send()?.status() == 200);
    let seen = app
        .client
        .introspect(next.access_token())
        .request(&app.http)?;
    ensure!(!seen.active(), "the grant has ended");
    dead(&app, refresh)
}

/// The refresh token opens nothing any more.
fn dead(app: &App, refresh: &RefreshToken) -> Result<()> {
    match app
        .client
        .exchange_refresh_token(refresh)
        .request(&app.http)
    {
        Err(RequestTokenError::ServerResponse(no)) => {
            ensure!(*no.error() == CoreErrorResponseType::InvalidGrant, "{no:?}");
            ensure!(no.error_uri().is_some(), "{no:?}");
            Ok(())
        }
        other => bail!("{other:?}"),
    }
}

fn by_form() -> Result<()> {
    let (tokens, _) = by_post()?.login("ada", &[])?;
    let id_token = tokens.id_token().context("no ID Token")?;
    let alg = format!("{:?}", id_token.signing_alg()?);
    ensure!(alg == "EcdsaP256Sha256", "{alg}");
    Ok(())
}

fn rotates() -> Result<()> {
    let app = App::new("rust-public", None)?;
    let (tokens, claims) = app.login("ada", &["offline_access"])?;
    let first = tokens.refresh_token().context("no refresh token")?;
    let next = app
        .client
        .exchange_refresh_token(first)
        .request(&app.http)?;
    let second = next.refresh_token().context("no next refresh token")?;
    ensure!(second.secret() != first.secret());
    let verifier = app.client.id_token_verifier();
    let claims_again = next.id_token().context("no ID Token")?;
    let any = |_: Option<&openidconnect::Nonce>| Ok(());
    ensure!(claims_again.claims(&verifier, any)?.subject() == claims.subject());
    dead(&app, first)?;
    dead(&app, second)
}

fn pairwise() -> Result<()> {
    let (one, two) = (basic()?, by_post()?);
    let sub = |app: &App| anyhow::Ok(app.login("ada", &[])?.1.subject().clone());
    let (first, other, again) = (sub(&one)?, sub(&two)?, sub(&one)?);
    ensure!(first != other && first == again);
    Ok(())
}

fn refused() -> Result<()> {
    let app = basic()?;
    let begun = app.begin(&[], Some(CoreAuthPrompt::Consent));
    let back = browse("bob", &begun.url, BACK, "deny")?;
    let said = app.answer(&begun, &back)?;
    ensure!(
        said.get("error").map(String::as_str) == Some("access_denied"),
        "{said:?}"
    );
    let page = said.get("error_uri").context("no error_uri")?;
    ensure!(app.http.get(page).send()?.status() == 200);
    Ok(())
}

fn logout() -> Result<()> {
    let app = basic()?;
    let (tokens, _) = app.login("carol", &[])?;
    let state = CsrfToken::new_random();
    let leave = LogoutRequest::from(app.more.end_session_endpoint.clone())
        .set_id_token_hint(tokens.id_token().context("no ID Token")?)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned())?)
        .set_state(state.clone());
    let left = browse("carol", &leave.http_get_url(), BYE, "allow")?;
    ensure!(
        left.query() == Some(&format!("state={}", state.secret())),
        "{left}"
    );
    let begun = app.begin(&[], Some(CoreAuthPrompt::None));
    let back = browse("carol", &begun.url, BACK, "allow")?;
    let said = app.answer(&begun, &back)?;
    ensure!(
        said.get("error").map(String::as_str) == Some("login_required"),
        "{said:?}"
    );
    Ok(())
}
