//! Whom an access token is for: a resource that is registered as an app (RFC 8707). A token for one
//! is signed (RFC 9068), opens nothing elsewhere, and names the person as that resource knows them.

use crate::{
    client::{Client, powers::Declared},
    core::Core,
    params::Params,
    problem::OAuthError,
    scope,
};
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
    /// The words it declares.
    pub(crate) scopes: Vec<Declared>,
}

impl Audience {
    /// The resource that app is, if it is one.
    fn of(app: Client) -> Option<Self> {
        let resource = app.resource?;
        Some(Self {
            uri: resource.uri,
            client_id: app.id,
            sector: app.sector,
            alg: resource.alg,
            scopes: resource.scopes,
        })
    }

    /// Whether it declares that scope word.
    pub(crate) fn declares(&self, word: &str) -> bool {
        self.scopes.iter().any(|declared| declared.word == word)
    }
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
    Ok(app.and_then(Audience::of))
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
    /// What an app named, by the app that was found for it.
    pub(crate) fn found(app: Option<Client>) -> Self {
        app.and_then(Audience::of).map_or(Self::Unknown, Self::One)
    }

    /// Whether the resource that is named declares that scope word.
    pub(crate) fn declares(&self, word: &str) -> bool {
        matches!(self, Self::One(audience) if audience.declares(word))
    }

    /// The resource, if tokens of that scope can be for it: where it declares words, one of them has to
    /// be asked for.
    ///
    /// # Errors
    /// `invalid_target`.
    pub(crate) fn fitting(self, scope: &str) -> Result<Option<Audience>, OAuthError> {
        let Some(audience) = self.known()? else {
            return Ok(None);
        };
        let opens = audience.scopes.is_empty() || scope.split(' ').any(|w| audience.declares(w));
        match opens {
            true => Ok(Some(audience)),
            false => Err(refused("this resource needs one of its scopes")),
        }
    }

    /// The resource, if an app by itself may have tokens for it: not where our own words open it, for
    /// those need a person.
    ///
    /// # Errors
    /// `invalid_target`.
    pub(crate) fn for_nobody(self) -> Result<Option<Audience>, OAuthError> {
        let audience = self.known()?;
        let personal = |audience: &Audience| {
            let mut words = audience.scopes.iter();
            words.any(|declared| scope::is_known(&declared.word))
        };
        match audience.as_ref().is_some_and(personal) {
            true => Err(refused("this resource needs a person")),
            false => Ok(audience),
        }
    }

    fn known(self) -> Result<Option<Audience>, OAuthError> {
        match self {
            Self::Nothing => Ok(None),
            Self::Unknown => Err(refused("no tokens are made for this resource")),
            Self::One(audience) => Ok(Some(audience)),
        }
    }
}

fn refused(why: &'static str) -> OAuthError {
    OAuthError::refused(&problem::INVALID_TARGET, why)
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
    Err(refused("another resource than was allowed"))
}

/// The resource a request names.
pub(crate) fn asked(params: &Params) -> Option<&str> {
    params.get("resource").map(|uri| uri.trim_end_matches('/'))
}
