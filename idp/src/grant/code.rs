//! Authorization codes: 60 seconds, once, bound to the app; a second use ends the grant.

use super::Grant;
use host::{
    db::{self, Tx},
    once::{self, Taken, spaces},
};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How long a code lives, seconds.
const LIFE: i64 = 60;

/// By how much clocks of two processes may differ, seconds.
const SKEW: i64 = 60;

/// What a code stands for beside its grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    /// The key it must be redeemed with.
    pub(crate) jkt: Option<String>,
    pub(crate) says_auth_time: bool,
    pub(crate) id_token_claims: Vec<String>,
    /// Facts of a card shown in this login: for its ID Token, and gone with the code.
    pub(crate) card: Map<String, Value>,
    /// What the app calls the login.
    pub(crate) sid: String,
}

#[derive(Serialize, Deserialize)]
struct Body {
    grant: String,
    /// When it was issued: a clock that went back makes no code live longer.
    issued: i64,
    code: Code,
}

/// What became of a code that was shown.
pub(crate) enum Shown {
    /// It was good, and is spent with this transaction.
    Good(String, Box<Code>),
    /// It was spent before: its grant has to end.
    Replayed(String),
    /// Unknown, over, or another app's: left as it is.
    Unknown,
}

/// Writes a code.
///
/// # Errors
/// The store's own.
pub(crate) async fn issue(
    tx: &mut Tx<'_>,
    code: &str,
    grant: &Grant,
    body: &Code,
    now: Timestamp,
) -> Result<(), db::Error> {
    let body = Body {
        grant: grant.id.clone(),
        issued: now.seconds(),
        code: body.clone(),
    };
    let body = serde_json::to_string(&body).map_err(|_| db::Error::Corrupt("idp"))?;
    let until = now.plus_seconds(LIFE);
    once::issue(
        tx,
        &spaces::AUTH_CODE,
        code,
        &grant.client_id,
        &body,
        &grant.id,
        until,
    )
    .await
}

/// Takes a code for its app.
///
/// # Errors
/// The store's own.
pub(crate) async fn take(
    tx: &mut Tx<'_>,
    code: &str,
    client_id: &str,
    now: Timestamp,
) -> Result<Shown, db::Error> {
    match once::take(tx, &spaces::AUTH_CODE, code, client_id, now).await? {
        Taken::Body(body) => {
            let body: Body = serde_json::from_str(&body).map_err(|_| db::Error::Corrupt("idp"))?;
            // The caller's refusal undoes the taking, so the code stays its owner's.
            if now.seconds() < body.issued - SKEW {
                return Ok(Shown::Unknown);
            }
            Ok(Shown::Good(body.grant, Box::new(body.code)))
        }
        Taken::Spent(grant) => Ok(Shown::Replayed(grant)),
        Taken::Unknown => Ok(Shown::Unknown),
    }
}
