//! Calls and their answers.

use super::{Peers, Unreachable, keys};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use credential::{
    Refusal,
    event::{Letter, sign_peer, verify_peer},
    json,
};
use http::{HeaderValue, Method, Request, StatusCode, header};
use kernel::{Problem, Timestamp, hex, problem};
use serde_json::Value;

/// The media type of a letter.
const LETTER: HeaderValue = HeaderValue::from_static("application/jwt");

/// A call of another module, verified.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The module that calls.
    pub from: String,
    /// The call's own name. A call that is not harmless when repeated spends it:
    /// `once::first(tx, &spaces::PEER, &heard.jti, spaces::PEER.until(now))`.
    pub jti: String,
    /// What is asked.
    pub body: Value,
    to: String,
    act: String,
    iss: String,
}

/// Why there is no answer to a call.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AskError {
    /// No answer, a 5xx, or an answer that the module did not sign. It may have acted: ask again
    /// with the same ids.
    #[error("the other part did not answer")]
    Unreachable,
    /// The module said no.
    #[error("the other part refused: {slug}")]
    Refused {
        /// The slug of its problem; empty where it gave none.
        slug: String,
        /// Its status.
        status: u16,
        /// The whole problem.
        body: Value,
    },
}

impl From<Unreachable> for AskError {
    fn from(_: Unreachable) -> Self {
        Self::Unreachable
    }
}

impl Peers {
    /// Asks module `to`, as module `from`, with `POST path` below its peer surface; the letter and
    /// its answer are signed, and the answer names this very call.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask(
        &self,
        from: &str,
        to: &str,
        path: &str,
        body: &Value,
        now: Timestamp,
    ) -> Result<Value, AskError> {
        let letter = Letter {
            iss: self.0.origins.name_of(from),
            aud: self.0.origins.name_of(to),
            jti: hex::encode(self.0.world.random::<16>()),
            iat: now,
            act: format!("POST {path}"),
            re: None,
            body: body.clone(),
        };
        let mut request = Request::new(Bytes::from(self.sign(from, &letter, now)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = path.parse().map_err(|_| AskError::Unreachable)?;
        request.headers_mut().insert(header::CONTENT_TYPE, LETTER);
        let answer = self.call(to, request).await?;
        match answer.status() {
            StatusCode::OK => self.read_answer(&letter, answer.body(), now).await,
            status if status.is_client_error() => Err(refused(status, answer.body())),
            _ => Err(AskError::Unreachable),
        }
    }

    async fn read_answer(
        &self,
        asked: &Letter,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Value, AskError> {
        let token = std::str::from_utf8(body).map_err(|_| AskError::Unreachable)?;
        let trust = self.trust(token, now).await?;
        let answer = verify_peer(token, &asked.iss, &trust, now).map_err(|refusal| {
            tracing::error!(
                reason = refusal.reason(),
                "a peer's answer was not accepted"
            );
            AskError::Unreachable
        })?;
        if answer.iss != asked.aud
            || answer.re.as_ref() != Some(&asked.jti)
            || answer.act != asked.act
        {
            tracing::error!(reason = "re", "a peer's answer was not accepted");
            return Err(AskError::Unreachable);
        }
        Ok(answer.into_inner().body)
    }

    /// Reads a call to `module` at the door `act` (`POST /peer/holds`), from one of `allowed`.
    ///
    /// # Errors
    /// A 403 with the member `reason` for a letter that is not accepted, and for a module that may
    /// not ask; 400 for what is no letter; 503 where the caller's keys cannot be fetched.
    pub async fn heard(
        &self,
        module: &str,
        act: &str,
        body: &[u8],
        allowed: &[&str],
        now: Timestamp,
    ) -> Result<Heard, Problem> {
        let token = std::str::from_utf8(body).map_err(|_| Problem::new(&problem::MALFORMED))?;
        let trust = self.trust(token, now).await?;
        let aud = self.0.origins.name_of(module);
        let letter = verify_peer(token, &aud, &trust, now)
            .map_err(|refusal| not_accepted(refusal.reason()))?
            .into_inner();
        let from = self.module_named(&letter.iss).unwrap_or_default();
        if letter.act != act || letter.re.is_some() {
            return Err(not_accepted(Refusal::InvalidRequest.reason()));
        }
        if !allowed.contains(&from.as_str()) {
            return Err(not_accepted(Refusal::AccessDenied.reason()));
        }
        Ok(Heard {
            from,
            jti: letter.jti,
            body: letter.body,
            to: module.to_owned(),
            act: letter.act,
            iss: letter.iss,
        })
    }

    /// The signed answer to a call.
    #[must_use]
    pub fn answer(&self, heard: &Heard, body: &Value, now: Timestamp) -> Response {
        let letter = Letter {
            iss: self.0.origins.name_of(&heard.to),
            aud: heard.iss.clone(),
            jti: hex::encode(self.0.world.random::<16>()),
            iat: now,
            act: heard.act.clone(),
            re: Some(heard.jti.clone()),
            body: body.clone(),
        };
        (
            [(header::CONTENT_TYPE, LETTER)],
            self.sign(&heard.to, &letter, now),
        )
            .into_response()
    }

    fn sign(&self, module: &str, letter: &Letter, now: Timestamp) -> String {
        let (key, kid) = keys::signing(&self.0.secrets, module, now);
        sign_peer(&key, &kid, letter)
    }
}

fn not_accepted(reason: &str) -> Problem {
    Problem::new(&problem::FORBIDDEN).with("reason", reason)
}

/// The body of a refusal is not signed: it can only say no.
fn refused(status: StatusCode, body: &[u8]) -> AskError {
    let body = json::parse(body).unwrap_or(Value::Null);
    let kind = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let slug = kind.rsplit('/').next().unwrap_or_default().to_owned();
    AskError::Refused {
        slug,
        status: status.as_u16(),
        body,
    }
}
