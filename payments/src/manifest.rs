//! The day manifest streaming signs: what its tracks were paid. Read strictly where money depends on
//! it, indifferent to the rest.

use credential::jose;
use kernel::{Amount, Day, hex};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// A manifest that was read.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The UTC day.
    pub day: Day,
    plans: Plans,
    /// Its tracks, by id ascending.
    pub tracks: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Plans {
    s2o: Plan,
}

#[derive(Debug, Deserialize)]
struct Plan {
    ucr: Amount,
}

/// One track's day.
#[derive(Debug, Deserialize)]
pub struct Line {
    /// 32 hex digits.
    pub track: String,
    /// Who is paid: 32 hex digits.
    pub payee: String,
    /// Hash of the split sheet.
    pub sheet: String,
    /// Counted plays.
    pub plays: i64,
    /// What they paid.
    pub ucr: Amount,
}

/// What is wrong with a manifest. The day then stays `differs` under this text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Not a manifest at all.
    #[error("the manifest cannot be read")]
    Form,
    /// Not the bytes that were announced.
    #[error("the manifest's hash is not the announced one")]
    Hash,
    /// Of another day.
    #[error("the manifest is of another day")]
    Day,
    /// A track twice, out of order, badly named, or with less than nothing.
    #[error("track line {0} is not well-formed")]
    Line(usize),
    /// The lines do not add up.
    #[error("the tracks sum to {lines}, the plan says {plan}")]
    Sum {
        /// Sum of the lines.
        lines: i64,
        /// What the plan says.
        plan: i64,
    },
    /// Our own books say something else.
    #[error("the manifest says {manifest}, the ledger {ledger}: {apart} apart")]
    Ledger {
        /// Paid by the manifest.
        manifest: i64,
        /// Posted in the ledger.
        ledger: i64,
        /// The difference.
        apart: i64,
    },
}

impl Manifest {
    /// Reads the compact JWS and checks it against the announced hash and day, and its sums.
    ///
    /// # Errors
    /// [`Unfit`], by what differs.
    pub fn read(token: &str, hash: &str, day: Day) -> Result<Self, Unfit> {
        if hex::encode(Sha256::digest(token)) != hash {
            return Err(Unfit::Hash);
        }
        // The event that announced this hash was signed; so these are the sender's bytes.
        let (_, claims) = jose::peek(token).map_err(|_| Unfit::Form)?;
        let manifest: Self = serde_json::from_value(claims.into()).map_err(|_| Unfit::Form)?;
        if manifest.day != day {
            return Err(Unfit::Day);
        }
        manifest.check_lines()?;
        Ok(manifest)
    }

    /// What the day's plays paid.
    #[must_use]
    pub const fn paid(&self) -> Amount {
        self.plans.s2o.ucr
    }

    fn check_lines(&self) -> Result<(), Unfit> {
        let mut before = "";
        for (i, line) in self.tracks.iter().enumerate() {
            let named = |id: &str| hex::decode_array::<16>(id).is_some();
            let good = named(&line.track) && named(&line.payee) && line.track.as_str() > before;
            if !good || line.plays < 0 || line.ucr < Amount::ZERO {
                return Err(Unfit::Line(i));
            }
            before = &line.track;
        }
        let lines = Amount::sum(self.tracks.iter().map(|l| l.ucr)).ok_or(Unfit::Form)?;
        if lines != self.paid() {
            return Err(Unfit::Sum {
                lines: lines.minor(),
                plan: self.paid().minor(),
            });
        }
        Ok(())
    }
}
