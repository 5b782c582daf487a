//! Browsers: a cookie of 256 bits that binds a sign-in to where it began, and tells nothing else.

use crate::{core::Core, secrets};
use axum::http::{HeaderMap, HeaderValue, header};
use kernel::b64;
use web::cookie;

/// The browser cookie's name, without prefix.
const COOKIE: &str = "ix";

/// One browser, by the random text in its cookie.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Browser(String);

// By hand: the text is a secret.
impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Browser(..)")
    }
}

impl Browser {
    /// The text itself, for form tokens.
    pub(crate) fn id(&self) -> &str {
        &self.0
    }

    /// The form in which rows hold it.
    pub(crate) fn hash(&self) -> String {
        secrets::hash(&self.0)
    }

    /// Sets its cookie on an answer.
    pub(crate) fn set_cookie(&self, core: &Core, headers: &mut HeaderMap) {
        set_cookie(core, headers, COOKIE, &self.0);
    }
}

/// The browser that sent this request, if it has a cookie of ours.
pub(crate) fn current(core: &Core, headers: &HeaderMap) -> Option<Browser> {
    cookie(core, headers, COOKIE).map(Browser)
}

/// The browser that sent this request; one without cookie gets a new name.
pub(crate) fn current_or_new(core: &Core, headers: &HeaderMap) -> Browser {
    current(core, headers).unwrap_or_else(|| Browser(b64::encode(core.ground.world.random::<32>())))
}

/// A cookie's value if it stands once and is 43 characters of base64url.
pub(crate) fn cookie(core: &Core, headers: &HeaderMap, name: &str) -> Option<String> {
    cookie::read(headers, name, core.is_https())
}

/// Adds a cookie that lasts as long as the browser keeps its session, or 30 days for a login.
pub(crate) fn set_cookie(core: &Core, headers: &mut HeaderMap, name: &str, value: &str) {
    let seconds = (name != COOKIE).then_some(crate::session::ABSOLUTE);
    headers.append(
        header::SET_COOKIE,
        cookie::set(name, value, core.is_https(), seconds),
    );
}

/// Makes the browser forget a cookie.
pub(crate) fn clear_cookie(core: &Core, headers: &mut HeaderMap, name: &str) {
    headers.append(header::SET_COOKIE, cookie::clear(name, core.is_https()));
}

/// What a logout tells the browser to forget.
pub(crate) const CLEAR_SITE: HeaderValue = HeaderValue::from_static("\"cookies\", \"storage\"");
