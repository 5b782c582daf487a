//! The forms of the trade's identifiers (ST63).

/// ISO 3901: two letters, three letters or digits, seven digits; hyphens are dropped.
#[must_use]
pub fn isrc(text: &str) -> Option<String> {
    let code: String = text
        .trim()
        .chars()
        .filter(|c| *c != '-')
        .collect::<String>()
        .to_uppercase();
    let bytes = code.as_bytes();
    let (land, rest) = bytes.split_at_checked(2)?;
    let (owner, number) = rest.split_at_checked(3)?;
    let good = land.iter().all(u8::is_ascii_uppercase)
        && owner
            .iter()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && number.len() == 7
        && number.iter().all(u8::is_ascii_digit);
    good.then_some(code)
}

/// GTIN-13, or UPC of 12 digits written with a leading zero, with its check digit.
#[must_use]
pub fn gtin(text: &str) -> Option<String> {
    let digits: String = text
        .trim()
        .chars()
        .filter(|c| *c != ' ' && *c != '-')
        .collect();
    let code = if digits.len() == 12 {
        format!("0{digits}")
    } else {
        digits
    };
    let good = code.len() == 13 && code.bytes().all(|c| c.is_ascii_digit());
    let sum: u32 = code
        .bytes()
        .enumerate()
        .map(|(i, c)| u32::from(c - b'0') * if i % 2 == 0 { 1 } else { 3 })
        .take_while(|_| good)
        .sum();
    (good && sum.is_multiple_of(10)).then_some(code)
}

/// An ISO 8601 date, possibly only year or year and month.
#[must_use]
pub fn date(text: &str) -> Option<String> {
    let text = text.trim();
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        10 => text.to_owned(),
        _ => return None,
    };
    kernel::Day::parse(&whole).map(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_one_form() {
        assert_eq!(isrc("qm-dn9-20-00001").as_deref(), Some("QMDN92000001"));
        for bad in [
            "",
            "QMDN9200001",
            "Q1DN92000001",
            "QMDN9200000X",
            "\u{e9}MDN92000001",
        ] {
            assert_eq!(isrc(bad), None, "ST63 {bad}");
        }
        assert_eq!(gtin("4006381333931").as_deref(), Some("4006381333931"));
        assert_eq!(gtin("036000291452").as_deref(), Some("0036000291452"));
        for bad in ["4006381333932", "", "400638133393", "x006381333931"] {
            assert_eq!(gtin(bad), None, "ST63 {bad}");
        }
        for good in ["2026", "2026-11", "2026-11-21"] {
            assert_eq!(date(good).as_deref(), Some(good));
        }
        for bad in ["2026-13", "26", "2026-11-32", "yesterday"] {
            assert_eq!(date(bad), None, "{bad}");
        }
    }
}
