//! What a refusal is told as: English stands beside its slug, German in a file of this crate.

use crate::{lang::Lang, words};
use kernel::problem::Slug;
use std::{collections::HashMap, sync::LazyLock};

static GERMAN: LazyLock<HashMap<&'static str, &'static str>> =
    LazyLock::new(|| words::messages(include_str!("../words/problems.de.ftl")).collect());

/// The texts of a refusal in one language.
#[derive(Clone, Copy, Debug)]
pub struct Told {
    /// One short sentence.
    pub title: &'static str,
    /// What happened, and on whose side.
    pub cause: &'static str,
    /// What to do next.
    pub fix: &'static str,
}

/// What is told of a refusal in a language.
#[must_use]
pub fn told(lang: Lang, slug: &Slug) -> Told {
    let text = |part: &str, english: &'static str| match lang {
        Lang::En => english,
        Lang::De => {
            let german = GERMAN.get(format!("{}.{part}", slug.slug).as_str());
            german.copied().unwrap_or(english)
        }
    };
    Told {
        title: text("title", slug.title),
        cause: text("cause", slug.cause),
        fix: text("fix", slug.fix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::problem;

    #[test]
    fn every_refusal_is_told_in_german() {
        let lacking: Vec<String> = problem::all()
            .flat_map(|slug| ["title", "cause", "fix"].map(|part| format!("{}.{part}", slug.slug)))
            .filter(|key| GERMAN.get(key.as_str()).is_none_or(|text| text.len() <= 8))
            .collect();
        assert_eq!(lacking, Vec::<String>::new(), "web/words/problems.de.ftl");
    }

    #[test]
    fn each_language_has_its_own_words() {
        let slug = &problem::NOT_FOUND;
        assert_eq!(told(Lang::En, slug).title, slug.title);
        assert_eq!(told(Lang::De, slug).title, "Hier ist nichts");
    }
}
