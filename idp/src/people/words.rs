//! The words of these pages.

use std::sync::LazyLock;
use web::{lang::Lang, words::Words};

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/account_en.ftl"),
        include_str!("../../words/account_de.ftl"),
    )
});

/// The words in one language, for templates.
#[derive(Clone, Copy)]
pub(super) struct Tell(pub(super) Lang);

impl Tell {
    /// The text of `key`.
    pub(super) fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }

    /// The text of `key` with values.
    pub(super) fn fill(self, key: &'static str, values: &[(&str, &str)]) -> String {
        WORDS.fill(self.0, key, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
