//! Top-up orders: made here, paid at a provider, credited once when the provider itself says so.

use crate::{
    Core, ids,
    ledger::{self, Account, Act, Ledger, Transfer},
    provider::{Ask, Away, Opened, Seen},
    purse::Purse,
    store, units,
};
use host::db::{self, Conn};
use kernel::{Amount, Timestamp};

/// Seconds an order may wait for its payment.
const LIFE_S: i64 = 3_600;

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Made, not yet opened at the provider.
    New,
    /// The provider's page waits.
    Open,
    /// Credited.
    Paid,
    /// The page ended unpaid. Paid later all the same, it is credited.
    Expired,
    /// Given up or refused.
    Failed,
    /// Paid, but not what was asked for: no credit, a person looks.
    Mismatch,
}

impl State {
    const ALL: [Self; 6] = [
        Self::New,
        Self::Open,
        Self::Paid,
        Self::Expired,
        Self::Failed,
        Self::Mismatch,
    ];

    /// As stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Expired => "expired",
            Self::Failed => "failed",
            Self::Mismatch => "mismatch",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// A top-up. It names a purse and nobody.
#[derive(Clone, Debug)]
pub struct Order {
    /// 32 hex digits, drawn by whoever asks.
    pub id: String,
    /// What it fills.
    pub purse: Purse,
    /// Net cents.
    pub minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Cents of VAT on top.
    pub vat: i64,
    /// What it credits.
    pub ucr: Amount,
    /// Who takes the payment.
    pub provider: String,
    /// The provider's name for it.
    pub reference: Option<String>,
    /// The provider's page.
    pub pay_url: Option<String>,
    /// Where the payer returns to.
    pub back: String,
    /// How far it is.
    pub state: State,
    /// What differs, for staff.
    pub note: Option<String>,
    /// When it was asked for.
    pub made: Timestamp,
    /// When the provider's page ends.
    pub until: Timestamp,
    /// When it was credited.
    pub paid: Option<Timestamp>,
}

/// Why there is no order.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No top-up of that sum.
    #[error("no such top-up")]
    Amount,
    /// Not an address of ours.
    #[error("the way back is not configured")]
    ReturnUrl,
    /// The id is another's order.
    #[error("no such order")]
    NotFound,
    /// The id stands with another sum.
    #[error("the id stands with another sum")]
    IdConflict,
    /// The provider does not answer.
    #[error("the provider does not answer")]
    Away,
    /// The database.
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl db::Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(e) if e.is_retryable())
    }
}

impl From<Away> for Refusal {
    fn from(_: Away) -> Self {
        Self::Away
    }
}

impl Order {
    /// A new order for `purse`.
    ///
    /// # Errors
    /// [`Refusal::Amount`] for a sum that is not sold.
    pub(crate) fn new(
        core: &Core,
        purse: Purse,
        id: String,
        minor: i64,
        back: String,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if !units::TOPUPS.contains(&minor) {
            return Err(Refusal::Amount);
        }
        Ok(Self {
            id,
            purse,
            minor,
            currency: "EUR".to_owned(),
            vat: units::vat(minor, core.config.vat_bps).ok_or(Refusal::Amount)?,
            ucr: units::ucr_of_cents(minor).ok_or(Refusal::Amount)?,
            provider: core.provider.name().to_owned(),
            reference: None,
            pay_url: None,
            back,
            state: State::New,
            note: None,
            made: now,
            until: now.plus_seconds(LIFE_S),
            paid: None,
        })
    }

    /// What the payer pays, VAT included.
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.minor.saturating_add(self.vat)
    }

    fn credit(&self, vat_country: &str) -> Vec<Transfer> {
        let single = |kind: &str, ledger, debit: &str, credit: &str, amount| Transfer {
            id: ids::transfer(kind, &[self.id.as_bytes()]),
            act: Act::Single {
                debit: Account::known(ledger, debit),
                credit: Account::known(ledger, credit),
                amount: Amount::new(amount),
            },
            code: "topup",
            reference: Some(self.id.as_bytes().to_vec()),
            cause: None,
        };
        let psp = format!("psp:{}", self.provider);
        let purse = self.purse.account();
        let mut batch = vec![
            single("topup-eur", Ledger::Eur, &psp, "bridge", self.minor),
            single(
                "topup",
                Ledger::Ucr,
                "bridge",
                purse.name(),
                self.ucr.minor(),
            ),
        ];
        if self.vat > 0 {
            let vat = format!("vat:{vat_country}");
            batch.push(single("topup-vat", Ledger::Eur, &psp, &vat, self.vat));
        }
        batch
    }
}

/// Makes the order, or finds it: the same id and sum again answers from the row. Then the provider
/// opens its page.
///
/// # Errors
/// [`Refusal`]. When the provider is away the order stays and may be asked for again.
pub(crate) async fn open(core: &Core, order: Order) -> Result<Order, Refusal> {
    let order_ref = &order;
    let stands = core
        .ground
        .db
        .write(move |tx| Box::pin(make_or_find(tx, order_ref)))
        .await?;
    if stands.state != State::New {
        return Ok(stands);
    }
    let ask = Ask {
        order: stands.id.clone(),
        minor: stands.gross(),
        currency: stands.currency.clone(),
        back: stands.back.clone(),
    };
    let opened: Opened = core.provider.open(&ask, order.made).await?;
    let (id, opened) = (&stands.id, &opened);
    let noted = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::order::opened(tx, id, opened).await?;
                store::order::find(tx, id).await
            })
        })
        .await?;
    noted.ok_or(Refusal::NotFound)
}

async fn make_or_find(conn: &mut Conn, order: &Order) -> Result<Order, Refusal> {
    if store::order::insert(conn, order).await? {
        return Ok(order.clone());
    }
    let stands = store::order::find(conn, &order.id)
        .await?
        .ok_or(Refusal::NotFound)?;
    if stands.purse != order.purse {
        return Err(Refusal::NotFound);
    }
    if stands.minor != order.minor || stands.currency != order.currency {
        return Err(Refusal::IdConflict);
    }
    Ok(stands)
}

/// Why an order could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum Unsettled {
    /// The provider does not answer; asked again later.
    #[error(transparent)]
    Away(#[from] Away),
    /// The ledger or the database.
    #[error(transparent)]
    Ledger(#[from] ledger::Refusal),
}

impl From<db::Error> for Unsettled {
    fn from(error: db::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// Asks the provider how far `order` is and books what it says, once. Answers the outcome in a word.
///
/// # Errors
/// [`Unsettled`]; nothing was booked.
pub(crate) async fn settle(
    core: &Core,
    order: &Order,
    now: Timestamp,
) -> Result<&'static str, Unsettled> {
    let Some(reference) = &order.reference else {
        return Ok("new");
    };
    let seen = core.provider.state(reference, now).await?;
    let differs = difference(order, &seen, core.provider.live());
    let seen = &seen;
    let differs = differs.as_deref();
    let vat_country = core.config.vat_country.as_str();
    let outcome = core
        .ground
        .db
        .write(move |tx| Box::pin(note(tx, order, seen, differs, vat_country, now)))
        .await?;
    if outcome == "mismatch" {
        tracing::error!(outcome, "a payment is not what was asked for");
    }
    Ok(outcome)
}

/// What a payment has different from its order: named, never guessed at.
fn difference(order: &Order, seen: &Seen, live: bool) -> Option<String> {
    let Seen::Paid {
        minor,
        currency,
        order: named,
        live: was_live,
    } = seen
    else {
        return None;
    };
    let what = if *named != order.id {
        "order"
    } else if *minor != order.gross() {
        "amount"
    } else if *currency != order.currency {
        "currency"
    } else if *was_live != live {
        "live"
    } else {
        return None;
    };
    Some(what.to_owned())
}

async fn note(
    conn: &mut Conn,
    order: &Order,
    seen: &Seen,
    differs: Option<&str>,
    vat_country: &str,
    now: Timestamp,
) -> Result<&'static str, ledger::Refusal> {
    store::order::asked(conn, &order.id, now).await?;
    match (seen, differs) {
        (Seen::Open, _) => Ok("open"),
        (Seen::Paid { .. }, Some(what)) => {
            store::order::ended(conn, &order.id, State::Mismatch, Some(what)).await?;
            Ok("mismatch")
        }
        (Seen::Paid { .. }, None) => {
            if !store::order::paid(conn, &order.id, now).await? {
                return Ok("known");
            }
            ledger::book(conn, &order.credit(vat_country), now).await?;
            Ok("credited")
        }
        (Seen::Expired, _) => {
            store::order::ended(conn, &order.id, State::Expired, None).await?;
            Ok("expired")
        }
        (Seen::Failed, _) => {
            store::order::ended(conn, &order.id, State::Failed, None).await?;
            Ok("failed")
        }
    }
}
