//! Just enough CBOR (RFC 8949) to see where an item ends.
//!
//! The verifier behind us stops reading when it has what it wants. A passkey's bytes must hold
//! nothing after their end (WebAuthn level 3, sections 6.1 and 6.5.1), so that is looked at here.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

const DEPTH: u8 = 8;

/// Whether authenticator data ends where its flags and lengths say it ends.
pub(super) fn auth_data_ends(data: &[u8]) -> bool {
    let Some((head, rest)) = data.split_at_checked(37) else {
        return false;
    };
    let Some(flags) = head.get(32) else {
        return false;
    };
    let rest = if flags & 0x40 != 0 {
        credential(rest)
    } else {
        Some(rest)
    };
    let rest = if flags & 0x80 != 0 {
        rest.and_then(|r| item(r, DEPTH))
    } else {
        rest
    };
    rest.is_some_and(<[u8]>::is_empty)
}

/// The authenticator data inside an attestation object, if nothing follows that object.
pub(super) fn auth_data_of(attestation: &[u8]) -> Option<&[u8]> {
    let (major, count, mut rest) = head(attestation)?;
    if major != 5 {
        return None;
    }
    let mut found = None;
    for _ in 0..count {
        let (name, after) = text(rest)?;
        if name == b"authData" {
            let (bytes, after) = string(after, 2)?;
            found = Some(bytes);
            rest = after;
        } else {
            rest = item(after, DEPTH)?;
        }
    }
    found.filter(|_| rest.is_empty())
}

/// Attested credential data: AAGUID, length, id, key.
fn credential(data: &[u8]) -> Option<&[u8]> {
    let (_, rest) = data.split_at_checked(16)?;
    let (length, rest) = rest.split_at_checked(2)?;
    let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
    let (_, rest) = rest.split_at_checked(length)?;
    item(rest, DEPTH)
}

/// What follows the first item.
fn item(data: &[u8], depth: u8) -> Option<&[u8]> {
    let depth = depth.checked_sub(1)?;
    let (major, value, mut rest) = head(data)?;
    let items = match major {
        0 | 1 | 7 => 0,
        2 | 3 => return Some(string(data, major)?.1),
        4 => value,
        5 => value.checked_mul(2)?,
        6 => 1,
        _ => return None,
    };
    // Each item takes a byte at least: a larger count is a lie and would only burn time.
    if items > rest.len() {
        return None;
    }
    for _ in 0..items {
        rest = item(rest, depth)?;
    }
    Some(rest)
}

fn text(data: &[u8]) -> Option<(&[u8], &[u8])> {
    string(data, 3)
}

fn string(data: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (major, length, rest) = head(data)?;
    (major == wanted)
        .then(|| rest.split_at_checked(length))
        .flatten()
}

/// Major type and argument of the first item. Indefinite lengths are not CTAP2's form.
fn head(data: &[u8]) -> Option<(u8, usize, &[u8])> {
    let (first, rest) = data.split_first()?;
    let (major, short) = (first >> 5, first & 31);
    let more = match short {
        0..=23 => return Some((major, usize::from(short), rest)),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, rest) = rest.split_at_checked(more)?;
    let value = bytes
        .iter()
        .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    Some((major, usize::try_from(value).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_seen() {
        let mut plain = vec![7; 37];
        plain[32] = 0x05;
        assert!(auth_data_ends(&plain));
        plain.push(0);
        assert!(!auth_data_ends(&plain));

        let mut with_key = vec![7; 37];
        with_key[32] = 0x45;
        with_key.extend([0; 16]);
        with_key.extend([0, 2, 9, 9]);
        with_key.extend([0xa2, 0x01, 0x02, 0x20, 0x42, 1, 2]);
        assert!(auth_data_ends(&with_key));
        with_key.push(0xa0);
        assert!(!auth_data_ends(&with_key));
        with_key[32] = 0xc5;
        assert!(auth_data_ends(&with_key), "an empty map of extensions");
    }

    #[test]
    fn a_lying_length_is_refused_quickly() {
        for bad in [
            &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff][..],
            &[0x5f],
            &[0x42, 1],
        ] {
            assert_eq!(item(bad, DEPTH), None, "{bad:?}");
        }
        assert_eq!(item(&[0x81; 64], DEPTH), None, "too deep");
    }
}
