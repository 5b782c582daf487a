//! Settings of `[payments]`, and what they become once they hold together.

use host::config::ConfigError;
use serde::Deserialize;
use url::{Host, Url};

/// `[payments]` as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who takes payments: `fake`, on loopback only.
    pub provider: Option<String>,
    /// VAT on top of a top-up, in basis points.
    pub vat_bps: Option<i64>,
    /// The country that VAT belongs to: two lower-case letters.
    pub vat_country: Option<String>,
    /// Addresses a payer may return to, besides the order's own page.
    pub returns: Vec<String>,
}

/// Settings that hold together.
#[derive(Clone, Debug)]
pub struct Config {
    /// VAT on top, in basis points.
    pub vat_bps: i64,
    /// The country of that VAT.
    pub vat_country: String,
    /// Addresses a payer may return to, compared as text.
    pub returns: Vec<String>,
}

impl Settings {
    /// Checks the settings against the configured listen origin.
    ///
    /// # Errors
    /// [`ConfigError`] names the key: a provider that does not exist, the fake provider on an origin
    /// that is not loopback, VAT outside 0 to 10 000, a way back that is no URL.
    pub fn check(self, listen: &str) -> Result<Config, ConfigError> {
        match self.provider.as_deref() {
            None | Some("fake") => {}
            Some(_) => {
                return Err(wrong(
                    "provider",
                    "no such provider",
                    "Use \"fake\" or leave it out",
                ));
            }
        }
        if !is_loopback(listen) {
            let what = "the fake provider runs on a loopback origin only";
            return Err(wrong(
                "provider",
                what,
                "Use a loopback address as origins.listen",
            ));
        }
        let vat_bps = self.vat_bps.unwrap_or(0);
        if !(0..=10_000).contains(&vat_bps) {
            return Err(wrong(
                "vat_bps",
                "not a rate",
                "Use 0 to 10000 basis points",
            ));
        }
        let vat_country = self.vat_country.unwrap_or_else(|| "none".to_owned());
        if !vat_country.bytes().all(|c| c.is_ascii_lowercase()) || vat_country.len() > 4 {
            return Err(wrong(
                "vat_country",
                "not a country",
                "Use two lower-case letters",
            ));
        }
        if self.returns.iter().any(|r| Url::parse(r).is_err()) {
            return Err(wrong("returns", "not a URL", "Write whole URLs"));
        }
        Ok(Config {
            vat_bps,
            vat_country,
            returns: self.returns,
        })
    }
}

fn wrong(key: &str, what: &str, remedy: &str) -> ConfigError {
    ConfigError::new(format!("payments.{key}"), what, remedy)
}

/// Whether a URL's host can only be this machine: `localhost`, a name below it, a loopback address.
fn is_loopback(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pa48_the_fake_provider_starts_on_loopback_only() {
        for good in [
            "http://listen.localhost:8080",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(Settings::default().check(good).is_ok(), "{good}");
        }
        for bad in [
            "https://listen.coop.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "x",
        ] {
            assert!(Settings::default().check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_that_do_not_hold_together_are_refused() {
        let listen = "http://listen.localhost";
        let check = |s: Settings| s.check(listen).is_err();
        assert!(check(Settings {
            provider: Some("stripe".into()),
            ..Settings::default()
        }));
        assert!(check(Settings {
            vat_bps: Some(-1),
            ..Settings::default()
        }));
        assert!(check(Settings {
            vat_bps: Some(10_001),
            ..Settings::default()
        }));
        assert!(check(Settings {
            vat_country: Some("Ireland".into()),
            ..Settings::default()
        }));
        assert!(check(Settings {
            returns: vec!["purse".into()],
            ..Settings::default()
        }));
    }
}
