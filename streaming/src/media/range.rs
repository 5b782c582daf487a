//! The Range header (RFC 9110 section 14), one range of bytes and nothing else.

use http::{HeaderMap, header};

/// The part of a file that is asked for; both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// First byte.
    pub first: u64,
    /// Last byte.
    pub last: u64,
}

impl Part {
    /// Number of bytes.
    #[must_use]
    pub const fn length(self) -> u64 {
        self.last - self.first + 1
    }
}

/// Why a Range header is not obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeRefusal {
    /// Not well-formed, or nothing of it lies in the file (ST17, ST18).
    Unsatisfiable,
    /// More than one range (ST20).
    Multiple,
    /// More than one header (ST22).
    Repeated,
}

/// The part asked for of a file of `length` bytes; `None` where there is no range to obey, which
/// includes a unit that is not bytes (ST21).
///
/// # Errors
/// [`RangeRefusal`].
pub fn read(headers: &HeaderMap, length: u64) -> Result<Option<Part>, RangeRefusal> {
    let mut all = headers.get_all(header::RANGE).iter();
    let Some(value) = all.next() else {
        return Ok(None);
    };
    if all.next().is_some() {
        return Err(RangeRefusal::Repeated);
    }
    let text = value.to_str().map_err(|_| RangeRefusal::Unsatisfiable)?;
    let Some((unit, set)) = text.split_once('=') else {
        return Err(RangeRefusal::Unsatisfiable);
    };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Ok(None);
    }
    if set.contains(',') {
        return Err(RangeRefusal::Multiple);
    }
    part(set, length)
        .map(Some)
        .ok_or(RangeRefusal::Unsatisfiable)
}

fn part(set: &str, length: u64) -> Option<Part> {
    let (first, last) = set.split_once('-')?;
    let end = length.checked_sub(1)?;
    if first.is_empty() {
        let suffix = number(last)?;
        return (suffix > 0).then(|| Part {
            first: length.saturating_sub(suffix),
            last: end,
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() { end } else { number(last)? };
    (first <= last && first <= end).then(|| Part {
        first,
        last: last.min(end),
    })
}

/// Digits only, below 2^63.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    text.parse::<u64>()
        .ok()
        .filter(|n| i64::try_from(*n).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn one(value: &str, length: u64) -> Result<Option<Part>, RangeRefusal> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, HeaderValue::from_str(value).unwrap());
        read(&headers, length)
    }

    #[test]
    fn one_range_is_read() {
        let part = |first, last| Ok(Some(Part { first, last }));
        assert_eq!(one("bytes=0-0", 10), part(0, 0));
        assert_eq!(one("bytes=2-", 10), part(2, 9));
        assert_eq!(one("BYTES=-3", 10), part(7, 9));
        assert_eq!(one("bytes=-99", 10), part(0, 9));
        assert_eq!(one("bytes=3-9223372036854775807", 10), part(3, 9), "ST19");
        assert_eq!(one("seconds=1-2", 10), Ok(None), "ST21");
        assert_eq!(read(&HeaderMap::new(), 10), Ok(None));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let digits = format!("bytes={}-", "9".repeat(5000));
        for bad in [
            "bytes=5-2",
            "bytes=abc",
            "bytes=-",
            "bytes=--1",
            "bytes=",
            "bytes",
            "bytes= 0-1",
            "bytes=0-1 ",
            "bytes=+0-1",
            "bytes=0x1-2",
            "bytes=-0",
            "bytes=10-",
            "bytes=10-12",
            "bytes=9223372036854775808-",
            &digits,
        ] {
            assert_eq!(
                one(bad, 10),
                Err(RangeRefusal::Unsatisfiable),
                "ST17 ST18 {bad}"
            );
        }
        for bad in [
            "bytes=0-1,3-4",
            "bytes=0-,0-",
            &format!("bytes=0-{}", ",0-".repeat(999)),
        ] {
            assert_eq!(one(bad, 10), Err(RangeRefusal::Multiple), "ST20");
        }
        let mut headers = HeaderMap::new();
        headers.append(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        headers.append(header::RANGE, HeaderValue::from_static("bytes=0-1"));
        assert_eq!(read(&headers, 10), Err(RangeRefusal::Repeated), "ST22");
    }
}
