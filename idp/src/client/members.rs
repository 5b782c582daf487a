//! Members of registration metadata, each read with its form. A null counts as absent.

use super::metadata::Invalid;
use serde_json::{Map, Value};
use url::{Host, Url};

/// Longest text of a member.
const LONGEST: usize = 2048;
/// Most entries of a list.
const MOST: usize = 50;

/// Metadata as it was sent.
pub(super) type Members = Map<String, Value>;

/// A text without control characters and without marks that reverse the reading direction.
pub(super) fn text(from: &Members, name: &'static str) -> Result<Option<String>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.len() <= LONGEST && !text.chars().any(is_tricky) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(Invalid::Metadata(name)),
    }
}

/// Whether a character controls or turns the text around it.
pub(super) fn is_tricky(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True or false.
pub(super) fn flag(from: &Members, name: &'static str) -> Result<Option<bool>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(Invalid::Metadata(name)),
    }
}

/// A number of seconds, not negative.
pub(super) fn seconds(from: &Members, name: &'static str) -> Result<Option<i64>, Invalid> {
    match from.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            let seconds = value.as_i64().filter(|s| *s >= 0);
            seconds.map(Some).ok_or(Invalid::Metadata(name))
        }
    }
}

/// A list of texts; absent is empty.
pub(super) fn list(from: &Members, name: &'static str) -> Result<Vec<String>, Invalid> {
    let Some(list) = from.get(name).filter(|value| !value.is_null()) else {
        return Ok(Vec::new());
    };
    let list = list
        .as_array()
        .filter(|l| l.len() <= MOST)
        .ok_or(Invalid::Metadata(name))?;
    let entry = |item: &Value| {
        item.as_str()
            .filter(|s| s.len() <= LONGEST)
            .map(str::to_owned)
    };
    list.iter()
        .map(|item| entry(item).ok_or(Invalid::Metadata(name)))
        .collect()
}

/// The address of a page or document of the app's: https; in the demo also http on this machine.
/// No user, no fragment; whether it may be fetched is the guarded caller's to say.
pub(super) fn link(
    from: &Members,
    name: &'static str,
    demo: bool,
) -> Result<Option<String>, Invalid> {
    let Some(text) = text(from, name)? else {
        return Ok(None);
    };
    if is_link(&text, demo) {
        Ok(Some(text))
    } else {
        Err(Invalid::Metadata(name))
    }
}

/// Whether `text` is an address as [`link`] takes it.
pub(crate) fn is_link(text: &str, demo: bool) -> bool {
    let plain =
        text.bytes().all(|c| c.is_ascii_graphic()) && !text.contains(['#', '\\', '"', '<', '>']);
    let Some(url) = Url::parse(text).ok().filter(|_| plain) else {
        return false;
    };
    let clean = url.username().is_empty() && url.password().is_none() && url.port() != Some(0);
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => return false,
    };
    clean && (url.scheme() == "https" || (url.scheme() == "http" && demo && here))
}
