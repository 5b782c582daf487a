//! Where hostile bytes are read: a child without network, home or time to spare.

use crate::Refused;
use std::{
    ffi::{OsStr, OsString},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

/// How far children are confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confinement {
    /// bubblewrap: no network, no files but the one, and the limits.
    Sandbox,
    /// The limits and no new privileges, where bubblewrap is missing or not permitted.
    Limits,
}

/// The programs an import needs.
#[derive(Clone, Debug)]
pub struct Tools {
    child: PathBuf,
    confinement: Confinement,
}

const LIMITS: [&str; 4] = [
    "--as=2147483648",
    "--cpu=600",
    "--fsize=2147483648",
    "--nproc=64",
];

impl Tools {
    /// Looks for ffmpeg, prlimit and bubblewrap. `child` is the program that understands
    /// `ingest-child`.
    ///
    /// # Errors
    /// [`Refused::Tool`] names what is missing and how to get it; with `require_sandbox` also when
    /// bubblewrap cannot be used.
    pub fn find(child: PathBuf, require_sandbox: bool) -> Result<Self, Refused> {
        if !works("ffmpeg", &["-hide_banner", "-version"]) {
            return Err(Refused::Tool(
                "ffmpeg is missing; install the package ffmpeg".into(),
            ));
        }
        if !works("prlimit", &["--version"]) {
            return Err(Refused::Tool(
                "prlimit is missing; install the package util-linux".into(),
            ));
        }
        let mut trial = vec!["--unshare-all"];
        trial.extend(["--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib"]);
        trial.extend(["--symlink", "usr/lib64", "/lib64", "/usr/bin/true"]);
        let confinement = if works("bwrap", &trial) {
            Confinement::Sandbox
        } else {
            Confinement::Limits
        };
        if require_sandbox && confinement != Confinement::Sandbox {
            let text = "bubblewrap is missing or not permitted; install the package bubblewrap";
            return Err(Refused::Tool(text.into()));
        }
        Ok(Self { child, confinement })
    }

    /// How far children are confined.
    #[must_use]
    pub const fn confinement(&self) -> Confinement {
        self.confinement
    }

    /// `ingest-child` with one readable source and, where given, one writable folder.
    pub(crate) fn child(&self, task: &str, source: &Path, ending: &str) -> Command {
        let (inside, seen) = match self.confinement {
            Confinement::Sandbox => (PathBuf::from("/in/source"), PathBuf::from("/in/child")),
            Confinement::Limits => (source.to_owned(), self.child.clone()),
        };
        let binds = [(self.child.as_path(), "/in/child"), (source, "/in/source")];
        let mut arguments: Vec<OsString> = vec![seen.into(), "ingest-child".into(), task.into()];
        arguments.extend([inside.into_os_string(), ending.into()]);
        self.confined(&binds, None, &arguments)
    }

    /// `ingest-child cover`, which writes into `out`.
    pub(crate) fn cover_child(&self, source: &Path, out: &Path) -> Command {
        let (inside, seen, to) = match self.confinement {
            Confinement::Sandbox => ("/in/source".into(), "/in/child".into(), "/out".into()),
            Confinement::Limits => (source.to_owned(), self.child.clone(), out.to_owned()),
        };
        let binds = [(self.child.as_path(), "/in/child"), (source, "/in/source")];
        let arguments = [seen, "ingest-child".into(), "cover".into(), inside, to];
        let arguments: Vec<OsString> = arguments.map(PathBuf::into_os_string).into();
        self.confined(&binds, Some(out), &arguments)
    }

    /// ffmpeg, writing into `out`; inside, the folder is [`Tools::out`].
    pub(crate) fn ffmpeg(&self, out: &Path, arguments: &[OsString]) -> Command {
        let mut all: Vec<OsString> = vec!["ffmpeg".into()];
        all.extend(arguments.iter().cloned());
        self.confined(&[], Some(out), &all)
    }

    /// The writable folder as a confined child names it.
    pub(crate) fn out(&self, out: &Path) -> PathBuf {
        match self.confinement {
            Confinement::Sandbox => PathBuf::from("/out"),
            Confinement::Limits => out.to_owned(),
        }
    }

    fn confined(&self, read: &[(&Path, &str)], out: Option<&Path>, run: &[OsString]) -> Command {
        let mut command = match self.confinement {
            Confinement::Sandbox => bubblewrap(read, out),
            Confinement::Limits => {
                let mut command = Command::new("setpriv");
                command.args(["--no-new-privs", "--"]).env_clear();
                command.env("PATH", "/usr/bin:/bin");
                command
            }
        };
        command.arg("prlimit").args(LIMITS).arg("--").args(run);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

fn bubblewrap(read: &[(&Path, &str)], out: Option<&Path>) -> Command {
    let mut command = Command::new("bwrap");
    command.args([
        "--unshare-all",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
    ]);
    command.args([
        "--clearenv",
        "--setenv",
        "PATH",
        "/usr/bin",
        "--ro-bind",
        "/usr",
        "/usr",
    ]);
    command.args([
        "--symlink",
        "usr/lib",
        "/lib",
        "--symlink",
        "usr/lib64",
        "/lib64",
    ]);
    // Debian's ffmpeg finds its numeric library through a link there.
    command.args(["--ro-bind-try", "/etc/alternatives", "/etc/alternatives"]);
    command.args([
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--chdir", "/tmp",
    ]);
    for (from, to) in read {
        command.args([OsStr::new("--ro-bind"), from.as_os_str(), OsStr::new(to)]);
    }
    if let Some(out) = out {
        command.args([OsStr::new("--bind"), out.as_os_str(), OsStr::new("/out")]);
    }
    command.arg("--");
    command
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Reads a child's refusal: the JSON it wrote, or that it was stopped.
pub(crate) fn refusal(status: ExitStatus, stderr: &[u8]) -> Refused {
    let text = String::from_utf8_lossy(stderr);
    let said = text
        .lines()
        .rev()
        .find_map(|line| serde_json::from_str::<Refused>(line).ok());
    if let Some(said) = said {
        return said;
    }
    // Past a limit the kernel sends a signal (bubblewrap reports it as 128 and its number) or
    // refuses memory, at which Rust aborts.
    let code = status.code().unwrap_or(0);
    if status.signal().is_some() || code > 128 || text.contains("memory allocation") {
        return Refused::AudioLimits;
    }
    Refused::Tool(
        text.lines()
            .last()
            .unwrap_or("the child said nothing")
            .to_owned(),
    )
}
