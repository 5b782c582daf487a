//! A vault document as this store sees it: ids, versions and who may read. What is sealed in it stays
//! as it was sent, byte for byte.

use crate::{
    Refusal,
    id::{Reader, VaultId},
};
use credential::json;
use kernel::b64;
use serde_json::{Map, Value};

/// The most bytes of a document.
pub(crate) const MOST: usize = 1 << 20;
/// The only format there is.
const FORMAT: &str = "resonate-vault/1";
/// The most ways in.
const MOST_SLOTS: usize = 8;
/// The most read tokens: one a way in, and one for friends.
const MOST_READERS: usize = 16;

/// A document that may be stored.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub vault: VaultId,
    pub epoch: i64,
    pub version: i64,
    pub readers: Vec<Reader>,
    /// As sent.
    pub text: String,
}

impl Document {
    /// Reads what a wallet sends.
    ///
    /// # Errors
    /// [`Refusal::Format`] names the first member that is wrong.
    pub fn parse(body: &[u8]) -> Result<Self, Refusal> {
        let text = str::from_utf8(body).map_err(|_| Refusal::Format("document"))?;
        let map = json::parse_object(body).map_err(|_| Refusal::Format("document"))?;
        if map.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(Refusal::Format("format"));
        }
        let slots = map.get("slots").and_then(Value::as_array);
        let plain = |slots: &Vec<Value>| {
            (1..=MOST_SLOTS).contains(&slots.len()) && slots.iter().all(Value::is_object)
        };
        if !slots.is_some_and(plain) {
            return Err(Refusal::Format("slots"));
        }
        for body in ["day", "root"] {
            let sealed = map.get(body).and_then(Value::as_object);
            if !sealed.is_some_and(is_sealed) {
                return Err(Refusal::Format(body));
            }
        }
        let id = map.get("vault_id").and_then(Value::as_str);
        Ok(Self {
            vault: id
                .and_then(VaultId::parse)
                .ok_or(Refusal::Format("vault_id"))?,
            epoch: count(&map, "epoch")
                .filter(|n| *n <= i64::from(u32::MAX))
                .ok_or(Refusal::Format("epoch"))?,
            version: count(&map, "version").ok_or(Refusal::Format("version"))?,
            readers: readers(&map).ok_or(Refusal::Format("readers"))?,
            text: text.to_owned(),
        })
    }
}

fn is_sealed(body: &Map<String, Value>) -> bool {
    let bytes = |name: &str| body.get(name).and_then(Value::as_str).and_then(b64::decode);
    count(body, "version").is_some()
        && ["salt", "nonce", "ct"]
            .iter()
            .all(|name| bytes(name).is_some())
}

/// A whole number from 1, exact in every reader.
fn count(map: &Map<String, Value>, name: &str) -> Option<i64> {
    let n = map.get(name).and_then(Value::as_i64)?;
    (1..1 << 53).contains(&n).then_some(n)
}

fn readers(map: &Map<String, Value>) -> Option<Vec<Reader>> {
    let all = map.get("readers")?.as_array()?;
    let read = |value: &Value| b64::decode_array(value.as_str()?).map(Reader);
    let mut found: Vec<Reader> = all.iter().map(read).collect::<Option<_>>()?;
    if !(1..=MOST_READERS).contains(&found.len()) {
        return None;
    }
    found.sort_unstable_by_key(|reader| reader.0);
    found.dedup();
    Some(found)
}
