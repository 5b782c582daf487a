//! The door for proofs by a key (DPoP, RFC 9449): method, URL, body and token bound, the server's
//! nonce demanded, each proof once.

use crate::{
    db,
    db::Tx,
    once::{self, spaces::DPOP_JTI},
};
use credential::dpop::{self, NonceKey, Proof, Want};
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use kernel::{Problem, Timestamp, problem};

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A proof outlives its nonce by nothing, and a nonce lives through two buckets of 120 s.
const REMEMBERED_S: i64 = 300;

/// One module's door for proofs. The nonce key is the module's own.
pub struct Door {
    nonces: NonceKey,
    base: String,
    module: &'static str,
}

/// Why a proof does not open the door. Turns into 401 with a fresh `DPoP-Nonce`.
#[derive(Debug)]
pub struct ProofFault {
    /// What happened.
    pub why: Why,
    /// The nonce to use next.
    pub nonce: String,
}

/// The reason of a [`ProofFault`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No `DPoP` header, or more than one.
    Missing,
    /// A check of the proof failed; the word is that of [`credential::Refusal`].
    Refused(&'static str),
    /// The proof has no nonce of ours, or an old one.
    Nonce,
    /// The proof was used before.
    Replayed,
}

impl Door {
    /// `base` is the configured origin without a trailing slash: proofs name URLs below it.
    #[must_use]
    pub fn new(nonces: NonceKey, base: impl Into<String>, module: &'static str) -> Self {
        Self {
            nonces,
            base: base.into(),
            module,
        }
    }

    /// The nonce for the `DPoP-Nonce` header of an answer.
    #[must_use]
    pub fn nonce(&self, now: Timestamp) -> String {
        self.nonces.nonce(now)
    }

    /// Puts the next nonce on an answer, as each answer at this door has it.
    pub fn stamp(&self, headers: &mut HeaderMap, now: Timestamp) {
        if let Ok(value) = HeaderValue::from_str(&self.nonce(now)) {
            headers.insert(DPOP_NONCE, value);
        }
    }

    /// Checks the request's one `DPoP` header for `method` at `path` below the configured origin.
    /// With `access_token` the proof must bind it (`ath`), with `body` its hash (`bh`).
    /// The caller still has to [`Door::spend`] the proof in the transaction that acts on it.
    ///
    /// # Errors
    /// [`ProofFault`], with the nonce to use next.
    pub fn check(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
        body: Option<&[u8]>,
        access_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Proof, ProofFault> {
        let url = format!("{}{path}", self.base);
        let want = Want {
            method: method.as_str(),
            url: &url,
            now,
            access_token,
            body,
        };
        self.open(headers, &want)
            .map_err(|why| self.fault(why, now))
    }

    /// The fault for a proof that [`Door::spend`] says was used before.
    #[must_use]
    pub fn replayed(&self, now: Timestamp) -> ProofFault {
        self.fault(Why::Replayed, now)
    }

    fn fault(&self, why: Why, now: Timestamp) -> ProofFault {
        ProofFault {
            why,
            nonce: self.nonce(now),
        }
    }

    fn open(&self, headers: &HeaderMap, want: &Want<'_>) -> Result<Proof, Why> {
        let mut all = headers.get_all(&DPOP).iter();
        let (Some(value), None) = (all.next(), all.next()) else {
            return Err(Why::Missing);
        };
        let value = value.to_str().map_err(|_| Why::Refused("header"))?;
        let proof = dpop::verify(value, want).map_err(|refusal| Why::Refused(refusal.reason()))?;
        match &proof.nonce {
            Some(nonce) if self.nonces.accepts(nonce, want.now) => Ok(proof),
            _ => Err(Why::Nonce),
        }
    }

    /// Marks the proof as used; `false` if it was used before. Per key, so that nobody can burn
    /// another's `jti`.
    ///
    /// # Errors
    /// [`db::Error`] of the store.
    pub async fn spend(tx: &mut Tx<'_>, proof: &Proof, now: Timestamp) -> Result<bool, db::Error> {
        let mark = format!("{}.{}", proof.jkt, proof.jti);
        once::first(tx, &DPOP_JTI, &mark, now.plus_seconds(REMEMBERED_S)).await
    }

    /// The module this door belongs to.
    #[must_use]
    pub const fn module(&self) -> &'static str {
        self.module
    }
}

/// The token of the one `Authorization: DPoP` header. A bound token shown as Bearer is no token
/// (RFC 9449 section 7.2).
#[must_use]
pub fn access_token(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let plain = !token.is_empty() && !token.contains(char::is_whitespace);
    (scheme.eq_ignore_ascii_case("DPoP") && plain).then_some(token)
}

impl From<ProofFault> for Problem {
    fn from(fault: ProofFault) -> Self {
        let problem = match fault.why {
            Why::Nonce => Self::new(&problem::USE_DPOP_NONCE),
            Why::Missing => {
                Self::new(&problem::INVALID_DPOP_PROOF).detail("exactly one DPoP header is needed")
            }
            Why::Replayed => Self::new(&problem::INVALID_DPOP_PROOF).with("reason", "replay"),
            Why::Refused(reason) => Self::new(&problem::INVALID_DPOP_PROOF).with("reason", reason),
        };
        problem.with("dpop_nonce", fault.nonce)
    }
}
