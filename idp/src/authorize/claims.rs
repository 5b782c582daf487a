//! The `claims` parameter (OpenID Connect Core 5.5), as far as it means anything here.

use crate::problem::OAuthError;
use serde_json::Value;

/// Deepest nesting that is read.
const DEEPEST: usize = 8;
/// Claims that may be wished for in the ID Token beside those it always has.
const WISHABLE: [&str; 4] = ["name", "nickname", "preferred_username", "locale"];

/// What an app wishes for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claims {
    /// Strengths of which one must be reached.
    pub(super) essential_acr: Option<Vec<String>>,
    /// Strengths that would be welcome.
    pub(super) acr: Vec<String>,
    /// Whether the ID Token must say when the proof was given.
    pub(super) auth_time: bool,
    /// Claims wished for in the ID Token.
    pub(super) id_token: Vec<String>,
}

/// Reads the parameter.
///
/// # Errors
/// `invalid_request` for what is no JSON object, a name twice, or nesting deeper than 8.
pub(super) fn parse(text: Option<&str>) -> Result<Claims, OAuthError> {
    let Some(text) = text else {
        return Ok(Claims::default());
    };
    let refused = || OAuthError::request("claims is no JSON object we can read");
    let value = credential::json::parse(text.as_bytes()).map_err(|_| refused())?;
    if !value.is_object() || depth(&value) > DEEPEST {
        return Err(refused());
    }
    let Some(wishes) = value.get("id_token").and_then(Value::as_object) else {
        return Ok(Claims::default());
    };
    let acr = wishes.get("acr");
    let values = acr.map(acr_values).unwrap_or_default();
    let essential = acr.and_then(|a| a.get("essential")) == Some(&Value::Bool(true));
    Ok(Claims {
        essential_acr: (essential && !values.is_empty()).then(|| values.clone()),
        acr: if essential { Vec::new() } else { values },
        auth_time: wishes.contains_key("auth_time"),
        id_token: WISHABLE
            .iter()
            .filter(|name| wishes.contains_key(**name))
            .map(|name| (*name).to_owned())
            .collect(),
    })
}

fn acr_values(acr: &Value) -> Vec<String> {
    let one = acr.get("value").and_then(Value::as_str).map(str::to_owned);
    let many = acr
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
