//! How an app proves that it is itself: exactly one method, the one it is registered with.

use super::{AuthMethod, Client, powers::Profile};
use crate::{
    audience::{self, Named},
    core::Core,
    params::Params,
    problem::OAuthError,
    secrets,
};
use axum::http::{HeaderMap, header};
use credential::jose::{self, AssertionWant, Jwk};
use host::{
    Source,
    db::Tx,
    edge::classes,
    once::{self, spaces},
};
use kernel::{Secret, Timestamp};
use serde_json::Value;

/// The one assertion form there is (RFC 7523).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far clocks may lie apart, seconds: how long a mark outlives its assertion.
const CLOCKS: i64 = 60;
/// How far ahead an assertion's end may lie, seconds: five minutes for the strict profile, an hour for
/// libraries that say so unasked.
const SHORT: i64 = 300;
const LONG: i64 = 3600;

/// An app that proved itself. Its assertion is still to be spent in the transaction that acts on it.
#[derive(Clone, Debug)]
pub(crate) struct Authenticated {
    /// The app.
    pub(crate) client: Client,
    /// The resource its request names, read along with it.
    pub(crate) resource: Named,
    assertion: Option<Assertion>,
}

#[derive(Clone, Debug)]
struct Assertion {
    mark: String,
    until: Timestamp,
}

impl Authenticated {
    /// Whether there is something to spend.
    pub(crate) const fn has_to_spend(&self) -> bool {
        self.assertion.is_some()
    }

    /// As [`Authenticated::spend`], where nothing else is written.
    ///
    /// # Errors
    /// Its own.
    pub(crate) async fn spend_alone(&self, core: &Core) -> Result<(), OAuthError> {
        if !self.has_to_spend() {
            return Ok(());
        }
        let write = core
            .ground
            .db
            .write(move |tx| Box::pin(async move { self.spend(tx).await }));
        write.await
    }

    /// Marks its assertion as used, if it used one.
    ///
    /// # Errors
    /// `invalid_client` for an assertion used before; the store's own.
    pub(crate) async fn spend(&self, tx: &mut Tx<'_>) -> Result<(), OAuthError> {
        let Some(assertion) = &self.assertion else {
            return Ok(());
        };
        if once::first(tx, &spaces::JTI, &assertion.mark, assertion.until).await? {
            Ok(())
        } else {
            Err(OAuthError::client("the assertion was used before"))
        }
    }
}

/// What the request showed.
enum Shown {
    Basic { id: String, secret: Secret<String> },
    Post { id: String, secret: Secret<String> },
    Jwt { id: String, assertion: String },
    Nothing { id: String },
}

/// Checks the app's proof in the header or the form.
///
/// # Errors
/// `invalid_request` for two methods; `invalid_client` (401) for everything else: unknown app, wrong
/// secret, another method than the registered one, a refused assertion.
pub(crate) async fn authenticate(
    core: &Core,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Authenticated, OAuthError> {
    let shown = shown(headers, params)?;
    let (id, refused) = match &shown {
        Shown::Basic { id, .. } => (id, OAuthError::BasicRefused),
        Shown::Post { id, .. } | Shown::Jwt { id, .. } | Shown::Nothing { id } => (
            id,
            OAuthError::client("the app is not known or did not prove itself"),
        ),
    };
    let door = Door {
        core,
        id,
        source: params.source(),
    };
    door.may_try()?;
    let (found, resource) = {
        let mut conn = core.ground.db.read().await?;
        match audience::asked(params) {
            None => (
                core.clients.enabled(&mut conn, id, now).await?,
                Named::Nothing,
            ),
            Some(uri) => {
                let both = core.clients.enabled_with(&mut conn, id, uri, now).await?;
                let [client, taker] = both;
                (client, Named::found(taker))
            }
        }
    };
    let Some(client) = found else {
        return Err(door.failed(refused));
    };
    match holds(core, &client, &shown, now).await {
        Some(assertion) => Ok(Authenticated {
            client,
            resource,
            assertion,
        }),
        None => Err(door.failed(refused)),
    }
}

/// Whether the proof shown is the app's, by its one method; its assertion where it used one.
async fn holds(
    core: &Core,
    client: &Client,
    shown: &Shown,
    now: Timestamp,
) -> Option<Option<Assertion>> {
    match (shown, client.auth) {
        (Shown::Basic { secret, .. }, AuthMethod::SecretBasic)
        | (Shown::Post { secret, .. }, AuthMethod::SecretPost) => {
            secret_holds(client, secret).then_some(None)
        }
        (Shown::Jwt { assertion, .. }, AuthMethod::PrivateKeyJwt) => {
            check_assertion(core, client, assertion, now)
                .await
                .map(Some)
        }
        (Shown::Nothing { .. }, AuthMethod::None) => Some(None),
        _ => None,
    }
}

/// Where an app logs in: failures are counted for its id and the place they come from together, so
/// that nobody elsewhere can close the door to it.
struct Door<'a> {
    core: &'a Core,
    id: &'a str,
    source: Source,
}

impl Door<'_> {
    fn who(&self) -> Option<Vec<u8>> {
        let inside = self.source == Source::INSIDE;
        (!inside).then(|| [self.id.as_bytes(), &[0], self.source.as_ref()].concat())
    }

    fn may_try(&self) -> Result<(), OAuthError> {
        let meter = &self.core.ground.meter;
        self.who().map_or(Ok(()), |who| {
            let tried = meter.may_try(&classes::CLIENT_LOGIN, who);
            tried.map_err(OAuthError::Edge)
        })
    }

    fn failed(&self, refused: OAuthError) -> OAuthError {
        let meter = &self.core.ground.meter;
        let counted = self
            .who()
            .map_or(Ok(()), |who| meter.failed(&classes::CLIENT_LOGIN, who));
        counted.map_or_else(OAuthError::Edge, |()| refused)
    }
}

fn secret_holds(client: &Client, secret: &Secret<String>) -> bool {
    // Hashes are compared: a length or prefix of the secret cannot be told from the time it takes.
    let hash = Secret::new(secrets::hash(secret.expose()));
    client
        .secret_h
        .as_ref()
        .is_some_and(|known| hash.is(known.as_bytes()))
}

fn shown(headers: &HeaderMap, params: &Params) -> Result<Shown, OAuthError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let basic = match (all.next(), all.next()) {
        (None, _) => None,
        (Some(value), None) => Some(basic(value.to_str().unwrap_or_default())?),
        (Some(_), Some(_)) => return Err(OAuthError::request("two Authorization headers")),
    };
    let secret = params.text("client_secret").map(Secret::new);
    let assertion = params.text("client_assertion");
    let id = params.text("client_id");
    match (basic, secret, assertion) {
        (Some((basic_id, secret)), None, None) => {
            if id.is_some_and(|id| id != basic_id) {
                return Err(OAuthError::request("two different client_id"));
            }
            Ok(Shown::Basic {
                id: basic_id,
                secret,
            })
        }
        (None, Some(secret), None) => {
            let id = id.ok_or(OAuthError::client("client_id is missing"))?;
            Ok(Shown::Post { id, secret })
        }
        (None, None, Some(assertion)) => jwt(params, id, assertion),
        (None, None, None) => Ok(Shown::Nothing {
            id: id.ok_or(OAuthError::client("client_id is missing"))?,
        }),
        _ => Err(OAuthError::request(
            "more than one way of client authentication",
        )),
    }
}

fn jwt(params: &Params, id: Option<String>, assertion: String) -> Result<Shown, OAuthError> {
    if params.get("client_assertion_type") != Some(JWT_BEARER) {
        return Err(OAuthError::client("the assertion's type is not known"));
    }
    let refused = || OAuthError::client("the assertion is not accepted");
    let (_, claims) = jose::peek(&assertion).map_err(|_| refused())?;
    let sub = claims
        .get("sub")
        .and_then(Value::as_str)
        .ok_or_else(refused)?
        .to_owned();
    if id.is_some_and(|id| id != sub) {
        return Err(refused());
    }
    Ok(Shown::Jwt { id: sub, assertion })
}

/// Reads `Basic`: id and secret are form-encoded before base64 (RFC 6749 section 2.3.1).
pub(crate) fn basic(value: &str) -> Result<(String, Secret<String>), OAuthError> {
    use base64ct::{Base64, Encoding};
    let (scheme, rest) = value.split_once(' ').ok_or(OAuthError::BasicRefused)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(OAuthError::BasicRefused);
    }
    let bytes = Base64::decode_vec(rest.trim()).map_err(|_| OAuthError::BasicRefused)?;
    let text = String::from_utf8(bytes).map_err(|_| OAuthError::BasicRefused)?;
    let (id, secret) = text.split_once(':').ok_or(OAuthError::BasicRefused)?;
    Ok((form_decoded(id), Secret::new(form_decoded(secret))))
}

/// Decodes one form value; `=` and `&` are data here.
fn form_decoded(text: &str) -> String {
    let escaped = text.replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(format!("v={escaped}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

async fn check_assertion(
    core: &Core,
    client: &Client,
    token: &str,
    now: Timestamp,
) -> Option<Assertion> {
    let fetched = match &client.jwks_uri {
        Some(uri) => {
            let (header, _) = jose::peek(token).ok()?;
            let kid = header.kid.as_deref();
            let keys = core.fetched_keys.at(&core.outside, uri, kid, now).await;
            let named = keys
                .iter()
                .find(|key| kid.is_none_or(|kid| key.is_named(kid)));
            let alg = named.map(Jwk::alg);
            Some((keys, alg))
        }
        None => None,
    };
    // The algorithm is the registered one or that of the app's own key, never the header's.
    let (keys, alg) = match &fetched {
        Some((keys, alg)) => (keys, client.assertion_alg.or(*alg)),
        None => (&client.keys, client.assertion_alg),
    };
    let (issuer, endpoint) = (core.issuer(), core.url("/token"));
    // FAPI 2.0, 5.3.2.1: the issuer alone; older libraries name the token endpoint.
    let (audiences, longest_s): (&[&str], i64) = match client.profile {
        Profile::High => (&[issuer], SHORT),
        Profile::Standard => (&[issuer, &endpoint], LONG),
    };
    let want = AssertionWant {
        client_id: &client.id,
        audiences,
        keys,
        alg: alg?,
        longest_s,
        now,
    };
    let good = jose::verify_client_assertion(token, &want).ok()?;
    let mark = format!("assertion\u{1f}{}\u{1f}{}", client.id, good.jti);
    Some(Assertion {
        mark,
        until: good.exp.plus_seconds(CLOCKS),
    })
}
