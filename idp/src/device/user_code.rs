//! The code on a device's screen: eight letters, no vowels, so that no words arise.

use crate::keyed;
use kernel::{Secret, World, b64};

/// Letters of a code; 20 of them, each kept apart from digits by being a letter.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

/// A well-formed code, canonical: eight capital letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UserCode(String);

impl UserCode {
    /// Draws one; every letter is as likely as any other.
    pub(crate) fn draw(world: &World) -> Self {
        let mut code = String::with_capacity(LENGTH);
        while code.len() < LENGTH {
            let bytes = world.random::<16>();
            // 240 is the largest multiple of 20 that a byte holds: what lies above would favour some.
            let even = bytes.iter().filter(|byte| **byte < 240);
            let letters = even.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
            code.extend(letters.take(LENGTH - code.len()).map(|c| char::from(*c)));
        }
        Self(code)
    }

    /// Reads what was typed: case, spaces and hyphens do not matter.
    pub(crate) fn parse(typed: &str) -> Option<Self> {
        let plain = |c: &char| !c.is_whitespace() && *c != '-';
        let code: String = typed
            .chars()
            .filter(plain)
            .map(|c| c.to_ascii_uppercase())
            .take(LENGTH + 1)
            .collect();
        let good = code.len() == LENGTH && code.bytes().all(|c| LETTERS.contains(&c));
        good.then_some(Self(code))
    }

    /// As it is shown: two groups of four.
    pub(crate) fn shown(&self) -> String {
        let (first, second) = self.0.split_at(LENGTH / 2);
        format!("{first}-{second}")
    }

    /// As it is stored. Keyed: eight letters could be found again from a plain hash by trying all.
    pub(crate) fn hash(&self, key: &Secret<[u8; 32]>) -> String {
        b64::encode(keyed::mac(
            key,
            "resonate/user-code/v1",
            &[self.0.as_bytes()],
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_published_codes_are_read_and_the_others_are_not() {
        let text = include_str!("../../../tests/vectors/identity.json");
        let vectors: Value = serde_json::from_str(text).unwrap();
        let v = &vectors["user_code"];
        assert_eq!(v["alphabet"].as_str().unwrap().as_bytes(), LETTERS);
        for case in v["cases"].as_array().unwrap() {
            let read = UserCode::parse(case["typed"].as_str().unwrap());
            let read = read.as_ref().map(|code| code.0.as_str());
            assert_eq!(read, case["canonical"].as_str(), "{case}");
        }
    }

    proptest::proptest! {
        /// However it is typed, the same code is read; one other character and it is not.
        #[test]
        fn a_code_is_read_however_it_is_typed(
            letters in proptest::collection::vec(0_usize..20, 8),
            small in proptest::collection::vec(proptest::bool::ANY, 8),
            gaps in proptest::collection::vec("[ \t-]{0,2}", 8),
            at in 0_usize..8,
            other in proptest::char::any(),
        ) {
            let code: String = letters.iter().map(|n| char::from(LETTERS[*n])).collect();
            let mut typed = String::new();
            let mut broken = String::new();
            for (n, letter) in code.chars().enumerate() {
                typed.push_str(&gaps[n]);
                broken.push_str(&gaps[n]);
                let letter = if small[n] { letter.to_ascii_lowercase() } else { letter };
                typed.push(letter);
                broken.push(if n == at { other } else { letter });
            }
            let read = UserCode::parse(&typed).unwrap();
            proptest::prop_assert_eq!(&read.0, &code);
            let again = UserCode::parse(&read.shown());
            proptest::prop_assert_eq!(again.as_ref(), Some(&read));
            let known = other.is_ascii() && LETTERS.contains(&(other.to_ascii_uppercase() as u8));
            proptest::prop_assert_eq!(UserCode::parse(&broken).is_some(), known);
        }

        /// Another key, another hash: what is stolen from the table cannot be tried out.
        #[test]
        fn a_hash_is_that_of_code_and_key(a in 0_u8..255, b in 0_u8..255) {
            let code = UserCode("WDJBMJHT".to_owned());
            let (one, two) = (Secret::new([a; 32]), Secret::new([b; 32]));
            proptest::prop_assert_eq!(code.hash(&one) == code.hash(&two), a == b);
        }
    }

    #[test]
    fn drawn_codes_use_every_letter_about_as_often() {
        let clock = host_testing::FixedClock::at("2026-11-21T09:00:00Z");
        let world = host_testing::fixed_world(&clock);
        let mut count = [0_u32; 20];
        for _ in 0..2_000 {
            let code = UserCode::draw(&world);
            assert_eq!(UserCode::parse(&code.0).as_ref(), Some(&code));
            for letter in code.0.bytes() {
                count[LETTERS.iter().position(|l| *l == letter).unwrap()] += 1;
            }
        }
        // 800 of each are expected, with a deviation of 28.
        assert!(count.iter().all(|n| (640..960).contains(n)), "{count:?}");
    }
}
