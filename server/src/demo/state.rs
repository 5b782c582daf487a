//! What a demo keeps in its folder besides its data: how far its clock was pushed, where it last
//! listened, and the seeded state to which it can be reset.

use host::{Demo, Origins};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const CLOCK: &str = "clock";
const PLACE: &str = "origins.json";
const SEEDED: &str = "seeded.sqlite3";
const DATABASE: &str = "resonate.sqlite3";

/// The files of one demo.
#[derive(Clone, Debug)]
pub struct State(pub PathBuf);

#[derive(Deserialize, Serialize)]
struct Place {
    id: String,
    wallet: String,
    listen: String,
    coop: String,
    staff: String,
}

impl State {
    /// Pushes the clock to where it stood when the demo last ended: rows know that time.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn wind(&self, demo: &Demo) -> io::Result<i64> {
        let seconds = match fs::read_to_string(self.0.join(CLOCK)) {
            Ok(text) => text.trim().parse().unwrap_or(0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(error),
        };
        demo.clock().advance(seconds);
        Ok(seconds)
    }

    /// Remembers how far the clock was pushed in all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_clock(&self, seconds: i64) -> io::Result<()> {
        replace(&self.0.join(CLOCK), &format!("{seconds}\n"))
    }

    /// Remembers the origins, for `resonate import --data`.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_origins(&self, origins: &Origins) -> io::Result<()> {
        let place = Place {
            id: origins.id.clone(),
            wallet: origins.wallet.clone(),
            listen: origins.listen.clone(),
            coop: origins.coop.clone(),
            staff: origins.staff.clone(),
        };
        let text = serde_json::to_string(&place).map_err(io::Error::other)?;
        replace(&self.0.join(PLACE), &text)
    }

    /// The origins of the last start.
    ///
    /// # Errors
    /// The demo was never started here.
    pub fn origins(&self) -> io::Result<Origins> {
        let text = fs::read_to_string(self.0.join(PLACE))?;
        let Place {
            id,
            wallet,
            listen,
            coop,
            staff,
        } = serde_json::from_str(&text).map_err(io::Error::other)?;
        Ok(Origins {
            id,
            wallet,
            listen,
            coop,
            staff,
        })
    }

    /// Whether the seeded state is complete.
    #[must_use]
    pub fn is_seeded(&self) -> bool {
        self.0.join(SEEDED).is_file()
    }

    /// Keeps the database as it stands as the seeded state. The database must be closed.
    ///
    /// # Errors
    /// The file cannot be copied.
    pub fn keep_seeded(&self) -> io::Result<()> {
        let half = self.0.join("seeded.half");
        fs::copy(self.0.join(DATABASE), &half)?;
        fs::File::open(&half)?.sync_all()?;
        // Only a whole copy gets the name that counts.
        fs::rename(half, self.0.join(SEEDED))
    }

    /// Goes back to the seeded state, or to nothing where there is none yet. The database must be
    /// closed.
    ///
    /// # Errors
    /// The files cannot be changed.
    pub fn restore(&self) -> io::Result<()> {
        for name in [
            DATABASE,
            "resonate.sqlite3-wal",
            "resonate.sqlite3-shm",
            CLOCK,
        ] {
            match fs::remove_file(self.0.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.is_seeded() {
            fs::copy(self.0.join(SEEDED), self.0.join(DATABASE))?;
        }
        Ok(())
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let half = path.with_extension("half");
    fs::write(&half, text)?;
    fs::rename(half, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_brings_back_the_seeded_state_and_the_clock() {
        let base = std::env::temp_dir().join(format!("resonate-state-{}", std::process::id()));
        fs::create_dir_all(&base).unwrap();
        let state = State(base.clone());
        let read = || fs::read_to_string(base.join(DATABASE)).unwrap();
        fs::write(base.join(DATABASE), "half seeded").unwrap();
        assert!(!state.is_seeded());
        state.restore().unwrap();
        assert!(
            !base.join(DATABASE).exists(),
            "a seeding that broke off begins anew"
        );

        fs::write(base.join(DATABASE), "seeded").unwrap();
        state.keep_seeded().unwrap();
        fs::write(base.join(DATABASE), "played").unwrap();
        fs::write(base.join("resonate.sqlite3-wal"), "pages").unwrap();
        state.keep_clock(86_400).unwrap();
        state.restore().unwrap();
        assert_eq!(read(), "seeded");
        assert!(!base.join(CLOCK).exists() && !base.join("resonate.sqlite3-wal").exists());

        let origins = crate::demo::plan::origins("http", 80);
        state.keep_origins(&origins).unwrap();
        assert_eq!(state.origins().unwrap().wallet, "http://wallet.localhost");
        fs::remove_dir_all(&base).unwrap();
    }
}
