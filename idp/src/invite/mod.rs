//! Invitations: another price of an account than work. 256 bits, good for a number of accounts, for
//! 30 days, stored as a hash, and used up only by the transaction that writes an account.

pub(crate) mod store;

use crate::{
    pow::{self, Denied, Mint, Work},
    secrets,
};
use host::{
    Source,
    db::{Conn, Tx},
};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// The prefix of an invitation's token, for secret scanners.
pub(crate) const PREFIX: &str = "rs_in_";
/// How long an invitation is good, seconds.
pub(crate) const LIFE: i64 = 30 * 86_400;
/// The most accounts one invitation may give.
pub(crate) const MOST: i64 = 1000;

/// What somebody gives for an account. Checked as far as it can be without the table; it is still to
/// be [`Admission::spend`]t.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Admission {
    /// A piece of work that was checked.
    Work(Work),
    /// Hash of an invitation.
    Invite(String),
}

/// The form in which an admission may be stored with a request: an invitation only as its hash.
pub(crate) fn at_rest(admission: &str) -> String {
    match admission.strip_prefix("invite:") {
        Some(token) => format!("invited:{}", secrets::hash(token)),
        // From outside nobody shows a hash: what is read in a database opens nothing.
        None if admission.starts_with("invited:") => "invited:".to_owned(),
        None => admission.to_owned(),
    }
}

/// Reads what [`at_rest`] made of an admission.
///
/// # Errors
/// [`Denied::Needed`] without one; what the mint says of work, and of all that is neither.
pub(crate) fn read(
    mint: &Mint,
    stored: Option<&str>,
    source: Source,
    now: Timestamp,
) -> Result<Admission, Denied> {
    match stored.and_then(|text| text.strip_prefix("invited:")) {
        Some(hash) => Ok(Admission::Invite(hash.to_owned())),
        None => mint.check(stored, source, now).map(Admission::Work),
    }
}

impl Admission {
    /// Refuses early what cannot be spent, so that nobody makes a passkey for nothing.
    ///
    /// # Errors
    /// [`Denied::Invite`] for an invitation that is unknown, over or used up; the store's own.
    pub(crate) async fn hold(&self, conn: &mut Conn, now: Timestamp) -> Result<(), pow::Refusal> {
        match self {
            Self::Work(_) => Ok(()),
            Self::Invite(hash) if store::is_good(conn, hash, now).await? => Ok(()),
            Self::Invite(_) => Err(Denied::Invite.into()),
        }
    }

    /// Uses it, in the transaction that writes the account.
    ///
    /// # Errors
    /// [`Denied`] for what was used up since; the store's own.
    pub(crate) async fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), pow::Refusal> {
        match self {
            Self::Work(work) => work.spend(tx, now).await,
            Self::Invite(hash) if store::take(tx, hash, now).await? => Ok(()),
            Self::Invite(_) => Err(Denied::Invite.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_admission_holds_no_invitation_and_a_hash_from_outside_is_none() {
        let stored = at_rest("invite:rs_in_secret");
        assert_eq!(stored, format!("invited:{}", secrets::hash("rs_in_secret")));
        assert_eq!(at_rest(&stored), "invited:");
        assert_eq!(at_rest("pow:a:1"), "pow:a:1");
    }
}
