//! What every response tells the browser it may not do.
//!
//! One policy, tested on every kind of page: no inline script or style, nothing from third parties,
//! no framing, and a form leads only home or to the one client the page names.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::Response,
};
use host::Origin;
use std::sync::Arc;

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const COOP: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// What one response may do beyond the common set.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// Origins (`https://app.example.com`) to which a form of this page may lead, by redirect too:
    /// Chromium blocks the 303 of a consent page otherwise.
    pub form_action: Vec<String>,
    /// Origins that a script of this page may ask: the wallet's issuer, shop and co-op.
    pub connect: Vec<String>,
}

/// The Content-Security-Policy of a page of `origin`.
///
/// A form target that is not a plain `scheme://host[:port]` is left out: nothing a client registered
/// can end a directive and begin another.
#[must_use]
pub fn policy(origin: Origin, extra: &Extra) -> String {
    let mut csp = String::from(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'",
    );
    push_sources(&mut csp, &extra.connect);
    csp.push_str("; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action ");
    // No page of the wallet posts a form.
    csp.push_str(if matches!(origin, Origin::Wallet) {
        "'none'"
    } else {
        "'self'"
    });
    if !matches!(origin, Origin::Wallet) {
        push_sources(&mut csp, &extra.form_action);
    }
    csp.push_str(match origin {
        // Workers cannot start under `'none'`; the one policy passes our own worker scripts only.
        Origin::Wallet => {
            "; worker-src 'self'; media-src 'self'; require-trusted-types-for 'script'; \
             trusted-types resonate-workers"
        }
        // `blob:` is how the player hands over bytes it asked for: given the address itself,
        // Chromium fails at once where a range comes back shorter than asked.
        Origin::Listen => {
            "; worker-src 'self'; media-src 'self' blob:; require-trusted-types-for 'script'; \
             trusted-types resonate-workers"
        }
        Origin::Id | Origin::Coop | Origin::Staff => {
            "; require-trusted-types-for 'script'; trusted-types 'none'"
        }
    });
    csp
}

fn push_sources(csp: &mut String, targets: &[String]) {
    for target in targets.iter().filter_map(|t| source(t)) {
        csp.push(' ');
        csp.push_str(&target);
    }
}

/// The common set for a page of `origin`. `https` is the scheme of the configured origin: only there
/// the browser is told to insist on it.
#[must_use]
pub fn common(origin: Origin, https: bool, extra: &Extra) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let csp = HeaderValue::try_from(policy(origin, extra))
        .expect("a policy is made of visible ASCII only");
    headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    add_missing(&mut headers, origin, https);
    headers
}

/// Wraps all routes of one origin: whatever a response leaves out of the common set is added.
///
/// Pages bring their own policy (see [`crate::page::Page`]); an answer that is no page and brings none
/// gets `default-src 'none'`, and `no-store` unless it says how it may be cached.
pub fn frame<S>(routes: Router<S>, origin: Origin, https: bool) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    // Made once: they are the same on every answer.
    let missing: Arc<[(HeaderName, HeaderValue)]> = missing(origin, https).into();
    let pages = HeaderValue::try_from(policy(origin, &Extra::default()))
        .expect("a policy is made of visible ASCII only");
    routes.layer(middleware::from_fn(move |request: Request, next: Next| {
        let (missing, pages) = (missing.clone(), pages.clone());
        async move {
            let mut response: Response = next.run(request).await;
            let is_page = response
                .headers()
                .get(header::CONTENT_TYPE)
                .is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
            let headers = response.headers_mut();
            headers
                .entry(header::CONTENT_SECURITY_POLICY)
                .or_insert_with(|| if is_page { pages } else { NOTHING });
            for (name, value) in missing.iter() {
                headers.entry(name).or_insert_with(|| value.clone());
            }
            response
        }
    }))
}

/// The policy of an answer that is no page.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

fn add_missing(headers: &mut HeaderMap, origin: Origin, https: bool) {
    for (name, value) in missing(origin, https) {
        headers.entry(name).or_insert(value);
    }
}

/// The common set but for the policy of content.
fn missing(origin: Origin, https: bool) -> Vec<(HeaderName, HeaderValue)> {
    let camera = match origin {
        Origin::Wallet => "camera=(self)",
        Origin::Id | Origin::Listen | Origin::Coop | Origin::Staff => "camera=()",
    };
    let autoplay = if matches!(origin, Origin::Listen) {
        "autoplay=(self)"
    } else {
        "autoplay=()"
    };
    let permissions = format!(
        "publickey-credentials-get=(self), publickey-credentials-create=(self), {camera}, \
         {autoplay}, accelerometer=(), display-capture=(), fullscreen=(), geolocation=(), \
         gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=(), \
         screen-wake-lock=(), xr-spatial-tracking=()"
    );
    let permissions =
        HeaderValue::try_from(permissions).expect("the list above is visible ASCII only");
    let fixed = HeaderValue::from_static;
    let mut set = vec![
        (header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (header::REFERRER_POLICY, fixed("no-referrer")),
        (COOP, fixed("same-origin")),
        (CORP, fixed("same-origin")),
        (PERMISSIONS, permissions),
        (header::CACHE_CONTROL, fixed("no-store")),
    ];
    if https {
        let year = fixed("max-age=31536000; includeSubDomains");
        set.push((header::STRICT_TRANSPORT_SECURITY, year));
    }
    set
}

/// `target` as a CSP source: scheme, host and port, or the bare scheme of a private-use redirect.
fn source(target: &str) -> Option<String> {
    let url = url::Url::parse(target).ok()?;
    match url.scheme() {
        "http" | "https" => Some(url.origin().ascii_serialization()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_home_and_to_the_named_client_only() {
        let extra = Extra {
            form_action: vec![
                "https://app.example.com/cb?x=1".into(),
                "javascript:alert(1)".into(),
                "not a url; script-src *".into(),
            ],
            connect: vec![],
        };
        let csp = policy(Origin::Id, &extra);
        assert!(
            csp.contains("form-action 'self' https://app.example.com; require-"),
            "{csp}"
        );
        assert!(!csp.contains("javascript") && !csp.contains('*'), "{csp}");
        assert!(csp.ends_with("trusted-types 'none'"), "{csp}");
    }

    #[test]
    fn the_wallet_asks_the_named_origins_and_posts_no_form() {
        let extra = Extra {
            form_action: vec!["https://app.example.com".into()],
            connect: vec![
                "https://id.example.coop".into(),
                "https://x.example/path; script-src *".into(),
                "*".into(),
            ],
        };
        let csp = policy(Origin::Wallet, &extra);
        let connect = "connect-src 'self' https://id.example.coop https://x.example; manifest-src";
        assert!(csp.contains(connect), "{csp}");
        assert!(
            csp.contains("form-action 'none'; worker-src 'self'"),
            "{csp}"
        );
        assert!(
            !csp.contains("app.example.com") && !csp.contains('*'),
            "{csp}"
        );
        assert!(csp.ends_with("trusted-types resonate-workers"), "{csp}");
    }

    #[test]
    fn https_alone_brings_strict_transport() {
        let plain = common(Origin::Listen, false, &Extra::default());
        assert!(!plain.contains_key(header::STRICT_TRANSPORT_SECURITY));
        let tls = common(Origin::Listen, true, &Extra::default());
        assert!(tls.contains_key(header::STRICT_TRANSPORT_SECURITY));
        let csp = tls[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(csp.contains("media-src 'self'"), "{csp}");
        assert!(csp.ends_with("trusted-types resonate-workers"), "{csp}");
    }
}
