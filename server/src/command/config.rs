//! `resonate config check|sample|schema`.

use crate::{args::ConfigArgs, exit::Outcome, plan, settings};
use host::{
    Keyring,
    config::{self, Overlay},
};
use std::process::ExitCode;

/// The commented sample, as `config sample` prints it.
#[must_use]
pub fn sample() -> String {
    config::sample(&settings::keys())
}

/// The JSON schema, as `config schema` prints it.
#[must_use]
pub fn schema() -> String {
    format!("{:#}\n", config::schema(&settings::keys()))
}

/// Prints the sample.
#[must_use]
pub fn print_sample() -> ExitCode {
    print!("{}", sample());
    ExitCode::SUCCESS
}

/// Prints the schema.
#[must_use]
pub fn print_schema() -> ExitCode {
    print!("{}", schema());
    ExitCode::SUCCESS
}

/// Reads the configuration and the keys it names, and says what is wrong.
///
/// # Errors
/// What is wrong, as usage.
pub fn check(args: &ConfigArgs, overlay: &Overlay) -> Outcome {
    let plan = plan::from_settings(settings::read(args.file(), overlay)?)?;
    Keyring::open(&plan.kek, &plan.keys, host::world::system())?;
    let modules: Vec<&str> = plan.modules.iter().map(|module| module.name()).collect();
    println!(
        "{}: well-formed; runs {}",
        args.file().display(),
        modules.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    /// Set `RESONATE_WRITE=1` to write the committed files anew.
    fn committed(name: &str, want: &str) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::vars().any(|(n, _)| n == "RESONATE_WRITE") {
            std::fs::write(&path, want).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(
            found, want,
            "{name} is not what the code says: RESONATE_WRITE=1 writes it anew"
        );
    }

    #[test]
    fn the_committed_sample_and_schema_are_what_the_code_says() {
        committed("resonate.sample.toml", &sample());
        committed("resonate.schema.json", &schema());
    }

    #[test]
    fn each_listed_key_is_known_and_each_known_key_is_listed() {
        let none = Overlay::default();
        config::load::<Settings>(&sample(), "sample", &none).unwrap();
        // With every comment removed that hides a key, each key of the table is understood.
        let whole: String = sample()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || rest.contains(" = ") => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        config::load::<Settings>(&whole, "whole", &none).unwrap();
        // serde names the keys it knows when it meets one it does not.
        let keys = settings::keys();
        for table in [
            "",
            "serve",
            "origins",
            "database",
            "keys",
            "objects",
            "peers.payments",
            "idp",
            "streaming",
            "payments",
        ] {
            let probe = if table.is_empty() {
                format!("zzz_probe = 1\n{whole}")
            } else {
                whole.replace(
                    &format!("[{table}]\n"),
                    &format!("[{table}]\nzzz_probe = 1\n"),
                )
            };
            let error = config::load::<Settings>(&probe, "probe", &none).unwrap_err();
            let known = error.remedy.split("are ").nth(1).unwrap_or("");
            for name in known.split(", ") {
                let path = if table.is_empty() {
                    name.to_owned()
                } else {
                    format!("{table}.{name}")
                };
                let path = path.replace("peers.payments.", "peers.*.");
                let listed = keys
                    .iter()
                    .any(|key| key.path == path || key.path.starts_with(&format!("{path}.")));
                assert!(listed, "`{path}` is not in the table of keys");
            }
        }
    }
}
