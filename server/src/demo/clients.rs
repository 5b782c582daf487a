//! `--clients FILE`: a JSON list of apps, known from the start. `--providers FILE`: a JSON object of
//! outside OpenID providers, by name.

use crate::exit::Failure;
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

/// Reads the outside providers. What each may say is the provider's to check.
///
/// # Errors
/// Usage: the file is absent, not JSON, not such an object.
pub fn providers(path: &Path) -> Result<BTreeMap<String, idp::ExternalSettings>, Failure> {
    let shown = path.display();
    let wrong = |what: String| Failure::usage(format!("--providers {shown}: {what}"));
    let bytes = fs::read(path).map_err(|error| wrong(format!("cannot be read ({error})")))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))
}

/// Reads the list. What each app's metadata may say is the provider's to check; here it is made
/// sure that this is a list of objects with distinct ids.
///
/// # Errors
/// Usage: the file is absent, not JSON, not such a list.
pub fn read(path: &Path) -> Result<Vec<Value>, Failure> {
    let shown = path.display();
    let wrong = |what: String| Failure::usage(format!("--clients {shown}: {what}"));
    let bytes = fs::read(path).map_err(|error| wrong(format!("cannot be read ({error})")))?;
    let value = host::json::value(&bytes)
        .map_err(|_| wrong("this is not JSON, or a name stands twice in it".to_owned()))?;
    let Value::Array(clients) = value else {
        return Err(wrong(
            "a JSON list is needed: [{\"client_id\": ..}, ..]".to_owned(),
        ));
    };
    let mut seen = HashSet::new();
    for (index, client) in clients.iter().enumerate() {
        let number = index + 1;
        let id = client.get("client_id").and_then(Value::as_str);
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            return Err(wrong(format!("app {number} has no `client_id`")));
        };
        if !seen.insert(id) {
            return Err(wrong(format!(
                "app {number}: the client_id `{id}` stands twice"
            )));
        }
    }
    Ok(clients)
}
