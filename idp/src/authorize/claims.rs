//! The `claims` parameter (OpenID Connect Core 5.5), as far as it means anything here.

use crate::problem::OAuthError;
use serde_json::{Map, Value};

/// Deepest nesting that is read.
const DEEPEST: usize = 8;
/// Claims that may be wished for in the ID Token beside those it always has.
const WISHABLE: [&str; 4] = ["name", "nickname", "preferred_username", "locale"];

/// What an app wishes for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Strengths of which one must be reached.
    pub(crate) essential_acr: Option<Vec<String>>,
    /// Strengths that would be welcome.
    pub(crate) acr: Vec<String>,
    /// Whether the ID Token should say when the proof was given, and whether it must.
    pub(crate) auth_time: bool,
    pub(crate) auth_time_essential: bool,
    /// Claims wished for in the ID Token.
    pub(crate) id_token: Vec<String>,
    /// Subjects of which the person must be one; none where any will do (Core 5.5.1).
    pub(crate) subs: Option<Vec<String>>,
}

/// Reads the parameter.
///
/// # Errors
/// `invalid_request` for what is no JSON object, a name twice, or nesting deeper than 8.
pub(crate) fn parse(text: Option<&str>) -> Result<Claims, OAuthError> {
    let Some(text) = text else {
        return Ok(Claims::default());
    };
    let refused = || OAuthError::request("claims is no JSON object we can read");
    let value = credential::json::parse(text.as_bytes()).map_err(|_| refused())?;
    if !value.is_object() || depth(&value) > DEEPEST {
        return Err(refused());
    }
    let wishes = member(&value, "id_token").map_err(|()| refused())?;
    let userinfo = member(&value, "userinfo").map_err(|()| refused())?;
    let acr = wishes.get("acr");
    let strengths = acr.map(values).unwrap_or_default();
    let is_essential =
        |wish: Option<&Value>| wish.and_then(|w| w.get("essential")) == Some(&Value::Bool(true));
    let essential = is_essential(acr);
    Ok(Claims {
        essential_acr: (essential && !strengths.is_empty()).then(|| strengths.clone()),
        acr: if essential { Vec::new() } else { strengths },
        auth_time: wishes.contains_key("auth_time"),
        auth_time_essential: is_essential(wishes.get("auth_time")),
        id_token: WISHABLE
            .iter()
            .filter(|name| wishes.contains_key(**name))
            .map(|name| (*name).to_owned())
            .collect(),
        subs: both(subjects(&wishes), subjects(&userinfo)),
    })
}

/// A member of the document: an object of wishes. Absent and null are none.
fn member(value: &Value, name: &str) -> Result<Map<String, Value>, ()> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(wishes)) => Ok(wishes.clone()),
        Some(_) => Err(()),
    }
}

/// The subjects a `sub` with a value asks for.
fn subjects(wishes: &Map<String, Value>) -> Option<Vec<String>> {
    let sub = wishes.get("sub")?;
    let named = sub.get("value").is_some() || sub.get("values").is_some();
    named.then(|| values(sub))
}

/// Subjects that both wishes allow.
pub(super) fn both(one: Option<Vec<String>>, two: Option<Vec<String>>) -> Option<Vec<String>> {
    match (one, two) {
        (Some(mut one), Some(two)) => {
            one.retain(|sub| two.contains(sub));
            Some(one)
        }
        (one, two) => one.or(two),
    }
}

/// `value` and `values` of a wish.
fn values(wish: &Value) -> Vec<String> {
    let one = wish.get("value").and_then(Value::as_str).map(str::to_owned);
    let many = wish
        .get("values")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    one.into_iter()
        .chain(many.iter().filter_map(|v| v.as_str().map(str::to_owned)))
        .collect()
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
