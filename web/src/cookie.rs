//! Cookies of one host: HttpOnly, Lax, for the whole site of that host and no other.
//!
//! Over https the name takes the prefix `__Host-` and the cookie is Secure. On a plain-http loopback
//! origin both drop. The configured scheme alone decides.

use axum::http::{HeaderMap, HeaderValue, header};

fn full_name(name: &str, https: bool) -> String {
    if https {
        format!("__Host-{name}")
    } else {
        name.to_owned()
    }
}

/// A `Set-Cookie` value. `value` is base64url text; `seconds` is how long the browser keeps it,
/// nothing for as long as it runs.
#[must_use]
pub fn set(name: &str, value: &str, https: bool, seconds: Option<i64>) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let age = seconds
        .map(|s| format!("; Max-Age={s}"))
        .unwrap_or_default();
    let name = full_name(name, https);
    HeaderValue::try_from(format!(
        "{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"
    ))
    .expect("cookie values are base64url")
}

/// A `Set-Cookie` value that makes the browser forget the cookie.
#[must_use]
pub fn clear(name: &str, https: bool) -> HeaderValue {
    set(name, "", https, Some(0))
}

/// The cookie's value, if it stands exactly once and is 43 base64url characters (256 bits).
/// Doubled or malformed: nothing, never a guess.
#[must_use]
pub fn read(headers: &HeaderMap, name: &str, https: bool) -> Option<String> {
    let name = full_name(name, https);
    let mut found = None;
    for line in headers.get_all(header::COOKIE) {
        for pair in line.to_str().ok()?.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else {
                continue;
            };
            if key != name {
                continue;
            }
            if found.is_some() {
                return None;
            }
            found = Some(value.to_owned());
        }
    }
    found.filter(|value| kernel::b64::decode_array::<32>(value).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    #[test]
    fn https_alone_decides_prefix_and_secure() {
        let tls = set("si", "v", true, Some(60));
        assert_eq!(
            tls,
            "__Host-si=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60"
        );
        assert_eq!(
            set("si", "v", false, None),
            "si=v; Path=/; HttpOnly; SameSite=Lax"
        );
        assert!(!tls.to_str().unwrap().contains("Domain"));
    }

    #[test]
    fn in81_a_doubled_or_malformed_cookie_is_no_cookie() {
        let (a, b) = (kernel::b64::encode([1; 32]), kernel::b64::encode([2; 32]));
        assert_eq!(
            read(&jar(&[&format!("x=1; si={a}")]), "si", false),
            Some(a.clone())
        );
        assert_eq!(read(&jar(&[&format!("si={a}; si={b}")]), "si", false), None);
        assert_eq!(
            read(&jar(&[&format!("si={a}"), &format!("si={a}")]), "si", false),
            None
        );
        assert_eq!(read(&jar(&[&format!("si={a}x")]), "si", false), None);
        assert_eq!(read(&jar(&["si="]), "si", false), None);
        assert_eq!(
            read(&jar(&[&format!("si={a}")]), "si", true),
            None,
            "prefix wanted"
        );
    }
}
