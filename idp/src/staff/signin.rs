//! Signing in to the staff origin. Its pages stand in the provider itself, so the relying party's
//! talk with it is made by calls instead of HTTP; the checks are the same functions.

use super::door::FRESH;
use crate::{
    authorize::par, client::STAFF, core::Shared, params::Params, problem::OAuthError, token,
};
use axum::http::{HeaderMap, HeaderValue, header};
use base64ct::{Base64, Encoding};
use credential::{
    jose::Jwk,
    rp::{self, Pending},
};
use host::db::BoxFuture;
use kernel::{Problem, Timestamp, b64, problem};
use serde_json::Value;
use web::signin::{Ask, Proven, SignIn};

/// A passkey with user verification, or nothing.
const STRENGTH: &str = r#"{"id_token":{"acr":{"essential":true,"values":["phr"]}}}"#;

/// The provider, spoken to from within.
pub(super) struct Within(Shared);

impl Within {
    pub(super) const fn new(core: Shared) -> Self {
        Self(core)
    }

    async fn push(&self, ask: &Ask, now: Timestamp) -> Result<String, Problem> {
        let age = ask.max_age.unwrap_or(FRESH).min(FRESH).to_string();
        let mut more = vec![
            ("claims", STRENGTH),
            ("max_age", age.as_str()),
            ("ui_locales", ask.lang.tag()),
        ];
        if let Some(prompt) = &ask.prompt {
            more.push(("prompt", prompt));
        }
        let form = params(&request(ask, &more).parameters(&pending(ask)));
        let name = par::accept(&self.0, &self.authorization()?, &form, now).await;
        let name = name.map_err(refused)?;
        Ok(rp::pushed_url(&self.0.url("/authorize"), STAFF, &name))
    }

    async fn redeem(&self, ask: &Ask, code: &str, now: Timestamp) -> Result<Proven, Problem> {
        let form = params(&request(ask, &[]).token_form(&pending(ask), code));
        let minted = token::answer(&self.0, &self.authorization()?, &form, now).await;
        let body = minted.map_err(refused)?.body();
        let token = body.get("id_token").and_then(Value::as_str);
        let token = token.ok_or(&problem::INTERNAL)?;
        let shown = self.0.ring(now).await?.shown();
        let set = credential::json::parse(&shown).map_err(|_| &problem::INTERNAL)?;
        let keys: Vec<Jwk> = set["keys"]
            .as_array()
            .map(|keys| keys.iter().filter_map(|key| Jwk::parse(key).ok()).collect())
            .unwrap_or_default();
        let proven = rp::verify_id_token(token, &keys, self.0.issuer(), STAFF, &ask.nonce, now);
        let proven = proven.map_err(|_| &problem::INTERNAL)?;
        let sid = proven.sid.ok_or(&problem::INTERNAL)?;
        Ok(Proven {
            // Not the pairwise name: what the provider calls this login, so that it can be asked for
            // at each request.
            sub: sid.clone(),
            acr: proven.acr.unwrap_or_default(),
            auth_time: proven.auth_time.ok_or(&problem::INTERNAL)?,
            sid: Some(sid),
            id_token: token.to_owned(),
        })
    }

    /// `Authorization` of our own app, by the secret that lies outside the database.
    fn authorization(&self) -> Result<HeaderMap, Problem> {
        let secret = self.0.ground.secrets.key("clients/staff");
        let pair = format!("{STAFF}:{}", b64::encode(secret.expose()));
        let pair = Base64::encode_string(pair.as_bytes());
        let mut basic = HeaderValue::from_str(&format!("Basic {pair}"))
            .map_err(|_| Problem::new(&problem::INTERNAL))?;
        basic.set_sensitive(true);
        Ok(HeaderMap::from_iter([(header::AUTHORIZATION, basic)]))
    }
}

impl SignIn for Within {
    fn begin<'a>(&'a self, ask: &'a Ask, now: Timestamp) -> BoxFuture<'a, Result<String, Problem>> {
        Box::pin(self.push(ask, now))
    }

    fn finish<'a>(
        &'a self,
        ask: &'a Ask,
        code: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Proven, Problem>> {
        Box::pin(self.redeem(ask, code, now))
    }

    /// Nobody tells this origin of an ended login: it asks at each request.
    fn ended<'a>(
        &'a self,
        _logout_token: &'a str,
        _now: Timestamp,
    ) -> BoxFuture<'a, Result<String, Problem>> {
        Box::pin(async { Err(Problem::new(&problem::NOT_FOUND)) })
    }
}

fn params(form: &[(String, String)]) -> Params {
    let mut text = url::form_urlencoded::Serializer::new(String::new());
    text.extend_pairs(form);
    Params::parse(text.finish().as_bytes())
}

fn request<'a>(ask: &'a Ask, more: &'a [(&'a str, &'a str)]) -> rp::Ask<'a> {
    rp::Ask {
        client_id: STAFF,
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

/// An ended code is the person's to repeat; whatever else the provider refuses us is a fault of ours.
fn refused(error: OAuthError) -> Problem {
    match error {
        OAuthError::Refused { slug, .. } if slug.slug == "invalid_grant" => Problem::new(slug),
        OAuthError::Store(error) => error.into(),
        OAuthError::Edge(problem) => problem,
        other => {
            tracing::error!(%other, "the provider refuses its own staff pages");
            Problem::new(&problem::INTERNAL)
        }
    }
}
