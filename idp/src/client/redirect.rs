//! Redirect addresses: what may be registered, and which received one is the registered one.

use url::{Host, Url};

/// Whether an app runs on a server or on the person's device (RFC 7591 `application_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Behind a host name of its own.
    Web,
    /// On the device, listening on loopback at any port (RFC 8252 section 7.3).
    Native,
}

impl Kind {
    /// The word of `application_type`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Web => "web",
            Self::Native => "native",
        }
    }
}

/// Whether `received` is `registered`, byte for byte. One exception: the port of a native app's
/// loopback address (RFC 8252 section 7.3). Nothing is parsed, decoded or folded.
pub(crate) fn matches(registered: &str, kind: Kind, received: &str) -> bool {
    if registered == received {
        return true;
    }
    if kind != Kind::Native {
        return false;
    }
    match (loopback_parts(registered), loopback_parts(received)) {
        (Some(known), Some(got)) => known == got,
        _ => false,
    }
}

/// Host and rest of `http://127.0.0.1[:port]/rest` or `http://[::1][:port]/rest`.
fn loopback_parts(uri: &str) -> Option<(&'static str, &str)> {
    let host = ["http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find(|h| uri.starts_with(h))?;
    let after = uri.get(host.len()..)?;
    let Some(after_colon) = after.strip_prefix(':') else {
        return after.starts_with('/').then_some((host, after));
    };
    let slash = after_colon.find('/')?;
    let (port, rest) = after_colon.split_at(slash);
    is_port(port).then_some((host, rest))
}

fn is_port(text: &str) -> bool {
    !text.starts_with('0')
        && text.bytes().all(|c| c.is_ascii_digit())
        && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Whether an app may register `uri`. Web: https with a host of its own. Native: http on
/// `127.0.0.1` or `[::1]`, or a claimed https address. `loopback_web` lets a web app of the demo
/// use loopback names. No user, fragment, wildcard, dot segment, port 0, or host that is not
/// written as it is sent (an A-label).
pub(crate) fn is_registrable(uri: &str, kind: Kind, loopback_web: bool) -> bool {
    let plain = uri.bytes().all(|c| c.is_ascii_graphic());
    if !plain || uri.len() > 2048 || uri.contains(['#', '*', '\\', '"', '<', '>', '|', '^', '`']) {
        return false;
    }
    let Some((scheme, after)) = uri.split_once("://") else {
        return false;
    };
    let authority = after.split(['/', '?']).next().unwrap_or_default();
    let Ok(url) = Url::parse(uri) else {
        return false;
    };
    if authority.contains(['@', '%']) || url.port() == Some(0) || !is_flat(after, &url) {
        return false;
    }
    // An address in numbers stands as it is dialled: `http://2130706433` is 127.0.0.1 in disguise.
    let named = matches!(url.host(), Some(Host::Domain(_)));
    if !named
        && !url
            .host_str()
            .is_some_and(|host| stands_first(authority, host))
    {
        return false;
    }
    match (kind, scheme, loopback(&url)) {
        (Kind::Native, "http", Some(literal)) => literal,
        (Kind::Web, "http" | "https", Some(_)) => loopback_web,
        (Kind::Web | Kind::Native, "https", None) => true,
        _ => false,
    }
}

fn stands_first(authority: &str, host: &str) -> bool {
    let rest = authority.strip_prefix(host);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// No dot segments, escaped or not: the path is what the parser, which resolves them, makes of it.
fn is_flat(after: &str, url: &Url) -> bool {
    let sent = after.find(['/', '?']).map_or("", |at| &after[at..]);
    let sent = sent.split('?').next().unwrap_or_default();
    let sent = if sent.is_empty() { "/" } else { sent };
    sent == url.path() && !sent.to_ascii_lowercase().contains("%2e")
}

/// Whether the host is this very machine; `true` inside for an address, `false` for a name.
fn loopback(url: &Url) -> Option<bool> {
    match url.host()? {
        Host::Ipv4(ip) => ip.is_loopback().then_some(ip.octets() == [127, 0, 0, 1]),
        Host::Ipv6(ip) => ip.is_loopback().then_some(true),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some(false)
        }
    }
}

/// Whether an address or origin leads to this very machine.
pub(crate) fn is_loopback(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| loopback(&url).is_some())
}

/// Why no sector could be made of an app's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoSector;

/// The sector in which an app's subjects are made: the one host its https addresses share. A
/// loopback address is no sector, or all developers would share one; the app is its own then.
///
/// # Errors
/// [`NoSector`] where the addresses have several hosts and no list of its own names them.
pub(crate) fn sector(client_id: &str, redirects: &[String]) -> Result<String, NoSector> {
    let mut hosts: Vec<String> = Vec::new();
    for uri in redirects {
        let url = Url::parse(uri).map_err(|_| NoSector)?;
        if loopback(&url).is_some() {
            continue;
        }
        let host = url.host_str().ok_or(NoSector)?.to_owned();
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    match hosts.as_slice() {
        [] => Ok(format!("client:{client_id}")),
        [one] => Ok(one.clone()),
        _ => Err(NoSector),
    }
}
