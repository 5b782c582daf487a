//! Transaction data: what a holder signs along with a card (OpenID4VP 1.0 section 8.4).
//!
//! The string is base64url of compact JSON in this order of members; its hash is over the string as
//! sent. Three types, no others.

use crate::{Refusal, jose::sha256_b64, json};
use kernel::{Amount, Timestamp, b64};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Type of [`Payment`].
pub const PAYMENT: &str = "urn:resonate:td:payment:1";
/// Type of [`Mandate`].
pub const MANDATE: &str = "urn:resonate:td:mandate:1";
/// Type of [`Payout`].
pub const PAYOUT: &str = "urn:resonate:td:payout:1";

/// The id of the card that pays, in every query of ours that has transaction data.
pub const PAYER: &str = "payer";
/// The one hash there is.
pub const SHA_256: &str = "sha-256";

/// One amount, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The pending transfer or order.
    pub id: String,
    /// How much.
    pub amount: Amount,
    /// In what: `UCR`.
    pub asset: String,
    /// To whom: an origin.
    pub payee: String,
    /// What for: `own`.
    pub purpose: String,
    /// Until when it may be signed.
    pub exp: Timestamp,
}

/// A standing permission for a key to spend within limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Its name.
    pub id: String,
    /// Thumbprint of the key that may spend.
    pub jkt: String,
    /// At most this for one play.
    pub max_play: Amount,
    /// At most this in all.
    pub max_total: Amount,
    /// Within this many days.
    pub days: u32,
    /// Its end.
    pub exp: Timestamp,
}

/// A new destination of payouts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payout {
    /// The pending destination.
    pub id: String,
    /// Hash of the account, see [`account_hash`].
    pub account_hash: String,
    /// Until when it may be signed.
    pub exp: Timestamp,
}

/// A transaction, read from its string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// [`PAYMENT`].
    Payment(Payment),
    /// [`MANDATE`].
    Mandate(Mandate),
    /// [`PAYOUT`].
    Payout(Payout),
}

/// The form on the wire; the order of members is part of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentWire {
    r#type: String,
    credential_ids: Vec<String>,
    transaction_data_hashes_alg: Vec<String>,
    id: String,
    amount: String,
    asset: String,
    payee: String,
    purpose: String,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MandateWire {
    r#type: String,
    credential_ids: Vec<String>,
    transaction_data_hashes_alg: Vec<String>,
    id: String,
    jkt: String,
    max_play: String,
    max_total: String,
    days: u32,
    exp: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutWire {
    r#type: String,
    credential_ids: Vec<String>,
    transaction_data_hashes_alg: Vec<String>,
    id: String,
    account_hash: String,
    exp: i64,
}

impl Transaction {
    /// The string to put into a request. The paying card's id is `payer`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (ids, algs) = (vec![PAYER.to_owned()], vec![SHA_256.to_owned()]);
        let json = match self.clone() {
            Self::Payment(p) => serde_json::to_string(&PaymentWire {
                r#type: PAYMENT.to_owned(),
                credential_ids: ids,
                transaction_data_hashes_alg: algs,
                id: p.id,
                amount: p.amount.to_string(),
                asset: p.asset,
                payee: p.payee,
                purpose: p.purpose,
                exp: p.exp.seconds(),
            }),
            Self::Mandate(m) => serde_json::to_string(&MandateWire {
                r#type: MANDATE.to_owned(),
                credential_ids: ids,
                transaction_data_hashes_alg: algs,
                id: m.id,
                jkt: m.jkt,
                max_play: m.max_play.to_string(),
                max_total: m.max_total.to_string(),
                days: m.days,
                exp: m.exp.seconds(),
            }),
            Self::Payout(p) => serde_json::to_string(&PayoutWire {
                r#type: PAYOUT.to_owned(),
                credential_ids: ids,
                transaction_data_hashes_alg: algs,
                id: p.id,
                account_hash: p.account_hash,
                exp: p.exp.seconds(),
            }),
        };
        b64::encode(json.expect("texts and integers are JSON"))
    }

    /// Reads a string of a request.
    ///
    /// # Errors
    /// [`Refusal::RequestTransactionData`] for a type not in the table, a member too many or too
    /// few, an amount that is no positive integer, or a hash other than SHA-256.
    pub fn parse(text: &str) -> Result<(Self, Vec<String>), Refusal> {
        read(text).ok_or(Refusal::RequestTransactionData)
    }
}

fn read(text: &str) -> Option<(Transaction, Vec<String>)> {
    let value = json::parse(&b64::decode(text)?).ok()?;
    let algs = |algs: &[String]| algs.iter().any(|a| a == SHA_256).then_some(());
    let amount = |text: &str| {
        let canonical = !text.starts_with('0') && text.bytes().all(|c| c.is_ascii_digit());
        text.parse().ok().filter(|_| canonical).map(Amount::new)
    };
    match value.get("type")?.as_str()? {
        PAYMENT => {
            let w: PaymentWire = serde_json::from_value(value).ok()?;
            algs(&w.transaction_data_hashes_alg)?;
            let (amount, exp) = (amount(&w.amount)?, Timestamp::from_seconds(w.exp));
            let PaymentWire {
                id,
                asset,
                payee,
                purpose,
                ..
            } = w;
            let payment = Payment {
                id,
                amount,
                asset,
                payee,
                purpose,
                exp,
            };
            Some((Transaction::Payment(payment), w.credential_ids))
        }
        MANDATE => {
            let w: MandateWire = serde_json::from_value(value).ok()?;
            algs(&w.transaction_data_hashes_alg)?;
            let (max_play, max_total) = (amount(&w.max_play)?, amount(&w.max_total)?);
            let exp = Timestamp::from_seconds(w.exp);
            let MandateWire { id, jkt, days, .. } = w;
            let mandate = Mandate {
                id,
                jkt,
                max_play,
                max_total,
                days,
                exp,
            };
            Some((Transaction::Mandate(mandate), w.credential_ids))
        }
        PAYOUT => {
            let w: PayoutWire = serde_json::from_value(value).ok()?;
            algs(&w.transaction_data_hashes_alg)?;
            let exp = Timestamp::from_seconds(w.exp);
            let payout = Payout {
                id: w.id,
                account_hash: w.account_hash,
                exp,
            };
            Some((Transaction::Payout(payout), w.credential_ids))
        }
        _ => None,
    }
}

/// SHA-256 of the string as sent, base64url.
#[must_use]
pub fn hash(text: &str) -> String {
    sha256_b64(text)
}

/// Whether the request names the hash, so that the key-binding token must repeat it.
#[must_use]
pub fn names_hash(text: &str) -> bool {
    b64::decode(text)
        .and_then(|bytes| json::parse(&bytes).ok())
        .is_some_and(|v: Value| v.get("transaction_data_hashes_alg").is_some())
}

/// Hash of a bank account as [`Payout`] names it; spaces do not count.
#[must_use]
pub fn account_hash(iban: &str) -> String {
    let plain: String = iban.chars().filter(|c| !c.is_whitespace()).collect();
    sha256_b64([b"resonate/payout/1\0", plain.as_bytes()].concat())
}
