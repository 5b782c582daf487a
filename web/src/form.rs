//! Forms that only our own pages can send: a token bound to browser and purpose, and Fetch-Metadata.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use kernel::{Problem, Secret, b64, problem};
use sha2::Sha256;

/// Makes and checks form tokens of one origin.
#[derive(Clone)]
pub struct FormKey(Secret<[u8; 32]>);

impl FormKey {
    /// Takes the key that lives outside the database.
    #[must_use]
    pub const fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The key this node keeps beside its data.
    #[must_use]
    pub fn of(ground: &host::Ground) -> Self {
        Self(ground.secrets.key("web/form"))
    }

    /// The token of a form: `b64url(HMAC-SHA-256(K, "resonate/form/v1" 00 browser 00 purpose))`.
    /// `browser` is the random text in this browser's cookie, `purpose` names act and object.
    #[must_use]
    pub fn token(&self, browser: &str, purpose: &str) -> String {
        b64::encode(self.mac(browser, purpose).finalize().into_bytes())
    }

    /// Refuses `form-stale` (403) unless the token is this browser's for this purpose and the request
    /// came from a page of ours. `own` is the configured origin, without a trailing slash.
    pub fn check(
        &self,
        headers: &HeaderMap,
        own: &str,
        browser: &str,
        purpose: &str,
        token: &str,
    ) -> Result<(), Problem> {
        from_own_page(headers, own)?;
        let given = b64::decode(token).ok_or(&problem::FORM_STALE)?;
        self.mac(browser, purpose)
            .verify_slice(&given)
            .map_err(|_| &problem::FORM_STALE)?;
        Ok(())
    }

    fn mac(&self, browser: &str, purpose: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.expose())
            .expect("HMAC takes a key of any length");
        for part in ["resonate/form/v1", "\0", browser, "\0", purpose] {
            mac.update(part.as_bytes());
        }
        mac
    }
}

/// Refuses `form-stale` (403) when the browser says that another site, or a sister host, sent this.
///
/// A caller without `Sec-Fetch-Site` and `Origin` is no browser of today; it passes here and is held
/// by the token or its DPoP proof.
pub fn from_own_page(headers: &HeaderMap, own: &str) -> Result<(), Problem> {
    let site = headers.get("sec-fetch-site").map(|v| v.as_bytes());
    let origin = headers.get("origin").map(|v| v.as_bytes());
    let site_is_own = site.is_none_or(|s| s == b"same-origin");
    // Under `no-referrer` a browser may send `Origin: null` from our own page; Sec-Fetch-Site then
    // is what tells.
    let origin_is_own = match origin {
        None => true,
        Some(b"null") => site.is_some(),
        Some(o) => o == own.as_bytes(),
    };
    if site_is_own && origin_is_own {
        Ok(())
    } else {
        Err(Problem::new(&problem::FORM_STALE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap()))
            .collect::<HeaderMap>()
    }

    #[test]
    fn in29_a_foreign_or_missing_token_is_stale() {
        let key = FormKey::new(Secret::new([7; 32]));
        let own = "https://id.example.coop";
        let good = key.token("browser-a", "consent:1");
        let none = HeaderMap::new();
        assert!(
            key.check(&none, own, "browser-a", "consent:1", &good)
                .is_ok()
        );
        for (browser, purpose, token) in [
            ("browser-b", "consent:1", good.as_str()),
            ("browser-a", "consent:2", good.as_str()),
            ("browser-a", "consent:1", ""),
            ("browser-a", "consent:1", "AAAA"),
        ] {
            let refused = key.check(&none, own, browser, purpose, token).unwrap_err();
            assert_eq!(refused.slug.slug, "form-stale");
        }
    }

    #[test]
    fn another_site_cannot_send_our_forms() {
        let own = "http://localhost:8080";
        for good in [
            &[][..],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "http://localhost:8080"),
            ],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("origin", "http://localhost:8080")],
        ] {
            assert!(from_own_page(&headers(good), own).is_ok(), "{good:?}");
        }
        for bad in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "http://evil.example")],
            &[("origin", "null")],
            &[
                ("sec-fetch-site", "same-origin"),
                ("origin", "http://localhost:8081"),
            ],
        ] {
            assert!(from_own_page(&headers(bad), own).is_err(), "{bad:?}");
        }
    }
}
