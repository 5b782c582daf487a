//! Access tokens shown at our own doors: UserInfo, and the doors of the card issuer.

use super::store::{self, Owner};
use crate::{
    core::Core,
    grant::{self, Holding},
    problem::OAuthError,
    secrets,
};
use axum::{
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use credential::jose;
use host::{
    answer::Refused,
    db,
    proof::{Door, ProofFault, Why},
};
use kernel::{
    Problem, Timestamp,
    problem::{self, Slug},
};
use serde_json::json;

/// A token that opens something, and what it hangs on.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    /// Its grant, app and account.
    pub(crate) holding: Holding,
    /// What it opens; no more than the grant's.
    pub(crate) scope: String,
    /// The key that was shown with it.
    pub(crate) jkt: Option<String>,
}

/// Why a token opens nothing (RFC 6750 section 3.1, RFC 9449 section 7.1).
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResourceError {
    /// Nothing was shown.
    #[error("no token")]
    Missing,
    /// Shown in a way that is not allowed, or twice.
    #[error("invalid request")]
    Request,
    /// Unknown, over, of another kind, or bound and not proven.
    #[error("invalid token")]
    Token,
    /// Its scope is not enough.
    #[error("insufficient scope")]
    Scope(&'static str),
    /// The proof of the key.
    #[error("proof refused")]
    Proof(ProofFault),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl From<ProofFault> for ResourceError {
    fn from(fault: ProofFault) -> Self {
        Self::Proof(fault)
    }
}

impl ResourceError {
    /// The slug of a refusal; none where nothing was shown, for then there is no error to name.
    const fn slug(&self) -> Option<&'static Slug> {
        match self {
            Self::Missing | Self::Store(_) => None,
            Self::Request => Some(&problem::INVALID_REQUEST),
            Self::Token => Some(&problem::INVALID_TOKEN),
            Self::Scope(_) => Some(&problem::INSUFFICIENT_SCOPE),
            Self::Proof(fault) => match fault.why {
                Why::Nonce => Some(&problem::USE_DPOP_NONCE),
                Why::Missing => Some(&problem::INVALID_TOKEN),
                Why::Refused(_) | Why::Replayed => Some(&problem::INVALID_DPOP_PROOF),
            },
        }
    }

    /// Both challenges: a token that is not bound is shown as Bearer.
    fn challenges(&self) -> [String; 2] {
        let mut error = self
            .slug()
            .map(|s| format!("error=\"{}\"", s.slug))
            .unwrap_or_default();
        if let Self::Scope(scope) = self {
            error = format!("{error}, scope=\"{scope}\"");
        }
        let join = if error.is_empty() { "" } else { ", " };
        let bearer = format!("Bearer {error}").trim_end().to_owned();
        [bearer, format!("DPoP {error}{join}algs=\"ES256 EdDSA\"")]
    }
}

impl IntoResponse for ResourceError {
    fn into_response(self) -> Response {
        let challenges = self.challenges();
        let slug = self.slug();
        match (slug, self) {
            (_, Self::Store(error)) => OAuthError::Store(error).into_response(),
            (Some(slug), error) => refused(slug, &error, &challenges),
            (None, _) => with_challenges(StatusCode::UNAUTHORIZED.into_response(), &challenges),
        }
    }
}

fn refused(slug: &'static Slug, error: &ResourceError, challenges: &[String]) -> Response {
    let body = json!({
        "error": slug.slug,
        "error_description": slug.title,
        "error_uri": format!("/problems/{}", slug.slug),
    });
    let status = StatusCode::from_u16(slug.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = with_challenges((status, body.to_string()).into_response(), challenges);
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let ResourceError::Proof(fault) = error
        && let Ok(nonce) = HeaderValue::from_str(&fault.nonce)
    {
        headers.insert("dpop-nonce", nonce);
    }
    // For the one log line of the edge.
    answer.extensions_mut().insert(Refused(Problem::new(slug)));
    answer
}

fn with_challenges(mut answer: Response, challenges: &[String]) -> Response {
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for text in challenges {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.append(header::WWW_AUTHENTICATE, value);
        }
    }
    answer
}

/// Checks the token of a request for `method` at `path`: in the header, or `in_form` where the door
/// reads forms. Its proof is spent.
///
/// # Errors
/// [`ResourceError`]; the scope is the door's own question.
pub(crate) async fn open(
    core: &Core,
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    in_form: Option<&str>,
    now: Timestamp,
) -> Result<Opened, ResourceError> {
    let (is_dpop, token) = shown(headers, in_form)?;
    if !secrets::has_form(&token, "rs_at_") {
        return Err(ResourceError::Token);
    }
    let (row, holding) = {
        let mut conn = core.ground.db.read().await?;
        let row = store::find_access(&mut conn, &token).await?;
        let row = row
            .filter(|row| now < row.until)
            .ok_or(ResourceError::Token)?;
        // An app by itself knows nobody, so there is nothing here for it.
        let Owner::Grant(grant_id) = &row.owner else {
            return Err(ResourceError::Token);
        };
        let holding = grant::holding(core, &mut conn, grant_id, now).await;
        let holding = holding.map_err(|error| match error {
            OAuthError::Store(error) => ResourceError::Store(error),
            _ => ResourceError::Token,
        })?;
        (row, holding)
    };
    match (&row.jkt, is_dpop) {
        (None, false) => {}
        // A bound token as Bearer, or an unbound one with the scheme of bound ones.
        (Some(_), false) | (None, true) => return Err(ResourceError::Token),
        (Some(jkt), true) => {
            let proof = core
                .door
                .check(method, path, headers, None, Some(&token), now);
            let proof = proof.map_err(|fault| match fault.why {
                // A proof for no token at all: the token was shown without its key.
                Why::Refused(_) if !names_a_token(headers) => ResourceError::Token,
                _ => fault.into(),
            })?;
            if proof.jkt != *jkt {
                return Err(ResourceError::Token);
            }
            let proof = &proof;
            let spend = core
                .ground
                .db
                .write(move |tx| Box::pin(Door::spend(tx, proof, now)));
            if !spend.await? {
                return Err(core.door.replayed(now).into());
            }
        }
    }
    Ok(Opened {
        holding,
        scope: row.scope,
        jkt: row.jkt,
    })
}

/// Whether the proof says for which token it was made; nothing of it is verified.
fn names_a_token(headers: &HeaderMap) -> bool {
    let proof = headers.get("dpop").and_then(|value| value.to_str().ok());
    let claims = proof.and_then(|proof| jose::peek(proof).ok());
    claims.is_some_and(|(_, claims)| claims.contains_key("ath"))
}

/// Whether with the DPoP scheme, and the token.
fn shown(headers: &HeaderMap, in_form: Option<&str>) -> Result<(bool, String), ResourceError> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    match (all.next(), all.next(), in_form) {
        (None, _, None) => Err(ResourceError::Missing),
        (None, _, Some(token)) => Ok((false, token.to_owned())),
        (Some(value), None, None) => {
            let text = value.to_str().map_err(|_| ResourceError::Request)?;
            let (scheme, token) = text.split_once(' ').ok_or(ResourceError::Request)?;
            if scheme.eq_ignore_ascii_case("dpop") {
                Ok((true, token.to_owned()))
            } else if scheme.eq_ignore_ascii_case("bearer") {
                Ok((false, token.to_owned()))
            } else {
                Err(ResourceError::Missing)
            }
        }
        _ => Err(ResourceError::Request),
    }
}
