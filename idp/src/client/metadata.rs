//! Registration of an app (RFC 7591 metadata): read, checked and completed by one function for
//! whoever registers it and whenever it is changed.

use super::{
    AuthMethod, BackChannel, Client,
    grants::GrantType,
    members::{Members, flag, link, list, seconds, text},
    powers::{self, Profile, Resource},
    redirect::{self, Kind},
};
use crate::{acr::Acr, scope, secrets};
use credential::jose::{self, Alg, Jwk};
use serde_json::{Value, json};

/// What this installation lets apps register.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    /// Loopback addresses for web apps, and no nonce where PKCE is off: the demo only.
    pub(crate) demo: bool,
    /// Whether `require_pkce: false` may be asked for.
    pub(crate) may_waive_pkce: bool,
    /// Whether the co-op registers the app: what [`powers`] gives is given to no one else.
    pub(crate) trusted: bool,
}

/// What is known of an app besides the document it sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts<'a> {
    /// The id we drew; else the document's `client_id`.
    pub(crate) id: Option<&'a str>,
    /// Hash of the secret we drew; else the document's `client_secret`.
    pub(crate) secret_h: Option<&'a str>,
    /// What its sector's address holds.
    pub(crate) sector_list: SectorList<'a>,
}

/// The list of redirect addresses at `sector_identifier_uri` (OpenID Connect Core 8.1).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum SectorList<'a> {
    /// It was not fetched, so an app that needs it is refused.
    #[default]
    Unread,
    /// It was fetched for this registration.
    Read(&'a [String]),
    /// It held every address when the app was registered.
    Checked,
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
pub(crate) fn parse(
    metadata: &Value,
    facts: &Facts<'_>,
    policy: &Policy,
) -> Result<Client, Invalid> {
    let from = metadata
        .as_object()
        .ok_or(Invalid::Metadata("the document"))?;
    let id = id(from, facts)?;
    let kind = match text(from, "application_type")?.as_deref() {
        None | Some("web") => Kind::Web,
        Some("native") => Kind::Native,
        Some(_) => return Err(Invalid::Metadata("application_type")),
    };
    let auth = auth_method(from)?;
    let grants = powers::grants(from, auth, policy)?;
    let redirects = redirects(from, kind, &grants, policy)?;
    let resource = powers::resource(from, policy)?;
    let (jwks_uri, keys) = keys(from, auth, policy)?;
    response_types(from)?;
    let require_pkce = require_pkce(from, auth, policy)?;
    links(from, policy)?;
    let app = Client {
        name: name(from)?.unwrap_or_else(|| id.clone()),
        sector: sector(from, &id, (&redirects, resource.as_ref()), facts, policy)?,
        post_logout: post_logout(from, kind, policy)?,
        kind,
        redirects,
        back_channel: back_channel(from, policy)?,
        auth,
        secret_h: secret_h(from, auth, facts)?,
        assertion_alg: assertion_alg(from, &keys, jwks_uri.is_some())?,
        jwks_uri,
        keys,
        scopes: scopes(from, policy)?,
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
        asks_always: false,
        default_max_age: seconds(from, "default_max_age")?,
        default_acr: default_acr(from)?,
        require_auth_time: flag(from, "require_auth_time")?.unwrap_or(false),
        has_logo: text(from, "logo_uri")?.is_some(),
        id,
    };
    powers::held(from, app, policy)
}

/// Members that mean something here. Others are not kept and not told back.
const KNOWN: &[&str] = &[
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "initiate_login_uri",
    "software_id",
    "software_version",
    "jwks",
    "jwks_uri",
    "sector_identifier_uri",
    "token_endpoint_auth_signing_alg",
    "default_max_age",
    "default_acr_values",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "resonate_profile",
    "resource",
    "resource_scopes",
    "access_token_signing_alg",
];

/// The registration as it stands, defaults written out (RFC 7591 section 3.2.1): what is kept, and
/// what the app is told. Read again it means the same.
pub(crate) fn complete(metadata: &Value, client: &Client) -> Members {
    let mut whole = Members::new();
    let sent = metadata.as_object().into_iter().flatten();
    for (name, value) in sent {
        if KNOWN.contains(&name.as_str()) && !value.is_null() {
            whole.insert(name.clone(), value.clone());
        }
    }
    let grants: Vec<&str> = client.grants.iter().map(|grant| grant.as_str()).collect();
    for (name, value) in [
        ("redirect_uris", json!(client.redirects)),
        ("post_logout_redirect_uris", json!(client.post_logout)),
        ("response_types", json!(["code"])),
        ("grant_types", json!(grants)),
        ("application_type", json!(client.kind.as_str())),
        ("subject_type", json!("pairwise")),
        ("scope", json!(client.scopes.join(" "))),
        ("token_endpoint_auth_method", json!(client.auth.as_str())),
        (
            "id_token_signed_response_alg",
            json!(client.id_token_alg.as_str()),
        ),
        ("require_pkce", json!(client.require_pkce)),
        ("require_auth_time", json!(client.require_auth_time)),
        ("dpop_bound_access_tokens", json!(client.require_dpop)),
        (
            "require_pushed_authorization_requests",
            json!(client.require_par),
        ),
    ] {
        whole.insert(name.to_owned(), value);
    }
    whole
}

fn id(from: &Members, facts: &Facts<'_>) -> Result<String, Invalid> {
    const NAME: &str = "client_id";
    let id = match facts.id {
        Some(id) => id.to_owned(),
        None => text(from, NAME)?.ok_or(Invalid::Metadata(NAME))?,
    };
    // 43 characters of base64url are what subjects look like; ids and subjects never meet.
    let own = id == super::OWN;
    if own || id.is_empty() || id.len() > 256 || kernel::b64::decode_array::<32>(&id).is_some() {
        return Err(Invalid::Metadata(NAME));
    }
    Ok(id)
}

fn name(from: &Members) -> Result<Option<String>, Invalid> {
    const NAME: &str = "client_name";
    let name = text(from, NAME)?;
    let good = |name: &String| !name.trim().is_empty() && name.chars().count() <= 100;
    match name {
        Some(name) if !good(&name) => Err(Invalid::Metadata(NAME)),
        name => Ok(name),
    }
}

/// Addresses that are shown or kept, and words about the software.
fn links(from: &Members, policy: &Policy) -> Result<(), Invalid> {
    for name in [
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "initiate_login_uri",
    ] {
        link(from, name, policy.demo)?;
    }
    text(from, "software_id")?;
    text(from, "software_version")?;
    Ok(())
}

fn redirects(
    from: &Members,
    kind: Kind,
    grants: &[GrantType],
    policy: &Policy,
) -> Result<Vec<String>, Invalid> {
    let list = list(from, "redirect_uris").map_err(|_| Invalid::RedirectUri)?;
    let good = |uri: &String| redirect::is_registrable(uri, kind, policy.demo);
    // Where nobody is sent back, no address is needed.
    let missing = list.is_empty() && grants.contains(&GrantType::Code);
    if missing || !list.iter().all(good) {
        return Err(Invalid::RedirectUri);
    }
    Ok(list)
}

/// Where a logout may lead: addresses of the same kind.
fn post_logout(from: &Members, kind: Kind, policy: &Policy) -> Result<Vec<String>, Invalid> {
    const NAME: &str = "post_logout_redirect_uris";
    let list = list(from, NAME)?;
    let good = |uri: &String| redirect::is_registrable(uri, kind, policy.demo);
    if list.iter().all(good) {
        Ok(list)
    } else {
        Err(Invalid::Metadata(NAME))
    }
}

/// Where the app is told of ended logins: https with a host of its own, in the demo also loopback.
/// It is called, so the rules of web apps hold whatever the app is.
fn back_channel(from: &Members, policy: &Policy) -> Result<Option<BackChannel>, Invalid> {
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

/// Where its subjects are made: the host of the list that holds its addresses, or the one host of the
/// addresses themselves.
fn sector(
    from: &Members,
    id: &str,
    (redirects, resource): (&[String], Option<&Resource>),
    facts: &Facts<'_>,
    policy: &Policy,
) -> Result<String, Invalid> {
    const LIST: &str = "sector_identifier_uri";
    match text(from, "subject_type")?.as_deref() {
        None | Some("pairwise") => {}
        Some(_) => return Err(Invalid::Metadata("subject_type")),
    }
    let Some(uri) = link(from, LIST, policy.demo)? else {
        // The host of its resource is one of its own.
        let mut own = redirects.to_vec();
        own.extend(resource.map(|resource| resource.uri.clone()));
        return redirect::sector(id, &own).map_err(|_| Invalid::Metadata("redirect_uris"));
    };
    let holds = match facts.sector_list {
        SectorList::Unread => false,
        SectorList::Read(listed) => redirects.iter().all(|uri| listed.contains(uri)),
        SectorList::Checked => true,
    };
    if !holds {
        return Err(Invalid::Metadata(LIST));
    }
    // A loopback host is no sector here either, or all developers would share one.
    redirect::sector(id, &[uri]).map_err(|_| Invalid::Metadata(LIST))
}

fn auth_method(from: &Members) -> Result<AuthMethod, Invalid> {
    const NAME: &str = "token_endpoint_auth_method";
    match text(from, NAME)? {
        Some(word) => AuthMethod::parse(&word).ok_or(Invalid::Metadata(NAME)),
        None if from.contains_key("client_secret") => Ok(AuthMethod::SecretBasic),
        None => Ok(AuthMethod::None),
    }
}

/// The hash of its secret, where it proves itself by one.
fn secret_h(
    from: &Members,
    auth: AuthMethod,
    facts: &Facts<'_>,
) -> Result<Option<String>, Invalid> {
    const NAME: &str = "client_secret";
    if !auth.has_secret() {
        return Ok(None);
    }
    if let Some(hash) = facts.secret_h {
        return Ok(Some(hash.to_owned()));
    }
    let secret = text(from, NAME)?.filter(|secret| secret.len() >= 16);
    let secret = secret.ok_or(Invalid::Metadata(NAME))?;
    Ok(Some(secrets::hash(&secret)))
}

/// Where its keys are, or the keys themselves; never both. Public ones of known kinds only.
type Keys = (Option<String>, Vec<Jwk>);

fn keys(from: &Members, auth: AuthMethod, policy: &Policy) -> Result<Keys, Invalid> {
    let bad = Invalid::Metadata("jwks");
    let uri = link(from, "jwks_uri", policy.demo)?;
    let keys = match from.get("jwks") {
        None | Some(Value::Null) => Vec::new(),
        Some(_) if uri.is_some() => return Err(bad),
        Some(set) => key_set(set).ok_or(bad)?,
    };
    if auth == AuthMethod::PrivateKeyJwt && keys.is_empty() && uri.is_none() {
        return Err(bad);
    }
    Ok((uri, keys))
}

/// The keys of a set, 1 to 20 of them.
pub(crate) fn key_set(set: &Value) -> Option<Vec<Jwk>> {
    let keys = jose::parse_jwks(set).ok()?;
    (1..=20).contains(&keys.len()).then_some(keys)
}

/// The one algorithm of its assertions: the registered one, else that of its first key. Without
/// either, the fetched key that an assertion names says it.
fn assertion_alg(from: &Members, keys: &[Jwk], fetched: bool) -> Result<Option<Alg>, Invalid> {
    const NAME: &str = "token_endpoint_auth_signing_alg";
    let Some(word) = text(from, NAME)? else {
        return Ok(keys.first().map(Jwk::alg));
    };
    let alg = Alg::parse(&word).map_err(|_| Invalid::Metadata(NAME))?;
    if fetched || keys.is_empty() || keys.iter().any(|key| key.alg() == alg) {
        Ok(Some(alg))
    } else {
        Err(Invalid::Metadata(NAME))
    }
}

fn response_types(from: &Members) -> Result<(), Invalid> {
    const NAME: &str = "response_types";
    if list(from, NAME)?.iter().all(|kind| kind == "code") {
        Ok(())
    } else {
        Err(Invalid::Metadata(NAME))
    }
}

fn require_pkce(from: &Members, auth: AuthMethod, policy: &Policy) -> Result<bool, Invalid> {
    const NAME: &str = "require_pkce";
    match flag(from, NAME)? {
        Some(false) if auth == AuthMethod::None || !policy.may_waive_pkce => {
            Err(Invalid::Metadata(NAME))
        }
        other => Ok(other.unwrap_or(true)),
    }
}

fn id_token_alg(from: &Members) -> Result<Alg, Invalid> {
    const NAME: &str = "id_token_signed_response_alg";
    match text(from, NAME)? {
        None => Ok(Alg::Rs256),
        Some(word) => Alg::parse(&word).map_err(|_| Invalid::Metadata(NAME)),
    }
}

fn default_acr(from: &Members) -> Result<Vec<Acr>, Invalid> {
    const NAME: &str = "default_acr_values";
    let read = |word: &String| Acr::parse(word).ok_or(Invalid::Metadata(NAME));
    list(from, NAME)?.iter().map(read).collect()
}

/// The words it may ask for; those we do not know are left out (RFC 7591 section 2).
fn scopes(from: &Members, policy: &Policy) -> Result<Vec<String>, Invalid> {
    const NAME: &str = "scope";
    let words = text(from, NAME)?;
    let words = words.as_deref().unwrap_or(scope::DEFAULT);
    let mut kept: Vec<String> = Vec::new();
    for word in words.split(' ').filter(|word| scope::is_known(word)) {
        // What reaches a person's purse, membership or mailbox is not for strangers to ask.
        if !policy.trusted && !scope::is_open(word) {
            return Err(Invalid::Metadata(NAME));
        }
        if scope::is_for_anyone(word) && !kept.iter().any(|known| known == word) {
            kept.push(word.to_owned());
        }
    }
    Ok(kept)
}
