//! The relying party: sign-in at an OpenID provider by authorization code with PKCE.

use crate::{
    Refusal,
    jose::{Alg, Compact, Jwk, Rules, Typ, at_hash, find_key},
    pkce,
    versions::LEEWAY_S,
};
use kernel::{Entropy, Timestamp, b64};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// What the relying party keeps, bound to the browser, while the person is away at the provider.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Pending {
    /// Names the request; comes back in the answer.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Of PKCE.
    pub code_verifier: String,
}

impl Pending {
    /// Draws the three, 256 bits each.
    #[must_use]
    pub fn draw(entropy: &dyn Entropy) -> Self {
        let draw = || {
            let mut bytes = [0; 32];
            entropy.fill(&mut bytes);
            b64::encode(bytes)
        };
        Self {
            state: draw(),
            nonce: draw(),
            code_verifier: pkce::draw_verifier(entropy),
        }
    }
}

/// One authorization request.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    /// Our client.
    pub client_id: &'a str,
    /// Where the answer goes.
    pub redirect_uri: &'a str,
    /// Space-separated, `openid` among them.
    pub scope: &'a str,
    /// Further parameters: `prompt`, `acr_values`, `max_age`, `resource`, `login_hint`.
    pub more: &'a [(&'a str, &'a str)],
}

impl Ask<'_> {
    /// The parameters, for PAR (RFC 9126) as a form or for [`authorization_url`].
    #[must_use]
    pub fn parameters(&self, pending: &Pending) -> Vec<(String, String)> {
        let challenge = pkce::challenge(&pending.code_verifier);
        let fixed = [
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("scope", self.scope),
            ("state", pending.state.as_str()),
            ("nonce", pending.nonce.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ];
        let all = fixed.iter().chain(self.more);
        all.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// The form that redeems `code` at the token endpoint, without client authentication.
    #[must_use]
    pub fn token_form(&self, pending: &Pending, code: &str) -> Vec<(String, String)> {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri),
            ("code_verifier", pending.code_verifier.as_str()),
            ("client_id", self.client_id),
        ]
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
    }
}

/// The address that sends a browser to the provider with these parameters.
#[must_use]
pub fn authorization_url(endpoint: &str, parameters: &[(String, String)]) -> String {
    let query = encode(parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())));
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{joint}{query}")
}

/// The address for a request that was pushed (RFC 9126 section 4).
#[must_use]
pub fn pushed_url(endpoint: &str, client_id: &str, request_uri: &str) -> String {
    let query = encode([("client_id", client_id), ("request_uri", request_uri)]);
    format!("{endpoint}?{query}")
}

fn encode<'p>(pairs: impl IntoIterator<Item = (&'p str, &'p str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// Checks the query the browser came back with and gives the code.
///
/// # Errors
/// [`Refusal::State`] when `state` is missing, twice or another, or `iss` is not the provider's
/// (RFC 9207); [`Refusal::Denied`] when the provider answered with an error;
/// [`Refusal::Malformed`] when there is not exactly one code.
pub fn check_callback(query: &str, pending: &Pending, iss: &str) -> Result<String, Refusal> {
    let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
    let one = |name: &str| {
        let mut found = pairs
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, value)| value);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    };
    let same = |got: &str, want: &str| bool::from(got.as_bytes().ct_eq(want.as_bytes()));
    if !one("state").is_some_and(|state| same(state, &pending.state)) {
        return Err(Refusal::State);
    }
    if one("iss").is_none_or(|got| got != iss) {
        return Err(Refusal::State);
    }
    if pairs.iter().any(|(name, _)| name == "error") {
        return Err(Refusal::Denied);
    }
    match one("code") {
        Some(code) if !code.is_empty() => Ok(code.clone().into_owned()),
        _ => Err(Refusal::Malformed),
    }
}

/// A verified ID token.
#[derive(Clone, Debug, PartialEq)]
pub struct IdToken {
    /// The person, under the name this client knows.
    pub sub: String,
    /// How strongly they proved themselves.
    pub acr: Option<String>,
    /// When they did.
    pub auth_time: Option<Timestamp>,
    /// The login at the provider, for logout.
    pub sid: Option<String>,
    /// All claims.
    pub raw: Map<String, Value>,
    alg: Alg,
}

impl IdToken {
    /// Whether `at_hash` names this access token (OpenID Connect Core 3.1.3.8).
    #[must_use]
    pub fn is_for(&self, access_token: &str) -> bool {
        self.raw
            .get("at_hash")
            .is_some_and(|hash| *hash == at_hash(self.alg, access_token))
    }

    /// The algorithm it was signed with.
    #[must_use]
    pub const fn alg(&self) -> Alg {
        self.alg
    }
}

/// Verifies an ID token (OpenID Connect Core 3.1.3.7) that answers a request with `nonce`.
///
/// # Errors
/// [`Refusal::IdToken`] for another `iss`, `aud` (or several without `azp`), `nonce`, a missing
/// `sub`, `exp` or `iat`; [`Refusal::Expired`]; [`Refusal::Issuer`] for an unknown key; and what
/// [`crate::jose::verify`] refuses.
pub fn verify_id_token(
    token: &str,
    keys: &[Jwk],
    iss: &str,
    client_id: &str,
    nonce: &str,
    now: Timestamp,
) -> Result<IdToken, Refusal> {
    let compact = Compact::parse(token)?;
    let (kid, alg) = (compact.header.kid.as_deref(), compact.header.alg);
    let key = find_key(keys, kid, alg).ok_or(Refusal::Issuer)?;
    let allowed = &[Alg::Es256, Alg::EdDsa, Alg::Rs256];
    let raw = compact.open(
        key,
        &Rules {
            typ: Typ::Loosely(&["JWT"]),
            allowed,
        },
    )?;
    let text = |name: &str| raw.get(name).and_then(Value::as_str);
    let number = |name: &str| raw.get(name).and_then(Value::as_i64);
    let addressed = match raw.get("aud") {
        Some(Value::String(aud)) => aud == client_id,
        // A list with others in it is for them too; our provider never sends one.
        Some(Value::Array(list)) => list.len() == 1 && list.first().is_some_and(|a| a == client_id),
        _ => false,
    };
    let party = text("azp").is_none_or(|azp| azp == client_id);
    let answers = text("nonce").is_some_and(|n| n.as_bytes().ct_eq(nonce.as_bytes()).into());
    let (Some(sub), Some(exp), Some(iat)) = (text("sub"), number("exp"), number("iat")) else {
        return Err(Refusal::IdToken);
    };
    let now = now.seconds();
    if text("iss") != Some(iss) || !addressed || !party || !answers || iat > now + LEEWAY_S {
        return Err(Refusal::IdToken);
    }
    if exp <= now - LEEWAY_S {
        return Err(Refusal::Expired);
    }
    Ok(IdToken {
        sub: sub.to_owned(),
        acr: text("acr").map(str::to_owned),
        auth_time: number("auth_time").map(Timestamp::from_seconds),
        sid: text("sid").map(str::to_owned),
        alg,
        raw,
    })
}

/// What a logout token says in its event (OpenID Connect Back-Channel Logout 1.0 section 2.4).
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Verifies a logout token (Back-Channel Logout 1.0 section 2.6) and gives the login it names. We
/// end logins by their names alone, so one without `sid` is refused.
///
/// # Errors
/// [`Refusal::IdToken`] for another `iss` or `aud`, a missing `iat`, `jti` or `sid`, no logout event,
/// or a `nonce`, by which an ID Token would pass as one; [`Refusal::Expired`]; [`Refusal::Issuer`] for
/// an unknown key; and what [`crate::jose::verify`] refuses.
pub fn verify_logout_token(
    token: &str,
    keys: &[Jwk],
    iss: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<String, Refusal> {
    let compact = Compact::parse(token)?;
    let (kid, alg) = (compact.header.kid.as_deref(), compact.header.alg);
    let key = find_key(keys, kid, alg).ok_or(Refusal::Issuer)?;
    let raw = compact.open(
        key,
        &Rules {
            typ: Typ::Exactly("logout+jwt"),
            allowed: &[Alg::Es256, Alg::EdDsa, Alg::Rs256],
        },
    )?;
    let text = |name: &str| raw.get(name).and_then(Value::as_str);
    let number = |name: &str| raw.get(name).and_then(Value::as_i64);
    let event = raw
        .get("events")
        .and_then(|events| events.get(LOGOUT_EVENT));
    let ours = text("iss") == Some(iss) && text("aud") == Some(client_id);
    let is_logout = event.is_some_and(Value::is_object) && !raw.contains_key("nonce");
    let (Some(sid), Some(_), Some(iat), Some(exp)) =
        (text("sid"), text("jti"), number("iat"), number("exp"))
    else {
        return Err(Refusal::IdToken);
    };
    if !ours || !is_logout || iat > now.seconds() + LEEWAY_S {
        return Err(Refusal::IdToken);
    }
    if exp <= now.seconds() - LEEWAY_S {
        return Err(Refusal::Expired);
    }
    Ok(sid.to_owned())
}
