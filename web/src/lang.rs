//! Which language a page speaks: `?lang`, else `Accept-Language`, else English. No cookie is set.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, Uri, header, request::Parts},
};
use std::convert::Infallible;

/// A shipped language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// German.
    De,
}

impl Lang {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 2] = [Self::En, Self::De];

    /// Reads a tag (`de`, `de-AT`); other languages are nothing.
    #[must_use]
    pub fn parse(tag: &str) -> Option<Self> {
        let primary = tag.trim().split('-').next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|l| primary.eq_ignore_ascii_case(l.tag()))
    }

    /// The BCP 47 tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// Its own name for itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
        }
    }
}

/// The language of one request, and how to change it. An extractor that cannot fail.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The language to speak.
    pub lang: Lang,
    asked: bool,
    path: String,
    query: String,
    switchable: bool,
}

impl Choice {
    /// Reads `?lang`, then `Accept-Language`. `ui_locales` of an authorization request counts as asked.
    #[must_use]
    pub fn of(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let query = uri.query().unwrap_or_default();
        let named = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| name == "lang" || name == "ui_locales")
            .find_map(|(_, tags)| tags.split(' ').find_map(Lang::parse));
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|v| v.to_str().ok());
        Self {
            lang: named.or_else(|| best(accepted?)).unwrap_or(Lang::En),
            asked: named.is_some(),
            path: uri.path().to_owned(),
            query: query.to_owned(),
            switchable: method == Method::GET || method == Method::HEAD,
        }
    }

    /// A choice outside a request, for pages made by jobs and tests.
    #[must_use]
    pub fn fixed(lang: Lang) -> Self {
        let (path, query) = ("/".to_owned(), String::new());
        Self {
            lang,
            asked: false,
            path,
            query,
            switchable: false,
        }
    }

    /// The same request answered in `lang`.
    #[must_use]
    pub fn speaking(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// The same page in each other language; none for the answer to a form.
    #[must_use]
    pub fn others(&self) -> Vec<(Lang, String)> {
        if !self.switchable {
            return Vec::new();
        }
        let others = Lang::ALL.into_iter().filter(|l| *l != self.lang);
        others
            .map(|l| (l, format!("{}?{}", self.path, self.query_with(l))))
            .collect()
    }

    /// The path of the request.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether the request was for `path`.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path == path
    }

    /// A link of ours that keeps a language the person asked for.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        if !self.asked {
            return path.to_owned();
        }
        let join = if path.contains('?') { '&' } else { '?' };
        format!("{path}{join}lang={}", self.lang.tag())
    }

    /// The query as it was sent, byte for byte, but for `lang`.
    fn query_with(&self, lang: Lang) -> String {
        let kept = self
            .query
            .split('&')
            .filter(|p| !p.is_empty() && !p.starts_with("lang="));
        let mut pairs: Vec<&str> = kept.collect();
        let new = format!("lang={}", lang.tag());
        pairs.push(&new);
        pairs.join("&")
    }
}

impl<S: Sync> FromRequestParts<S> for Choice {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.method, &parts.uri, &parts.headers))
    }
}

/// The shipped language with the highest weight; the first of equals (RFC 9110 12.5.4).
fn best(accepted: &str) -> Option<Lang> {
    let mut best: Option<(u16, Lang)> = None;
    for range in accepted.split(',').take(32) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
        let Some(lang) = Lang::parse(tag) else {
            continue;
        };
        let weight = thousandths(weight.trim().trim_start_matches("q=")).unwrap_or(0);
        if weight > 0 && best.is_none_or(|(w, _)| weight > w) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A weight `0.8` as 800, without floats.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let whole: u16 = whole.parse().ok().filter(|w| *w <= 1)?;
    if part.len() > 3 {
        return None;
    }
    let part: u16 = format!("{part:0<3}").parse().ok()?;
    (whole * 1000 + part <= 1000).then_some(whole * 1000 + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(uri: &str, accept: &str) -> Choice {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, accept.parse().unwrap());
        Choice::of(&Method::GET, &uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_query_wins_then_the_heaviest_language() {
        for (uri, accept, want) in [
            ("/", "", Lang::En),
            ("/", "fr, de-AT;q=0.8, en;q=0.5", Lang::De),
            ("/", "de;q=0, en;q=0.1", Lang::En),
            ("/", "de;q=9, en;q=0.1", Lang::En),
            ("/", "xx", Lang::En),
            ("/?lang=de", "en", Lang::De),
            ("/?lang=xx", "de", Lang::De),
            ("/?ui_locales=fr%20de", "en", Lang::De),
        ] {
            assert_eq!(choice(uri, accept).lang, want, "{uri} {accept}");
        }
    }

    #[test]
    fn the_switch_keeps_the_rest_of_the_query_byte_for_byte() {
        let here = choice("/present?a=%2F&lang=en&b=x+y", "de");
        assert_eq!(
            here.others(),
            [(Lang::De, "/present?a=%2F&b=x+y&lang=de".to_owned())]
        );
        assert_eq!(here.link("/x"), "/x?lang=en");
        assert_eq!(choice("/", "de").link("/x"), "/x");
    }
}
