//! The grant: 41 bytes that let one rendition be read for a while and name nobody.
//!
//! ```text
//! ver 01 | kid = hour mod 256 | exp u32be s | class | gate_s u16be (ffff: none) | play 16 | mac 16
//! ```
//! The mac is HMAC-SHA-256 over the 25 bytes before it and the rendition's hash, cut to 16 bytes,
//! under a key of this edge and hour. Bytes carry no DPoP proof because `<audio src>` cannot set
//! headers, so the grant is a bearer of little: one file, minutes, at most to its gate.

use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Secret, Timestamp};
use sha2::Sha256;
use std::sync::{PoisonError, RwLock};
use subtle::ConstantTimeEq;

const VERSION: u8 = 1;
const SIGNED: usize = 25;
const LENGTH: usize = 41;
/// Characters of a grant.
const TEXT: usize = 55;
const NO_GATE: u16 = 0xffff;
/// The longest life of a grant, in seconds.
pub const LONGEST_S: i64 = 1800;
/// Clocks of two edges may differ by this much.
const SKEW_S: i64 = 30;
/// Keyed states kept: this hour, the one before, and two for clocks that differ.
const KEPT_HOURS: usize = 4;

/// What a grant opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The preview file, by anyone.
    Preview,
    /// A paid play.
    Play,
    /// An owned, own or free play.
    Owned,
    /// A download by an owner.
    Download,
}

impl Class {
    const fn byte(self) -> u8 {
        match self {
            Self::Preview => 0,
            Self::Play => 1,
            Self::Owned => 2,
            Self::Download => 3,
        }
    }

    const fn parse(byte: u8) -> Option<Self> {
        match byte {
            0 => Some(Self::Preview),
            1 => Some(Self::Play),
            2 => Some(Self::Owned),
            3 => Some(Self::Download),
            _ => None,
        }
    }
}

/// The content of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Seconds since 1970 at which it ends.
    pub exp_s: u32,
    /// What it opens.
    pub class: Class,
    /// Seconds of sound before which the bytes end until the play has counted.
    pub gate_s: Option<u16>,
    /// The play it belongs to; zeros for a preview.
    pub play: [u8; 16],
}

/// Why a grant opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantRefusal {
    /// Not 55 canonical characters, unknown version or class (ST2).
    Malformed,
    /// The mac is not ours for this rendition (ST3 to ST6, ST14).
    Forged,
    /// Its time has passed (ST7).
    Expired,
    /// It ends later than any grant of ours may (ST8).
    Future,
}

type Mac256 = Hmac<Sha256>;

/// The keys of one edge, one for each hour, derived from the master key.
pub struct GrantKeys {
    master: Secret<[u8; 32]>,
    edge: String,
    hours: RwLock<Vec<(u32, Mac256)>>,
}

impl GrantKeys {
    /// `edge` names the server whose grants these are.
    #[must_use]
    pub fn new(master: Secret<[u8; 32]>, edge: &str) -> Self {
        Self {
            master,
            edge: edge.to_owned(),
            hours: RwLock::new(Vec::new()),
        }
    }

    /// Writes a grant for the rendition with that SHA-256.
    #[must_use]
    pub fn issue(&self, grant: &Grant, rendition: &[u8; 32], now: Timestamp) -> String {
        let hour = u32::try_from(now.seconds().div_euclid(3600)).unwrap_or(0);
        self.seal(grant, rendition, hour)
    }

    fn seal(&self, grant: &Grant, rendition: &[u8; 32], hour: u32) -> String {
        let mut bytes = [0_u8; LENGTH];
        bytes[0] = VERSION;
        bytes[1] = hour.to_be_bytes()[3];
        bytes[2..6].copy_from_slice(&grant.exp_s.to_be_bytes());
        bytes[6] = grant.class.byte();
        bytes[7..9].copy_from_slice(&grant.gate_s.unwrap_or(NO_GATE).to_be_bytes());
        bytes[9..SIGNED].copy_from_slice(&grant.play);
        let mac = self.mac(hour, &bytes[..SIGNED], rendition);
        bytes[SIGNED..].copy_from_slice(&mac);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Reads a grant for the rendition with that SHA-256.
    ///
    /// # Errors
    /// [`GrantRefusal`]: the form first, then the mac in constant time, then the times.
    pub fn open(
        &self,
        text: &str,
        rendition: &[u8; 32],
        now: Timestamp,
    ) -> Result<Grant, GrantRefusal> {
        let (grant, bytes) = parse(text).ok_or(GrantRefusal::Malformed)?;
        let exp_hour = grant.exp_s / 3600;
        let made = [exp_hour, exp_hour.wrapping_sub(1)]
            .into_iter()
            .find(|hour| hour.to_be_bytes()[3] == bytes[1])
            .ok_or(GrantRefusal::Forged)?;
        let mac = self.mac(made, &bytes[..SIGNED], rendition);
        if !bool::from(mac.ct_eq(&bytes[SIGNED..])) {
            return Err(GrantRefusal::Forged);
        }
        let left = i64::from(grant.exp_s) - now.seconds();
        match left {
            ..=0 => Err(GrantRefusal::Expired),
            l if l > LONGEST_S + SKEW_S => Err(GrantRefusal::Future),
            _ => Ok(grant),
        }
    }

    fn mac(&self, hour: u32, signed: &[u8], rendition: &[u8; 32]) -> [u8; 16] {
        let mut mac = self.keyed(hour);
        mac.update(signed);
        mac.update(rendition);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut cut = [0; 16];
        cut.copy_from_slice(&whole[..16]);
        cut
    }

    /// The keyed state of an hour; deriving it costs more than checking a grant.
    fn keyed(&self, hour: u32) -> Mac256 {
        let kept = self.hours.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, mac)) = kept.iter().find(|(h, _)| *h == hour) {
            return mac.clone();
        }
        drop(kept);
        let mac = self.derive(hour);
        let mut kept = self.hours.write().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(h, _)| *h != hour);
        kept.insert(0, (hour, mac.clone()));
        kept.truncate(KEPT_HOURS);
        mac
    }

    fn derive(&self, hour: u32) -> Mac256 {
        let mut info = b"resonate/grant/1\0".to_vec();
        info.extend_from_slice(self.edge.as_bytes());
        info.push(0);
        info.extend_from_slice(&hour.to_be_bytes());
        let mut key = [0_u8; 32];
        Hkdf::<Sha256>::new(None, self.master.expose())
            .expand(&info, &mut key)
            .expect("32 bytes are one block of HKDF");
        Mac256::new_from_slice(&key).expect("HMAC takes a key of any length")
    }
}

fn parse(text: &str) -> Option<(Grant, [u8; LENGTH])> {
    if text.len() != TEXT {
        return None;
    }
    let mut bytes = [0_u8; LENGTH];
    // Refuses padding, foreign characters and stray last bits.
    Base64UrlUnpadded::decode(text, &mut bytes)
        .ok()
        .filter(|b| b.len() == LENGTH)?;
    let [version, _kid, e0, e1, e2, e3, class, g0, g1, rest @ ..] = &bytes;
    if *version != VERSION {
        return None;
    }
    let gate = u16::from_be_bytes([*g0, *g1]);
    let grant = Grant {
        exp_s: u32::from_be_bytes([*e0, *e1, *e2, *e3]),
        class: Class::parse(*class)?,
        gate_s: (gate != NO_GATE).then_some(gate),
        play: *rest.first_chunk::<16>()?,
    };
    Some((grant, bytes))
}

/// When a grant for sound of that length ends: one and a half times its length and two minutes,
/// at most half an hour.
#[must_use]
pub fn ends(now: Timestamp, duration_ms: i64) -> u32 {
    let life = (duration_ms.saturating_mul(3) / 2000)
        .saturating_add(120)
        .clamp(120, LONGEST_S);
    u32::try_from(now.seconds().saturating_add(life)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::Digest;

    fn keys() -> GrantKeys {
        GrantKeys::new(
            Secret::new(std::array::from_fn(|i| u8::try_from(i).unwrap())),
            "m1",
        )
    }

    fn rendition() -> [u8; 32] {
        Sha256::digest(b"rendition").into()
    }

    fn grant() -> Grant {
        Grant {
            exp_s: 1_795_255_680,
            class: Class::Play,
            gate_s: Some(75),
            play: std::array::from_fn(|i| u8::try_from(i).unwrap()),
        }
    }

    const VECTOR: &str = "AfprAW2AAQBLAAECAwQFBgcICQoLDA0OD9TXe4YcKQ--WpFlBWiRPAY";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_published_vector_is_met() {
        assert_eq!(keys().seal(&grant(), &rendition(), 498_682), VECTOR);
        assert_eq!(
            keys().open(VECTOR, &rendition(), at(1_795_255_000)),
            Ok(grant())
        );
    }

    #[test]
    fn times_are_exact() {
        let exp = i64::from(grant().exp_s);
        let open = |now| keys().open(VECTOR, &rendition(), at(now));
        assert_eq!(open(exp - 1), Ok(grant()));
        assert_eq!(open(exp), Err(GrantRefusal::Expired), "ST7");
        assert_eq!(open(exp + 1), Err(GrantRefusal::Expired), "ST7");
        assert_eq!(open(exp - 1830), Ok(grant()));
        assert_eq!(open(exp - 1831), Err(GrantRefusal::Future), "ST8");
    }

    #[test]
    fn a_grant_made_late_in_an_hour_is_read_in_the_next() {
        let now = at(498_682 * 3600 - 5);
        let grant = Grant {
            exp_s: ends(now, 240_000),
            ..grant()
        };
        let text = keys().issue(&grant, &rendition(), now);
        assert_eq!(
            keys().open(&text, &rendition(), now.plus_seconds(60)),
            Ok(grant)
        );
    }

    #[test]
    fn a_grant_of_another_edge_rendition_or_hour_is_forged() {
        let now = at(1_795_255_000);
        let other = GrantKeys::new(keys().master, "m2");
        assert_eq!(
            other.open(VECTOR, &rendition(), now),
            Err(GrantRefusal::Forged),
            "ST6"
        );
        assert_eq!(
            keys().open(VECTOR, &[7; 32], now),
            Err(GrantRefusal::Forged),
            "ST4"
        );
        let old = keys().seal(&grant(), &rendition(), 498_680);
        assert_eq!(
            keys().open(&old, &rendition(), now),
            Err(GrantRefusal::Forged),
            "ST6"
        );
        let preview = Grant {
            class: Class::Preview,
            ..grant()
        };
        let text = keys().seal(&preview, &[9; 32], 498_682);
        assert_eq!(
            keys().open(&text, &rendition(), now),
            Err(GrantRefusal::Forged),
            "ST5"
        );
    }

    #[test]
    fn what_is_not_a_grant_is_malformed() {
        let now = at(1_795_255_000);
        let longer = format!("{VECTOR}A");
        let stray = format!("{}Z", &VECTOR[..54]);
        let version = format!("Aw{}", &VECTOR[2..]);
        for bad in [
            "",
            "A",
            &VECTOR[..54],
            &longer,
            &stray,
            &version,
            &VECTOR.replace('-', "+"),
        ] {
            let read = keys().open(bad, &rendition(), now);
            assert_eq!(read, Err(GrantRefusal::Malformed), "ST2 {bad}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]
        /// ST3: whatever bits of a grant are flipped, it opens nothing.
        #[test]
        fn a_mutated_grant_opens_nothing(flips in prop::collection::vec(0_usize..328, 1..4)) {
            let mut bytes = [0_u8; LENGTH];
            Base64UrlUnpadded::decode(VECTOR, &mut bytes).unwrap();
            let before = bytes;
            for bit in flips {
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            prop_assume!(bytes != before);
            let text = Base64UrlUnpadded::encode_string(&bytes);
            let read = keys().open(&text, &rendition(), at(1_795_255_000));
            prop_assert!(matches!(read, Err(GrantRefusal::Forged | GrantRefusal::Malformed)));
        }
    }
}
