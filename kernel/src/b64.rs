//! base64url without padding (RFC 4648 section 5), canonical form only.

use base64ct::{Base64UrlUnpadded, Encoding};

/// Encodes bytes; the result holds only `A-Z a-z 0-9 - _`.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

/// Decodes text; refuses padding, foreign characters and stray last bits.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text).ok()
}

/// Decodes text that must hold exactly `N` bytes.
#[must_use]
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(encode([0xff, 0xfe]), "__4");
        assert_eq!(decode("__4"), Some(vec![0xff, 0xfe]));
        for bad in ["__4=", "__5", "//4", "_", "__ 4", "__4\n"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
        assert_eq!(decode_array::<2>("__4"), Some([0xff, 0xfe]));
        assert_eq!(decode_array::<3>("__4"), None);
    }
}
