//! Whom an access token is for: a resource that is registered as an app (RFC 8707). A token for one
//! is signed (RFC 9068), opens nothing elsewhere, and names the person as that resource knows them.

use crate::{core::Core, params::Params, problem::OAuthError, scope};
use credential::jose::Alg;
use host::db::{self, Conn};
use kernel::{Timestamp, problem};

/// A resource tokens can be made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Audience {
    /// `aud`.
    pub(crate) uri: String,
    /// The app it is: it may ask what such a token is worth.
    pub(crate) client_id: String,
    /// Where its subjects are made.
    pub(crate) sector: String,
    /// How its tokens are signed.
    pub(crate) alg: Alg,
}

/// The resource of that address, if its app may be used.
///
/// # Errors
/// The store's own.
pub(crate) async fn find(
    core: &Core,
    conn: &mut Conn,
    uri: &str,
    now: Timestamp,
) -> Result<Option<Audience>, db::Error> {
    let app = core.clients.resource(conn, uri, now).await?;
    Ok(app.and_then(|app| {
        let resource = app.resource?;
        Some(Audience {
            uri: resource.uri,
            client_id: app.id,
            sector: app.sector,
            alg: resource.alg,
        })
    }))
}

/// What a request says in `resource`.
#[derive(Clone, Debug)]
pub(crate) enum Named {
    /// Nothing.
    Nothing,
    /// What no tokens are made for.
    Unknown,
    /// A resource.
    One(Audience),
}

/// Reads `resource`.
///
/// # Errors
/// The store's own.
pub(crate) async fn named(
    core: &Core,
    params: &Params,
    now: Timestamp,
) -> Result<Named, db::Error> {
    let Some(uri) = asked(params) else {
        return Ok(Named::Nothing);
    };
    let mut conn = core.ground.db.read().await?;
    let found = find(core, &mut conn, uri, now).await?;
    Ok(found.map_or(Named::Unknown, Named::One))
}

impl Named {
    /// The resource, if tokens of that scope can be for it. For the listening module playing is what
    /// there is to open.
    ///
    /// # Errors
    /// `invalid_target`.
    pub(crate) fn fitting(self, core: &Core, scope: &str) -> Result<Option<Audience>, OAuthError> {
        let refused = |why| OAuthError::refused(&problem::INVALID_TARGET, why);
        let audience = match self {
            Self::Nothing => return Ok(None),
            Self::Unknown => return Err(refused("no tokens are made for this resource")),
            Self::One(audience) => audience,
        };
        if audience.uri == core.ground.origins.listen && !scope::has(scope, scope::PLAY) {
            return Err(refused("this resource needs the scope resonate.play"));
        }
        Ok(Some(audience))
    }
}

/// A later request may repeat what was granted and name nothing else.
///
/// # Errors
/// `invalid_target`.
pub(crate) fn stays(params: &Params, granted: Option<&str>) -> Result<(), OAuthError> {
    let asked = asked(params);
    if asked.is_none() || asked == granted {
        return Ok(());
    }
    let slug = &problem::INVALID_TARGET;
    Err(OAuthError::refused(
        slug,
        "another resource than was allowed",
    ))
}

fn asked(params: &Params) -> Option<&str> {
    params.get("resource").map(|uri| uri.trim_end_matches('/'))
}
