//! Tokens: drawn before the transaction, stored hashed inside it, signed after it.

use super::store::{self, Owner};
use crate::{
    audience::Audience, client::grants::GrantType, core::Core, grant::Holding, keys::Ring,
    problem::OAuthError, scope, secrets,
};
use credential::jose;
use host::db::{self, Conn};
use kernel::{Timestamp, World, b64};
use serde_json::{Map, Value, json};
use std::sync::Arc;

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
    /// For a resource: RFC 9068, under this `jti`.
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
    /// A token of an app by itself.
    pub(super) const fn of_app(access: String, bound: bool) -> Self {
        Self {
            access,
            bound,
            scope: String::new(),
            refresh: None,
            id_token: None,
        }
    }

    /// Its JSON (RFC 6749 section 5.1).
    pub(crate) fn body(&self) -> Value {
        let mut body = json!({
            "access_token": self.access,
            "token_type": if self.bound { "DPoP" } else { "Bearer" },
            "expires_in": LIFE,
        });
        if !self.scope.is_empty() {
            body["scope"] = self.scope.clone().into();
        }
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
    let access = store_access(conn, holding, &grant.scope, jkt, draw, now).await?;
    let stays = scope::has(&grant.scope, scope::OFFLINE) && client.may(GrantType::Refresh);
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

/// Stores an access token of a grant. One for a resource is stored by its `jti`.
///
/// # Errors
/// The store's own.
pub(super) async fn store_access(
    conn: &mut Conn,
    holding: &Holding,
    scope: &str,
    jkt: Option<&str>,
    draw: &Draw,
    now: Timestamp,
) -> Result<Access, db::Error> {
    let owner = Owner::Grant(holding.grant.id.clone());
    let row = store::Access::new(&owner, jkt, scope, now);
    if holding.audience.is_some() {
        store::insert_access(conn, &store::name_of_signed(&draw.jti), &row).await?;
        return Ok(Access::Signed(draw.jti.clone()));
    }
    store::insert_access(conn, &draw.access, &row).await?;
    Ok(Access::Opaque(draw.access.clone()))
}

/// What signs an answer. Taken before the transaction, so that nothing is spent for what could not be
/// signed; used after it, so that nobody waits behind a signature.
pub(super) struct Pen<'a> {
    core: &'a Core,
    ring: Arc<Ring>,
    now: Timestamp,
}

/// Whom an access token for a resource is about.
pub(super) struct About<'a> {
    pub(super) sub: String,
    pub(super) client_id: &'a str,
    pub(super) scope: &'a str,
    pub(super) jti: &'a str,
    pub(super) jkt: Option<&'a str>,
    /// How strongly the person proved themself, where there is one, and when, as far as it is told.
    pub(super) login: Option<(&'a str, Option<Timestamp>)>,
}

impl<'a> Pen<'a> {
    /// Takes the keys as they are now.
    ///
    /// # Errors
    /// The store's own.
    pub(super) async fn take(core: &'a Core, now: Timestamp) -> Result<Self, OAuthError> {
        let ring = core.ring(now).await?;
        Ok(Self { core, ring, now })
    }

    /// Signs what has to be signed of an answer.
    ///
    /// # Errors
    /// A fault of ours where a subject or key cannot be made.
    pub(super) fn sign(
        &self,
        holding: &Holding,
        tokens: Tokens,
        id_token: &IdToken,
        jkt: Option<&str>,
    ) -> Result<Minted, OAuthError> {
        let Holding { grant, client, .. } = holding;
        let access = match (tokens.access, &holding.audience) {
            (Access::Opaque(token), _) => token,
            (Access::Signed(jti), Some(audience)) => {
                let about = About {
                    sub: self.sub(&audience.sector, &grant.account)?,
                    client_id: &client.id,
                    scope: &tokens.scope,
                    jti: &jti,
                    jkt,
                    login: Some((&grant.acr, grant.told)),
                };
                self.access(audience, &about)?
            }
            (Access::Signed(_), None) => return Err(OAuthError::internal()),
        };
        let id_token = if scope::has(&grant.scope, scope::OPENID) {
            let sub = self.sub(&client.sector, &grant.account)?;
            let issuer = self.core.issuer();
            let claims = id_claims(issuer, &sub, holding, id_token, &access, self.now);
            let signed = self.ring.sign(client.id_token_alg, "JWT", &claims);
            Some(signed.ok_or_else(OAuthError::internal)?)
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

    /// An access token for a resource (RFC 9068).
    ///
    /// # Errors
    /// A fault of ours where no key of its algorithm signs.
    pub(super) fn access(
        &self,
        audience: &Audience,
        about: &About<'_>,
    ) -> Result<String, OAuthError> {
        let mut claims = json!({
            "iss": self.core.issuer(),
            "aud": audience.uri,
            "sub": about.sub,
            "client_id": about.client_id,
            "jti": about.jti,
            "iat": self.now.seconds(),
            "exp": self.now.seconds() + LIFE,
        });
        if !about.scope.is_empty() {
            claims["scope"] = about.scope.into();
        }
        if let Some((acr, auth_time)) = about.login {
            claims["acr"] = acr.into();
            if let Some(at) = auth_time {
                claims["auth_time"] = at.seconds().into();
            }
        }
        if let Some(jkt) = about.jkt {
            claims["cnf"] = json!({ "jkt": jkt });
        }
        let signed = self.ring.sign(audience.alg, "at+jwt", &claims);
        signed.ok_or_else(OAuthError::internal)
    }

    fn sub(&self, sector: &str, account: &str) -> Result<String, OAuthError> {
        let sub = self.core.pairwise.sub(sector, account);
        sub.map_err(|_| OAuthError::internal())
    }
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
    if let Some(at) = grant.told.filter(|_| id_token.says_auth_time) {
        say("auth_time", at.seconds().into());
    }
    if let Some(nonce) = &id_token.nonce {
        say("nonce", nonce.clone().into());
    }
    say("acr", grant.acr.clone().into());
    // An outside provider's word has no method of ours to name.
    if !grant.amr.is_empty() {
        say("amr", grant.amr.split(' ').collect::<Vec<_>>().into());
    }
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
