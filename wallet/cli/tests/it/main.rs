//! The wallet's folder from outside: one process at a time, private, and whole after a kill at any
//! instant.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail the test that calls them"
)]

use kernel::{Entropy, b64};
use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use wallet::vault::{Day, Document, Kdf, Root};

const PASSPHRASE: &str = "six words that nobody guesses";

/// A wallet's base folder, removed at the end.
struct Base(PathBuf);

impl Drop for Base {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Counting(std::sync::atomic::AtomicU8);

impl Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = || self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        bytes.fill_with(next);
    }
}

impl Base {
    /// A wallet whose passphrase costs as little as may be: it is opened many hundred times here.
    fn new(name: &str) -> Self {
        let base = std::env::temp_dir().join(format!("resonate-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&base);
        let base = Self(base);
        fs::create_dir_all(base.folder()).unwrap();
        let kdf = Kdf {
            m_kib: 19_456,
            t: 2,
            ..Kdf::standard([5; 16])
        };
        let bodies = (&Day::new([1; 32], [2; 16], "main"), &Root::new([3; 32]));
        let entropy = Counting(1.into());
        let (document, _) = Document::create(PASSPHRASE, kdf, &[4; 32], bodies, &entropy).unwrap();
        fs::write(base.file("vault.json"), document.to_text()).unwrap();
        mode(&base.folder(), 0o700);
        mode(&base.file("vault.json"), 0o600);
        base
    }

    fn folder(&self) -> PathBuf {
        self.0.join("resonate-wallet/main")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut child = Command::new(env!("CARGO_BIN_EXE_resonate-wallet"))
            .args(["--json", "--yes", "--passphrase-fd", "0", "--data"])
            .arg(&self.0)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let line = format!("{PASSPHRASE}\n");
        let _ = child.stdin.take().unwrap().write_all(line.as_bytes());
        child
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.start(arguments).wait_with_output().unwrap()
    }

    fn refused(&self, code: i32, word: &str) {
        let output = self.run(&["personas", "list"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(word), "{said}");
        assert!(output.stdout.is_empty(), "nothing was told");
    }

    /// Names of the personas and which is open; it must open.
    fn personas(&self) -> (Vec<String>, String) {
        let output = self.run(&["personas", "list"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let (mut names, mut open) = (vec![], String::new());
        for persona in told["personas"].as_array().unwrap() {
            let name = persona["name"].as_str().unwrap().to_owned();
            if persona["open"] == true {
                open.clone_from(&name);
            }
            names.push(name);
        }
        (names, open)
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_second_process_is_told_to_wait_and_a_wrong_passphrase_opens_nothing() {
    let base = Base::new("lock");
    let lock = File::create(base.file("lock")).unwrap();
    mode(&base.file("lock"), 0o600);
    lock.try_lock().unwrap();
    base.refused(3, "another resonate-wallet");
    drop(lock);
    assert_eq!(base.personas().1, "main");
    let before = fs::read(base.file("vault.json")).unwrap();
    let mut vault: serde_json::Value = serde_json::from_slice(&before).unwrap();
    vault["slots"][0]["day"] = b64::encode([0; 60]).into();
    fs::write(base.file("vault.json"), vault.to_string()).unwrap();
    base.refused(3, "does not open");
}

#[test]
fn what_others_can_read_is_refused() {
    let base = Base::new("modes");
    base.personas();
    for (path, wide, right) in [
        (base.folder(), 0o755, 0o700),
        (base.folder(), 0o710, 0o700),
        (base.file("vault.json"), 0o644, 0o600),
        (base.file("vault.json"), 0o660, 0o600),
    ] {
        mode(&path, wide);
        base.refused(1, "can be read by others");
        mode(&path, right);
    }
    base.personas();
    for entry in fs::read_dir(base.folder()).unwrap().flatten() {
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a kill falls at a real instant of a real process"
)]
#[test]
fn killed_at_any_instant_two_hundred_times_the_wallet_opens_and_keeps_what_it_said() {
    let base = Base::new("crash");
    let begun = Instant::now();
    assert!(base.run(&["personas", "add", "kept"]).status.success());
    let whole = begun.elapsed();
    let (mut kept, mut killed, mut open) = (vec!["main".to_owned(), "kept".to_owned()], 0, "main");
    for n in 0..200_u32 {
        let name = format!("n{n}");
        let other = if open == "main" { "kept" } else { "main" };
        let adds = n % 2 == 0;
        let mut child = if adds {
            base.start(&["personas", "add", &name])
        } else {
            base.start(&["personas", "use", other])
        };
        // From its first instant to after its last.
        let after: Duration = whole * (n % 100) / 90;
        std::thread::sleep(after);
        let ended = child
            .try_wait()
            .unwrap()
            .is_some_and(|status| status.success());
        let _ = child.kill();
        child.wait().unwrap();
        killed += u32::from(!ended);
        let (names, now_open) = base.personas();
        for name in &kept {
            assert!(names.contains(name), "{name} was lost after {after:?}");
        }
        assert!(names.len() <= kept.len() + 1);
        if adds && ended {
            assert!(names.contains(&name), "it said that {name} is there");
        }
        if !adds && ended {
            assert_eq!(now_open, other);
        }
        kept = names;
        open = if now_open == "main" { "main" } else { "kept" };
    }
    assert!(killed >= 50, "{killed} of 200 were killed in time");
}
