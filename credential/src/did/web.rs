//! Where the document of a `did:web` or `did:webvh` lies. Fetching it is `host`'s.

use crate::Refusal;
use url::{Host, Url};

/// Length of a self-certifying identifier: base58btc of a SHA-256 multihash.
const SCID_LEN: usize = 46;

/// The https address of the document (did:web) or log (did:webvh).
///
/// # Errors
/// [`Refusal::Did`] for another method, an IP address, a name without a dot, user info, a dot
/// segment, or an SCID that is not 46 characters. That the name resolves to a public address is
/// checked by who fetches, after resolving.
pub fn document_url(did: &str) -> Result<String, Refusal> {
    build(did).ok_or(Refusal::Did)
}

fn build(did: &str) -> Option<String> {
    let (rest, file) = if let Some(rest) = did.strip_prefix("did:web:") {
        (rest, "did.json")
    } else {
        let (scid, rest) = did.strip_prefix("did:webvh:")?.split_once(':')?;
        let formed = scid.len() == SCID_LEN && scid.bytes().all(|c| c.is_ascii_alphanumeric());
        (formed.then_some(rest)?, "did.jsonl")
    };
    let mut parts = rest.split(':');
    let host = authority(parts.next()?)?;
    let path: Vec<&str> = parts.collect();
    let plain = |c: u8| c.is_ascii_alphanumeric() || b"-_.~".contains(&c);
    let walks = |s: &str| s.is_empty() || s == "." || s == ".." || !s.bytes().all(plain);
    if path.iter().any(|segment| walks(segment)) {
        return None;
    }
    let folder = if path.is_empty() {
        ".well-known".to_owned()
    } else {
        path.join("/")
    };
    Some(format!("https://{host}/{folder}/{file}"))
}

/// `name` or `name%3Aport`: a dotted DNS name, never an address.
fn authority(text: &str) -> Option<String> {
    let host = match text.split_once("%3A").or_else(|| text.split_once("%3a")) {
        Some((name, port)) => format!("{name}:{}", port.parse::<u16>().ok()?),
        None => text.to_owned(),
    };
    let name = |c: u8| c.is_ascii_alphanumeric() || b"-.:".contains(&c);
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let dotted = matches!(url.host()?, Host::Domain(d) if d.contains('.') && !d.ends_with('.'));
    let local = url.host_str()?.ends_with(".localhost");
    (host.bytes().all(name) && dotted && !local).then_some(host)
}
