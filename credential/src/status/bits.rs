//! The list: entries of 1, 2, 4 or 8 bits, in bytes, from either end of each byte.

use crate::Refusal;
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use std::io::{Read, Write};

/// From which end of a byte its entries are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Token Status List (draft 20 section 4.1).
    LeastFirst,
    /// Bitstring Status List 1.0 section 2.2: index 0 is the left bit.
    MostFirst,
}

/// Entries of one width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bits {
    order: Order,
    width: u8,
    bytes: Vec<u8>,
}

impl Bits {
    /// `entries` times zero; `None` for a width other than 1, 2, 4 or 8.
    #[must_use]
    pub fn zeroed(order: Order, width: u8, entries: usize) -> Option<Self> {
        let bytes = vec![0; (entries * usize::from(width)).div_ceil(8)];
        Self::of_bytes(order, width, bytes)
    }

    /// What these bytes hold; `None` for a width other than 1, 2, 4 or 8.
    #[must_use]
    pub fn of_bytes(order: Order, width: u8, bytes: Vec<u8>) -> Option<Self> {
        [1, 2, 4, 8].contains(&width).then_some(Self {
            order,
            width,
            bytes,
        })
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.bytes.len() * self.per_byte()
    }

    /// The bytes, as they are compressed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Bits of one entry.
    #[must_use]
    pub const fn width(&self) -> u8 {
        self.width
    }

    /// The entry; `None` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<u8> {
        let byte = self.bytes.get(index / self.per_byte())?;
        Some((byte >> self.shift(index)) & self.mask())
    }

    /// Writes an entry, cut to its width; `false` past the end.
    pub fn set(&mut self, index: usize, value: u8) -> bool {
        let (shift, mask) = (self.shift(index), self.mask());
        let at = index / self.per_byte();
        let Some(byte) = self.bytes.get_mut(at) else {
            return false;
        };
        *byte = (*byte & !(mask << shift)) | ((value & mask) << shift);
        true
    }

    fn per_byte(&self) -> usize {
        8 / usize::from(self.width)
    }

    fn mask(&self) -> u8 {
        // Widths are 1, 2, 4 or 8.
        u8::MAX >> (8 - self.width)
    }

    fn shift(&self, index: usize) -> u8 {
        let place = u8::try_from(index % self.per_byte()).unwrap_or(0);
        match self.order {
            Order::LeastFirst => place * self.width,
            Order::MostFirst => 8 - self.width * (place + 1),
        }
    }
}

/// Compresses as ZLIB (RFC 1950).
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("a Vec takes every byte")
}

/// Reads ZLIB to at most `most` bytes.
///
/// # Errors
/// [`Refusal::StatusFormat`] for anything that is no ZLIB, [`Refusal::StatusBomb`] for what inflates
/// further.
pub(super) fn inflate(bytes: &[u8], most: usize) -> Result<Vec<u8>, Refusal> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut out = Vec::new();
    ZlibDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut out)
        .map_err(|_| Refusal::StatusFormat)?;
    if out.len() > most {
        return Err(Refusal::StatusBomb);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_what_was_written_and_its_neighbours_are_left() {
        for order in [Order::LeastFirst, Order::MostFirst] {
            for width in [1, 2, 4, 8] {
                let mut bits = Bits::zeroed(order, width, 64).unwrap();
                assert_eq!(bits.entries(), 64);
                for index in 0..64 {
                    let value = u8::try_from(index * 7 % 251).unwrap() & bits.mask();
                    assert!(bits.set(index, value));
                    assert_eq!(bits.get(index), Some(value));
                }
                for index in 0..64 {
                    let value = u8::try_from(index * 7 % 251).unwrap() & bits.mask();
                    assert_eq!(bits.get(index), Some(value), "{order:?} {width} {index}");
                }
                assert_eq!(bits.get(64), None);
                assert!(!bits.set(64, 1));
            }
        }
        assert_eq!(Bits::zeroed(Order::LeastFirst, 3, 8), None);
    }
}
