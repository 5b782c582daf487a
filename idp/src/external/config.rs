//! `[idp.external.NAME]`: an outside provider as the operator writes it.

use super::provider::Provider;
use kernel::Secret;
use openidconnect::IssuerUrl;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;
use url::Url;

/// One provider, as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExternalSettings {
    /// Its issuer identifier: https, without query; the name under `/.well-known` is found from it.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// The secret it gave us; none for a public client.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<Secret<String>>,
    /// A private file that holds the secret. Whoever reads the file puts it into `client_secret`.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// How people know it: a word or two on a button.
    pub label: String,
}

/// Why a provider's configuration is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unfit(pub(crate) &'static str);

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

impl ExternalSettings {
    /// The provider, if its name, address and label will do. Plain http on loopback is for the demo.
    pub(super) fn check(&self, name: &str, demo: bool) -> Result<Provider, Unfit> {
        let plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if !(1..=32).contains(&name.len()) || !name.bytes().all(plain) {
            return Err(Unfit("the name is not 1 to 32 of a-z, 0-9 and hyphens"));
        }
        if !is_issuer(&self.issuer, demo) {
            return Err(Unfit(
                "the issuer is no https address without query, fragment and user",
            ));
        }
        if self.client_id.is_empty() {
            return Err(Unfit("client_id is empty"));
        }
        if self.client_secret_file.is_some() {
            return Err(Unfit("client_secret_file was not read"));
        }
        if !(1..=40).contains(&self.label.chars().count()) {
            return Err(Unfit("the label is not 1 to 40 characters"));
        }
        let issuer = IssuerUrl::new(self.issuer.clone());
        let issuer = issuer.map_err(|_| Unfit("the issuer is no web address"))?;
        Ok(Provider::new(
            name,
            issuer,
            &self.client_id,
            self.client_secret.clone(),
            &self.label,
        ))
    }
}

fn is_issuer(text: &str, demo: bool) -> bool {
    let Ok(url) = Url::parse(text) else {
        return false;
    };
    let plain = url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    let loopback = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    plain && (url.scheme() == "https" || (demo && loopback && url.scheme() == "http"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str) -> ExternalSettings {
        ExternalSettings {
            issuer: issuer.to_owned(),
            client_id: "resonate".into(),
            client_secret: None,
            client_secret_file: None,
            label: "Example".into(),
        }
    }

    #[test]
    fn an_issuer_is_https_or_the_demos_own_machine() {
        for (issuer, demo, fits) in [
            ("https://accounts.example", false, true),
            ("https://accounts.example/tenant/", false, true),
            ("http://accounts.example", true, false),
            ("http://localhost:9000", true, true),
            ("http://localhost:9000", false, false),
            ("http://127.0.0.1:9000", true, true),
            ("https://accounts.example?x", false, false),
            ("https://me@accounts.example", false, false),
            ("accounts.example", true, false),
        ] {
            let checked = settings(issuer).check("example", demo);
            assert_eq!(checked.is_ok(), fits, "{issuer} {demo}");
        }
        for name in ["", "Example", "a/b", &"a".repeat(33)] {
            let checked = settings("https://accounts.example").check(name, false);
            assert!(checked.is_err(), "{name}");
        }
    }

    #[test]
    fn a_secret_is_not_printed() {
        let written = r#"{"issuer": "https://a.example", "client_id": "x",
            "client_secret": "hunter2", "label": "A"}"#;
        let read: ExternalSettings = serde_json::from_str(written).unwrap();
        assert!(!format!("{read:?}").contains("hunter2"));
        assert!(read.client_secret.unwrap().is(b"hunter2"));
    }
}
