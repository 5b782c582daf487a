//! `/introspect` (RFC 7662): what a token is worth, told to its app and to the resource it is for.

use crate::{
    client::auth::{self, Authenticated},
    core::{Core, Shared},
    grant,
    params::Params,
    problem::OAuthError,
    secrets,
    token::store::{self, Owner},
};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::post,
};
use host::{
    Json,
    db::{self, Conn},
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/introspect", post(introspect))
        .with_state(core)
}

async fn introspect(State(core): State<Shared>, request: Request) -> Response {
    let now = core.ground.world.now();
    let told = async {
        let (who, token) = asked(&core, request, now).await?;
        if who.client.is_public() {
            return Err(OAuthError::client(
                "only an app with a proof of its own may ask",
            ));
        }
        who.spend_alone(&core).await?;
        tell(&core, &who, &token, now).await
    };
    match told.await {
        Ok(body) => Json(body).into_response(),
        Err(error) => error.into_response(),
    }
}

/// Who asks, and about which token; for `/revoke` too. A hint of its type is not needed: tokens say
/// what they are.
///
/// # Errors
/// Those of client authentication; `invalid_request` without token.
pub(crate) async fn asked(
    core: &Core,
    request: Request,
    now: Timestamp,
) -> Result<(Authenticated, String), OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of_strict_form(request).await?;
    let who = auth::authenticate(core, &headers, &params, now).await?;
    let token = params
        .text("token")
        .ok_or(OAuthError::request("token is missing"))?;
    Ok((who, token))
}

/// A signed access token of ours that was not over when it was read (RFC 9068).
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    claims: Map<String, Value>,
}

impl Signed {
    /// Opens a token made for a resource.
    ///
    /// # Errors
    /// The store's own, reading keys.
    pub(crate) async fn open(
        core: &Core,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Self>, db::Error> {
        if token.split('.').count() != 3 {
            return Ok(None);
        }
        let ring = core.ring(now).await?;
        let claims = ring.verify(token, "at+jwt", now);
        let lives = |c: &Map<String, Value>| c.get("exp")?.as_i64().map(|exp| now.seconds() < exp);
        let claims = claims.filter(|claims| lives(claims) == Some(true));
        Ok(claims.map(|claims| Self { claims }))
    }

    fn text(&self, name: &str) -> &str {
        let value = self.claims.get(name).and_then(Value::as_str);
        value.unwrap_or_default()
    }

    /// Its app.
    pub(crate) fn client_id(&self) -> &str {
        self.text("client_id")
    }

    /// Whether it stands for the app alone: then no row of ours knows it.
    pub(crate) fn is_of_app(&self) -> bool {
        self.text("sub") == self.client_id()
    }

    /// The name of its row.
    pub(crate) fn row(&self) -> String {
        store::name_of_signed(self.text("jti"))
    }
}

/// A token that was not over, whatever became of what it hangs on.
struct Found {
    owner: Owner,
    /// None: that of its grant.
    scope: Option<String>,
    until: Timestamp,
    jkt: Option<String>,
    signed: Option<Signed>,
}

impl From<store::Access> for Found {
    fn from(row: store::Access) -> Self {
        Self {
            owner: row.owner,
            scope: Some(row.scope),
            until: row.until,
            jkt: row.jkt,
            signed: None,
        }
    }
}

async fn find(
    core: &Core,
    conn: &mut Conn,
    token: &str,
    now: Timestamp,
) -> Result<Option<Found>, db::Error> {
    if secrets::has_form(token, "rs_rt_") {
        let row = store::find_refresh(conn, token).await?;
        let lives =
            |row: &store::Refresh| row.used_at.is_none() && now < row.idle_until && now < row.ends;
        return Ok(row.filter(lives).map(|row| Found {
            owner: Owner::Grant(row.grant_id),
            scope: None,
            until: row.idle_until.min(row.ends),
            jkt: row.jkt,
            signed: None,
        }));
    }
    if secrets::has_form(token, "rs_at_") {
        let row = store::find_access(conn, token).await?;
        return Ok(row.filter(|row| now < row.until).map(Found::from));
    }
    let Some(signed) = Signed::open(core, token, now).await? else {
        return Ok(None);
    };
    if !signed.is_of_app() {
        let row = store::find_row(conn, &signed.row()).await?;
        return Ok(row.filter(|row| now < row.until).map(|row| Found {
            signed: Some(signed),
            ..Found::from(row)
        }));
    }
    let exp = signed.claims.get("exp").and_then(Value::as_i64);
    let jkt = signed.claims.get("cnf").and_then(|cnf| cnf["jkt"].as_str());
    Ok(Some(Found {
        owner: Owner::App(signed.client_id().to_owned()),
        scope: Some(signed.text("scope").to_owned()),
        until: Timestamp::from_seconds(exp.unwrap_or_default()),
        jkt: jkt.map(str::to_owned),
        signed: Some(signed),
    }))
}

/// What a token is worth to its app or its resource; to anyone else, nothing.
async fn tell(
    core: &Core,
    who: &Authenticated,
    token: &str,
    now: Timestamp,
) -> Result<Value, OAuthError> {
    let inactive = json!({ "active": false });
    let mut conn = core.ground.db.read().await?;
    let Some(found) = find(core, &mut conn, token, now).await? else {
        return Ok(inactive);
    };
    let (client_id, mut body) = match &found.owner {
        Owner::App(id) => {
            let client = core.clients.enabled(&mut conn, id, now).await?;
            let Some(client) = client else {
                return Ok(inactive);
            };
            let sub = client.id.clone();
            (client.id, json!({ "active": true, "sub": sub }))
        }
        Owner::Grant(id) => {
            let holding = match grant::holding(core, &mut conn, id, now).await {
                Ok(holding) => holding,
                Err(OAuthError::Store(error)) => return Err(error.into()),
                Err(_) => return Ok(inactive),
            };
            // The name the caller knows the person by, whoever of the two it is.
            let sub = core
                .pairwise
                .sub(&who.client.sector, &holding.grant.account);
            let mut body = json!({
                "active": true,
                "sub": sub.map_err(|_| OAuthError::internal())?,
                "scope": holding.grant.scope,
                "acr": holding.grant.acr,
            });
            if let Some(at) = holding.grant.told {
                body["auth_time"] = at.seconds().into();
            }
            (holding.client.id, body)
        }
    };
    let resource = who.client.resource.as_ref();
    let aud = found.signed.as_ref().map(|signed| signed.text("aud"));
    let is_audience = aud.is_some() && aud == resource.map(|r| r.uri.as_str());
    if client_id != who.client.id && !is_audience {
        return Ok(inactive);
    }
    body["client_id"] = client_id.into();
    describe(core, &found, &mut body);
    Ok(body)
}

/// The members that do not depend on who asks.
fn describe(core: &Core, found: &Found, body: &mut Value) {
    body["iss"] = core.issuer().into();
    body["exp"] = found.until.seconds().into();
    body["token_type"] = if found.jkt.is_some() {
        "DPoP"
    } else {
        "Bearer"
    }
    .into();
    if let Some(scope) = found.scope.as_ref().filter(|scope| !scope.is_empty()) {
        body["scope"] = scope.clone().into();
    }
    if let Some(jkt) = &found.jkt {
        body["cnf"] = json!({ "jkt": jkt });
    }
    let Some(signed) = &found.signed else { return };
    for name in ["aud", "jti", "iat"] {
        if let Some(value) = signed.claims.get(name) {
            body[name] = value.clone();
        }
    }
}
