//! Admission to join by something else than work: an invitation, 256 bits, good for a number of accounts
//! and 30 days; or a ticket for what an outside provider's word was good for, one account and a quarter of
//! an hour. Both are stored as hashes, and used up only by the transaction that writes an account.

pub(crate) mod store;

use crate::{
    external,
    pow::{self, Denied, Mint, Work},
    secrets,
};
use host::{
    Source,
    db::{Conn, Tx},
    once::{self, Taken, spaces::MINTED},
};
use kernel::{Timestamp, World};
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
    /// Hash of a ticket behind which the tag of somebody at an outside provider waits.
    Vouched(String),
}

/// The prefix of a ticket.
const TICKET: &str = "rs_jt_";
/// What tickets are bound to.
pub(crate) const JOIN: &str = "join";

/// A ticket for somebody whom an outside provider vouched for.
pub(crate) struct Ticket(String);

/// Draws one.
pub(crate) fn ticket(world: &World) -> Ticket {
    Ticket(secrets::token(TICKET, world))
}

impl Ticket {
    /// The text that its holder shows.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands in tables.
    pub(crate) fn at_rest(&self) -> String {
        secrets::hash(&self.0)
    }
}

/// The form in which an admission may be stored with a request: an invitation or ticket only as its
/// hash.
pub(crate) fn at_rest(admission: &str) -> String {
    match admission.split_once(':') {
        Some(("invite", token)) => format!("invited:{}", secrets::hash(token)),
        Some(("minted", token)) => format!("vouched:{}", secrets::hash(token)),
        // From outside nobody shows a hash: what is read in a database opens nothing.
        Some((kind @ ("invited" | "vouched"), _)) => format!("{kind}:"),
        _ => admission.to_owned(),
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
    match stored.and_then(|text| text.split_once(':')) {
        Some(("invited", hash)) => Ok(Admission::Invite(hash.to_owned())),
        Some(("vouched", hash)) => Ok(Admission::Vouched(hash.to_owned())),
        _ => Ok(Admission::Work(mint.check(stored, source, now)?)),
    }
}

impl Admission {
    /// Refuses early what cannot be spent, so that nobody makes a passkey for nothing.
    ///
    /// # Errors
    /// [`Denied::Invite`] for an invitation that is unknown, over or used up, [`Denied::Ticket`] for
    /// such a ticket, [`Denied::Vouched`] for one whose tag admitted somebody; the store's own.
    pub(crate) async fn hold(&self, conn: &mut Conn, now: Timestamp) -> Result<(), pow::Refusal> {
        match self {
            Self::Work(_) => Ok(()),
            Self::Invite(hash) if store::is_good(conn, hash, now).await? => Ok(()),
            Self::Invite(_) => Err(Denied::Invite.into()),
            Self::Vouched(hash) => {
                let tag = once::look(conn, &MINTED, hash, JOIN, now).await?;
                let tag = tag.ok_or(Denied::Ticket)?;
                match external::store::may_vouch(conn, &tag).await? {
                    true => Ok(()),
                    false => Err(Denied::Vouched.into()),
                }
            }
        }
    }

    /// Uses it, in the transaction that writes the account.
    ///
    /// # Errors
    /// [`Denied`] for what was used up since; the store's own.
    pub(crate) async fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), pow::Refusal> {
        match self {
            Self::Work(work) => pow::spend(work, tx, now).await,
            Self::Invite(hash) if store::take(tx, hash, now).await? => Ok(()),
            Self::Invite(_) => Err(Denied::Invite.into()),
            Self::Vouched(hash) => {
                let taken = once::take(tx, &MINTED, hash, JOIN, now).await?;
                let Taken::Body(tag) = taken else {
                    return Err(Denied::Ticket.into());
                };
                match external::store::vouch(tx, &tag).await? {
                    true => Ok(()),
                    false => Err(Denied::Vouched.into()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_admission_holds_no_secret_and_a_hash_from_outside_is_none() {
        let stored = at_rest("invite:rs_in_secret");
        assert_eq!(stored, format!("invited:{}", secrets::hash("rs_in_secret")));
        assert_eq!(at_rest(&stored), "invited:");
        let stored = at_rest("minted:rs_jt_secret");
        assert_eq!(stored, format!("vouched:{}", secrets::hash("rs_jt_secret")));
        assert_eq!(at_rest(&stored), "vouched:");
        assert_eq!(at_rest("pow:a:1"), "pow:a:1");
    }
}
