//! Reading queries.

use super::{ClaimQuery, CredentialQuery, CredentialSet, Path, Query};
use crate::{Refusal, json, versions::CARD_FORMAT};
use serde_json::Value;

const QUERIES_MAX: usize = 16;
const CLAIMS_MAX: usize = 64;

impl Query {
    /// Reads a query from its text.
    ///
    /// # Errors
    /// [`Refusal::RequestQuery`] for malformed JSON, a float, more than 16 cards or 64 claims, ids
    /// that are missing, twice or of other characters, sets that name what is not asked, or a card
    /// of our format without `vct_values`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let (value, float) = json::read(text.as_bytes()).map_err(|_| Refusal::RequestQuery)?;
        if float {
            Err(Refusal::RequestQuery)
        } else {
            Self::from_json(value)
        }
    }

    /// Reads a query from JSON without floats.
    ///
    /// # Errors
    /// As [`Query::parse`].
    pub fn from_json(raw: Value) -> Result<Self, Refusal> {
        read(raw).ok_or(Refusal::RequestQuery)
    }
}

fn read(raw: Value) -> Option<Query> {
    if has_float(&raw) {
        return None;
    }
    let list = raw.get("credentials")?.as_array()?;
    if !(1..=QUERIES_MAX).contains(&list.len()) {
        return None;
    }
    let credentials = list.iter().map(credential).collect::<Option<Vec<_>>>()?;
    let mut ids: Vec<&str> = credentials.iter().map(|c| c.id.as_str()).collect();
    ids.sort_unstable();
    let unique = ids.windows(2).all(|pair| pair.first() != pair.last());
    let claims: usize = credentials.iter().map(|c| c.claims.len()).sum();
    if !unique || claims > CLAIMS_MAX {
        return None;
    }
    let credential_sets = match raw.get("credential_sets") {
        None => Vec::new(),
        Some(sets) => {
            let sets = sets.as_array().filter(|sets| !sets.is_empty())?;
            sets.iter()
                .map(|set| credential_set(set, &ids))
                .collect::<Option<Vec<_>>>()?
        }
    };
    Some(Query {
        credentials,
        credential_sets,
        raw,
    })
}

fn has_float(value: &Value) -> bool {
    match value {
        Value::Number(n) => !n.is_i64() && !n.is_u64(),
        Value::Array(list) => list.iter().any(has_float),
        Value::Object(map) => map.values().any(has_float),
        _ => false,
    }
}

/// A non-empty text of letters, digits, `_` and `-` (section 6.1).
fn id(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let plain = |c: u8| c.is_ascii_alphanumeric() || c == b'_' || c == b'-';
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_owned())
}

fn credential(json: &Value) -> Option<CredentialQuery> {
    let format = json.get("format")?.as_str()?.to_owned();
    let meta = json.get("meta")?.as_object()?;
    let vct_values = match meta.get("vct_values") {
        Some(values) => texts(values)?,
        None if format == CARD_FORMAT => return None,
        None => Vec::new(),
    };
    let multiple = flag(json.get("multiple"), false)?;
    // We have no card without holder binding, but the member must be well-formed.
    flag(json.get("require_cryptographic_holder_binding"), true)?;
    let claims = match json.get("claims") {
        None => Vec::new(),
        Some(list) => {
            let list = list.as_array().filter(|list| !list.is_empty())?;
            list.iter().map(claim).collect::<Option<Vec<_>>>()?
        }
    };
    let claim_sets = match json.get("claim_sets") {
        None => Vec::new(),
        Some(sets) => sets_of_claims(sets, &claims)?,
    };
    Some(CredentialQuery {
        id: id(json.get("id")?)?,
        format,
        vct_values,
        multiple,
        claims,
        claim_sets,
    })
}

fn sets_of_claims(sets: &Value, claims: &[ClaimQuery]) -> Option<Vec<Vec<String>>> {
    let known = |id: &String| claims.iter().any(|claim| claim.id.as_ref() == Some(id));
    let sets = sets.as_array().filter(|sets| !sets.is_empty())?;
    let set = |set: &Value| texts(set).filter(|ids| ids.iter().all(known));
    sets.iter().map(set).collect()
}

fn claim(json: &Value) -> Option<ClaimQuery> {
    let id = match json.get("id") {
        None => None,
        Some(text) => Some(id(text)?),
    };
    let values = match json.get("values") {
        None => Vec::new(),
        Some(list) => {
            let list = list.as_array().filter(|list| !list.is_empty())?;
            let plain = |v: &Value| v.is_string() || v.is_boolean() || v.is_i64() || v.is_u64();
            list.iter().all(plain).then(|| list.clone())?
        }
    };
    Some(ClaimQuery {
        id,
        path: Path::parse(json.get("path")?).ok()?,
        values,
    })
}

fn credential_set(json: &Value, ids: &[&str]) -> Option<CredentialSet> {
    let options = json
        .get("options")?
        .as_array()
        .filter(|options| !options.is_empty())?;
    let known = |id: &String| ids.contains(&id.as_str());
    let option = |option: &Value| texts(option).filter(|list| list.iter().all(known));
    let options = options.iter().map(option).collect::<Option<Vec<_>>>()?;
    Some(CredentialSet {
        options,
        required: flag(json.get("required"), true)?,
    })
}

fn flag(value: Option<&Value>, default: bool) -> Option<bool> {
    value.map_or(Some(default), Value::as_bool)
}

/// A non-empty list of texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    let list = value.as_array().filter(|list| !list.is_empty())?;
    list.iter()
        .map(|text| text.as_str().map(str::to_owned))
        .collect()
}
