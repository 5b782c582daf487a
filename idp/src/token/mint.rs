//! Tokens: drawn before the transaction, stored hashed inside it, signed after it.

use super::store;
use crate::{
    core::Core,
    grant::{Grant, Holding},
    problem::OAuthError,
    scope, secrets,
};
use credential::jose::{self, Alg};
use host::db::{self, Conn};
use kernel::{Timestamp, World, b64};
use serde_json::{Map, Value, json};

/// How long access and ID Tokens live, seconds.
pub(crate) const LIFE: i64 = 600;
/// How long an unused refresh token lives, seconds.
pub(crate) const IDLE: i64 = 30 * 86_400;
/// How long a chain of refresh tokens lives, seconds.
const ABSOLUTE: i64 = 180 * 86_400;

/// Chance for one answer.
pub(crate) struct Draw {
    pub(crate) access: String,
    pub(crate) refresh: String,
    pub(crate) family: String,
    pub(crate) jti: String,
    pub(crate) event: String,
}

impl Draw {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            access: secrets::token("rs_at_", world),
            refresh: secrets::token("rs_rt_", world),
            family: b64::encode(world.random::<16>()),
            jti: b64::encode(world.random::<16>()),
            event: b64::encode(world.random::<16>()),
        }
    }
}

/// What a transaction decided to give.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// The opaque access token, or the id of the one to be signed.
    pub(crate) access: Access,
    /// The refresh token.
    pub(crate) refresh: Option<String>,
    /// What the access token opens.
    pub(crate) scope: String,
}

/// An access token in its two forms.
#[derive(Clone, Debug)]
pub(crate) enum Access {
    /// For this provider: random, stored hashed.
    Opaque(String),
    /// For a module: RFC 9068, under this `jti`; not stored.
    Signed(String),
}

/// What is special about an ID Token.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdToken {
    pub(crate) nonce: Option<String>,
    pub(crate) sid: Option<String>,
    pub(crate) says_auth_time: bool,
    /// Claims of `profile` wished for in it.
    pub(crate) wished: Vec<String>,
    /// Facts of a card shown in this login.
    pub(crate) card: Map<String, Value>,
}

/// The answer of the token endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Minted {
    access: String,
    bound: bool,
    scope: String,
    refresh: Option<String>,
    id_token: Option<String>,
}

impl Minted {
    /// Its JSON (RFC 6749 section 5.1).
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "access_token": self.access,
            "token_type": if self.bound { "DPoP" } else { "Bearer" },
            "expires_in": LIFE,
            "scope": self.scope,
        });
        if let Some(refresh) = &self.refresh {
            body["refresh_token"] = refresh.clone().into();
        }
        if let Some(id_token) = &self.id_token {
            body["id_token"] = id_token.clone().into();
        }
        body
    }
}

/// Stores a first access token, and a first refresh token where one is due.
///
/// # Errors
/// The store's own.
pub(super) async fn store_new(
    conn: &mut Conn,
    holding: &Holding,
    jkt: Option<&str>,
    draw: &Draw,
    now: Timestamp,
) -> Result<Tokens, db::Error> {
    let Holding { grant, client, .. } = holding;
    let access = store_access(conn, grant, &grant.scope, jkt, draw, now).await?;
    let stays = scope::has(&grant.scope, scope::OFFLINE) && client.refreshes;
    if stays {
        let row = store::Refresh {
            family: draw.family.clone(),
            grant_id: grant.id.clone(),
            // Only a public app's chain hangs on its key; another proves itself at each use
            // (RFC 9449 section 5).
            jkt: jkt.filter(|_| client.is_public()).map(str::to_owned),
            used_at: None,
            idle_until: now.plus_seconds(IDLE),
            ends: now.plus_seconds(ABSOLUTE),
        };
        store::insert_refresh(conn, &draw.refresh, &row).await?;
    }
    let refresh = stays.then(|| draw.refresh.clone());
    Ok(Tokens {
        access,
        refresh,
        scope: grant.scope.clone(),
    })
}

/// Stores an access token of a grant; one for a module is only named.
///
/// # Errors
/// The store's own.
pub(super) async fn store_access(
    conn: &mut Conn,
    grant: &Grant,
    scope: &str,
    jkt: Option<&str>,
    draw: &Draw,
    now: Timestamp,
) -> Result<Access, db::Error> {
    if grant.resource.is_some() {
        return Ok(Access::Signed(draw.jti.clone()));
    }
    let until = now.plus_seconds(LIFE);
    store::insert_access(conn, &draw.access, &grant.id, jkt, scope, until).await?;
    Ok(Access::Opaque(draw.access.clone()))
}

/// Signs what has to be signed. After the transaction: a lost answer is repeated by the app.
///
/// # Errors
/// The store's own, reading keys; a fault where a subject or key cannot be made.
pub(super) async fn sign(
    core: &Core,
    holding: &Holding,
    tokens: Tokens,
    id_token: &IdToken,
    jkt: Option<&str>,
    now: Timestamp,
) -> Result<Minted, OAuthError> {
    let ring = core.ring(now).await?;
    let grant = &holding.grant;
    let access = match (tokens.access, &grant.resource) {
        (Access::Opaque(token), _) => token,
        (Access::Signed(jti), Some(resource)) => {
            let claims = access_claims(core, grant, resource, &tokens.scope, &jti, jkt, now)?;
            ring.sign(Alg::EdDsa, "at+jwt", &claims)
                .ok_or_else(OAuthError::internal)?
        }
        (Access::Signed(_), None) => return Err(OAuthError::internal()),
    };
    let alg = holding.client.id_token_alg;
    let id_token = if scope::has(&grant.scope, scope::OPENID) {
        let sub = core.pairwise.sub(&holding.client.sector, &grant.account);
        let sub = sub.map_err(|_| OAuthError::internal())?;
        let claims = id_claims(core.issuer(), &sub, holding, id_token, &access, now);
        Some(
            ring.sign(alg, "JWT", &claims)
                .ok_or_else(OAuthError::internal)?,
        )
    } else {
        None
    };
    Ok(Minted {
        access,
        bound: jkt.is_some(),
        scope: tokens.scope,
        refresh: tokens.refresh,
        id_token,
    })
}

/// The claims of an access token for a module (RFC 9068): its subject is made for that module.
fn access_claims(
    core: &Core,
    grant: &Grant,
    resource: &str,
    scope: &str,
    jti: &str,
    jkt: Option<&str>,
    now: Timestamp,
) -> Result<Value, OAuthError> {
    let sector = crate::client::first_party::host(resource);
    let sub = core
        .pairwise
        .sub(&sector, &grant.account)
        .map_err(|_| OAuthError::internal())?;
    let mut claims = json!({
        "iss": core.issuer(),
        "aud": resource,
        "sub": sub,
        "client_id": grant.client_id,
        "scope": scope,
        "jti": jti,
        "iat": now.seconds(),
        "exp": now.seconds() + LIFE,
        "acr": grant.acr,
        "auth_time": grant.auth_time.seconds(),
    });
    if let Some(jkt) = jkt {
        claims["cnf"] = json!({ "jkt": jkt });
    }
    Ok(claims)
}

/// The claims of an ID Token. Nothing null.
pub(crate) fn id_claims(
    issuer: &str,
    sub: &str,
    holding: &Holding,
    id_token: &IdToken,
    access: &str,
    now: Timestamp,
) -> Value {
    let Holding { grant, client, .. } = holding;
    let mut claims = Map::new();
    let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
    say("iss", issuer.into());
    say("sub", sub.into());
    say("aud", client.id.clone().into());
    say("exp", (now.seconds() + LIFE).into());
    say("iat", now.seconds().into());
    if id_token.says_auth_time {
        say("auth_time", grant.auth_time.seconds().into());
    }
    if let Some(nonce) = &id_token.nonce {
        say("nonce", nonce.clone().into());
    }
    say("acr", grant.acr.clone().into());
    say("amr", grant.amr.split(' ').collect::<Vec<_>>().into());
    if let Some(sid) = &id_token.sid {
        say("sid", sid.clone().into());
    }
    say("at_hash", jose::at_hash(client.id_token_alg, access).into());
    for (name, value) in profile(holding) {
        if id_token.wished.iter().any(|wished| wished == name) {
            say(name, value);
        }
    }
    // What was made here cannot be overridden by what a card says.
    for (name, value) in &id_token.card {
        claims.entry(name).or_insert_with(|| value.clone());
    }
    Value::Object(claims)
}

/// The claims of `profile`, where it was allowed and a name was chosen.
pub(crate) fn profile(holding: &Holding) -> Vec<(&'static str, Value)> {
    if !scope::has(&holding.grant.scope, scope::PROFILE) {
        return Vec::new();
    }
    let mut claims = Vec::new();
    if let Some(name) = &holding.nickname {
        for claim in ["name", "nickname", "preferred_username"] {
            claims.push((claim, name.clone().into()));
        }
    }
    if let Some(locale) = &holding.locale {
        claims.push(("locale", locale.clone().into()));
    }
    claims
}
