//! The demo's marker: whoever holds a [`Demo`] was made for the demo profile, on loopback, with a
//! data folder that the demo itself stamped.

use crate::{config::Origins, part::Origin, world::OffsetClock};
use std::{fs, io, net::SocketAddr, path::Path};

/// The file that marks a data folder as the demo's.
pub const STAMP: &str = "demo.stamp";

/// Opens the demo's doors. Cannot be made but by [`Demo::enter`].
#[derive(Clone, Debug)]
pub struct Demo {
    clock: OffsetClock,
}

/// Why there is no demo here.
#[derive(Debug, thiserror::Error)]
pub enum NoDemo {
    /// The listener or an origin is not on loopback.
    #[error("the demo runs on loopback only; {0} is not")]
    Reachable(String),
    /// The folder holds data that no demo made.
    #[error("the folder holds data that the demo did not make; name another with --data")]
    Foreign,
    /// The folder cannot be made or read.
    #[error("the data folder: {0}")]
    Folder(#[from] io::Error),
}

impl Demo {
    /// Checks that all is on loopback, and stamps `data` where it is empty or absent.
    ///
    /// # Errors
    /// [`NoDemo`].
    pub fn enter(origins: &Origins, bind: SocketAddr, data: &Path) -> Result<Self, NoDemo> {
        if !bind.ip().is_loopback() {
            return Err(NoDemo::Reachable(bind.to_string()));
        }
        for origin in Origin::ALL.map(|origin| origins.of(origin)) {
            if !is_loopback(origin) {
                return Err(NoDemo::Reachable(origin.to_owned()));
            }
        }
        if !is_stamped(data) {
            fs::create_dir_all(data)?;
            if fs::read_dir(data)?.next().is_some() {
                return Err(NoDemo::Foreign);
            }
            fs::write(
                data.join(STAMP),
                "made by resonate demo; serve refuses this folder\n",
            )?;
        }
        Ok(Self {
            clock: OffsetClock::new(),
        })
    }

    /// The demo's clock, which its hooks push forward. It is the clock of the demo's `World`.
    #[must_use]
    pub fn clock(&self) -> &OffsetClock {
        &self.clock
    }
}

/// Whether the demo made this data folder; `serve` refuses one.
#[must_use]
pub fn is_stamped(data: &Path) -> bool {
    data.join(STAMP).is_file()
}

/// `localhost`, a name below it, or a loopback address.
fn is_loopback(origin: &str) -> bool {
    let Ok(url) = url::Url::parse(origin) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_names_are_loopback() {
        for good in [
            "http://localhost:8080",
            "http://wallet.localhost",
            "http://127.0.0.1:1",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "https://id.example",
            "http://localhost.evil",
            "http://10.0.0.1",
            "localhost",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
