//! Canonical JSON: RFC 8785 restricted to integers, so that there is no float rule to get wrong.

use serde_json::Value;

/// Why a value has no canonical form here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("canonical JSON holds integers within plus or minus 2^53 - 1 only")]
pub struct NotCanonical;

const SAFE: i64 = (1 << 53) - 1;

/// Writes `value` with sorted names (by UTF-16 code units), no spaces and the shortest escapes.
///
/// # Errors
/// [`NotCanonical`] for a float, or an integer past 2^53 - 1 (RFC 8785 section 3.2.2.3: such
/// numbers lose digits in other readers).
pub fn to_string(value: &Value) -> Result<String, NotCanonical> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), NotCanonical> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(n) => {
            let n = n.as_i64().filter(|n| n.abs() <= SAFE).ok_or(NotCanonical)?;
            out.push_str(&n.to_string());
        }
        Value::String(s) => text(s, out),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (i, name) in names.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                text(name, out);
                out.push(':');
                write(&members[name], out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// serde_json escapes exactly as RFC 8785 section 3.2.2.2 asks: short forms, then `\u00xx`.
fn text(s: &str, out: &mut String) {
    out.push_str(&Value::String(s.to_owned()).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_sorted_by_utf16_and_strings_escaped_shortly() {
        let value = json!({"\u{20ac}": "Euro", "\r": "CR", "1": [true, null, -7],
            "\u{1f600}": "\u{8}\u{f}\"\\/", "\u{fb33}": "d"});
        let expected = "{\"\\r\":\"CR\",\"1\":[true,null,-7],\"\u{20ac}\":\"Euro\",\
            \"\u{1f600}\":\"\\b\\u000f\\\"\\\\/\",\"\u{fb33}\":\"d\"}";
        assert_eq!(to_string(&value).as_deref(), Ok(expected));
    }

    #[test]
    fn floats_and_large_integers_are_refused() {
        for bad in ["1.5", "1e3", "9007199254740992", "18446744073709551615"] {
            let value: Value = serde_json::from_str(bad).expect("a number");
            assert_eq!(to_string(&value), Err(NotCanonical), "{bad}");
        }
    }
}
