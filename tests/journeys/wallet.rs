//! The wallet's command line, as somebody at a terminal uses it.

use super::house::{House, program};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// One wallet in a folder of its own.
pub struct Wallet {
    folder: PathBuf,
    passphrase: PathBuf,
    /// Seconds the demo's clock was moved.
    pub ahead: i64,
}

impl Wallet {
    /// A fresh wallet beside a house's data.
    pub fn new(house: &House, name: &str) -> Self {
        Self::in_folder(&house.folder, name)
    }

    /// A fresh wallet below `folder`.
    pub fn in_folder(folder: &Path, name: &str) -> Self {
        let folder = folder.join(format!("wallet-{name}"));
        fs::create_dir_all(&folder).unwrap();
        let passphrase = folder.join("passphrase");
        fs::write(
            &passphrase,
            format!("six words that nobody guesses {name}\n"),
        )
        .unwrap();
        let wallet = Self {
            folder,
            passphrase,
            ahead: 0,
        };
        wallet.good(&["init"]);
        wallet
    }

    /// Another device of the person `name`: it knows the passphrase, and the vault by its code.
    pub fn from_store(house: &House, name: &str, device: &str, store: &str, code: &str) -> Self {
        let folder = house.folder.join(format!("wallet-{name}-{device}"));
        fs::create_dir_all(&folder).unwrap();
        let passphrase = folder.join("passphrase");
        let text = format!("six words that nobody guesses {name}\n");
        fs::write(&passphrase, text).unwrap();
        let wallet = Self {
            folder,
            passphrase,
            ahead: 0,
        };
        wallet.good(&["init", "--from", code, "--at", store]);
        wallet
    }

    /// Runs a command; its passphrase comes by a descriptor, a typed `yes` by standard input.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let script = "exec \"$0\" \"$@\" 3<\"$PASSPHRASE_FILE\"";
        let mut child = Command::new("sh")
            .args(["-c", script])
            .arg(program("resonate-wallet"))
            .args(["--json", "--yes", "--passphrase-fd", "3"])
            .args(["--clock-offset", &self.ahead.to_string(), "--data"])
            .arg(&self.folder)
            .args(arguments)
            .env("PASSPHRASE_FILE", &self.passphrase)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks nothing may have ended already: that is no fault.
        let _ = child.stdin.take().unwrap().write_all(b"yes\n");
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, and reads its JSON.
    pub fn good(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{arguments:?}: {e}: {errors}"))
    }

    /// Runs a command that must fail with `code`; answers what it said.
    pub fn refused(&self, arguments: &[&str], code: i32) -> String {
        let output = self.run(arguments);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        errors
    }
}
