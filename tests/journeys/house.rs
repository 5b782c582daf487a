//! A running demo of its own for one journey.

use crate::source;
use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

/// The two partner apps of the journeys.
pub const APPS: [(&str, &str); 2] = [
    ("app-1", "secret-of-app-1-long-enough-for-a-test"),
    ("app-2", "secret-of-app-2-long-enough-for-a-test"),
];

/// A program of ours, as `cargo build` leaves it.
pub fn program(name: &str) -> PathBuf {
    let built =
        std::env::var_os("CARGO_TARGET_DIR").map_or(source::root().join("target"), PathBuf::from);
    let path = built.join("debug").join(name);
    assert!(
        path.exists(),
        "{} is missing: run cargo build --workspace first",
        path.display()
    );
    path
}

/// A child that is stopped when it goes out of scope, by its own process id.
pub struct Running {
    pub child: Child,
    pub said: Value,
    errors: Option<thread::JoinHandle<String>>,
}

impl Running {
    /// Starts `command` and waits for the one JSON line it prints when ready.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let errors = drain(child.stderr.take().unwrap());
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Ok(said) = serde_json::from_str(&line) else {
            let _ = child.wait();
            let told = errors.join().unwrap();
            panic!("{command:?} did not become ready: {told}");
        };
        let errors = Some(errors);
        Self {
            child,
            said,
            errors,
        }
    }

    /// Ends it and gives all it logged.
    pub fn log(&mut self) -> String {
        self.kill();
        let errors = self.errors.take().expect("the log is read once");
        errors.join().unwrap()
    }

    /// The URL it announced under `name`.
    pub fn url(&self, name: &str) -> String {
        self.said[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {}", self.said))
            .to_owned()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads what a child says to people, so that it never waits on a full pipe.
fn drain(mut errors: ChildStderr) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = vec![];
        let _ = errors.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// The demo with its data in a folder of its own.
pub struct House {
    pub demo: Running,
    pub folder: PathBuf,
}

impl House {
    /// A house on a copy of the seeded data.
    pub fn open() -> Self {
        Self::logging("warn")
    }

    /// A house that logs so much.
    pub fn logging(level: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("resonate-journey-{}-{n}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        copy(&seeded(), &folder.join("data"));
        fs::write(folder.join("clients.json"), clients().to_string()).unwrap();
        let mut program = Command::new(program("resonate"));
        program.env("RESONATE_LOG", level);
        let demo = Self::start(program, &folder, 0);
        Self { demo, folder }
    }

    /// Starts the demo again on its data and its port, after a kill.
    pub fn restart(&mut self) {
        self.restart_by(Command::new(program("resonate")));
    }

    /// Starts it again on a disk that fails: no file may grow past `kib` KiB.
    pub fn restart_within(&mut self, kib: u32) {
        let mut shell = Command::new("bash");
        // The signal that would end the process is ignored, so that its write fails instead.
        shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]);
        shell.arg(kib.to_string()).arg(program("resonate"));
        self.restart_by(shell);
    }

    fn restart_by(&mut self, command: Command) {
        let port = self.id().rsplit(':').next().unwrap().parse().unwrap();
        self.demo = Self::start(command, &self.folder, port);
    }

    fn start(mut command: Command, folder: &Path, port: u16) -> Running {
        let listen = format!("127.0.0.1:{port}");
        command
            .args(["demo", "--listen", &listen, "--data"])
            .arg(folder.join("data"));
        command.arg("--clients").arg(folder.join("clients.json"));
        Running::start(command)
    }

    pub fn id(&self) -> String {
        self.demo.url("id")
    }

    pub fn listen(&self) -> String {
        self.demo.url("listen")
    }

    /// A partner app that knows nothing of us.
    pub fn app(&self, n: usize) -> Running {
        let (client_id, secret) = APPS[n];
        let mut command = Command::new(program("resonate-partner"));
        command.args([
            "--issuer",
            &self.id(),
            "--client-id",
            client_id,
            "--client-secret",
            secret,
        ]);
        Running::start(command)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.demo.kill();
        if !thread::panicking() {
            fs::remove_dir_all(&self.folder).unwrap();
        }
    }
}

fn clients() -> Value {
    let one = |(client_id, client_secret): &(&str, &str)| {
        json!({
            "client_id": client_id, "client_secret": client_secret, "client_name": client_id,
            "application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "client_secret_basic", "scope": "openid profile",
        })
    };
    APPS.iter().map(one).collect()
}

/// The seeded data, made once: composing and encoding the demo's music takes a minute. Several test
/// processes may ask at once; the first makes it, the others wait for its lock.
fn seeded() -> PathBuf {
    let folder = source::root().join("target/demo-seed");
    fs::create_dir_all(&folder).unwrap();
    let lock = fs::File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let data = folder.join("data");
    let made = |path: &Path| fs::metadata(path).and_then(|m| m.modified()).ok();
    // A program built since may have another schema.
    if made(&folder.join("done")) < made(&program("resonate")) {
        let _ = fs::remove_dir_all(&data);
        let mut command = Command::new(program("resonate"));
        command
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data);
        let mut demo = Running::start(command);
        demo.kill();
        fs::write(folder.join("done"), "").unwrap();
    }
    data
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
