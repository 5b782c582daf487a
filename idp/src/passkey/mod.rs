//! Passkeys (WebAuthn level 3): joining with one, signing in by one.
//!
//! A ceremony is a single-use thing of five minutes. It is taken in the transaction that succeeds,
//! so a wrong answer leaves it to its owner. Every fault of a passkey gets one answer.

pub(crate) mod add;
mod cbor;
mod join;
mod login;
mod party;
mod problem;
pub(crate) mod store;

pub(crate) use party::Party;
pub(crate) use problem::Refusal;

use crate::core::{Core, Shared};
use axum::Router;
use host::db::{Conn, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How long a ceremony may take, in seconds.
const LIFE: i64 = 300;
/// What a passkey is called until its owner says otherwise.
const NAMELESS: &str = "Passkey";

/// The routes of passkeys.
pub(crate) fn routes(core: &Shared) -> Router {
    join::routes(core.clone()).merge(login::routes(core.clone()))
}

/// What the page needs to call the browser's passkey dialogue.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Options {
    ceremony: String,
    public_key: Value,
}

/// What the browser's dialogue gave, with the ceremony it answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Finish {
    ceremony: String,
    credential: Value,
}

/// Where to go, and the list for `PublicKeyCredential.signalAllAcceptedCredentials`.
#[derive(Serialize)]
struct Done {
    next: String,
    signal: Signal,
}

/// The passkeys that open an account, for the browser's own list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Signal {
    pub(crate) rp_id: String,
    pub(crate) user_id: String,
    pub(crate) all_accepted_credential_ids: Vec<String>,
}

impl Signal {
    /// What opens the account now.
    ///
    /// # Errors
    /// The store's own.
    pub(crate) async fn of(
        core: &Core,
        conn: &mut Conn,
        account: &str,
        user_handle: &str,
    ) -> Result<Self, Error> {
        Ok(Self {
            rp_id: core.passkeys.id().to_owned(),
            user_id: user_handle.to_owned(),
            all_accepted_credential_ids: store::of_account(conn, account).await?,
        })
    }
}
