//! The binary from outside: refusals, configuration, and two nodes that serve together.

mod clients;
mod keys;
mod refusals;
mod split;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The program under test, without the environment's own settings.
fn resonate(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_resonate"));
    command.args(arguments).env_clear();
    command
}

/// Exit code and stderr.
fn ended(output: &Output) -> (i32, String) {
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

fn run(arguments: &[&str]) -> (i32, String) {
    ended(&resonate(arguments).output().expect("the program starts"))
}

/// A folder of one test, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("resonate-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.0.join(name), text).expect("a file for the test");
        self.path(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn is_empty(path: &Path) -> bool {
    fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}
