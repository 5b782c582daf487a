//! Admission at join: proof of work, so that accounts cost something and nobody is asked who they
//! are.
//!
//! A challenge is stateless: its end, its difficulty and chance under a keyed hash. Only a challenge
//! that was *used* is remembered, and it is used in the transaction that writes the account.

mod problem;

pub(crate) use problem::{Denied, Refusal};

use crate::{core::Shared, keyed};
use axum::{Router, extract::State, response::IntoResponse, routing::get};
use host::{
    Json, Source,
    db::Tx,
    edge::classes,
    once::{self, spaces::POW},
};
use kernel::{Secret, Timestamp, World, b64};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use subtle::ConstantTimeEq;

/// About a second on a telephone.
const BITS: u8 = 18;
/// Past this a joiner would give up.
const MOST_BITS: u8 = 24;
/// More bits for each join past those that cost nothing extra.
const MORE_BITS: usize = 2;
/// Seconds for which a join counts.
const HOUR_S: i64 = 3_600;
/// Places kept in memory before those without a join in the hour are let go.
const KEPT: usize = 10_000;
/// How long a challenge may be worked on.
const LIFE_S: i64 = 900;

/// Makes challenges and checks the work done on them.
pub(crate) struct Mint {
    key: Secret<[u8; 32]>,
    /// Joins of an hour from one place that cost nothing extra.
    free: usize,
    /// Instants of joins by place: in memory of this node, under a hash that changes each day.
    joins: Mutex<HashMap<Source, Vec<Timestamp>>>,
}

/// Work that was checked. It is still to be [`Work::spend`]t.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Work {
    challenge: String,
    until: i64,
}

impl Mint {
    /// A mint with a key of its own. In a demo everyone comes from one place, so there the work does
    /// not rise.
    pub(crate) fn new(key: Secret<[u8; 32]>, is_demo: bool) -> Self {
        Self {
            key,
            free: if is_demo {
                usize::MAX
            } else {
                classes::JOIN.burst as usize
            },
            joins: Mutex::default(),
        }
    }

    /// A fresh challenge, its difficulty in leading zero bits and its end.
    pub(crate) fn challenge(
        &self,
        world: &World,
        source: Source,
        now: Timestamp,
    ) -> (String, u8, Timestamp) {
        let until = now.plus_seconds(LIFE_S);
        let bits = self.bits(source, now);
        let mut bytes = Vec::with_capacity(40);
        bytes.extend(until.seconds().to_be_bytes());
        bytes.push(bits);
        bytes.extend(world.random::<15>());
        let tag = self.tag(&bytes);
        bytes.extend(tag);
        (
            b64::encode(bytes),
            bits,
            Timestamp::from_seconds(until.seconds()),
        )
    }

    /// Reads `pow:<challenge>:<n>` and checks the work.
    ///
    /// # Errors
    /// [`Denied::Needed`] without admission, [`Denied::More`] for work that was enough when it was
    /// begun, [`Denied::Work`] for all else.
    pub(crate) fn check(
        &self,
        admission: Option<&str>,
        source: Source,
        now: Timestamp,
    ) -> Result<Work, Denied> {
        let admission = admission.filter(|a| !a.is_empty()).ok_or(Denied::Needed)?;
        let (challenge, n) = admission
            .strip_prefix("pow:")
            .and_then(|rest| rest.split_once(':'))
            .ok_or(Denied::Work)?;
        let (until, bits) = self.open(challenge).ok_or(Denied::Work)?;
        if until <= now || !done(challenge, n, bits) {
            return Err(Denied::Work);
        }
        // Challenges fetched ahead, while joining was cheap, are no way around.
        let needed = self.bits(source, now);
        if bits < needed {
            return Err(Denied::More { bits: needed });
        }
        Ok(Work {
            challenge: challenge.to_owned(),
            until: until.seconds(),
        })
    }

    /// Counts a join that was written.
    pub(crate) fn joined(&self, source: Source, now: Timestamp) {
        if source == Source::INSIDE {
            return;
        }
        let mut joins = self.joins();
        if joins.len() > KEPT {
            joins.retain(|_, at| at.iter().any(|at| is_recent(*at, now)));
        }
        let own = joins.entry(source).or_default();
        own.retain(|at| is_recent(*at, now));
        own.push(now);
    }

    /// How much the next join from there costs.
    fn bits(&self, source: Source, now: Timestamp) -> u8 {
        let joins = self.joins();
        let own = joins.get(&source).map_or(0, |own| {
            own.iter().filter(|at| is_recent(**at, now)).count()
        });
        let excess = (own + 1).saturating_sub(self.free);
        let more = u8::try_from(excess.saturating_mul(MORE_BITS)).unwrap_or(MOST_BITS);
        BITS.saturating_add(more).min(MOST_BITS)
    }

    fn joins(&self) -> MutexGuard<'_, HashMap<Source, Vec<Timestamp>>> {
        self.joins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, challenge: &str) -> Option<(Timestamp, u8)> {
        let bytes: [u8; 40] = b64::decode_array(challenge)?;
        let (said, tag) = bytes.split_at(24);
        if !bool::from(self.tag(said).as_slice().ct_eq(tag)) {
            return None;
        }
        let until = i64::from_be_bytes(said.get(..8)?.try_into().ok()?);
        Some((Timestamp::from_seconds(until), *said.get(8)?))
    }

    fn tag(&self, said: &[u8]) -> [u8; 16] {
        let full = keyed::mac(&self.key, "resonate/pow/v1", &[said]);
        let mut tag = [0; 16];
        tag.copy_from_slice(&full[..16]);
        tag
    }
}

fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    now < at.plus_seconds(HOUR_S)
}

impl Work {
    /// Uses the challenge up, in the transaction that writes the account.
    ///
    /// # Errors
    /// [`Denied::Work`] if it was used before; [`Refusal::Store`].
    pub(crate) async fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Refusal> {
        let until = Timestamp::from_seconds(self.until);
        // A ceremony may outlive the challenge by a little; the mark must not end before either.
        let until = until.max(now.plus_seconds(LIFE_S));
        match once::first(tx, &POW, &self.challenge, until).await? {
            true => Ok(()),
            false => Err(Denied::Work.into()),
        }
    }
}

/// Whether SHA-256(challenge ":" n) begins with that many zero bits; `n` is 1 to 20 digits without
/// a leading zero, so that one piece of work has one spelling.
fn done(challenge: &str, n: &str, bits: u8) -> bool {
    let plain = (1..=20).contains(&n.len()) && n.bytes().all(|c| c.is_ascii_digit());
    if !plain || (n.starts_with('0') && n.len() > 1) {
        return false;
    }
    let digest = Sha256::digest(format!("{challenge}:{n}").as_bytes());
    let mut zeros = 0;
    for byte in digest {
        zeros += byte.leading_zeros();
        if byte != 0 {
            break;
        }
    }
    zeros >= u32::from(bits)
}

#[derive(serde::Serialize)]
struct Challenge {
    challenge: String,
    bits: u8,
    expires_at: i64,
}

/// `GET /join/challenge`.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/join/challenge", get(give))
        .with_state(core)
}

async fn give(State(core): State<Shared>, source: Source) -> impl IntoResponse {
    let world = &core.ground.world;
    let (challenge, bits, until) = core.pow.challenge(world, source, world.now());
    let any = [("access-control-allow-origin", "*")];
    (
        any,
        Json(Challenge {
            challenge,
            bits,
            expires_at: until.seconds(),
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_work_is_accepted_and_its_neighbours_are_not() {
        let challenge = "AAECAwQFBgcICQoLDA0ODw";
        assert!(done(challenge, "170767", 18));
        assert!(!done(challenge, "170767", 20));
        for bad in [
            "170766",
            "0170767",
            "",
            "+170767",
            "170767 ",
            "1707670000000000000000",
        ] {
            assert!(!done(challenge, bad, 18), "{bad}");
        }
    }
}
