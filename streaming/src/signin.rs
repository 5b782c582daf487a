//! Signing in to the listen origin: the relying party's talk with our own provider, all of it over
//! the back channel but the one redirect.

use crate::issuer::{IssuerKeys, Set};
use base64ct::{Base64, Encoding};
use bytes::Bytes;
use credential::rp::{self, Pending};
use host::{Ground, Origin, db::BoxFuture};
use http::{HeaderValue, StatusCode, header};
use kernel::{Problem, Secret, Timestamp, b64, problem};
use serde_json::Value;
use web::signin::{Ask, Proven, SignIn};

/// The one client of the listen origin.
const CLIENT: &str = "listen";

/// The relying party of the listen origin.
pub(crate) struct Listen {
    ground: Ground,
    keys: IssuerKeys,
    secret: Secret<String>,
}

impl Listen {
    pub fn new(ground: &Ground) -> Self {
        let key = ground.secrets.key("clients/listen");
        let secret = Secret::new(b64::encode(key.expose()));
        Self {
            ground: ground.clone(),
            keys: IssuerKeys::new(ground),
            secret,
        }
    }

    async fn push(&self, ask: &Ask) -> Result<String, Problem> {
        let max_age = ask.max_age.map(|age| age.to_string());
        let more: Vec<(&str, &str)> = [
            ("acr_values", ask.acr_values.as_deref()),
            ("max_age", max_age.as_deref()),
            ("prompt", ask.prompt.as_deref()),
            ("ui_locales", Some(ask.lang.tag())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        let form = request(ask, &more).parameters(&pending(ask));
        let (status, body) = self.post("/par", &form).await?;
        let request_uri = body.get("request_uri").and_then(Value::as_str);
        let request_uri = request_uri.filter(|_| status == StatusCode::CREATED);
        let request_uri = request_uri.ok_or_else(|| refused("par", status, &body))?;
        let endpoint = format!("{}/authorize", self.ground.origins.id);
        Ok(rp::pushed_url(&endpoint, CLIENT, request_uri))
    }

    async fn redeem(&self, ask: &Ask, code: &str, now: Timestamp) -> Result<Proven, Problem> {
        let form = request(ask, &[]).token_form(&pending(ask), code);
        let (status, body) = self.post("/token", &form).await?;
        let token = body
            .get("id_token")
            .and_then(Value::as_str)
            .filter(|_| status.is_success());
        let token = token.ok_or_else(|| refused("token", status, &body))?;
        let kid = credential::jose::peek(token)
            .ok()
            .and_then(|(header, _)| header.kid);
        let keys = self.keys.all(Set::Tokens, kid.as_deref(), now).await?;
        let iss = &self.ground.origins.id;
        let proven = rp::verify_id_token(token, &keys, iss, CLIENT, &ask.nonce, now);
        let proven = proven.map_err(|refusal| {
            tracing::error!(
                reason = refusal.reason(),
                "our own provider's ID Token is refused"
            );
            Problem::new(&problem::INTERNAL)
        })?;
        Ok(Proven {
            sub: proven.sub,
            acr: proven.acr.unwrap_or_default(),
            auth_time: proven.auth_time.unwrap_or(now),
            sid: proven.sid,
            id_token: token.to_owned(),
        })
    }

    /// Anyone may send a logout token, so one that is refused is the sender's fault.
    async fn over(&self, token: &str, now: Timestamp) -> Result<String, Problem> {
        let refused = |reason: &'static str| {
            tracing::warn!(reason, "a logout token is refused");
            Problem::new(&problem::INVALID_REQUEST)
        };
        let (header, _) = credential::jose::peek(token).map_err(|no| refused(no.reason()))?;
        let kid = header.kid.as_deref();
        let keys = self.keys.all(Set::Tokens, kid, now).await?;
        let iss = &self.ground.origins.id;
        rp::verify_logout_token(token, &keys, iss, CLIENT, now).map_err(|no| refused(no.reason()))
    }

    async fn post(
        &self,
        path: &str,
        form: &[(String, String)],
    ) -> Result<(StatusCode, Value), Problem> {
        let form = encoded(form);
        // Both halves are of characters that form-encoding leaves alone (RFC 6749 section 2.3.1).
        let pair = Base64::encode_string(format!("{CLIENT}:{}", self.secret.expose()).as_bytes());
        let mut basic = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|_| Problem::new(&problem::INTERNAL))?;
        basic.set_sensitive(true);
        let request = http::Request::post(format!("{}{path}", self.ground.origins.id))
            .header(header::AUTHORIZATION, basic)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Bytes::from(form))
            .map_err(|_| Problem::new(&problem::INTERNAL))?;
        let answer = self.ground.peers.origin(Origin::Id, request).await;
        let answer = answer.map_err(|_| Problem::new(&problem::PEER_AWAY))?;
        let body = credential::json::parse(answer.body()).unwrap_or(Value::Null);
        Ok((answer.status(), body))
    }
}

impl SignIn for Listen {
    fn begin<'a>(
        &'a self,
        ask: &'a Ask,
        _now: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>> {
        Box::pin(self.push(ask))
    }

    fn finish<'a>(
        &'a self,
        ask: &'a Ask,
        code: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Proven, Problem>> {
        Box::pin(self.redeem(ask, code, now))
    }

    fn ended<'a>(
        &'a self,
        logout_token: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>> {
        Box::pin(self.over(logout_token, now))
    }
}

fn encoded(form: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

fn request<'a>(ask: &'a Ask, more: &'a [(&'a str, &'a str)]) -> rp::Ask<'a> {
    rp::Ask {
        client_id: CLIENT,
        redirect_uri: &ask.redirect_uri,
        scope: "openid",
        more,
    }
}

fn pending(ask: &Ask) -> Pending {
    Pending {
        state: ask.state.clone(),
        nonce: ask.nonce.clone(),
        code_verifier: ask.verifier.clone(),
    }
}

/// The provider's no: an ended code is the person's to repeat, all else is a fault of the house.
fn refused(step: &'static str, status: StatusCode, body: &Value) -> Problem {
    let error = body.get("error").and_then(Value::as_str).unwrap_or("none");
    tracing::warn!(
        step,
        status = status.as_u16(),
        error,
        "the provider refused our request"
    );
    let slug = match error {
        "invalid_grant" => &problem::INVALID_GRANT,
        "temporarily_unavailable" => &problem::PEER_AWAY,
        _ if status.is_server_error() => &problem::PEER_AWAY,
        _ => &problem::INTERNAL,
    };
    Problem::new(slug)
}
