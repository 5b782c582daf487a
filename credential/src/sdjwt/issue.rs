//! Writing an SD-JWT (RFC 9901 section 4).

use crate::jose::{SigningKey, sha256_b64, sign};
use kernel::{Entropy, b64};
use serde_json::{Map, Value, json};

/// What goes into one copy.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Claims everyone sees.
    pub visible: Map<String, Value>,
    /// Claims disclosed one by one.
    pub hidden: Vec<(String, Value)>,
    /// Visible lists whose elements are disclosed one by one: name, elements, number of places.
    pub places: Vec<(String, Vec<Value>, usize)>,
    /// Digests at the top level, decoys among them; never fewer than `hidden`.
    pub digests: usize,
}

/// Signs one copy: the JWT, all disclosures, a last tilde. Salts and decoys are drawn for this copy
/// alone; `_sd` is sorted and places are shuffled, so order tells nothing.
#[must_use]
pub fn issue(frame: &Frame, header: &Value, key: &SigningKey, entropy: &dyn Entropy) -> String {
    let mut payload = frame.visible.clone();
    let mut disclosures = Vec::new();
    let salt = || b64::encode(draw::<16>(entropy));
    for (name, elements, places) in &frame.places {
        let mut list: Vec<Value> = elements
            .iter()
            .map(|value| {
                let text = b64::encode(json!([salt(), value]).to_string());
                let digest = sha256_b64(&text);
                disclosures.push(text);
                json!({"...": digest})
            })
            .collect();
        while list.len() < *places {
            list.push(json!({"...": decoy(entropy)}));
        }
        shuffle(&mut list, entropy);
        payload.insert(name.clone(), Value::Array(list));
    }
    let mut digests: Vec<String> = frame
        .hidden
        .iter()
        .map(|(name, value)| {
            let text = b64::encode(json!([salt(), name, value]).to_string());
            let digest = sha256_b64(&text);
            disclosures.push(text);
            digest
        })
        .collect();
    while digests.len() < frame.digests {
        digests.push(decoy(entropy));
    }
    if !digests.is_empty() {
        digests.sort_unstable();
        payload.insert("_sd".to_owned(), json!(digests));
    }
    if !digests.is_empty() || !frame.places.is_empty() {
        payload.insert("_sd_alg".to_owned(), "sha-256".into());
    }
    let mut token = sign(key, header, &Value::Object(payload));
    for disclosure in &disclosures {
        token.push('~');
        token.push_str(disclosure);
    }
    token.push('~');
    token
}

fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// The digest of nothing anybody knows (section 4.2.5).
fn decoy(entropy: &dyn Entropy) -> String {
    sha256_b64(draw::<32>(entropy))
}

/// Fisher-Yates. 64 random bits against lists of at most a few dozen: no bias that matters.
fn shuffle(list: &mut [Value], entropy: &dyn Entropy) {
    for last in (1..list.len()).rev() {
        let drawn = u64::from_le_bytes(draw(entropy)) % (last as u64 + 1);
        list.swap(last, usize::try_from(drawn).unwrap_or(last));
    }
}
