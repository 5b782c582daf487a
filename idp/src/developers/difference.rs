//! How a received return address differs from a registered one: where, and by which rule. Nothing is
//! decided here; that is `client::redirect::matches`.

/// The most characters of an address that are looked at and shown.
const LONGEST: usize = 512;

/// What differs first, as a developer would say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    Missing,
    Scheme,
    User,
    Host,
    Port,
    Case,
    Slash,
    Path,
    Query,
    Fragment,
    Other,
}

impl Rule {
    /// The key of its sentence.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Missing => "differs-missing",
            Self::Scheme => "differs-scheme",
            Self::User => "differs-user",
            Self::Host => "differs-host",
            Self::Port => "differs-port",
            Self::Case => "differs-case",
            Self::Slash => "differs-slash",
            Self::Path => "differs-path",
            Self::Query => "differs-query",
            Self::Fragment => "differs-fragment",
            Self::Other => "differs-other",
        }
    }
}

/// An address cut at its first differing character. Only printable ASCII is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    pub(crate) before: String,
    pub(crate) mark: String,
    pub(crate) after: String,
}

/// Registered against received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) registered: Marked,
    pub(crate) received: Marked,
    pub(crate) rule: Rule,
}

/// Compares two addresses that are not the same.
pub(crate) fn between(registered: &str, received: &str) -> Difference {
    let at = registered
        .chars()
        .zip(received.chars())
        .take_while(|(a, b)| a == b)
        .count();
    Difference {
        registered: marked(registered, at),
        received: marked(received, at),
        rule: rule(registered, received),
    }
}

fn marked(text: &str, at: usize) -> Marked {
    let shown = |from: usize, to: usize| -> String {
        let part = text.chars().take(LONGEST).skip(from);
        part.take(to.saturating_sub(from)).map(printable).collect()
    };
    Marked {
        before: shown(0, at),
        mark: shown(at, at + 1),
        after: shown(at + 1, LONGEST),
    }
}

/// A letter that only looks like another shows its number.
fn printable(c: char) -> String {
    if c.is_ascii_graphic() || c == ' ' {
        c.to_string()
    } else {
        c.escape_unicode().to_string()
    }
}

/// The parts of an address, by its text alone: what a parser would mend is what is looked for.
#[derive(PartialEq, Eq)]
struct Parts<'t> {
    scheme: &'t str,
    user: Option<&'t str>,
    host: &'t str,
    port: Option<&'t str>,
    path: &'t str,
    query: Option<&'t str>,
    fragment: Option<&'t str>,
}

fn parts(text: &str) -> Parts<'_> {
    let (text, fragment) = cut(text, '#');
    let (text, query) = cut(text, '?');
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let bracket = place.rfind(']').map_or(0, |at| at + 1);
    let (host, port) = match place.get(bracket..).and_then(|rest| rest.rfind(':')) {
        Some(at) => (
            place.get(..bracket + at).unwrap_or(place),
            place.get(bracket + at + 1..),
        ),
        None => (place, None),
    };
    Parts {
        scheme,
        user,
        host,
        port,
        path,
        query,
        fragment,
    }
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn rule(registered: &str, received: &str) -> Rule {
    if received.is_empty() {
        return Rule::Missing;
    }
    if registered.eq_ignore_ascii_case(received) {
        return Rule::Case;
    }
    let (known, got) = (parts(registered), parts(received));
    let slash = |longer: &str, shorter: &str| longer.strip_suffix('/') == Some(shorter);
    if known.scheme != got.scheme {
        Rule::Scheme
    } else if known.user != got.user {
        Rule::User
    } else if known.host != got.host {
        Rule::Host
    } else if known.port != got.port {
        Rule::Port
    } else if slash(known.path, got.path) || slash(got.path, known.path) {
        Rule::Slash
    } else if known.path != got.path {
        Rule::Path
    } else if known.query != got.query {
        Rule::Query
    } else if known.fragment != got.fragment {
        Rule::Fragment
    } else {
        Rule::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_and_the_place_of_a_difference_are_named() {
        let known = "https://app.example:8443/cb?a=1";
        for (received, rule, mark) in [
            ("", Rule::Missing, ""),
            ("http://app.example:8443/cb?a=1", Rule::Scheme, ":"),
            ("https://me@app.example:8443/cb?a=1", Rule::User, "m"),
            ("https://app.evil:8443/cb?a=1", Rule::Host, "v"),
            (
                "https://\u{430}pp.example:8443/cb?a=1",
                Rule::Host,
                "\\u{430}",
            ),
            ("https://app.example:8444/cb?a=1", Rule::Port, "4"),
            ("https://app.example/cb?a=1", Rule::Port, "/"),
            ("https://app.example:8443/cB?a=1", Rule::Case, "B"),
            ("https://app.example:8443/cb/?a=1", Rule::Slash, "/"),
            ("https://app.example:8443/back?a=1", Rule::Path, "b"),
            ("https://app.example:8443/cb?a=2", Rule::Query, "2"),
            ("https://app.example:8443/cb?a=1#f", Rule::Fragment, "#"),
            ("https://app.example:8443/cb?a=1\0", Rule::Query, "\\u{0}"),
        ] {
            let found = between(known, received);
            assert_eq!(found.rule, rule, "{received}");
            assert_eq!(found.received.mark, mark, "{received}");
        }
        let six = between("http://[::1]:1/cb", "http://[::1]:2/cb");
        assert_eq!(six.rule, Rule::Port);
    }

    #[test]
    fn no_more_than_512_characters_are_shown() {
        let long = format!("https://app.example/{}", "x".repeat(5_000));
        let found = between("https://app.example/cb", &long);
        let shown = [
            &found.received.before,
            &found.received.mark,
            &found.received.after,
        ];
        let shown: usize = shown.iter().map(|part| part.len()).sum();
        assert_eq!(shown, 512);
        let far = between(&long, &format!("{long}y"));
        assert!(far.received.before.len() <= 512 && far.received.mark.is_empty());
    }
}
