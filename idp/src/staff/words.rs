//! The words of the staff pages.

use std::sync::LazyLock;
use web::{lang::Lang, words::Words};

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/staff_en.ftl"),
        include_str!("../../words/staff_de.ftl"),
    )
});

/// The words in one language, for templates.
#[derive(Clone, Copy)]
pub(super) struct Say(pub(super) Lang);

impl Say {
    /// The text of `key`.
    pub(super) fn say(self, key: &'static str) -> &'static str {
        WORDS.say(self.0, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staff::act::Act;

    #[test]
    fn every_word_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }

    #[test]
    fn every_act_has_a_name_and_an_effect() {
        for act in Act::ALL {
            for key in [act.said(), act.effect()] {
                assert_ne!(WORDS.say(Lang::En, key), key);
            }
        }
    }
}
