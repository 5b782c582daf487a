//! What an app is given only by the co-op: the profile `high`, tokens on its own behalf, and being a
//! resource that other apps' tokens are for.

use super::{
    AuthMethod, Client,
    grants::GrantType,
    members::{Members, flag, is_tricky, list, text},
    metadata::{Invalid, Policy},
};
use crate::scope;
use credential::jose::Alg;
use serde_json::Value;
use url::Url;

/// How strictly an app is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What any OpenID Connect library does.
    Standard,
    /// FAPI 2.0 Security Profile: for money and member data.
    High,
}

/// An app whose interface takes our access tokens (RFC 8707, RFC 9068).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Its address, without a slash at the end: `aud` of its tokens.
    pub(crate) uri: String,
    /// How its tokens are signed.
    pub(crate) alg: Alg,
    /// What there is to open: without any, the resource as a whole.
    pub(crate) scopes: Vec<Declared>,
}

/// A scope word of a resource, and what a person reads for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The word, of which another resource may have one of the same spelling.
    pub(crate) word: String,
    /// Its text in English and, where it has one, in German. A word of ours has its own sentence.
    pub(crate) text: [Option<String>; 2],
}

/// Most words of one resource, and the most characters of a word and of a text.
const MOST_WORDS: usize = 20;
const LONGEST_WORD: usize = 64;
const LONGEST_TEXT: usize = 120;

/// Signatures that the profile `high` takes and gives.
const HIGH_ALGS: [Alg; 2] = [Alg::Es256, Alg::EdDsa];

/// The grant types it registers.
///
/// # Errors
/// [`Invalid`] for one that does not exist here, or that it may not have: on its own behalf only an
/// app acts that the co-op registers and that proves itself.
pub(super) fn grants(
    from: &Members,
    auth: AuthMethod,
    policy: &Policy,
) -> Result<Vec<GrantType>, Invalid> {
    const NAME: &str = "grant_types";
    let bad = Invalid::Metadata(NAME);
    if from.get(NAME).is_none_or(Value::is_null) {
        return Ok(GrantType::DEFAULT.to_vec());
    }
    let words = list(from, NAME)?;
    let kinds: Option<Vec<GrantType>> = words.iter().map(|w| GrantType::parse(w)).collect();
    let kinds = kinds.ok_or(bad)?;
    let acts_alone = kinds.contains(&GrantType::OwnBehalf);
    if acts_alone && (auth == AuthMethod::None || !policy.trusted) {
        return Err(bad);
    }
    Ok(kinds)
}

/// The resource it is, if it is one: `resource`, `access_token_signing_alg` and `resource_scopes`.
///
/// # Errors
/// [`Invalid`] for what is no plain https address (http on loopback in the demo), and for an app the
/// co-op did not register.
pub(super) fn resource(from: &Members, policy: &Policy) -> Result<Option<Resource>, Invalid> {
    const NAME: &str = "resource";
    const ALG: &str = "access_token_signing_alg";
    let alg = match text(from, ALG)? {
        None => Alg::EdDsa,
        Some(word) => Alg::parse(&word).map_err(|_| Invalid::Metadata(ALG))?,
    };
    let scopes = declared(from)?;
    let Some(uri) = text(from, NAME)? else {
        let alone = scopes.is_empty();
        return alone.then_some(None).ok_or(Invalid::Metadata(SCOPES));
    };
    let uri = uri.trim_end_matches('/');
    if !policy.trusted || !is_resource(uri, policy.demo) {
        return Err(Invalid::Metadata(NAME));
    }
    Ok(Some(Resource {
        uri: uri.to_owned(),
        alg,
        scopes,
    }))
}

const SCOPES: &str = "resource_scopes";

/// The words it declares: `{"catalog.read": {"en": "read your catalogue", "de": ".."}}`.
fn declared(from: &Members) -> Result<Vec<Declared>, Invalid> {
    let bad = Invalid::Metadata(SCOPES);
    let Some(map) = from.get(SCOPES).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let map = map.as_object().filter(|map| map.len() <= MOST_WORDS);
    let one = |(word, says): (&String, &Value)| {
        let text = |lang: &str| says.get(lang).and_then(Value::as_str).map(str::to_owned);
        let (en, de) = (text("en"), text("de"));
        let good = en.is_some() && en.iter().chain(&de).all(|text| is_text(text));
        (good && is_word(word)).then(|| Declared {
            word: word.clone(),
            text: [en, de],
        })
    };
    map.and_then(|map| map.iter().map(one).collect()).ok_or(bad)
}

/// A word of its own: none of ours, and none that looks like one.
fn is_word(word: &str) -> bool {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b':' | b'-');
    let ours = scope::is_known(word) || word.starts_with("resonate.") || word == "email";
    (1..=LONGEST_WORD).contains(&word.len()) && word.bytes().all(plain) && !ours
}

fn is_text(text: &str) -> bool {
    (1..=LONGEST_TEXT).contains(&text.trim().chars().count()) && !text.chars().any(is_tricky)
}

/// An absolute address without query, fragment or user (RFC 8707 section 2), written as the parser
/// writes it: two spellings of one address would be two audiences.
fn is_resource(uri: &str, demo: bool) -> bool {
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let canonical = url.as_str().trim_end_matches('/') == uri && url.password().is_none();
    let scheme = url.scheme() == "https" || (demo && url.scheme() == "http");
    plain && canonical && scheme && url.host_str().is_some() && uri.len() <= 512
}

/// Holds an app to its profile. `high` is FAPI 2.0: pushed requests, PKCE, tokens bound to a key, and
/// an app that proves itself by a key of its own.
///
/// # Errors
/// [`Invalid`] for an unknown profile, for `high` without the co-op, and for the first member that
/// `high` does not allow.
pub(super) fn held(from: &Members, mut app: Client, policy: &Policy) -> Result<Client, Invalid> {
    const NAME: &str = "resonate_profile";
    match text(from, NAME)?.as_deref() {
        None | Some("standard") => return Ok(app),
        Some("high") if policy.trusted => {}
        Some(_) => return Err(Invalid::Metadata(NAME)),
    }
    if !from.contains_key("id_token_signed_response_alg") {
        app.id_token_alg = Alg::Es256;
    }
    if let Some(name) = lacks(&app) {
        return Err(Invalid::Metadata(name));
    }
    for name in [
        "require_pkce",
        "require_pushed_authorization_requests",
        "dpop_bound_access_tokens",
    ] {
        if flag(from, name)? == Some(false) {
            return Err(Invalid::Metadata(name));
        }
    }
    Ok(raised(app))
}

/// The first member of its registration that `high` does not allow.
pub(crate) fn lacks(app: &Client) -> Option<&'static str> {
    let takes = |alg: Option<Alg>| alg.is_some_and(|alg| HIGH_ALGS.contains(&alg));
    if app.auth != AuthMethod::PrivateKeyJwt {
        return Some("token_endpoint_auth_method");
    }
    if !takes(app.assertion_alg) {
        return Some("token_endpoint_auth_signing_alg");
    }
    if !takes(Some(app.id_token_alg)) {
        return Some("id_token_signed_response_alg");
    }
    app.may(GrantType::Device).then_some("grant_types")
}

/// The app under `high`.
pub(crate) fn raised(app: Client) -> Client {
    Client {
        profile: Profile::High,
        require_pkce: true,
        nonce_for_pkce: false,
        require_par: true,
        require_dpop: true,
        ..app
    }
}
