//! Reading who asks and what: the URL of the wallet's `/present`.

use crate::Failure;
use credential::{
    dcql::Query,
    vocab,
    vp::{Ask, Request, WalletPolicy},
};
use kernel::Timestamp;
use url::Url;

/// A request that was read and may be shown to the person.
pub struct Asked {
    request: Request,
    /// The verifier: on loopback its origin, never a name it gives itself.
    pub verifier: String,
}

impl Asked {
    /// Reads the wallet URL a verifier leads to.
    ///
    /// # Errors
    /// F1 with the word of what is not right.
    pub fn parse(url: &str, now: Timestamp) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|_| Failure::Request("malformed"))?;
        let policy = WalletPolicy {
            allow_loopback_http: true,
        };
        let request = Request::parse(url.query().unwrap_or(""), policy, now)
            .map_err(|refusal| Failure::Request(refusal.reason()))?;
        let response = Url::parse(&request.response_uri)
            .map_err(|_| Failure::Request("request-response-uri"))?;
        let verifier = response.origin().ascii_serialization();
        Ok(Self { request, verifier })
    }

    /// The request as its specification has it.
    #[must_use]
    pub const fn request(&self) -> &Request {
        &self.request
    }

    /// The cards asked for; `None` for a self-issued login.
    #[must_use]
    pub fn query(&self) -> Option<&Query> {
        match &self.request.ask {
            Ask::Cards { query, .. } => Some(query),
            Ask::SelfIssued => None,
        }
    }

    /// The texts to be signed along, as sent.
    #[must_use]
    pub fn transaction_data(&self) -> &[String] {
        match &self.request.ask {
            Ask::Cards {
                transaction_data, ..
            } => transaction_data,
            Ask::SelfIssued => &[],
        }
    }

    /// The transactions in words for the person: a payment or a standing permission.
    ///
    /// # Errors
    /// F1 for one that cannot be shown: what cannot be shown is not signed.
    pub fn transactions(&self) -> Result<Vec<String>, Failure> {
        use vocab::transaction::Transaction;
        let words = |text: &String| {
            let (read, _) =
                Transaction::parse(text).map_err(|refusal| Failure::Request(refusal.reason()))?;
            Ok(match read {
                Transaction::Payment(p) => format!(
                    "pay {} {} to {} for {}, once",
                    shown(p.amount.minor()),
                    p.asset,
                    p.payee,
                    p.purpose
                ),
                Transaction::Mandate(m) => format!(
                    "allow a player's key to spend up to {} credits a play and {} credits in {} days, until {}",
                    shown(m.max_play.minor()),
                    shown(m.max_total.minor()),
                    m.days,
                    m.exp
                ),
                Transaction::Payout(p) => format!("change where payouts go ({})", p.id),
            })
        };
        self.transaction_data().iter().map(words).collect()
    }

    /// Whether a guarded act is asked: something is signed that moves money.
    #[must_use]
    pub fn is_guarded(&self) -> bool {
        !self.transaction_data().is_empty()
    }
}

/// Micro-credits as credits with four decimals, rounded down.
#[must_use]
pub fn shown(ucr: i64) -> String {
    let (sign, ucr) = if ucr < 0 {
        ("-", ucr.unsigned_abs())
    } else {
        ("", ucr.unsigned_abs())
    };
    format!("{sign}{}.{:04}", ucr / 1_000_000, ucr % 1_000_000 / 100)
}
