//! Proof of work: a door that anyone may pass costs something, and nobody is asked who they are.
//!
//! A challenge is stateless: its end, its difficulty and chance under a keyed hash. Only a challenge
//! that was *used* is remembered, in the transaction that makes what it was for.

use crate::{
    db::{self, Tx},
    edge::{Class, Source},
    once::{self, spaces::POW},
};
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, Timestamp, World, b64};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use subtle::ConstantTimeEq;

/// About a second on a telephone.
const BITS: u8 = 18;
/// Past this a person would give up.
const MOST_BITS: u8 = 24;
/// More bits for each thing made past those that cost nothing extra.
const MORE_BITS: usize = 2;
/// Places kept in memory before those where nothing was made of late are let go.
const KEPT: usize = 10_000;
/// How long a challenge may be worked on, in seconds.
const LIFE_S: i64 = 900;

/// Makes challenges and checks the work done on them.
pub struct Mint {
    key: Secret<[u8; 32]>,
    /// How many made in a period cost nothing extra.
    free: usize,
    /// Seconds for which one counts.
    period_s: i64,
    /// Instants by place: in memory of this node, under a hash that changes each day.
    made: Mutex<HashMap<Source, Vec<Timestamp>>>,
}

/// Work that was checked. It is still to be [`Work::spend`]t.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Work {
    challenge: String,
    until: i64,
}

/// Why work is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// There is none.
    Needed,
    /// Wrong, old, or of another mint.
    Work,
    /// Much was made from there of late, so it takes more work by now.
    More {
        /// Leading zero bits a new challenge asks for.
        bits: u8,
    },
}

/// What a challenge looks like on the wire.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Challenge {
    /// The text to work on.
    pub challenge: String,
    /// Leading zero bits of SHA-256(challenge ":" n).
    pub bits: u8,
    /// Its end, in seconds since 1970.
    pub expires_at: i64,
}

impl Mint {
    /// A mint with a key of its own. `class` says how many in what time cost nothing extra; in a demo
    /// everyone comes from one place, so there the work does not rise.
    #[must_use]
    pub fn new(key: Secret<[u8; 32]>, class: &Class, is_demo: bool) -> Self {
        Self {
            key,
            free: if is_demo {
                usize::MAX
            } else {
                class.burst as usize
            },
            period_s: i64::try_from(class.period_s).unwrap_or(i64::MAX),
            made: Mutex::default(),
        }
    }

    /// A fresh challenge.
    pub fn challenge(&self, world: &World, source: Source, now: Timestamp) -> Challenge {
        let until = now.plus_seconds(LIFE_S).seconds();
        let bits = self.bits(source, now);
        let mut bytes = Vec::with_capacity(40);
        bytes.extend(until.to_be_bytes());
        bytes.push(bits);
        bytes.extend(world.random::<15>());
        let tag = self.tag(&bytes);
        bytes.extend(tag);
        Challenge {
            challenge: b64::encode(bytes),
            bits,
            expires_at: until,
        }
    }

    /// Reads `pow:<challenge>:<n>` and checks the work.
    ///
    /// # Errors
    /// [`Denied::Needed`] without any, [`Denied::More`] for work that was enough when it was begun,
    /// [`Denied::Work`] for all else.
    pub fn check(
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
        // Challenges fetched ahead, while it was cheap, are no way around.
        let needed = self.bits(source, now);
        if bits < needed {
            return Err(Denied::More { bits: needed });
        }
        Ok(Work {
            challenge: challenge.to_owned(),
            until: until.seconds(),
        })
    }

    /// Counts one that was made.
    pub fn made(&self, source: Source, now: Timestamp) {
        if source == Source::INSIDE {
            return;
        }
        let mut made = self.all();
        if made.len() > KEPT {
            made.retain(|_, at| at.iter().any(|at| self.is_recent(*at, now)));
        }
        let own = made.entry(source).or_default();
        own.retain(|at| self.is_recent(*at, now));
        own.push(now);
    }

    /// How much the next one from there costs.
    fn bits(&self, source: Source, now: Timestamp) -> u8 {
        let made = self.all();
        let own = made.get(&source).map_or(0, |own| {
            own.iter().filter(|at| self.is_recent(**at, now)).count()
        });
        let excess = (own + 1).saturating_sub(self.free);
        let more = u8::try_from(excess.saturating_mul(MORE_BITS)).unwrap_or(MOST_BITS);
        BITS.saturating_add(more).min(MOST_BITS)
    }

    fn is_recent(&self, at: Timestamp, now: Timestamp) -> bool {
        now < at.plus_seconds(self.period_s)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Source, Vec<Timestamp>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
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

    /// HMAC-SHA-256(key, name 00 bytes), its first half.
    fn tag(&self, said: &[u8]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose())
            .expect("HMAC takes a key of any length");
        mac.update(b"resonate/pow/v1\0");
        mac.update(said);
        let full: [u8; 32] = mac.finalize().into_bytes().into();
        *full.first_chunk().expect("16 of 32 bytes")
    }
}

impl Work {
    /// Uses the challenge up, in the transaction that makes what it is for; `false` if it was used
    /// before.
    ///
    /// # Errors
    /// The store's.
    pub async fn spend(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, db::Error> {
        let until = Timestamp::from_seconds(self.until);
        // What the work is for may outlive the challenge a little; the mark must not end before.
        let until = until.max(now.plus_seconds(LIFE_S));
        once::first(tx, &POW, &self.challenge, until).await
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
