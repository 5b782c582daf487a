//! The person at the terminal: passphrase, consent, and what they read.

use anyhow::{Context, bail};
use kernel::Secret;
use rustix::{
    io::Errno,
    process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open},
};
use serde_json::Value;
use std::{
    cell::OnceCell,
    fs::File,
    io::{BufRead, BufReader, IsTerminal, Read, Write},
};

/// The longest passphrase that is read from a descriptor, in bytes.
const LONGEST: u64 = 4_096;

/// How this run speaks.
pub struct Person {
    /// One JSON value on standard output instead of words.
    pub json: bool,
    /// `--yes`: ordinary consents are given. Guarded acts are not.
    pub yes: bool,
    /// Where the passphrase comes from, if not from the terminal.
    pub passphrase_fd: Option<i32>,
    /// `--number`: the two digits beside a picture on another screen.
    pub number: Option<u8>,
    /// What the descriptor gave: its line is there once, and a guarded act asks again.
    pub read: OnceCell<Secret<String>>,
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
            if self.read.get().is_none() {
                let read = from_descriptor(fd)?;
                return Ok(self.read.get_or_init(|| read).clone());
            }
            let read = self.read.get().context("the passphrase")?;
            return Ok(read.clone());
        }
        if !std::io::stdin().is_terminal() {
            bail!("no terminal to type the passphrase; use --passphrase-fd N");
        }
        rpassword::prompt_password(prompt)
            .map(Secret::new)
            .context("reading the passphrase")
    }

    /// A new passphrase: from its own descriptor, or typed twice unseen.
    pub fn new_passphrase(&self, fd: Option<i32>) -> anyhow::Result<Secret<String>> {
        if let Some(fd) = fd {
            return from_descriptor(fd);
        }
        if !std::io::stdin().is_terminal() {
            bail!("no terminal to type the new passphrase; use --new-passphrase-fd N");
        }
        let new = rpassword::prompt_password("New passphrase: ").map(Secret::new)?;
        let again = rpassword::prompt_password("Once more: ").map(Secret::new)?;
        if !again.is(new.expose().as_bytes()) {
            bail!("the two differ; nothing was changed");
        }
        Ok(new)
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

    /// The two digits that stand beside the picture on the other screen: given, or typed.
    pub fn number(&self) -> anyhow::Result<u8> {
        if let Some(number) = self.number {
            return Ok(number);
        }
        eprint!("Type the two-digit number that stands beside the picture: ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        let typed = line.trim().parse().ok();
        typed
            .filter(|n| (10..100).contains(n))
            .context("that is no two-digit number; nothing was sent")
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

/// The first line of an open descriptor.
fn from_descriptor(fd: i32) -> anyhow::Result<Secret<String>> {
    let mut line = String::new();
    match fd {
        0 => std::io::stdin().lock().take(LONGEST).read_line(&mut line)?,
        3.. => BufReader::new(opened(fd)?.take(LONGEST)).read_line(&mut line)?,
        _ => bail!("--passphrase-fd takes 0 or a descriptor of 3 or more"),
    };
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(line))
}

/// A copy of the descriptor itself, asked of the kernel by number: Rust takes a bare number over by
/// unsafe means only. Opening it anew through /proc would fail for a socket, and is left for kernels
/// and sandboxes without the call.
fn opened(fd: i32) -> anyhow::Result<File> {
    let copied = pidfd_open(getpid(), PidfdFlags::empty())
        .and_then(|me| pidfd_getfd(me, fd, PidfdGetfdFlags::empty()));
    let file = match copied {
        Ok(copy) => Ok(File::from(copy)),
        Err(Errno::NOSYS | Errno::PERM) => File::open(format!("/proc/self/fd/{fd}")),
        Err(other) => Err(other.into()),
    };
    file.with_context(|| format!("descriptor {fd} is not open for reading"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::Seek,
        os::{fd::AsRawFd, unix::net::UnixStream},
    };

    fn person(fd: i32) -> Person {
        Person {
            json: false,
            yes: true,
            passphrase_fd: Some(fd),
            number: None,
            read: OnceCell::new(),
        }
    }

    #[test]
    fn a_passphrase_comes_from_sockets_pipes_and_files_and_may_be_asked_for_twice() {
        let words = b"six quiet words for one test\nand no more\n";
        let (mut sends, socket) = UnixStream::pair().unwrap();
        sends.write_all(words).unwrap();
        let (pipe, mut sends) = std::io::pipe().unwrap();
        sends.write_all(words).unwrap();
        let path = std::env::temp_dir().join(format!("resonate-fd-{}", std::process::id()));
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)
            .unwrap();
        file.write_all(words).unwrap();
        file.rewind().unwrap();
        for fd in [socket.as_raw_fd(), pipe.as_raw_fd(), file.as_raw_fd()] {
            let person = person(fd);
            for _ in 0..2 {
                let read = person.passphrase("").unwrap();
                assert_eq!(read.expose(), "six quiet words for one test");
            }
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_descriptor_that_is_not_open_is_refused() {
        for fd in [-1, 1, 2, 9_999] {
            assert!(person(fd).passphrase("").is_err(), "{fd}");
        }
    }
}
