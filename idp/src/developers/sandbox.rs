//! `/developers/sandbox/clients`: an app of a day, for trying out on loopback. It needs nobody's word
//! and is never more than public, native and S256.

use crate::{
    client::{
        self,
        metadata::{self, Facts, Invalid, Policy},
        redirect,
    },
    core::{Core, Shared},
    cors,
    params::Params,
    problem::OAuthError,
    register::{self, store},
    secrets,
};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use host::{Json, Source, edge::classes::SANDBOX};
use kernel::{Timestamp, problem};
use serde_json::{Value, json};

/// How long it lasts, seconds.
const LIFE: i64 = 86_400;
/// Secrets that open the list of an app's own requests.
pub(super) const INSPECT: &str = "rs_in_";

/// An app of a day. The secret is known only here.
pub(super) struct Sandbox {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) until: Timestamp,
}

/// Whether there are such apps here: on a loopback issuer, or where an operator wants them.
pub(super) fn is_open(core: &Core) -> bool {
    core.config.sandbox || redirect::is_loopback(core.issuer())
}

pub(super) async fn create(
    State(core): State<Shared>,
    source: Source,
    request: Request,
) -> Response {
    let now = core.ground.world.now();
    let created = async {
        let params = Params::of_strict_form(request).await?;
        let uri = params.get("redirect_uri").ok_or(Invalid::RedirectUri)?;
        let made = make(&core, uri, source, None, now).await?;
        let answer = json!({
            "client_id": made.id,
            "expires_at": made.until.seconds(),
            "inspection_secret": made.secret,
            "inspection_uri": core.url(&format!("/developers/clients/{}/requests", made.id)),
        });
        Ok::<_, OAuthError>((StatusCode::CREATED, Json(answer)).into_response())
    };
    let mut answer = created.await.unwrap_or_else(IntoResponse::into_response);
    cors::open(answer.headers_mut());
    answer
}

/// Makes one for an address on loopback.
///
/// # Errors
/// `sandbox-closed`; `invalid_redirect_uri`; 429 past ten an hour from one prefix.
pub(super) async fn make(
    core: &Core,
    uri: &str,
    source: Source,
    owner: Option<&str>,
    now: Timestamp,
) -> Result<Sandbox, OAuthError> {
    if !is_open(core) {
        let slug = &problem::SANDBOX_CLOSED;
        return Err(OAuthError::refused(slug, slug.title));
    }
    if !uri.starts_with("http://") {
        return Err(Invalid::RedirectUri.into());
    }
    let id = register::draw_id(core);
    let document = json!({
        "client_name": "Sandbox app", "application_type": "native", "redirect_uris": [uri],
        "token_endpoint_auth_method": "none",
    });
    let facts = Facts {
        id: Some(&id),
        ..Facts::default()
    };
    let policy = Policy {
        demo: false,
        may_waive_pkce: false,
        trusted: false,
    };
    let app = metadata::parse(&document, &facts, &policy)?;
    let taken = core.ground.meter.take(&SANDBOX, source);
    taken.map_err(OAuthError::Edge)?;
    let secret = secrets::token(INSPECT, &core.ground.world);
    let until = now.plus_seconds(LIFE);
    let row = store::Registration {
        token_h: None,
        inspect_h: Some(secrets::hash(&secret)),
        owner: owner.map(str::to_owned),
        created: now,
    };
    let text = Value::Object(metadata::complete(&document, &app)).to_string();
    let (name, row) = (id.as_str(), &row);
    let app = &client::store::New {
        id: name,
        metadata: &text,
        secret_h: None,
        resource: None,
        stranger: true,
        until: Some(until),
    };
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            client::store::insert(tx, app).await?;
            store::insert(tx, name, row).await
        })
    });
    write.await?;
    Ok(Sandbox { id, secret, until })
}
