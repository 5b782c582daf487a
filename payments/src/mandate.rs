//! Mandates: what one key may spend from one purse, confirmed by a presented card or a passkey.

use crate::{
    Core,
    ids::Bytes16,
    ladder,
    proof::{Presented, Shown},
    purse::Purse,
    store,
};
use credential::{
    jose::{Alg, Jwk},
    vocab::transaction::{self, Transaction},
};
use host::db;
use kernel::{Amount, Day, Timestamp, hex};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Seconds a request waits to be confirmed.
pub const ASKED_S: i64 = 600;
/// Days a mandate lives.
const LIFE_DAYS: i32 = 180;
/// The most a window may hold: a thousand whole tracks.
const MOST_TOTAL: Amount = Amount::new(1_022_000_000);
const MOST_DAYS: u32 = 366;

/// How much, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For one play.
    pub max_play: Amount,
    /// Within a window.
    pub max_total: Amount,
    /// Days of the window.
    pub days: u32,
}

impl Default for Limits {
    /// The ninth play at most; five credits in thirty days.
    fn default() -> Self {
        Self {
            max_play: Amount::new(ladder::PRICES[ladder::STEPS as usize - 1]),
            max_total: Amount::new(5_000_000),
            days: 30,
        }
    }
}

impl Limits {
    /// The days as a difference of days.
    #[must_use]
    pub fn window_days(&self) -> i32 {
        i32::try_from(self.days).unwrap_or(i32::MAX)
    }

    fn check(&self) -> Result<(), Refusal> {
        let within = |a: Amount, most: Amount| a > Amount::ZERO && a <= most;
        if !within(self.max_play, Self::default().max_play) {
            return Err(Refusal::Field("max_play"));
        }
        if !within(self.max_total, MOST_TOTAL) {
            return Err(Refusal::Field("max_total"));
        }
        if !(1..=MOST_DAYS).contains(&self.days) {
            return Err(Refusal::Field("days"));
        }
        Ok(())
    }
}

/// How a mandate is confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A card presented by the wallet.
    Wallet,
    /// A passkey, asked for anew.
    Passkey,
}

/// A mandate as stored. In clear stand only purse, key mark and limits.
#[derive(Clone, Debug)]
pub struct Mandate {
    /// 32 hex digits.
    pub id: String,
    /// What it may spend from.
    pub purse: Purse,
    /// Keyed hash of the key's thumbprint.
    pub mark: Bytes16,
    /// How much.
    pub limits: Limits,
    /// Sealed [`Evidence`].
    pub evidence: Vec<u8>,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was confirmed.
    pub since: Option<Timestamp>,
    /// Its end.
    pub until: Timestamp,
    /// Its early end.
    pub revoked_at: Option<Timestamp>,
}

impl Mandate {
    /// Whether it may be spent under now.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.since.is_some() && self.revoked_at.is_none() && now < self.until
    }

    /// The last day before the window.
    #[must_use]
    pub fn window_start(&self, now: Timestamp) -> Day {
        now.day().plus(-self.limits.window_days())
    }
}

/// What was asked and what confirmed it, byte for byte. Sealed: it holds the listener's name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Evidence {
    /// The string that was confirmed, as sent.
    pub transaction_data: String,
    /// The key that signs intents.
    pub jwk: Value,
    /// How.
    pub via: Via,
    /// The wallet's request, for the second check of what it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Shown>,
    /// A path of ours to return to after a passkey.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
    /// The result of the presentation, or the ID Token of the step-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<String>,
}

/// Why there is no mandate.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A field outside what is allowed.
    #[error("{0} is not allowed")]
    Field(&'static str),
    /// A way back that is not ours.
    #[error("the way back is not configured")]
    ReturnUrl,
    /// Unknown, or another's.
    #[error("no such mandate")]
    NotFound,
    /// The card names somebody else than the login.
    #[error("the card is another listener's")]
    Foreign,
    /// The confirmation does not fit.
    #[error("the confirmation does not fit: {0}")]
    Presentation(&'static str),
    /// The provider of identities does not answer.
    #[error("idp is away")]
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

/// What somebody asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// From this purse.
    pub purse: Purse,
    /// Signed by this key.
    pub jwk: Value,
    /// So much.
    pub limits: Limits,
    /// Confirmed so.
    pub via: Via,
    /// And then back here.
    pub back: Option<String>,
}

/// A request that waits to be confirmed.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// The string to confirm.
    pub transaction_data: String,
    /// Until when.
    pub until: Timestamp,
    /// The wallet's request, when it goes that way.
    pub shown: Option<Shown>,
}

/// Writes a request. Nothing may be spent under it before it is confirmed.
///
/// # Errors
/// [`Refusal`]; nothing was stored.
pub(crate) async fn ask(core: &Core, wish: Wish, now: Timestamp) -> Result<Asked, Refusal> {
    wish.limits.check()?;
    let key = Jwk::parse(&wish.jwk).map_err(|_| Refusal::Field("jwk"))?;
    if !matches!(key.alg(), Alg::Es256 | Alg::EdDsa) {
        return Err(Refusal::Field("jwk"));
    }
    let thumbprint = key.thumbprint();
    let id = hex::encode(core.ground.world.random::<16>());
    let until = now.day().plus(LIFE_DAYS).start();
    let transaction_data = Transaction::Mandate(transaction::Mandate {
        id: id.clone(),
        jkt: thumbprint.clone(),
        max_play: wish.limits.max_play,
        max_total: wish.limits.max_total,
        days: wish.limits.days,
        exp: until,
    })
    .to_text();
    let request = match wish.via {
        Via::Wallet => {
            let back = format!("{}/purse/mandates/{id}/return", core.ground.origins.listen);
            Some(Shown::ask(core, "mandate", &back, &transaction_data, now).await?)
        }
        Via::Passkey => None,
    };
    let evidence = Evidence {
        transaction_data: transaction_data.clone(),
        jwk: key.public_json(),
        via: wish.via,
        request: request.clone(),
        back: wish.back,
        confirmed: None,
    };
    let mandate = Mandate {
        evidence: seal(core, &id, &evidence),
        id,
        purse: wish.purse,
        mark: core.purses.mark(&thumbprint),
        limits: wish.limits,
        asked_at: now,
        since: None,
        until,
        revoked_at: None,
    };
    let row = &mandate;
    core.ground
        .db
        .write(move |tx| Box::pin(async move { store::mandate::insert(tx, row).await }))
        .await?;
    let until = now.plus_seconds(ASKED_S);
    Ok(Asked {
        id: mandate.id,
        transaction_data,
        until,
        shown: request,
    })
}

/// Confirms a request by what the wallet answered. Presentation, device, purpose, transaction data and
/// name are checked, then the presentation once more by ourselves.
///
/// # Errors
/// [`Refusal`]; the request stays open until its end.
pub(crate) async fn confirm_by_wallet(
    core: &Core,
    id: &str,
    name: &str,
    response_code: &str,
    now: Timestamp,
) -> Result<Mandate, Refusal> {
    let (mandate, mut evidence) = waiting(core, id, name, now).await?;
    let Some(request) = evidence.request.clone() else {
        return Err(Refusal::Presentation("via"));
    };
    let presented: Presented = request.redeem(core, "mandate", response_code, now).await?;
    presented
        .covers(core, &request, &evidence.transaction_data, now)
        .await?;
    if presented.listener != name {
        return Err(Refusal::Foreign);
    }
    evidence.confirmed = Some(presented.jws.clone());
    let cell = seal(core, &mandate.id, &evidence);
    let (mandate, cell, presented) = (&mandate, &cell, &presented);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if !presented.first(tx, now).await? {
                    return Err(Refusal::Presentation("replay"));
                }
                match store::mandate::confirm(tx, &mandate.id, cell, now).await? {
                    true => Ok(()),
                    false => Err(Refusal::Presentation("state")),
                }
            })
        })
        .await?;
    Ok(Mandate {
        since: Some(now),
        ..mandate.clone()
    })
}

/// Confirms a request by a passkey: a fresh login whose ID Token carries the hash of the string as
/// its nonce. Answers the path to return to.
///
/// # Errors
/// [`Refusal`]; the request stays open until its end.
pub(crate) async fn confirm_by_passkey(
    core: &Core,
    id: &str,
    login: &web::signin::Login,
    step: &str,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    let (mandate, mut evidence) = waiting(core, id, &login.sub, now).await?;
    if evidence.via != Via::Passkey {
        return Err(Refusal::Presentation("via"));
    }
    let back = evidence.back.clone();
    let hash = transaction::hash(&evidence.transaction_data);
    // The cell must be sealed outside the transaction, so the step is taken first, on its own: a
    // power cut in between costs the person one more touch.
    let proof = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move { web::signin::stepped(&core.ground, tx, step, login, now).await })
        })
        .await?
        .ok_or(Refusal::Presentation("step"))?;
    let age = now.micros_since(Timestamp::from_micros(proof.auth_time));
    let fresh = (-60_000_000..=ASKED_S * 1_000_000).contains(&age);
    if proof.sub != login.sub {
        return Err(Refusal::Foreign);
    }
    if proof.acr != "phr" || proof.nonce != hash || !fresh {
        return Err(Refusal::Presentation("step"));
    }
    evidence.confirmed = Some(proof.id_token);
    let cell = seal(core, &mandate.id, &evidence);
    let (id, cell) = (&mandate.id, &cell);
    let done = core
        .ground
        .db
        .write(move |tx| Box::pin(async move { store::mandate::confirm(tx, id, cell, now).await }))
        .await?;
    if done {
        Ok(back)
    } else {
        Err(Refusal::Presentation("state"))
    }
}

/// Ends a mandate of the purse at once. Ending it again is no error.
///
/// # Errors
/// [`Refusal::NotFound`] for another's or an unknown one.
pub(crate) async fn revoke(
    core: &Core,
    id: &str,
    purse: &Purse,
    now: Timestamp,
) -> Result<(), Refusal> {
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if store::mandate::revoke(tx, id, purse, now).await? {
                    return Ok(());
                }
                let stands = store::mandate::find(tx, id).await?;
                stands
                    .filter(|m| m.purse == *purse)
                    .map(drop)
                    .ok_or(Refusal::NotFound)
            })
        })
        .await
}

async fn waiting(
    core: &Core,
    id: &str,
    name: &str,
    now: Timestamp,
) -> Result<(Mandate, Evidence), Refusal> {
    let mut conn = core.ground.db.read().await?;
    let mandate = store::mandate::find(&mut conn, id).await?;
    drop(conn);
    let own = core.purses.purse(name);
    let mandate = mandate
        .filter(|m| m.purse == own)
        .ok_or(Refusal::NotFound)?;
    if mandate.since.is_some() || mandate.revoked_at.is_some() {
        return Err(Refusal::Presentation("state"));
    }
    if now >= mandate.asked_at.plus_seconds(ASKED_S) {
        return Err(Refusal::Presentation("expired"));
    }
    let evidence = unseal(core, &mandate)?;
    Ok((mandate, evidence))
}

/// Opens a mandate's evidence.
///
/// # Errors
/// [`db::Error::Corrupt`] for a cell that was moved or changed.
pub(crate) fn unseal(core: &Core, mandate: &Mandate) -> Result<Evidence, db::Error> {
    let open = core.seal.open(
        "payments_mandate",
        "evidence",
        &mandate.id,
        &mandate.evidence,
    )?;
    serde_json::from_slice(open.expose())
        .map_err(|_| db::Error::Corrupt("payments_mandate.evidence"))
}

fn seal(core: &Core, id: &str, evidence: &Evidence) -> Vec<u8> {
    let text = serde_json::to_vec(evidence).expect("plain members are always JSON");
    core.seal.seal(
        "payments_mandate",
        "evidence",
        id,
        &text,
        core.ground.world.entropy(),
    )
}

/// A mandate as its purse's owner sees it.
#[must_use]
pub fn view(mandate: &Mandate, spent: Amount) -> Value {
    let left = mandate
        .limits
        .max_total
        .minus(spent)
        .unwrap_or(Amount::ZERO);
    json!({
        "id": mandate.id,
        "max_play": mandate.limits.max_play,
        "max_total": mandate.limits.max_total,
        "days": mandate.limits.days,
        "since": mandate.since.map(Timestamp::seconds),
        "until": mandate.until.seconds(),
        "spent": spent,
        "left": left,
    })
}
