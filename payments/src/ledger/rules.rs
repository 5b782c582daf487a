//! Booking: the rules of a transfer, in order, and the statements that decide them.

use super::{Account, Act, MOST, Rule, Transfer};
use crate::ids::Bytes16;
use crate::store::{account, transfer};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};

/// What came of one transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It moved now.
    Done,
    /// It stood already with this body; nothing moved.
    Same,
}

/// Why nothing moved.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The debited account has too little.
    #[error("available is {available}")]
    Insufficient {
        /// What it has.
        available: Amount,
    },
    /// The id stands with another body.
    #[error("the id stands with another body")]
    IdConflict,
    /// Zero, negative, or past [`MOST`]; or a sum would pass i64.
    #[error("the amount is not possible")]
    Amount,
    /// Debit and credit are one account.
    #[error("debit and credit are one account")]
    SameAccount,
    /// Two ledgers, an unknown kind, or a hold on a folded account.
    #[error("these accounts do not go together")]
    AccountKind,
    /// No hold of that id.
    #[error("no such hold")]
    NoHold,
    /// The hold has its post.
    #[error("the hold was posted")]
    AlreadyPosted,
    /// The hold has its void.
    #[error("the hold was voided")]
    AlreadyVoided,
    /// A post larger than its hold.
    #[error("more than the hold keeps")]
    ExceedsHold,
    /// A post at or after the hold's end.
    #[error("the hold has ended")]
    HoldExpired,
    /// The database.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl db::Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(e) if e.is_retryable())
    }
}

/// Books `batch` in order. One refusal is the whole batch's: the caller returns it from its `work`,
/// which undoes the savepoint. A batch of one post or void writes nothing when it is refused.
///
/// # Errors
/// [`Refusal`]; nothing of the batch stands then.
pub async fn book(
    conn: &mut Conn,
    batch: &[Transfer],
    now: Timestamp,
) -> Result<Vec<Booked>, Refusal> {
    let mut booked = Vec::with_capacity(batch.len());
    for entry in batch {
        booked.push(match &entry.act {
            Act::Single {
                debit,
                credit,
                amount,
            } => {
                let form = Form {
                    kind: "single",
                    until: None,
                    debit,
                    credit,
                    amount: *amount,
                };
                open_transfer(conn, entry, &form, now).await?
            }
            Act::Hold {
                debit,
                credit,
                amount,
                until,
            } => {
                let until = Some(*until);
                let form = Form {
                    kind: "pending",
                    until,
                    debit,
                    credit,
                    amount: *amount,
                };
                open_transfer(conn, entry, &form, now).await?
            }
            Act::Post { hold, amount } => settle(conn, entry, *hold, Some(*amount), now).await?,
            Act::Void { hold } => settle(conn, entry, *hold, None, now).await?,
        });
    }
    Ok(booked)
}

/// A single or a hold, taken apart.
struct Form<'a> {
    kind: &'static str,
    until: Option<Timestamp>,
    debit: &'a Account,
    credit: &'a Account,
    amount: Amount,
}

async fn open_transfer(
    conn: &mut Conn,
    entry: &Transfer,
    form: &Form<'_>,
    now: Timestamp,
) -> Result<Booked, Refusal> {
    check_form(form)?;
    let row = transfer::Row {
        id: entry.id,
        kind: form.kind.to_owned(),
        ledger: form.debit.ledger().as_str().to_owned(),
        debit: *form.debit.id(),
        credit: *form.credit.id(),
        amount: form.amount,
        pending: None,
        code: entry.code.to_owned(),
        reference: entry.reference.clone(),
        cause: entry.cause.clone(),
        expires_at: form.until,
        at: now,
    };
    if !transfer::insert(conn, &row).await? {
        return same_or_conflict(conn, &row).await;
    }
    take(conn, form, now).await?;
    give(conn, form, now).await?;
    Ok(Booked::Done)
}

fn check_form(form: &Form<'_>) -> Result<(), Refusal> {
    if form.amount <= Amount::ZERO || form.amount > MOST {
        return Err(Refusal::Amount);
    }
    if form.debit == form.credit {
        return Err(Refusal::SameAccount);
    }
    let held_folded = form.until.is_some() && form.debit.rule() == Rule::Folded;
    if form.debit.ledger() != form.credit.ledger() || held_folded {
        return Err(Refusal::AccountKind);
    }
    Ok(())
}

/// The debit. For a limited account the statement itself refuses what is not there.
async fn take(conn: &mut Conn, form: &Form<'_>, now: Timestamp) -> Result<(), Refusal> {
    if form.debit.rule() == Rule::Folded {
        return Ok(account::open(conn, form.debit, now).await?);
    }
    let moved = match form.until {
        Some(_) => account::hold_debit(conn, form.debit.id(), form.amount).await?,
        None => account::debit(conn, form.debit.id(), form.amount).await?,
    };
    if moved {
        return Ok(());
    }
    let sums = account::sums(conn, form.debit.id())
        .await?
        .unwrap_or_default();
    Err(Refusal::Insufficient {
        available: sums.available(),
    })
}

/// The credit. The account is opened when the first update finds none.
async fn give(conn: &mut Conn, form: &Form<'_>, now: Timestamp) -> Result<(), Refusal> {
    if form.credit.rule() == Rule::Folded {
        return Ok(account::open(conn, form.credit, now).await?);
    }
    for first in [true, false] {
        let moved = match form.until {
            Some(_) => account::hold_credit(conn, form.credit.id(), form.amount).await?,
            None => account::credit(conn, form.credit.id(), form.amount).await?,
        };
        if moved {
            return Ok(());
        }
        if first {
            account::open(conn, form.credit, now).await?;
        }
    }
    Err(Refusal::Amount)
}

/// A post (`amount`) or a void (`None`). The hold's row never changes, so reading it first is no
/// race; that it is settled once, the unique column `pending` decides.
async fn settle(
    conn: &mut Conn,
    entry: &Transfer,
    hold: Bytes16,
    amount: Option<Amount>,
    now: Timestamp,
) -> Result<Booked, Refusal> {
    let Some(held) = transfer::find(conn, &hold)
        .await?
        .filter(|h| h.kind == "pending")
    else {
        return Err(Refusal::NoHold);
    };
    if amount.is_some_and(|a| a <= Amount::ZERO) {
        return Err(Refusal::Amount);
    }
    let row = transfer::Row {
        id: entry.id,
        kind: if amount.is_some() { "post" } else { "void" }.to_owned(),
        amount: amount.unwrap_or(Amount::ZERO),
        pending: Some(hold),
        code: entry.code.to_owned(),
        reference: entry.reference.clone(),
        cause: entry.cause.clone(),
        expires_at: None,
        at: now,
        ..held.clone()
    };
    // Nothing is written before every rule has passed: an event's handler books a post and carries
    // on after a refusal, so there is no savepoint of its own to undo.
    let broken = broken_post(&held, amount, now);
    if broken.is_some() || !transfer::insert(conn, &row).await? {
        return settled_before(conn, &row, hold, broken).await;
    }
    account::settle_debit(conn, &held.debit, held.amount, row.amount).await?;
    account::settle_credit(conn, &held.credit, held.amount, row.amount).await?;
    Ok(Booked::Done)
}

fn broken_post(held: &transfer::Row, amount: Option<Amount>, now: Timestamp) -> Option<Refusal> {
    let amount = amount?;
    if amount > held.amount {
        return Some(Refusal::ExceedsHold);
    }
    held.expires_at
        .is_none_or(|until| now >= until)
        .then_some(Refusal::HoldExpired)
}

/// Why a post or void was not written: it stands, another does, or its own rule broke.
async fn settled_before(
    conn: &mut Conn,
    row: &transfer::Row,
    hold: Bytes16,
    broken: Option<Refusal>,
) -> Result<Booked, Refusal> {
    if transfer::find(conn, &row.id).await?.is_some() {
        return same_or_conflict(conn, row).await;
    }
    match transfer::settling(conn, &hold).await? {
        Some(other) if other.kind == "post" => Err(Refusal::AlreadyPosted),
        Some(_) => Err(Refusal::AlreadyVoided),
        None => Err(broken.unwrap_or(Refusal::IdConflict)),
    }
}

/// Instants are no part of the body: a repeat comes later than the first.
async fn same_or_conflict(conn: &mut Conn, row: &transfer::Row) -> Result<Booked, Refusal> {
    match transfer::find(conn, &row.id).await? {
        Some(stands) if stands.same_body(row) => Ok(Booked::Same),
        _ => Err(Refusal::IdConflict),
    }
}
