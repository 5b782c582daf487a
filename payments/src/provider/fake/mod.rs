//! The fake provider: a pay page of its own, signed deliveries over HTTP, and faults on demand. For the
//! demo and for tests; off loopback it does not start.

mod pages;

pub(crate) use pages::{Pay, routes};

use super::{Ask, Away, Forged, Notice, Opened, Provider, Seen, signature};
use crate::store::{self, fake::Payment};
use bytes::Bytes;
use host::{
    Ground, Origin,
    db::{self, BoxFuture},
};
use http::{HeaderMap, Method, Request};
use kernel::{Secret, Timestamp, b64, hex};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Mutex;

/// Its name in paths and accounts.
pub const NAME: &str = "fake";
const SIGNATURE: &str = "fake-signature";
/// Seconds its pay page lives.
const PAGE_S: i64 = 1_800;

/// How it signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// As it should.
    #[default]
    Good,
    /// By another secret.
    Wrong,
    /// Ten minutes ago.
    Old,
    /// Not at all.
    None,
    /// A wrong mark beside the good one, as during a change of secrets.
    Two,
}

/// What goes wrong from now on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Deliveries beyond the first of each event.
    pub duplicate: u32,
    /// Seconds until a delivery leaves.
    pub delay_s: i64,
    /// Keeps deliveries back and sends the latest first.
    pub reorder: bool,
    /// Loses deliveries.
    pub drop: bool,
    /// How it signs.
    pub sign: Sign,
    /// Cents more (or fewer) than were asked for.
    pub amount: i64,
    /// Another currency than was asked for.
    pub currency: Option<String>,
    /// Another order than was asked for.
    pub order: Option<String>,
    /// Says the money was real.
    pub live: bool,
    /// Does not answer.
    pub down: bool,
}

/// One delivery that has not left.
struct Waiting {
    due: Timestamp,
    body: Vec<u8>,
    sign: Sign,
}

/// The provider and what it has still to deliver.
pub struct Fake {
    ground: Ground,
    secret: Secret<[u8; 32]>,
    faults: Mutex<Faults>,
    waiting: Mutex<Vec<Waiting>>,
}

impl Fake {
    pub(crate) fn new(ground: &Ground, secret: Secret<[u8; 32]>) -> Self {
        let (faults, waiting) = (Mutex::default(), Mutex::default());
        Self {
            ground: ground.clone(),
            secret,
            faults,
            waiting,
        }
    }

    /// Makes things go wrong, or right again with `Faults::default()`.
    pub fn set(&self, faults: Faults) {
        *self.faults.lock().expect("no holder of this lock panics") = faults;
    }

    fn faults(&self) -> Faults {
        self.faults
            .lock()
            .expect("no holder of this lock panics")
            .clone()
    }

    /// Ends a payment as the payer chose and tells of it. Answers where the payer goes next.
    ///
    /// # Errors
    /// [`db::Error`] of the database.
    pub async fn act(
        &self,
        reference: &str,
        paid: bool,
        now: Timestamp,
    ) -> Result<Option<String>, db::Error> {
        let Some(payment) = self.payment(reference).await? else {
            return Ok(None);
        };
        // A payment that came after the page's end is kept all the same: real ones do that too.
        let state = if paid { "paid" } else { "failed" };
        let event = format!("evt_{}", hex::encode(self.ground.world.random::<8>()));
        let (r, e) = (reference, event.as_str());
        let ended = self
            .ground
            .db
            .write(move |tx| Box::pin(async move { store::fake::end(tx, r, state, Some(e)).await }))
            .await?;
        if ended {
            self.tell(&event, reference, state, now).await;
        }
        Ok(Some(payment.back))
    }

    async fn payment(&self, reference: &str) -> Result<Option<Payment>, db::Error> {
        let mut conn = self.ground.db.read().await?;
        store::fake::find(&mut conn, reference).await
    }

    async fn tell(&self, event: &str, reference: &str, state: &str, now: Timestamp) {
        let faults = self.faults();
        if faults.drop {
            return;
        }
        let kind = match state {
            "paid" => "checkout.session.completed",
            "expired" => "checkout.session.expired",
            _ => "checkout.session.async_payment_failed",
        };
        let body = json!({"id": event, "type": kind, "data": {"object": {"id": reference}}});
        let body = body.to_string().into_bytes();
        let due = now.plus_seconds(faults.delay_s + if faults.reorder { 2 } else { 0 });
        for _ in 0..=faults.duplicate {
            let waiting = Waiting {
                due,
                body: body.clone(),
                sign: faults.sign,
            };
            self.waiting
                .lock()
                .expect("no holder of this lock panics")
                .push(waiting);
        }
        // What is kept back leaves with the job's next turn after its time.
        if due <= now {
            self.deliver(now).await;
        }
    }

    /// Sends what is due, over HTTP, to the webhook of the listen origin. The latest first when
    /// [`Faults::reorder`] is set.
    pub async fn deliver(&self, now: Timestamp) {
        let mut due = self.take_due(now);
        if self.faults().reorder {
            due.reverse();
        }
        for waiting in due {
            let request = self.request(&waiting, now);
            if self
                .ground
                .peers
                .origin(Origin::Listen, request)
                .await
                .is_err()
            {
                tracing::warn!("the fake provider could not deliver");
            }
        }
    }

    fn take_due(&self, now: Timestamp) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().expect("no holder of this lock panics");
        let (due, later) = waiting.drain(..).partition(|w| w.due <= now);
        *waiting = later;
        due
    }

    fn request(&self, waiting: &Waiting, now: Timestamp) -> Request<Bytes> {
        let good = signature::make(self.secret.expose(), &waiting.body, now);
        let wrong = signature::make(b"another secret", &waiting.body, now);
        let header = match waiting.sign {
            Sign::Good => Some(good),
            Sign::Wrong => Some(wrong),
            Sign::Old => Some(signature::make(
                self.secret.expose(),
                &waiting.body,
                now.plus_seconds(-600),
            )),
            Sign::None => None,
            Sign::Two => {
                let (_, mark) = wrong.split_once(',').expect("the header has two parts");
                Some(good.replacen(',', &format!(",{mark},"), 1))
            }
        };
        let path = format!("/webhooks/{NAME}");
        let mut request = Request::builder().method(Method::POST).uri(path);
        request = request.header("content-type", "application/json");
        if let Some(header) = header {
            request = request.header(SIGNATURE, header);
        }
        request
            .body(Bytes::from(waiting.body.clone()))
            .expect("the parts are plain text")
    }
}

impl Provider for Fake {
    fn name(&self) -> &'static str {
        NAME
    }

    fn live(&self) -> bool {
        false
    }

    fn open<'a>(&'a self, ask: &'a Ask, now: Timestamp) -> BoxFuture<'a, Result<Opened, Away>> {
        Box::pin(async move {
            if self.faults().down {
                return Err(Away);
            }
            // By order id, so that asking twice opens one payment.
            let mut mark = Sha256::new();
            mark.update(self.secret.expose());
            mark.update(&ask.order);
            let reference = format!("fp_{}", b64::encode(&mark.finalize()[..18]));
            let until = now.plus_seconds(PAGE_S);
            let r = reference.as_str();
            let payment = self
                .ground
                .db
                .write(move |tx| {
                    Box::pin(async move {
                        store::fake::open(tx, r, ask, until).await?;
                        store::fake::of_order(tx, &ask.order).await
                    })
                })
                .await
                .map_err(|_: db::Error| Away)?
                .ok_or(Away)?;
            let url = format!(
                "{}/fake-pay/{}",
                self.ground.origins.listen, payment.reference
            );
            Ok(Opened {
                reference: payment.reference,
                url,
                until: payment.until,
            })
        })
    }

    fn state<'a>(
        &'a self,
        reference: &'a str,
        now: Timestamp,
    ) -> BoxFuture<'a, Result<Seen, Away>> {
        Box::pin(async move {
            let faults = self.faults();
            if faults.down {
                return Err(Away);
            }
            let payment = self
                .payment(reference)
                .await
                .map_err(|_| Away)?
                .ok_or(Away)?;
            Ok(match payment.state.as_str() {
                "paid" => Seen::Paid {
                    minor: payment.minor + faults.amount,
                    currency: faults.currency.unwrap_or(payment.currency),
                    order: faults.order.unwrap_or(payment.order),
                    live: faults.live,
                },
                "failed" => Seen::Failed,
                "open" if now < payment.until => Seen::Open,
                _ => Seen::Expired,
            })
        })
    }

    fn verify(&self, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<Notice, Forged> {
        let header = headers
            .get(SIGNATURE)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        signature::check(self.secret.expose(), header, body, now)?;
        let body = read(body).ok_or(Forged("form"))?;
        let event = body
            .get("id")
            .and_then(Value::as_str)
            .ok_or(Forged("form"))?;
        Ok(Notice(event.to_owned()))
    }

    fn reference(&self, body: &[u8]) -> Option<String> {
        Some(read(body)?.pointer("/data/object/id")?.as_str()?.to_owned())
    }
}

fn read(body: &[u8]) -> Option<Value> {
    credential::json::parse(body).ok()
}
