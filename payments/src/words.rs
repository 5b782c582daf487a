//! What people read on the purse's pages, in each shipped language.

use std::sync::LazyLock;
use web::{lang::Lang, words::Words};

/// The messages of this module.
pub(crate) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../words/en.ftl"),
        include_str!("../words/de.ftl"),
    )
});

/// The messages in one language, as templates ask for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Say(pub Lang);

impl Say {
    /// The text of `key`.
    pub fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }

    /// The text of `key` with its names filled in.
    pub fn fill(self, key: &'static str, values: &[(&str, &str)]) -> String {
        WORDS.fill(self.0, key, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
