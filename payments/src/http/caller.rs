//! Who calls: the login of the listen origin, or an app's token with its proof. Never the body.

use crate::{Core, purse::Purse, token};
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::Response,
};
use host::{Fault, Origin, proof::Door};
use http::{HeaderMap, header, request::Parts};
use kernel::{Problem, Timestamp, problem};
use std::sync::Arc;
use web::signin::Login;

/// What form tokens of the purse are made for.
const PURPOSE: &str = "purse";
/// The header that carries the token beside a JSON body.
const FORM_TOKEN: &str = "form-token";

/// A listener, known by the pairwise name for the listen origin.
pub(crate) struct Caller {
    /// That name.
    pub name: String,
    /// The purse it opens.
    pub purse: Purse,
    /// The login, when it is a browser.
    pub login: Option<Login>,
    headers: HeaderMap,
}

impl Caller {
    /// The token for this browser's forms.
    pub fn form_token(&self, core: &Core) -> Option<String> {
        self.login
            .as_ref()
            .map(|login| core.form.token(&login.browser, PURPOSE))
    }

    /// Refuses a write that this browser's own page did not send. An app has proved its key instead.
    pub fn check_form(&self, core: &Core, token: Option<&str>) -> Result<(), Problem> {
        let Some(login) = &self.login else {
            return Ok(());
        };
        let header = self.headers.get(FORM_TOKEN).and_then(|v| v.to_str().ok());
        let token = token.or(header).unwrap_or_default();
        core.form.check(
            &self.headers,
            &core.site.base,
            &login.browser,
            PURPOSE,
            token,
        )
    }
}

impl FromRequestParts<Arc<Core>> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, Fault> {
        let now = core.ground.world.now();
        let headers = parts.headers.clone();
        let (name, login) = if headers.contains_key(header::AUTHORIZATION) {
            (app(core, parts, now).await?, None)
        } else {
            let login = web::signin::current(&core.ground, Origin::Listen, &headers, now).await?;
            let login = login.ok_or(Problem::new(&problem::LOGIN_NEEDED))?;
            (login.sub.clone(), Some(login))
        };
        let purse = core.purses.purse(&name);
        Ok(Self {
            name,
            purse,
            login,
            headers,
        })
    }
}

/// An RFC 9068 token for this origin, bound to the key that signs this very request.
async fn app(core: &Core, parts: &Parts, now: Timestamp) -> Result<String, Problem> {
    let shown = host::proof::access_token(&parts.headers);
    let shown = shown.ok_or(Problem::new(&problem::LOGIN_NEEDED))?;
    let path = parts.uri.path();
    let proof = core
        .door
        .check(&parts.method, path, &parts.headers, None, Some(shown), now)?;
    let name = token::subject(core, shown, &proof.jkt, now).await?;
    let spent = &proof;
    let first = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { Door::spend(tx, spent, now).await }))
        .await?;
    if first {
        Ok(name)
    } else {
        Err(core.door.replayed(now).into())
    }
}

/// Gives each caller that proves a key the nonce for its next proof.
pub(crate) async fn stamp(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let proves = request.headers().contains_key("dpop");
    let mut response = next.run(request).await;
    if proves {
        core.door
            .stamp(response.headers_mut(), core.ground.world.now());
    }
    response
}
