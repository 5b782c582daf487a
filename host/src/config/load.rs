//! From text and environment to typed settings, with errors that name key, line and remedy.

use super::ConfigError;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Environment variables that set keys: name as given, path of the key, value.
#[derive(Clone, Debug, Default)]
pub struct Overlay(Vec<(String, Vec<String>, String)>);

/// Picks `RESONATE_A__B` (key `a.b`) out of an environment. A name without a double underscore is
/// no key. Values are read as TOML numbers, flags, arrays and tables where they are; else as text.
pub fn overlay(environment: impl IntoIterator<Item = (String, String)>) -> Overlay {
    let mut found: Vec<_> = environment
        .into_iter()
        .filter_map(|(name, value)| {
            let rest = name.strip_prefix("RESONATE_")?;
            let path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
            let whole = path.len() > 1 && path.iter().all(|part| !part.is_empty());
            whole.then_some((name, path, value))
        })
        .collect();
    found.sort();
    Overlay(found)
}

/// Reads settings from `text`, called `file` in errors, with `overlay` laid over it.
///
/// # Errors
/// [`ConfigError`]: not TOML, an unknown key (naming the nearest known one), a missing or
/// mistyped one.
pub fn load<T: DeserializeOwned>(
    text: &str,
    file: &str,
    overlay: &Overlay,
) -> Result<T, ConfigError> {
    let at = Places {
        text,
        file,
        overlay,
    };
    let mut table = DeTable::parse(text).map_err(|error| at.explain(&error))?;
    for (index, (name, path, value)) in overlay.0.iter().enumerate() {
        let mark = text.len() + 1 + index;
        if !lay(table.get_mut(), path, value, mark..mark) {
            return Err(ConfigError::new(
                name,
                "the name goes through a key that is not a table",
                "Correct the variable's name, or remove the key from the file",
            ));
        }
    }
    T::deserialize(toml::de::Deserializer::from(table)).map_err(|error| at.explain(&error))
}

/// Sets one key; `false` where a step of the path is not a table.
fn lay<'i>(
    table: &mut DeTable<'i>,
    path: &'i [String],
    value: &'i str,
    mark: std::ops::Range<usize>,
) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    let key = Spanned::new(mark.clone(), Cow::Borrowed(first.as_str()));
    if rest.is_empty() {
        // The old key goes too: it carries the old place.
        table.remove(&key);
        table.insert(key, Spanned::new(mark, read_value(value)));
        return true;
    }
    let inner = table
        .entry(key)
        .or_insert_with(|| Spanned::new(mark.clone(), DeValue::Table(DeTable::default())));
    match inner.get_mut() {
        DeValue::Table(inner) => lay(inner, rest, value, mark),
        _ => false,
    }
}

fn read_value(text: &str) -> DeValue<'_> {
    match DeValue::parse(text).map(Spanned::into_inner) {
        Ok(value) if !value.is_datetime() && !value.is_float() => value,
        _ => DeValue::String(Cow::Borrowed(text)),
    }
}

struct Places<'a> {
    text: &'a str,
    file: &'a str,
    overlay: &'a Overlay,
}

impl Places<'_> {
    fn explain(&self, error: &toml::de::Error) -> ConfigError {
        let message = error.message().trim();
        let place = self.place(error.span().map(|span| span.start));
        let names = quoted(message);
        if message.starts_with("unknown field") {
            let (unknown, known) = names.split_first().map_or(("", &[][..]), |(u, k)| (*u, k));
            let remedy = nearest(unknown, known).map_or_else(
                || format!("Remove it; the keys here are {}", known.join(", ")),
                |near| format!("Did you mean `{near}`?"),
            );
            return ConfigError::new(place, format!("unknown key `{unknown}`"), remedy);
        }
        if message.starts_with("missing field") {
            let name = names.first().copied().unwrap_or("");
            return ConfigError::new(
                place,
                format!("the key `{name}` is missing"),
                "Add it; `resonate config sample` shows each key",
            );
        }
        let first = message.lines().next().unwrap_or("not well-formed");
        ConfigError::new(
            place,
            first,
            "Correct it; `resonate config sample` shows each key",
        )
    }

    fn place(&self, start: Option<usize>) -> String {
        match start {
            Some(at) if at > self.text.len() => self
                .overlay
                .0
                .get(at - self.text.len() - 1)
                .map_or_else(|| "environment".to_owned(), |(name, ..)| name.clone()),
            Some(at) => {
                let lines = self.text.bytes().take(at).filter(|b| *b == b'\n').count();
                format!("{} line {}", self.file, lines + 1)
            }
            None => self.file.to_owned(),
        }
    }
}

fn quoted(message: &str) -> Vec<&str> {
    message.split('`').skip(1).step_by(2).collect()
}

/// The known key with the fewest typing slips, if at most a third of its letters (and 3) differ.
fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|name| (slips(unknown, name), *name))
        .filter(|(slips, name)| *slips <= (name.len() / 3).clamp(1, 3))
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein distance.
fn slips(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (y, cell) in b.bytes().zip(row.iter_mut().skip(1)) {
            let up = *cell;
            left = (left + 1).min(up + 1).min(before + usize::from(x != y));
            before = up;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        modules: Vec<String>,
        serve: Serve,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Serve {
        public: String,
        #[serde(default)]
        streams: u32,
    }

    const GOOD: &str = "modules = [\"idp\"]\n[serve]\npublic = \"127.0.0.1:1\"\n";

    fn env(pairs: &[(&str, &str)]) -> Overlay {
        overlay(
            pairs
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned())),
        )
    }

    fn refused(text: &str, pairs: &[(&str, &str)]) -> String {
        load::<Settings>(text, "resonate.toml", &env(pairs))
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_nearest_key() {
        let text = GOOD.replace("public", "pubic");
        assert_eq!(
            refused(&text, &[]),
            "resonate.toml line 3: unknown key `pubic`. Did you mean `public`?"
        );
        let text = format!("{GOOD}colour = 1\n");
        assert_eq!(
            refused(&text, &[]),
            "resonate.toml line 4: unknown key `colour`. Remove it; the keys here are public, streams"
        );
        let said = refused("modules = []\n", &[]);
        assert!(said.contains("the key `serve` is missing"), "{said}");
        let said = refused("modules = 3\n[serve]\npublic = \"x\"", &[]);
        assert!(
            said.starts_with("resonate.toml line 1: invalid type"),
            "{said}"
        );
        let said = refused("modules = [\n\n=", &[]);
        assert!(said.starts_with("resonate.toml line "), "{said}");
    }

    #[test]
    fn the_environment_overlays_and_is_named_in_errors() {
        let pairs = [
            ("RESONATE_SERVE__PUBLIC", "[::1]:2"),
            ("RESONATE_SERVE__STREAMS", "7"),
            ("RESONATE_LOG", "debug"),
            ("PATH", "/bin"),
        ];
        let settings: Settings = load(GOOD, "resonate.toml", &env(&pairs)).unwrap();
        assert_eq!(settings.serve.public, "[::1]:2");
        assert_eq!(settings.serve.streams, 7);
        assert_eq!(settings.modules, ["idp"]);
        let said = refused(GOOD, &[("RESONATE_SERVE__STREAM", "7")]);
        assert_eq!(
            said,
            "RESONATE_SERVE__STREAM: unknown key `stream`. Did you mean `streams`?"
        );
        let said = refused(GOOD, &[("RESONATE_MODULES__X", "7")]);
        assert!(
            said.starts_with("RESONATE_MODULES__X: the name goes through"),
            "{said}"
        );
    }
}
