//! The person at the terminal: passphrase, consent, and what they read.

use anyhow::{Context, bail};
use kernel::Secret;
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead, BufReader, IsTerminal, Read, Write},
};

/// How this run speaks.
pub struct Person {
    /// One JSON value on standard output instead of words.
    pub json: bool,
    /// `--yes`: ordinary consents are given. Guarded acts are not.
    pub yes: bool,
    /// Where the passphrase comes from, if not from the terminal.
    pub passphrase_fd: Option<i32>,
}

/// The person said no.
#[derive(Debug, thiserror::Error)]
#[error("nothing was sent")]
pub struct Declined;

impl Person {
    /// The passphrase, from the descriptor or typed unseen. Never an argument or the environment:
    /// other programs of this machine can read those.
    pub fn passphrase(&self, prompt: &str) -> anyhow::Result<Secret<String>> {
        if let Some(fd) = self.passphrase_fd {
            return from_descriptor(fd);
        }
        if !std::io::stdin().is_terminal() {
            bail!("no terminal to type the passphrase; use --passphrase-fd N");
        }
        rpassword::prompt_password(prompt)
            .map(Secret::new)
            .context("reading the passphrase")
    }

    /// Asks for a typed `yes`. `text` says what will happen.
    pub fn agree(&self, text: &str) -> anyhow::Result<()> {
        eprintln!("{text}");
        if self.yes {
            return Ok(());
        }
        self.typed_yes()
    }

    /// As [`Person::agree`], but `--yes` does not cover it.
    pub fn agree_guarded(&self, text: &str) -> anyhow::Result<()> {
        eprintln!("{text}");
        self.typed_yes()
    }

    fn typed_yes(&self) -> anyhow::Result<()> {
        eprint!("Type yes to go on: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        if line.trim() == "yes" {
            Ok(())
        } else {
            Err(Declined.into())
        }
    }

    /// The outcome: as JSON for programs, else as words.
    pub fn tell(&self, words: &str, value: &Value) {
        if self.json {
            println!("{value}");
        } else {
            println!("{words}");
        }
    }

    /// A stage of longer work.
    pub fn stage(&self, text: &str) {
        if !self.json {
            eprintln!("{text}");
        }
    }
}

fn from_descriptor(fd: i32) -> anyhow::Result<Secret<String>> {
    if fd < 3 {
        bail!("--passphrase-fd takes a descriptor of 3 or more");
    }
    // Through /proc, so that the descriptor need not be taken over by unsafe means.
    let file = File::open(format!("/proc/self/fd/{fd}"))
        .with_context(|| format!("descriptor {fd} is not open for reading"))?;
    let mut line = String::new();
    BufReader::new(file.take(4_096)).read_line(&mut line)?;
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(line))
}
