//! What the crate does where no browser comes back, and how an app registers itself with it.

use crate::app::{App, BACK, browse, see};
use anyhow::{Context, Result, bail, ensure};
use openidconnect::{
    AuthType, ClientName, DeviceCodeErrorResponseType, LocalizedClaim, Nonce, OAuth2TokenResponse,
    RedirectUrl, RequestTokenError, Scope, TokenIntrospectionResponse, TokenResponse,
    core::{
        CoreApplicationType, CoreClientRegistrationRequest, CoreDeviceAuthorizationResponse,
        CoreTokenResponse, CoreUserInfoClaims,
    },
};

/// How long the crate goes on asking; the person has decided before it begins.
const MOST: std::time::Duration = std::time::Duration::from_secs(30);

/// A device that got its codes, and what came of it once a person had decided.
fn decided(
    decision: &str,
) -> Result<(App, Result<CoreTokenResponse, DeviceCodeErrorResponseType>)> {
    let app = App::new("rust-device", None)?;
    let client = app.client.clone();
    let client =
        client.set_device_authorization_url(app.more.device_authorization_endpoint.clone());
    let ask = client.exchange_device_code();
    let ask = ask.add_scope(Scope::new("profile".to_owned()));
    let codes: CoreDeviceAuthorizationResponse = ask.request(&app.http)?;
    let link = codes.verification_uri_complete().context("no link")?;
    see("dora", &link.secret().parse()?, decision)?;
    let poll = client.exchange_device_access_token(&codes);
    let told = match poll.request(&app.http, |_| (), Some(MOST)) {
        Ok(tokens) => Ok(tokens),
        Err(RequestTokenError::ServerResponse(no)) => Err(no.error().clone()),
        Err(fault) => bail!(fault),
    };
    Ok((app, told))
}

pub fn device() -> Result<()> {
    let (app, told) = decided("allow")?;
    let tokens = told.map_err(|no| anyhow::anyhow!("{no:?}"))?;
    let verifier = app.client.id_token_verifier();
    let id_token = tokens.id_token().context("no ID Token")?;
    let any = |_: Option<&Nonce>| Ok(());
    let sub = id_token.claims(&verifier, any)?.subject().clone();
    let ask = app
        .client
        .user_info(tokens.access_token().clone(), Some(sub));
    let person: CoreUserInfoClaims = ask.request(&app.http)?;
    ensure!(person.nickname().is_some());
    Ok(())
}

pub fn device_refused() -> Result<()> {
    let (_, told) = decided("deny")?;
    let no = told.err().context("tokens in spite of a no")?;
    ensure!(no == DeviceCodeErrorResponseType::AccessDenied, "{no:?}");
    Ok(())
}

pub fn own() -> Result<()> {
    let app = App::new("rust-robot", Some(AuthType::BasicAuth))?;
    let tokens = app
        .client
        .exchange_client_credentials()
        .request(&app.http)?;
    ensure!(tokens.refresh_token().is_none() && tokens.id_token().is_none());
    let ask = app.client.introspect(tokens.access_token());
    let seen = ask.request(&app.http)?;
    ensure!(seen.active() && seen.sub() == Some("rust-robot"));
    let ask = app.client.user_info(tokens.access_token().clone(), None);
    let person: Result<CoreUserInfoClaims, _> = ask.request(&app.http);
    ensure!(
        person.is_err(),
        "the token of an app opened claims of a person"
    );
    Ok(())
}

pub fn registers() -> Result<()> {
    let known = App::new("rust-public", None)?;
    let mut name = LocalizedClaim::new();
    name.insert(None, ClientName::new("Registered by Rust".to_owned()));
    let back = vec![RedirectUrl::new(BACK.to_owned())?];
    let told = CoreClientRegistrationRequest::new(back, Default::default())
        .set_client_name(Some(name))
        .set_application_type(Some(CoreApplicationType::Native))
        .register(&known.registration, &known.http)?;
    ensure!(told.registration_access_token().is_some());
    let secret = told.client_secret().cloned();
    let app = App::known(told.client_id().clone(), secret, AuthType::BasicAuth)?;
    let begun = app.begin(&["profile"], None);
    let back = browse("erin", &begun.url, BACK, "allow")?;
    let (_, claims) = app.end(begun, &back)?;
    ensure!(claims.subject().len() == 43);
    Ok(())
}
