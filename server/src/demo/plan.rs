//! The demo's plan: everything in one folder, on loopback.

use crate::{
    exit::Failure,
    plan::{self, Module, ObjectsAt, Plan},
};
use host::{ConfigError, Origins};
use kernel::Secret;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
};

/// The made-up people with a button on the sign-in page. More come with the register. The last two are
/// staff: `owner` and `secretary`, so that acts of two people can be tried.
pub const PERSONAS: [&str; 4] = ["listener", "artist", "owner", "secretary"];

/// The five origins of a demo on that port. Browsers take `*.localhost` for this machine.
#[must_use]
pub fn origins(scheme: &str, port: u16) -> Origins {
    let port = match (scheme, port) {
        ("http", 80) | ("https", 443) => String::new(),
        _ => format!(":{port}"),
    };
    let at = |name: &str| format!("{scheme}://{name}localhost{port}");
    Origins {
        id: at(""),
        wallet: at("wallet."),
        listen: at("listen."),
        coop: at("coop."),
        staff: at("staff."),
    }
}

/// What a demo is told from outside: apps and outside providers.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// `--clients`.
    pub clients: Vec<Value>,
    /// `--providers`.
    pub providers: BTreeMap<String, idp::ExternalSettings>,
}

/// The plan of a demo in `data`.
///
/// # Errors
/// An app or a provider of `known` is refused.
pub fn plan(data: &Path, origins: Origins, known: Known) -> Result<Plan, Failure> {
    let settings = idp::Settings {
        clients: known.clients,
        personas: PERSONAS.map(str::to_owned).to_vec(),
        external: known.providers,
        // Conformance suites and partner apps register themselves.
        registration: idp::Registration::Open,
        ..idp::Settings::default()
    };
    let idp =
        plan::idp_config(settings, Path::new(".")).map_err(|error| Failure::usage(error.what))?;
    let streaming = streaming::Config::new(streaming::Settings::default())?;
    let payments = payments::Settings::default().check(&origins.listen)?;
    Ok(Plan {
        modules: Module::ALL.to_vec(),
        public: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        peer: None,
        proxies: Vec::new(),
        origins,
        database: Secret::new(format!("sqlite:{}", database(data)?)),
        data: Some(data.to_path_buf()),
        kek: data.join("kek"),
        keys: data.join("data.keys"),
        objects: ObjectsAt::Folder(data.join("objects")),
        peers: BTreeMap::new(),
        idp,
        streaming,
        payments: Some(payments),
    })
}

fn database(data: &Path) -> Result<String, ConfigError> {
    let path = data.join("resonate.sqlite3");
    path.to_str().map(str::to_owned).ok_or_else(|| {
        ConfigError::new(
            "--data",
            "the path is not UTF-8",
            "Name a folder with a plain name",
        )
    })
}
