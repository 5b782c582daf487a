//! The whole configuration file: the ground's sections and those of the modules.

use host::config::{
    self, ConfigError, Database, HOST_KEYS, Key, Keys, Kind, Objects, Origins, Overlay, Peer, Serve,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// What `resonate.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The modules of this node.
    pub modules: Vec<String>,
    /// Where it listens.
    pub serve: Serve,
    /// Public addresses.
    pub origins: Origins,
    /// The database.
    pub database: Database,
    /// Where the keys are.
    pub keys: Keys,
    /// Where objects are.
    #[serde(default)]
    pub objects: Objects,
    /// Modules on other nodes.
    #[serde(default)]
    pub peers: BTreeMap<String, Peer>,
    /// The identity provider.
    #[serde(default)]
    pub idp: idp::Settings,
    /// Catalogue, plays, bytes.
    #[serde(default)]
    pub streaming: streaming::Settings,
    /// Purses and settlement.
    #[serde(default)]
    pub payments: payments::Settings,
}

/// The keys of the modules, as data for sample and schema.
const MODULE_KEYS: &[Key] = &[
    Key {
        path: "idp.clients",
        kind: Kind::Tables,
        needed: false,
        example: "[{ client_id = \"app\", redirect_uris = [\"https://app.example/cb\"] }]",
        what: "Apps known from the start: RFC 7591 metadata with a fixed client_id.",
    },
    Key {
        path: "idp.personas",
        kind: Kind::Texts,
        needed: false,
        example: "[]",
        what: "The demo's made-up people; without the demo they mean nothing.",
    },
    Key {
        path: "idp.registration",
        kind: Kind::Text,
        needed: false,
        example: "\"token\"",
        what: "Who may register apps: closed, token (`resonate client admit` makes one) or open.",
    },
    Key {
        path: "idp.sandbox",
        kind: Kind::Flag,
        needed: false,
        example: "false",
        what: "Let anyone make an app of a day for loopback; a loopback issuer always does.",
    },
    Key {
        path: "idp.token_calls_per_minute",
        kind: Kind::Number,
        needed: false,
        example: "6000",
        what: "How many token calls a minute each app may make; 429 beyond.",
    },
    Key {
        path: "idp.external.*.issuer",
        kind: Kind::Text,
        needed: false,
        example: "\"https://accounts.example\"",
        what: "An outside OpenID provider's issuer; its redirect is ISSUER/external/NAME/callback here.",
    },
    Key {
        path: "idp.external.*.client_id",
        kind: Kind::Text,
        needed: false,
        example: "\"resonate\"",
        what: "What the outside provider calls this co-op.",
    },
    Key {
        path: "idp.external.*.client_secret",
        kind: Kind::Text,
        needed: false,
        example: "\"..\"",
        what: "The secret it gave; better in client_secret_file; none for a public client.",
    },
    Key {
        path: "idp.external.*.client_secret_file",
        kind: Kind::Path,
        needed: false,
        example: "\"accounts.secret\"",
        what: "A private file holding that secret.",
    },
    Key {
        path: "idp.external.*.label",
        kind: Kind::Text,
        needed: false,
        example: "\"Example accounts\"",
        what: "How people know the outside provider: the word on its button.",
    },
    Key {
        path: "streaming.edge",
        kind: Kind::Text,
        needed: false,
        example: "\"m1\"",
        what: "The name of this edge; grants of another edge open nothing here.",
    },
    Key {
        path: "streaming.require_sandbox",
        kind: Kind::Flag,
        needed: false,
        example: "true",
        what: "Refuse to take music in unless decoding is confined by bubblewrap.",
    },
    Key {
        path: "streaming.work_dir",
        kind: Kind::Path,
        needed: false,
        example: "\"/var/tmp/resonate\"",
        what: "A folder for files in the making.",
    },
    Key {
        path: "payments.provider",
        kind: Kind::Text,
        needed: false,
        example: "\"fake\"",
        what: "Who takes payments: fake, on loopback origins only.",
    },
    Key {
        path: "payments.vat_bps",
        kind: Kind::Number,
        needed: false,
        example: "2300",
        what: "VAT on top of a top-up, in basis points.",
    },
    Key {
        path: "payments.vat_country",
        kind: Kind::Text,
        needed: false,
        example: "\"ie\"",
        what: "The country that VAT belongs to: two lower-case letters.",
    },
    Key {
        path: "payments.returns",
        kind: Kind::Texts,
        needed: false,
        example: "[\"https://app.example/paid\"]",
        what: "Addresses a payer may return to, besides the order's own page.",
    },
];

/// Every key of the configuration.
#[must_use]
pub fn keys() -> Vec<Key> {
    [HOST_KEYS, MODULE_KEYS].concat()
}

/// Settings and the folder against which their paths are read.
#[derive(Debug)]
pub struct Loaded {
    /// What the file and the environment say.
    pub settings: Settings,
    /// The folder of the file.
    pub base: PathBuf,
}

/// Reads the file and lays the environment over it.
///
/// # Errors
/// [`ConfigError`] with place, fault and remedy.
pub fn read(file: &Path, overlay: &Overlay) -> Result<Loaded, ConfigError> {
    let shown = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| {
        ConfigError::new(
            &shown,
            format!("the configuration cannot be read ({})", error.kind()),
            "Make one with `resonate init`, or name it with --config",
        )
    })?;
    let settings: Settings = config::load(&text, &shown, overlay)?;
    let base = file
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    Ok(Loaded {
        settings,
        base: base.to_path_buf(),
    })
}
