//! Registration of an app (RFC 7591 metadata): read, checked and completed by one function for
//! whoever registers it.

use super::{
    AuthMethod, BackChannel, Client,
    grants::GrantType,
    powers::{self, Profile, Resource},
    redirect::{self, Kind},
};
use crate::{scope, secrets};
use credential::jose::{self, Alg, Jwk};
use serde_json::{Map, Value};

/// What this installation lets apps register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Loopback addresses for web apps, and no nonce where PKCE is off: the demo only.
    pub(crate) demo: bool,
    /// Whether `require_pkce: false` may be asked for: files of an operator only.
    pub(crate) may_waive_pkce: bool,
    /// Whether the co-op registers the app: what [`powers`] gives is given to no one else.
    pub(crate) trusted: bool,
}

/// Why a registration is refused, in the words of RFC 7591 section 3.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    /// An address no app may be returned to.
    #[error("a redirect address is not allowed")]
    RedirectUri,
    /// Anything else; the member is named.
    #[error("{0} is not allowed")]
    Metadata(&'static str),
}

impl Invalid {
    /// The error code of the answer.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::RedirectUri => "invalid_redirect_uri",
            Self::Metadata(_) => "invalid_client_metadata",
        }
    }
}

/// Reads one app's metadata. Unknown members are ignored, as the specification says.
///
/// # Errors
/// [`Invalid`] for the first member that is missing or not allowed.
pub(crate) fn parse(metadata: &Value, policy: &Policy) -> Result<Client, Invalid> {
    let from = metadata
        .as_object()
        .ok_or(Invalid::Metadata("the document"))?;
    let id = text(from, "client_id")?.ok_or(Invalid::Metadata("client_id"))?;
    // 43 characters of base64url are what subjects look like; ids and subjects never meet.
    if id.is_empty() || id.len() > 256 || kernel::b64::decode_array::<32>(&id).is_some() {
        return Err(Invalid::Metadata("client_id"));
    }
    let kind = match text(from, "application_type")?.as_deref() {
        None | Some("web") => Kind::Web,
        Some("native") => Kind::Native,
        Some(_) => return Err(Invalid::Metadata("application_type")),
    };
    let auth = auth_method(from)?;
    let grants = powers::grants(from, auth, policy)?;
    let redirects = redirects(from, kind, &grants, policy)?;
    let resource = powers::resource(from, policy)?;
    let secret = text(from, "client_secret")?;
    let (secret_h, keys) = proofs(from, auth, secret.as_deref())?;
    let require_pkce = require_pkce(from, auth, policy)?;
    let app = Client {
        name: text(from, "client_name")?.unwrap_or_else(|| id.clone()),
        sector: sector(from, &id, &redirects, resource.as_ref())?,
        kind,
        redirects,
        post_logout: post_logout(from, kind, policy)?,
        back_channel: back_channel(from, policy)?,
        auth,
        secret_h,
        assertion_alg: assertion_alg(from, &keys)?,
        keys,
        scopes: scopes(from)?,
        grants,
        profile: Profile::Standard,
        resource,
        id_token_alg: id_token_alg(from)?,
        require_pkce,
        nonce_for_pkce: !require_pkce && !policy.demo,
        require_par: flag(from, "require_pushed_authorization_requests")?.unwrap_or(false),
        require_dpop: flag(from, "dpop_bound_access_tokens")?.unwrap_or(false),
        first_party: false,
        verified: false,
        default_max_age: seconds(from, "default_max_age")?,
        require_auth_time: flag(from, "require_auth_time")?.unwrap_or(false),
        id,
    };
    powers::held(from, app, policy)
}

pub(super) fn text(
    from: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<String>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.chars().any(char::is_control) => Ok(Some(text.clone())),
        Some(_) => Err(Invalid::Metadata(name)),
    }
}

pub(super) fn flag(from: &Map<String, Value>, name: &'static str) -> Result<Option<bool>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Invalid::Metadata(name)),
    }
}

fn seconds(from: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let seconds = value.as_i64().filter(|s| *s >= 0);
            seconds.map(Some).ok_or(Invalid::Metadata(name))
        }
    }
}

pub(super) fn addresses(
    from: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<String>, Invalid> {
    let Some(list) = from.get(name) else {
        return Ok(Vec::new());
    };
    let list = list
        .as_array()
        .filter(|l| l.len() <= 50)
        .ok_or(Invalid::Metadata(name))?;
    list.iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or(Invalid::Metadata(name))
        })
        .collect()
}

fn redirects(
    from: &Map<String, Value>,
    kind: Kind,
    grants: &[GrantType],
    policy: &Policy,
) -> Result<Vec<String>, Invalid> {
    let list = addresses(from, "redirect_uris").map_err(|_| Invalid::RedirectUri)?;
    let good = |uri: &String| redirect::is_registrable(uri, kind, policy.demo);
    // Where nobody is sent back, no address is needed.
    let missing = list.is_empty() && grants.contains(&GrantType::Code);
    if missing || !list.iter().all(good) {
        return Err(Invalid::RedirectUri);
    }
    Ok(list)
}

/// Where a logout may lead: addresses as strict as those of a sign-in.
fn post_logout(
    from: &Map<String, Value>,
    kind: Kind,
    policy: &Policy,
) -> Result<Vec<String>, Invalid> {
    const NAME: &str = "post_logout_redirect_uris";
    let list = addresses(from, NAME)?;
    let good = |uri: &String| redirect::is_registrable(uri, kind, policy.demo);
    if list.iter().all(good) {
        Ok(list)
    } else {
        Err(Invalid::Metadata(NAME))
    }
}

/// Where the app is told of ended logins: https with a host of its own, in the demo also loopback.
/// It is called, so the rules of web apps hold whatever the app is.
fn back_channel(
    from: &Map<String, Value>,
    policy: &Policy,
) -> Result<Option<BackChannel>, Invalid> {
    const NAME: &str = "backchannel_logout_uri";
    let required = flag(from, "backchannel_logout_session_required")?.unwrap_or(false);
    match text(from, NAME)? {
        None => Ok(None),
        Some(uri) if redirect::is_registrable(&uri, Kind::Web, policy.demo) => {
            Ok(Some(BackChannel {
                uri,
                session_required: required,
            }))
        }
        Some(_) => Err(Invalid::Metadata(NAME)),
    }
}

/// Where its subjects are made: the one host of its addresses, that of its resource among them.
fn sector(
    from: &Map<String, Value>,
    id: &str,
    redirects: &[String],
    resource: Option<&Resource>,
) -> Result<String, Invalid> {
    const LIST: &str = "sector_identifier_uri";
    if from.get("subject_type").is_some_and(|t| t != "pairwise") {
        return Err(Invalid::Metadata("subject_type"));
    }
    // Its list would have to be fetched; that comes with registration by apps themselves.
    if text(from, LIST)?.is_some() {
        return Err(Invalid::Metadata(LIST));
    }
    let mut addresses = redirects.to_vec();
    addresses.extend(resource.map(|resource| resource.uri.clone()));
    redirect::sector(id, &addresses).map_err(|_| Invalid::Metadata("redirect_uris"))
}

fn auth_method(from: &Map<String, Value>) -> Result<AuthMethod, Invalid> {
    const NAME: &str = "token_endpoint_auth_method";
    match text(from, NAME)? {
        Some(word) => AuthMethod::parse(&word).ok_or(Invalid::Metadata(NAME)),
        None if from.contains_key("client_secret") => Ok(AuthMethod::SecretBasic),
        None => Ok(AuthMethod::None),
    }
}

/// The hash of its secret, and its keys.
type Proofs = (Option<String>, Vec<Jwk>);

fn proofs(
    from: &Map<String, Value>,
    auth: AuthMethod,
    secret: Option<&str>,
) -> Result<Proofs, Invalid> {
    match auth {
        AuthMethod::None => Ok((None, Vec::new())),
        AuthMethod::SecretBasic | AuthMethod::SecretPost => {
            let secret = secret
                .filter(|s| s.len() >= 16)
                .ok_or(Invalid::Metadata("client_secret"));
            Ok((Some(secrets::hash(secret?)), Vec::new()))
        }
        AuthMethod::PrivateKeyJwt => {
            let bad = Invalid::Metadata("jwks");
            let keys = from.get("jwks").ok_or(bad)?;
            let keys = jose::parse_jwks(keys).map_err(|_| bad)?;
            if keys.is_empty() || keys.len() > 20 {
                Err(bad)
            } else {
                Ok((None, keys))
            }
        }
    }
}

/// The one algorithm of its assertions: the registered one, else that of its first key.
fn assertion_alg(from: &Map<String, Value>, keys: &[Jwk]) -> Result<Option<Alg>, Invalid> {
    const NAME: &str = "token_endpoint_auth_signing_alg";
    let Some(word) = text(from, NAME)? else {
        return Ok(keys.first().map(Jwk::alg));
    };
    let alg = Alg::parse(&word).map_err(|_| Invalid::Metadata(NAME))?;
    if keys.iter().any(|key| key.alg() == alg) {
        Ok(Some(alg))
    } else {
        Err(Invalid::Metadata(NAME))
    }
}

fn require_pkce(
    from: &Map<String, Value>,
    auth: AuthMethod,
    policy: &Policy,
) -> Result<bool, Invalid> {
    const NAME: &str = "require_pkce";
    match flag(from, NAME)? {
        Some(false) if auth == AuthMethod::None || !policy.may_waive_pkce => {
            Err(Invalid::Metadata(NAME))
        }
        other => Ok(other.unwrap_or(true)),
    }
}

fn id_token_alg(from: &Map<String, Value>) -> Result<Alg, Invalid> {
    const NAME: &str = "id_token_signed_response_alg";
    match text(from, NAME)? {
        None => Ok(Alg::Rs256),
        Some(word) => Alg::parse(&word).map_err(|_| Invalid::Metadata(NAME)),
    }
}

/// The words it may ask for; those we do not know are left out (RFC 7591 section 2).
fn scopes(from: &Map<String, Value>) -> Result<Vec<String>, Invalid> {
    let words = text(from, "scope")?;
    let words = words.as_deref().unwrap_or(scope::DEFAULT);
    Ok(words
        .split(' ')
        .filter(|w| scope::is_for_anyone(w))
        .map(str::to_owned)
        .collect())
}
