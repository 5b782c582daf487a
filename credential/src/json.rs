//! JSON of strangers: no name twice, bounded depth, UTF-8 only (RFC 8259, RFC 7515 section 4).

use crate::{Refusal, versions::DEPTH_MAX};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{cell::Cell, fmt};

/// Reads one JSON value.
///
/// # Errors
/// [`Refusal::DuplicateName`] when a name stands twice in an object, [`Refusal::TooLarge`] past 32
/// levels, [`Refusal::Malformed`] for anything that is not JSON in UTF-8.
pub fn parse(bytes: &[u8]) -> Result<Value, Refusal> {
    read(bytes).map(|(value, _)| value)
}

/// Reads one JSON object.
///
/// # Errors
/// As [`parse`]; another value than an object is [`Refusal::Malformed`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    object(parse(bytes)?)
}

/// The value, and whether a float stands in it.
pub(crate) fn read(bytes: &[u8]) -> Result<(Value, bool), Refusal> {
    let notes = Notes {
        refusal: Cell::new(Refusal::Malformed),
        float: Cell::new(false),
    };
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let value = Reader {
        depth: 0,
        notes: &notes,
    }
    .deserialize(&mut from);
    let value = value.and_then(|value| from.end().map(|()| value));
    match value {
        Ok(value) => Ok((value, notes.float.get())),
        Err(_) => Err(notes.refusal.get()),
    }
}

pub(crate) fn object(value: Value) -> Result<Map<String, Value>, Refusal> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(Refusal::Malformed),
    }
}

/// Sets a member of an object of ours.
pub(crate) fn put(json: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(map) = json {
        map.insert(name.to_owned(), value.into());
    }
}

/// What the reader found out besides the value. serde's error type cannot carry it.
struct Notes {
    refusal: Cell<Refusal>,
    float: Cell<bool>,
}

#[derive(Clone, Copy)]
struct Reader<'n> {
    depth: usize,
    notes: &'n Notes,
}

impl Reader<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth >= DEPTH_MAX {
            self.notes.refusal.set(Refusal::TooLarge);
            return Err(E::custom("too deep"));
        }
        Ok(Self {
            depth: self.depth + 1,
            ..self
        })
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    /// Read, so that a fraction can be answered as such; noted, since no type of ours takes one.
    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        self.notes.float.set(true);
        Ok(Value::from(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_string<E>(self, v: String) -> Result<Value, E> {
        Ok(Value::String(v))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(inner)?;
            if map.insert(name, value).is_some() {
                self.notes.refusal.set(Refusal::DuplicateName);
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_level() {
        for bad in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"\u0061":2}}]"#] {
            assert_eq!(parse(bad.as_bytes()), Err(Refusal::DuplicateName), "{bad}");
        }
    }

    #[test]
    fn depth_ends_at_32() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(parse(nested(32).as_bytes()).is_ok());
        assert_eq!(parse(nested(33).as_bytes()), Err(Refusal::TooLarge));
        assert_eq!(parse(nested(5000).as_bytes()), Err(Refusal::TooLarge));
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for bad in [
            &b""[..],
            b"{",
            b"{} x",
            b"\"\xff\"",
            b"NaN",
            b"1e999",
            b"{\"a\":1,}",
        ] {
            assert_eq!(parse(bad), Err(Refusal::Malformed), "{bad:?}");
        }
        assert_eq!(read(b"[1.5]").map(|(_, float)| float), Ok(true));
        assert_eq!(read(b"[1,-1]").map(|(_, float)| float), Ok(false));
    }
}
