//! Holds: the price of a play, kept in the purse before the first paid byte leaves.

use crate::{
    ids::{self, Bytes16},
    intent::Intent,
    ladder,
    ledger::{self, Account, Act, Booked, Ledger, Transfer},
    mandate::Mandate,
    store,
};
use host::db::{self, Conn};
use kernel::{Amount, Day, Timestamp, hex};

/// Seconds a hold lives. Then the sweeper frees it, whatever became of the play.
pub const LIFE_S: i64 = 24 * 3_600;

/// What streaming asks for, with the intent already checked.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Transfer id of the hold, made from the play id.
    pub hold: Bytes16,
    /// Its price.
    pub amount: Amount,
    /// UTC day of the start.
    pub day: Day,
    /// Name of the ladder.
    pub rule: String,
    /// The mandate that names the purse.
    pub mandate: String,
}

/// A hold that stands.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// What is kept.
    pub amount: Amount,
    /// What the purse still has.
    pub available: Amount,
    /// When the hold ends by itself.
    pub until: Timestamp,
}

/// Why nothing is held.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The sender may not ask for holds.
    #[error("the caller may not ask for holds")]
    Caller,
    /// Zero, negative, or past what a transfer may move.
    #[error("the amount is not possible")]
    Amount,
    /// The intent does not cover this.
    #[error("the intent does not fit: {0}")]
    Intent(&'static str),
    /// Not a price of the ladder.
    #[error("not a price of the ladder")]
    OffLadder,
    /// Another ladder than the one in force.
    #[error("the rule is not in force")]
    RuleUnknown,
    /// No such mandate, or it has ended.
    #[error("no mandate for this")]
    Mandate,
    /// Above the most for one play.
    #[error("above the limit of one play")]
    PlayLimit {
        /// That limit.
        limit: Amount,
    },
    /// The sum of the window's days is used up.
    #[error("above the limit of the window")]
    WindowLimit {
        /// That limit.
        limit: Amount,
        /// What is left of it.
        left: Amount,
        /// The day on which some of it frees.
        frees_on: Option<Day>,
    },
    /// The day is neither today nor yesterday.
    #[error("the day is not now")]
    Day,
    /// The day's manifest was announced.
    #[error("the day is closed")]
    DayClosed,
    /// The purse has too little.
    #[error("the purse has {available}")]
    Funds {
        /// The price.
        price: Amount,
        /// What the purse has.
        available: Amount,
    },
    /// The hold stands with another body.
    #[error("the hold stands with another body")]
    IdConflict,
    /// The ledger, for a reason a hold cannot cause.
    #[error(transparent)]
    Ledger(ledger::Refusal),
    /// The database.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl db::Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        match self {
            Self::Store(e) => e.is_retryable(),
            Self::Ledger(e) => e.is_retryable(),
            _ => false,
        }
    }
}

impl Wanted {
    /// The checks that need no database, in order: intent, then ladder.
    ///
    /// # Errors
    /// [`Refusal::Amount`], [`Refusal::Intent`], [`Refusal::RuleUnknown`], [`Refusal::OffLadder`],
    /// [`Refusal::Day`].
    pub fn check(&self, intent: &Intent, now: Timestamp) -> Result<(), Refusal> {
        if self.amount <= Amount::ZERO || self.amount > ledger::MOST {
            return Err(Refusal::Amount);
        }
        if intent.hold != self.hold {
            return Err(Refusal::Intent("hold"));
        }
        if self.amount > intent.max {
            return Err(Refusal::Intent("max"));
        }
        if self.rule != ladder::RULE {
            return Err(Refusal::RuleUnknown);
        }
        if !ladder::holds(self.amount) {
            return Err(Refusal::OffLadder);
        }
        // Yesterday too: a play that starts at midnight asks a moment later.
        if self.day != now.day() && self.day != now.day().plus(-1) {
            return Err(Refusal::Day);
        }
        Ok(())
    }
}

/// Holds the price: mandate, window, funds, in this order. Durable when the caller's write is.
/// The same hold again answers the same and counts once.
///
/// # Errors
/// [`Refusal`]; nothing is held then.
pub async fn place(conn: &mut Conn, wanted: &Wanted, now: Timestamp) -> Result<Held, Refusal> {
    let mandate = store::mandate::find(conn, &wanted.mandate).await?;
    let mandate = mandate.filter(|m| m.counts(now)).ok_or(Refusal::Mandate)?;
    if wanted.amount > mandate.limits.max_play {
        return Err(Refusal::PlayLimit {
            limit: mandate.limits.max_play,
        });
    }
    if store::day::find(conn, wanted.day).await?.is_some() {
        return Err(Refusal::DayClosed);
    }
    let after = mandate.window_start(now);
    let spent = store::mandate::spent(conn, &mandate.id, after).await?;
    let left = mandate
        .limits
        .max_total
        .minus(spent)
        .unwrap_or(Amount::ZERO);
    let until = now.plus_seconds(LIFE_S);
    let booked = ledger::book(conn, &[transfer(wanted, &mandate, until)], now).await;
    let past_window = wanted.amount > left;
    match booked.as_deref() {
        Ok([Booked::Same]) => return standing(conn, wanted, &mandate).await,
        // The window is named before the funds: a person can raise it without paying.
        Ok(_) | Err(ledger::Refusal::Insufficient { .. }) if past_window => {
            let first = store::mandate::first_day(conn, &mandate.id, after).await?;
            let frees_on = first.map(|d| d.plus(mandate.limits.window_days()));
            return Err(Refusal::WindowLimit {
                limit: mandate.limits.max_total,
                left,
                frees_on,
            });
        }
        _ => {}
    }
    booked.map_err(|e| refused(e, wanted.amount))?;
    store::mandate::spend(conn, &mandate.id, now.day(), wanted.amount).await?;
    let available = available(conn, &mandate).await?;
    Ok(Held {
        amount: wanted.amount,
        available,
        until,
    })
}

fn transfer(wanted: &Wanted, mandate: &Mandate, until: Timestamp) -> Transfer {
    Transfer {
        id: wanted.hold,
        act: Act::Hold {
            debit: mandate.purse.account(),
            credit: plays(wanted.day),
            amount: wanted.amount,
            until,
        },
        code: "play",
        reference: None,
        cause: Some(mandate.id.clone()),
    }
}

/// The account that gathers a day's plays.
pub(crate) fn plays(day: Day) -> Account {
    Account::known(Ledger::Ucr, &format!("plays:{day}"))
}

fn refused(refusal: ledger::Refusal, price: Amount) -> Refusal {
    match refusal {
        ledger::Refusal::Insufficient { available } => Refusal::Funds { price, available },
        ledger::Refusal::IdConflict => Refusal::IdConflict,
        ledger::Refusal::Amount => Refusal::Amount,
        ledger::Refusal::Store(e) => Refusal::Store(e),
        other => Refusal::Ledger(other),
    }
}

async fn standing(conn: &mut Conn, wanted: &Wanted, mandate: &Mandate) -> Result<Held, Refusal> {
    let row = store::transfer::find(conn, &wanted.hold)
        .await?
        .ok_or(Refusal::IdConflict)?;
    let until = row.expires_at.ok_or(Refusal::IdConflict)?;
    Ok(Held {
        amount: row.amount,
        available: available(conn, mandate).await?,
        until,
    })
}

async fn available(conn: &mut Conn, mandate: &Mandate) -> Result<Amount, db::Error> {
    let sums = store::account::sums(conn, mandate.purse.account().id()).await?;
    Ok(sums.unwrap_or_default().available())
}

/// Takes the whole held amount: the price cannot change after the hold.
///
/// # Errors
/// [`ledger::Refusal`]; nothing moved, and nothing was written.
pub async fn post(
    conn: &mut Conn,
    hold: &Bytes16,
    now: Timestamp,
) -> Result<Booked, ledger::Refusal> {
    let row = store::transfer::find(conn, hold)
        .await?
        .ok_or(ledger::Refusal::NoHold)?;
    let act = Act::Post {
        hold: *hold,
        amount: row.amount,
    };
    settle(conn, "post", act, hold, now).await
}

/// Frees a hold and gives its amount back to the mandate's window.
///
/// # Errors
/// [`ledger::Refusal`]; nothing moved, and nothing was written.
pub async fn void(
    conn: &mut Conn,
    hold: &Bytes16,
    now: Timestamp,
) -> Result<Booked, ledger::Refusal> {
    let booked = settle(conn, "void", Act::Void { hold: *hold }, hold, now).await?;
    if booked == Booked::Done {
        let row = store::transfer::find(conn, hold)
            .await?
            .ok_or(ledger::Refusal::NoHold)?;
        if let Some(mandate) = &row.cause {
            store::mandate::unspend(conn, mandate, row.at.day(), row.amount).await?;
        }
    }
    Ok(booked)
}

async fn settle(
    conn: &mut Conn,
    kind: &str,
    act: Act,
    hold: &Bytes16,
    now: Timestamp,
) -> Result<Booked, ledger::Refusal> {
    let id = ids::transfer(kind, &[hold]);
    let entry = Transfer {
        id,
        act,
        code: "play",
        reference: None,
        cause: None,
    };
    let booked = ledger::book(conn, &[entry], now).await?;
    Ok(booked.first().copied().unwrap_or(Booked::Same))
}

/// Reads the 32 hex digits of a hold.
#[must_use]
pub fn parse_hold(text: &str) -> Option<Bytes16> {
    hex::decode_array(text)
}
