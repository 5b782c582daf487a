//! What people read, in Fluent files: `key = text`, one message a line, `{ $name }` for what varies.

use crate::lang::Lang;
use std::{collections::HashMap, sync::LazyLock};

/// Messages of each shipped language.
pub struct Words {
    en: HashMap<&'static str, &'static str>,
    de: HashMap<&'static str, &'static str>,
}

/// The words of the shell, the sign-in of an origin and the wallet's plain pages.
pub static SHELL: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../words/en.ftl"),
        include_str!("../words/de.ftl"),
    )
});

impl Words {
    /// Reads the files of a module. Lines that are no message are skipped; `complete` tells.
    #[must_use]
    pub fn read(en: &'static str, de: &'static str) -> Self {
        Self {
            en: messages(en).collect(),
            de: messages(de).collect(),
        }
    }

    /// The text of `key`; a key no file has is shown as itself, so that it is seen.
    #[must_use]
    pub fn say(&self, lang: Lang, key: &'static str) -> &'static str {
        let first = match lang {
            Lang::En => self.en.get(key),
            Lang::De => self.de.get(key),
        };
        first.or_else(|| self.en.get(key)).copied().unwrap_or(key)
    }

    /// The text of `key` with each `{ $name }` replaced by its value.
    #[must_use]
    pub fn fill(&self, lang: Lang, key: &'static str, values: &[(&str, &str)]) -> String {
        let mut text = String::new();
        let mut rest = self.say(lang, key);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((inside, after)) = after.split_once('}') else {
                break;
            };
            let name = inside.trim().trim_start_matches('$');
            text.push_str(
                values
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map_or("", |(_, v)| v),
            );
            rest = after;
        }
        text.push_str(rest);
        text
    }

    /// Keys that one language has and another lacks, sorted. For a test: it must be empty.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let mut lacking: Vec<_> = self
            .en
            .keys()
            .filter(|k| !self.de.contains_key(*k))
            .chain(self.de.keys().filter(|k| !self.en.contains_key(*k)))
            .copied()
            .collect();
        lacking.sort_unstable();
        lacking
    }
}

pub(crate) fn messages(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, text)| (key.trim(), text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_every_language() {
        assert_eq!(SHELL.missing(), Vec::<&str>::new());
    }

    #[test]
    fn what_varies_is_filled_in_and_nothing_else() {
        let words = Words::read("a = Hi { $who }, {$n} new\nb = plain", "a = Hallo { $who }");
        assert_eq!(
            words.fill(Lang::En, "a", &[("who", "{ $n }"), ("n", "2")]),
            "Hi { $n }, 2 new"
        );
        assert_eq!(words.fill(Lang::De, "a", &[("who", "Ada")]), "Hallo Ada");
        assert_eq!(words.say(Lang::De, "b"), "plain");
        assert_eq!(words.missing(), ["b"]);
    }
}
