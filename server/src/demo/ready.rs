//! The one line of JSON that says the demo can be used.

use host::config::Origins;
use serde_json::{Value, json};
use std::path::Path;

/// What a script needs to know: the origins, the personas, the certificate.
#[must_use]
pub fn line(origins: &Origins, personas: &[&str], certificate: Option<&Path>) -> Value {
    let mut line = json!({
        "ready": true,
        "id": origins.id,
        "wallet": origins.wallet,
        "listen": origins.listen,
        "coop": origins.coop,
        "staff": origins.staff,
        "personas": personas,
    });
    if let Some(path) = certificate {
        line["certificate"] = path.display().to_string().into();
    }
    line
}
