//! Reading who asks and what: the URL of the wallet's `/present`.

use crate::Failure;
use credential::{
    Refusal,
    dcql::Query,
    vocab,
    vp::{self, Ask, Link, Request, SignedWant, WalletPolicy},
};
use kernel::{Timestamp, World, b64};
use serde_json::{Map, Value};
use url::Url;

/// What plain http on this machine is good for: a verifier beside the wallet.
const POLICY: WalletPolicy = WalletPolicy {
    allow_loopback_http: true,
};

/// Where the wallet's URL leads.
pub enum Led {
    /// The request stands there, unsigned.
    Here(Box<Asked>),
    /// It is to be fetched.
    There(Pointer),
}

/// What a verifier is told whose transaction data the wallet cannot show (OpenID4VP 1.0 section 8.5).
pub struct Complaint {
    /// Where it is posted.
    pub response_uri: String,
    /// The form.
    pub form: [(&'static str, String); 2],
}

impl Complaint {
    fn of(failure: &Failure, request: impl FnOnce() -> Option<Request>) -> Option<Self> {
        let unshown = Refusal::RequestTransactionData.reason();
        if !matches!(failure, Failure::Request(word) if *word == unshown) {
            return None;
        }
        let request = request()?;
        Some(Self {
            response_uri: request.response_uri,
            form: [
                ("state", request.state),
                ("error", "invalid_transaction_data".to_owned()),
            ],
        })
    }
}

/// Where a signed request is fetched, and for whom it must be signed.
pub struct Pointer {
    client_id: String,
    /// The address; posted to, no redirect followed.
    pub request_uri: String,
    wallet_nonce: String,
}

impl Led {
    /// Reads the wallet URL a verifier leads to, and draws the nonce of a fetch.
    ///
    /// # Errors
    /// F1 with the word of what is not right.
    pub fn read(url: &str, world: &World) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|_| Failure::Request("malformed"))?;
        let link = Link::parse(url.query().unwrap_or(""), POLICY, world.now());
        Ok(match link.map_err(not_right)? {
            Link::Here(request) => Self::Here(Box::new(Asked::of(*request)?)),
            Link::There {
                client_id,
                request_uri,
            } => Self::There(Pointer {
                client_id,
                request_uri,
                wallet_nonce: b64::encode(world.random::<16>()),
            }),
        })
    }
}

impl Led {
    /// What to tell the verifier of an unsigned request that was refused; nothing but for
    /// transaction data.
    #[must_use]
    pub fn complaint(url: &str, failure: &Failure, now: Timestamp) -> Option<Complaint> {
        let url = Url::parse(url).ok()?;
        let query = url.query().unwrap_or("");
        Complaint::of(failure, || vp::complain_unsigned(query, POLICY, now))
    }
}

impl Pointer {
    /// As [`Led::complaint`], of the request that came.
    #[must_use]
    pub fn complaint(
        &self,
        (token, failure): (&str, &Failure),
        anchors: &[Vec<u8>],
        now: Timestamp,
    ) -> Option<Complaint> {
        Complaint::of(failure, || {
            vp::complain_signed(token, &self.want(anchors), now)
        })
    }

    fn want<'a>(&'a self, anchors: &'a [Vec<u8>]) -> SignedWant<'a> {
        SignedWant {
            client_id: &self.client_id,
            wallet_nonce: &self.wallet_nonce,
            anchors,
            policy: POLICY,
        }
    }

    /// The form that fetches the request.
    #[must_use]
    pub fn form(&self) -> [(&'static str, &str); 1] {
        [("wallet_nonce", &self.wallet_nonce)]
    }

    /// Opens what came: signed under a certificate that leads to one of `anchors`, for this fetch.
    ///
    /// # Errors
    /// F1 with the word of what is not right.
    pub fn open(&self, token: &str, anchors: &[Vec<u8>], now: Timestamp) -> Result<Asked, Failure> {
        Asked::of(vp::open_request(token, &self.want(anchors), now).map_err(not_right)?)
    }
}

fn not_right(refusal: Refusal) -> Failure {
    Failure::Request(refusal.reason())
}

/// A request that was read and may be shown to the person.
pub struct Asked {
    request: Request,
    /// The verifier: the origin its certificate vouches for, or on loopback its own; never a name it
    /// gives itself.
    pub verifier: String,
}

impl Asked {
    /// Reads the wallet URL of an unsigned request.
    ///
    /// # Errors
    /// F1 with the word of what is not right.
    pub fn parse(url: &str, now: Timestamp) -> Result<Self, Failure> {
        let url = Url::parse(url).map_err(|_| Failure::Request("malformed"))?;
        let request = Request::parse(url.query().unwrap_or(""), POLICY, now);
        Self::of(request.map_err(not_right)?)
    }

    fn of(request: Request) -> Result<Self, Failure> {
        let response = Url::parse(&request.response_uri)
            .map_err(|_| Failure::Request("request-response-uri"))?;
        let verifier = response.origin().ascii_serialization();
        Ok(Self { request, verifier })
    }

    /// The fields to post, from what is answered: sealed where the request asks for it.
    ///
    /// # Errors
    /// F1 when nothing can be sealed to the key it gave.
    pub fn form(
        &self,
        answer: &[(&'static str, String)],
    ) -> Result<Vec<(&'static str, String)>, Failure> {
        let Some(to) = &self.request.seal_to else {
            return Ok(answer.to_vec());
        };
        let member = |(name, text): &(&'static str, String)| {
            let json = (*name == "vp_token").then(|| serde_json::from_str(text).ok());
            let value = json.flatten().unwrap_or_else(|| Value::from(text.as_str()));
            ((*name).to_owned(), value)
        };
        let members: Map<String, Value> = answer.iter().map(member).collect();
        let sealed = to.seal(&Value::Object(members)).map_err(not_right)?;
        Ok(vec![("response", sealed)])
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
