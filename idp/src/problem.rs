//! Refusals of the provider, and their one way to an answer: a page or problem document for people
//! and our own API ([`Refusal`]), the shape of OAuth for apps ([`OAuthError`]).

use crate::{acr::Acr, client::metadata::Invalid};
use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::{
    Retryable,
    answer::Refused,
    db,
    proof::{ProofFault, Why},
};
use kernel::{
    Problem,
    problem::{self, Slug},
};
use serde_json::json;
use std::borrow::Cow;

/// A no that is told to a person, never to an app.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// No such app.
    #[error("client unknown")]
    ClientUnknown,
    /// Staff disabled the app.
    #[error("client disabled")]
    ClientDisabled,
    /// `client_id`, `redirect_uri` or `scope` stands twice: nobody can be told safely.
    #[error("parameter repeated")]
    ParameterRepeated,
    /// The return address is not one of the app's.
    #[error("redirect unregistered")]
    RedirectUnregistered,
    /// The pushed request is unknown, over, used, or another app's.
    #[error("request uri dead")]
    RequestUriDead,
    /// The sign-in belongs to another browser.
    #[error("wrong browser")]
    WrongBrowser,
    /// The form was not sent by our page in this browser.
    #[error("form stale")]
    FormStale,
    /// The sign-in took too long, or is over.
    #[error("flow expired")]
    FlowExpired,
    /// Another request moved the sign-in first.
    #[error("flow moved")]
    FlowMoved,
    /// The logout hint is no ID Token of ours.
    #[error("logout hint refused")]
    LogoutHintRefused,
    /// No device waits under this code.
    #[error("user code unknown")]
    UserCodeUnknown,
    /// Nobody is signed in.
    #[error("login needed")]
    LoginNeeded,
    /// The proof is not fresh or strong enough for this act.
    #[error("proof needed")]
    ProofNeeded,
    /// What it would remove is the only way in.
    #[error("last way in")]
    LastWayIn,
    /// The ticket was used before.
    #[error("ticket used")]
    TicketUsed,
    /// A field is outside what is allowed.
    #[error("invalid field")]
    Field(&'static str),
    /// No such thing, or none of this person's.
    #[error("not found")]
    NotFound,
    /// The outside provider's answer failed a check, or none came.
    #[error("external refused")]
    ExternalRefused,
    /// The outside provider's word was used, or is another account's way in.
    #[error("external used")]
    ExternalUsed,
    /// The outside provider's word is good, but goes with no account.
    #[error("external unknown")]
    ExternalUnknown,
    /// Not a request we can read.
    #[error("malformed")]
    Malformed,
    /// What the edge says of a body.
    #[error("edge")]
    Edge(Problem),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let slug = match refusal {
            Refusal::ClientUnknown => &problem::CLIENT_UNKNOWN,
            Refusal::ClientDisabled => &problem::CLIENT_DISABLED,
            Refusal::ParameterRepeated => &problem::PARAMETER_REPEATED,
            Refusal::RedirectUnregistered => &problem::REDIRECT_UNREGISTERED,
            Refusal::RequestUriDead => &problem::REQUEST_URI_DEAD,
            Refusal::WrongBrowser => &problem::WRONG_BROWSER,
            Refusal::FormStale => &problem::FORM_STALE,
            Refusal::FlowExpired => &problem::FLOW_EXPIRED,
            Refusal::FlowMoved => &problem::CONFLICT,
            Refusal::LogoutHintRefused => &problem::LOGOUT_HINT_REFUSED,
            Refusal::UserCodeUnknown => &problem::USER_CODE_UNKNOWN,
            Refusal::LoginNeeded => &problem::LOGIN_NEEDED,
            Refusal::ProofNeeded => return proof_needed(),
            Refusal::LastWayIn => &problem::LAST_WAY_IN,
            Refusal::TicketUsed => &problem::TICKET_USED,
            Refusal::Field(name) => return Self::new(&problem::INVALID_FIELD).with("field", name),
            Refusal::NotFound => &problem::NOT_FOUND,
            Refusal::ExternalRefused => &problem::EXTERNAL_REFUSED,
            Refusal::ExternalUsed => &problem::EXTERNAL_USED,
            Refusal::ExternalUnknown => &problem::EXTERNAL_UNKNOWN,
            Refusal::Malformed => &problem::MALFORMED,
            Refusal::Edge(problem) => return problem,
            Refusal::Store(error) => return error.into(),
        };
        Self::new(slug)
    }
}

/// What a fresher or stronger sign-in must be (RFC 9470 section 3).
fn proof_needed() -> Problem {
    Problem::new(&problem::INSUFFICIENT_USER_AUTHENTICATION)
        .with("acr_values", Acr::Phr.as_str())
        .with("max_age", crate::people::FRESH)
}

/// A no in the shape of OAuth: `error`, `error_description` from a fixed list, `error_uri`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OAuthError {
    /// A refusal with its code and sentence.
    #[error("{}", .slug.slug)]
    Refused {
        /// Its slug is the error code.
        slug: &'static Slug,
        /// One of our sentences, never input.
        why: &'static str,
    },
    /// The app did not prove itself, and tried the `Authorization` header.
    #[error("invalid client, basic")]
    BasicRefused,
    /// The proof of the key.
    #[error("proof refused")]
    Proof(ProofFault),
    /// An app's registration (RFC 7591 section 3.2.2); the member is named.
    #[error("registration refused")]
    Registration(#[from] Invalid),
    /// What the edge says of a body.
    #[error("edge")]
    Edge(Problem),
    /// The store's own.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl OAuthError {
    pub(crate) const fn refused(slug: &'static Slug, why: &'static str) -> Self {
        Self::Refused { slug, why }
    }

    pub(crate) const fn request(why: &'static str) -> Self {
        Self::refused(&problem::INVALID_REQUEST, why)
    }

    pub(crate) const fn grant(why: &'static str) -> Self {
        Self::refused(&problem::INVALID_GRANT, why)
    }

    pub(crate) const fn client(why: &'static str) -> Self {
        Self::refused(&problem::INVALID_CLIENT, why)
    }

    pub(crate) const fn internal() -> Self {
        Self::refused(&problem::INTERNAL, "a fault on our side")
    }

    /// Its slug, sentence, status, and the header that goes with it.
    fn told(self) -> Told {
        match self {
            Self::Refused { slug, why } => (slug, why.into(), slug.status, None),
            Self::BasicRefused => {
                let basic = HeaderValue::from_static("Basic realm=\"resonate\"");
                let why = "the id or the secret is not right";
                (
                    &problem::INVALID_CLIENT,
                    why.into(),
                    401,
                    Some((header::WWW_AUTHENTICATE, basic)),
                )
            }
            Self::Proof(fault) => {
                let (slug, why) = match fault.why {
                    Why::Nonce => (&problem::USE_DPOP_NONCE, "a proof with our nonce is needed"),
                    Why::Missing | Why::Refused(_) | Why::Replayed => (
                        &problem::INVALID_DPOP_PROOF,
                        "the proof of the key is not accepted",
                    ),
                };
                let nonce = HeaderValue::from_str(&fault.nonce).ok();
                (
                    slug,
                    why.into(),
                    400,
                    nonce.map(|nonce| (DPOP_NONCE, nonce)),
                )
            }
            Self::Registration(invalid) => {
                let slug = match invalid {
                    Invalid::RedirectUri => &problem::INVALID_REDIRECT_URI,
                    Invalid::Metadata(_) => &problem::INVALID_CLIENT_METADATA,
                };
                (slug, invalid.to_string().into(), slug.status, None)
            }
            Self::Edge(problem) => {
                let wait = problem.members.get("retry_after").map(ToString::to_string);
                let wait = wait.and_then(|wait| HeaderValue::from_str(&wait).ok());
                let slug = problem.slug;
                let wait = wait.map(|wait| (header::RETRY_AFTER, wait));
                (slug, slug.title.into(), slug.status, wait)
            }
            Self::Store(error) => {
                // Logged where it is turned into a problem; what is told depends on what it was.
                let slug = Problem::from(error).slug;
                let again = (header::RETRY_AFTER, HeaderValue::from_static("1"));
                (
                    slug,
                    slug.title.into(),
                    slug.status,
                    (slug.status == 503).then_some(again),
                )
            }
        }
    }
}

/// Slug, sentence, status and header of an answer.
type Told = (
    &'static Slug,
    Cow<'static, str>,
    u16,
    Option<(HeaderName, HeaderValue)>,
);

const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

impl Retryable for OAuthError {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

impl From<ProofFault> for OAuthError {
    fn from(fault: ProofFault) -> Self {
        Self::Proof(fault)
    }
}

/// The error code OAuth knows for one of our slugs: those of the edge become `invalid_request`,
/// faults of ours `server_error`.
fn code(slug: &'static str, status: u16) -> &'static str {
    match status {
        429 | 503 | 507 => "temporarily_unavailable",
        500..=599 => "server_error",
        _ if slug.contains('-') => "invalid_request",
        _ => slug,
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (slug, why, status, extra) = self.told();
        let body = json!({
            "error": code(slug.slug, status),
            "error_description": why,
            "error_uri": format!("/problems/{}", slug.slug),
        });
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = (status, body.to_string()).into_response();
        let headers = answer.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
        headers.extend(extra);
        // For the one log line of the edge.
        answer.extensions_mut().insert(Refused(Problem::new(slug)));
        answer
    }
}

/// For handlers of our own JSON API.
impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Store(error) => Self::Store(error),
            other => Self::Edge(Problem::from(other)),
        }
    }
}
