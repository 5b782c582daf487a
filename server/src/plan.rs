//! From settings to a plan that can be carried out: each rule across keys is checked here.

use crate::settings::{Loaded, Settings};
use host::{
    config::{self, ConfigError, Origins, SecretSource},
    objects::Bucket,
};
use kernel::Secret;
use std::{
    collections::{BTreeMap, HashSet},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
use url::Url;

/// A module this binary can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// The identity provider.
    Idp,
    /// Catalogue, plays, bytes.
    Streaming,
    /// Purses and settlement.
    Payments,
    /// The vault store, and the wallet origin it stands on.
    Recovery,
}

impl Module {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Idp, Self::Streaming, Self::Payments, Self::Recovery];

    /// Its name in configuration, tables and URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idp => "idp",
            Self::Streaming => "streaming",
            Self::Payments => "payments",
            Self::Recovery => "recovery",
        }
    }
}

/// Where objects are kept.
#[derive(Debug)]
pub enum ObjectsAt {
    /// In a folder.
    Folder(PathBuf),
    /// In a bucket.
    Bucket(Bucket),
}

/// What a node is to do.
#[derive(Debug)]
pub struct Plan {
    /// The modules that run here.
    pub modules: Vec<Module>,
    /// The public listener.
    pub public: SocketAddr,
    /// The listener for other nodes.
    pub peer: Option<SocketAddr>,
    /// Proxies whose forwarded address counts.
    pub proxies: Vec<IpAddr>,
    /// Public addresses.
    pub origins: Origins,
    /// The database's URL.
    pub database: Secret<String>,
    /// The folder that holds a SQLite file.
    pub data: Option<PathBuf>,
    /// File of the key-encryption key.
    pub kek: PathBuf,
    /// File of the wrapped keys.
    pub keys: PathBuf,
    /// Where objects are.
    pub objects: ObjectsAt,
    /// Peer surfaces of modules on other nodes.
    pub peers: BTreeMap<String, String>,
    /// The provider's own.
    pub idp: idp::Config,
    /// Streaming's own.
    pub streaming: streaming::Config,
    /// Payments' own; `None` where it does not run here.
    pub payments: Option<payments::Config>,
}

/// Checks the rules that go across keys, and those of the modules.
///
/// # Errors
/// [`ConfigError`] naming the key.
pub fn from_settings(loaded: Loaded) -> Result<Plan, ConfigError> {
    let Loaded { settings, base } = loaded;
    let (settings, base) = (&settings, base.as_path());
    let modules = modules(settings)?;
    check_split(settings, &modules)?;
    check_origins(&settings.origins)?;
    let (database, data) = database(settings, base)?;
    let payments = modules
        .contains(&Module::Payments)
        .then(|| settings.payments.clone());
    Ok(Plan {
        modules,
        public: settings.serve.public,
        peer: settings.serve.peer,
        proxies: settings.serve.proxies.clone(),
        origins: settings.origins.clone(),
        database,
        data,
        kek: base.join(&settings.keys.kek_file),
        keys: base.join(&settings.keys.file),
        objects: objects(settings, base)?,
        peers: settings
            .peers
            .iter()
            .map(|(name, peer)| (name.clone(), peer.base.clone()))
            .collect(),
        idp: idp_config(settings.idp.clone(), base)?,
        streaming: streaming::Config::new(settings.streaming.clone())?,
        payments: payments
            .map(|own| own.check(&settings.origins.listen))
            .transpose()?,
    })
}

/// The provider's settings, checked. Files of secrets are named from `base`.
///
/// # Errors
/// [`ConfigError`] in its words.
pub fn idp_config(mut settings: idp::Settings, base: &Path) -> Result<idp::Config, ConfigError> {
    for (name, provider) in &mut settings.external {
        if let Some(file) = provider.client_secret_file.take() {
            let source = SecretSource {
                key: &format!("idp.external.{name}.client_secret"),
                value: provider.client_secret.as_ref().map(|s| s.expose().as_str()),
                file: Some(&file),
                base,
            };
            provider.client_secret = Some(source.read()?);
        }
    }
    idp::Config::parse(settings).map_err(|error| ConfigError::at("idp", error.to_string()))
}

fn modules(settings: &Settings) -> Result<Vec<Module>, ConfigError> {
    let mut found = Vec::new();
    for name in &settings.modules {
        let module = Module::ALL.into_iter().find(|module| module.name() == name);
        let Some(module) = module.filter(|module| !found.contains(module)) else {
            let names = Module::ALL.map(Module::name).join(", ");
            return Err(ConfigError::new(
                "modules",
                format!("`{name}` is not a module, or stands twice"),
                format!("The modules are {names}"),
            ));
        };
        found.push(module);
    }
    if found.is_empty() {
        return Err(ConfigError::new(
            "modules",
            "there is none",
            "Name at least one",
        ));
    }
    Ok(found)
}

/// A module is here or at a configured peer; streaming and payments share the listen origin.
fn check_split(settings: &Settings, here: &[Module]) -> Result<(), ConfigError> {
    if here.contains(&Module::Streaming) != here.contains(&Module::Payments) {
        return Err(ConfigError::new(
            "modules",
            "streaming and payments share one origin and run on one node",
            "Name both, or neither",
        ));
    }
    for module in Module::ALL {
        let name = module.name();
        let key = format!("peers.{name}.base");
        match (here.contains(&module), settings.peers.get(name)) {
            (true, None) => {}
            (false, Some(peer)) => check_peer(&key, &peer.base, name)?,
            (true, Some(_)) => {
                return Err(ConfigError::new(
                    key,
                    "this module runs here",
                    "Remove the section",
                ));
            }
            (false, None) => {
                return Err(ConfigError::new(
                    key,
                    format!("{name} runs neither here nor at a peer"),
                    "Name it in `modules`, or say where it runs",
                ));
            }
        }
    }
    for name in settings.peers.keys() {
        if !Module::ALL.iter().any(|module| module.name() == name) {
            let key = format!("peers.{name}");
            return Err(ConfigError::new(
                key,
                "there is no such module",
                "Remove the section",
            ));
        }
    }
    if !settings.peers.is_empty() && settings.serve.peer.is_none() {
        return Err(ConfigError::new(
            "serve.peer",
            "there are peers, but no listener for them",
            "Give an address that only the other nodes can reach",
        ));
    }
    Ok(())
}

fn check_peer(key: &str, base: &str, name: &str) -> Result<(), ConfigError> {
    let url = Url::parse(base).ok().filter(|url| {
        let plain = url.query().is_none() && url.fragment().is_none();
        plain && url.path() == format!("/{name}") && is_safe(url)
    });
    url.map(|_| ()).ok_or_else(|| {
        ConfigError::new(
            key,
            "this is not the base of a peer",
            format!("Give https://HOST/{name}, or http on loopback"),
        )
    })
}

/// https, or http that never leaves the machine.
fn is_safe(url: &Url) -> bool {
    match url.scheme() {
        "https" => true,
        "http" => is_loopback(url),
        _ => false,
    }
}

/// Whether the URL's host is this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn check_origins(origins: &Origins) -> Result<(), ConfigError> {
    let mut seen = HashSet::new();
    for (name, text) in named(origins) {
        let key = format!("origins.{name}");
        let url = Url::parse(text).ok();
        let exact = url
            .as_ref()
            .is_some_and(|url| url.origin().ascii_serialization() == *text);
        if !exact || !url.as_ref().is_some_and(is_safe) {
            return Err(ConfigError::new(
                key,
                "this is not an origin",
                "Give https://HOST without a path or a trailing slash; http only on loopback",
            ));
        }
        if !seen.insert(text) {
            let what = "another origin has the same address";
            return Err(ConfigError::new(key, what, "Give each its own host"));
        }
    }
    Ok(())
}

/// The five origins with their keys.
#[must_use]
pub fn named(origins: &Origins) -> [(&'static str, &String); 5] {
    [
        ("id", &origins.id),
        ("wallet", &origins.wallet),
        ("listen", &origins.listen),
        ("coop", &origins.coop),
        ("staff", &origins.staff),
    ]
}

fn database(
    settings: &Settings,
    base: &Path,
) -> Result<(Secret<String>, Option<PathBuf>), ConfigError> {
    let source = SecretSource {
        key: "database.url",
        value: settings.database.url.as_deref(),
        file: settings.database.url_file.as_deref(),
        base,
    };
    let url = source.read()?;
    if let Some(path) = url.expose().strip_prefix("sqlite:") {
        let path = base.join(path.trim_start_matches("//"));
        let folder = path.parent().map(Path::to_path_buf);
        return Ok((Secret::new(format!("sqlite:{}", path.display())), folder));
    }
    if url.expose().starts_with("postgres://") || url.expose().starts_with("postgresql://") {
        return Ok((url, None));
    }
    let what = "this is neither sqlite:PATH nor postgres://..";
    Err(ConfigError::new("database.url", what, "Correct it"))
}

fn objects(settings: &Settings, base: &Path) -> Result<ObjectsAt, ConfigError> {
    let at = &settings.objects;
    match (&at.dir, &at.bucket) {
        (Some(dir), None) => Ok(ObjectsAt::Folder(base.join(dir))),
        (None, Some(name)) => {
            let needed = |key: &str, value: &Option<String>| {
                value.clone().ok_or_else(|| {
                    let key = format!("objects.{key}");
                    ConfigError::new(key, "a bucket needs this key", "Add it")
                })
            };
            let file = at
                .secret_key_file
                .as_deref()
                .unwrap_or(Path::new("s3.secret"));
            let secret = config::private_file("objects.secret_key_file", &base.join(file))?;
            Ok(ObjectsAt::Bucket(Bucket {
                name: name.clone(),
                region: needed("region", &at.region)?,
                endpoint: at.endpoint.clone(),
                access_key: needed("access_key", &at.access_key)?,
                secret_key: Secret::new(secret.expose().trim().to_owned()),
            }))
        }
        (None, None) => Ok(ObjectsAt::Folder(base.join("data/objects"))),
        (Some(_), Some(_)) => Err(ConfigError::new(
            "objects",
            "both a folder and a bucket are given",
            "Keep one of them",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use host::config::Overlay;

    fn planned(change: impl Fn(String) -> String) -> Result<Plan, String> {
        let text = change(crate::command::config::sample());
        let settings = config::load(&text, "resonate.toml", &Overlay::default())
            .map_err(|error| error.to_string())?;
        let loaded = Loaded {
            settings,
            base: PathBuf::from("/srv/coop"),
        };
        from_settings(loaded).map_err(|error| error.to_string())
    }

    fn on_loopback(text: &str) -> String {
        text.replace(
            "https://listen.coop.example",
            "http://listen.localhost:8080",
        )
    }

    #[test]
    fn the_sample_makes_a_plan_once_its_purse_is_on_loopback() {
        let said = planned(|text| text).unwrap_err();
        assert!(
            said.starts_with("payments.provider: the fake provider runs on"),
            "{said}"
        );
        let plan = planned(|text| on_loopback(&text)).unwrap();
        assert_eq!(plan.modules, Module::ALL);
        assert_eq!(
            plan.database.expose(),
            "sqlite:/srv/coop/data/resonate.sqlite3"
        );
        assert_eq!(plan.kek, Path::new("/srv/coop/kek"));
    }

    #[test]
    fn rules_across_keys_name_the_key() {
        let all = "[\"idp\", \"streaming\", \"payments\", \"recovery\"]";
        for (from, to, want) in [
            (all, "[]", "modules: there is none"),
            (
                all,
                "[\"idp\", \"idp\"]",
                "modules: `idp` is not a module, or stands twice",
            ),
            (all, "[\"idb\"]", "modules: `idb` is not a module"),
            (
                all,
                "[\"idp\", \"payments\"]",
                "modules: streaming and payments share",
            ),
            (
                all,
                "[\"idp\"]",
                "peers.streaming.base: streaming runs neither here",
            ),
            (
                "https://id.coop",
                "http://id.coop",
                "origins.id: this is not an origin",
            ),
            (
                "https://id.coop.example",
                "https://id.coop.example/",
                "origins.id: this is not",
            ),
            (
                "https://wallet.",
                "https://id.",
                "origins.wallet: another origin has the same",
            ),
            ("sqlite:data", "mysql:data", "database.url: this is neither"),
            (
                "url = \"sqlite:",
                "# \"",
                "database.url: this secret is missing",
            ),
        ] {
            let said = planned(|text| text.replace(from, to)).unwrap_err();
            assert!(said.starts_with(want), "{said}");
        }
    }

    #[test]
    fn a_split_needs_peers_and_a_listener_for_them() {
        let idp = |text: String| text.replace("\"idp\", \"streaming\", \"payments\"", "\"idp\"");
        let peers = "\n[peers.streaming]\nbase = \"http://127.0.0.1:9/streaming\"\n\
                     [peers.payments]\nbase = \"https://pay.inner/payments\"\n";
        let said = planned(|text| idp(text) + peers).unwrap_err();
        assert!(said.starts_with("serve.peer: there are peers"), "{said}");
        let open = |text: String| idp(text).replace("# peer = ", "peer = ") + peers;
        let plan = planned(open).unwrap();
        assert_eq!(plan.modules, [Module::Idp, Module::Recovery]);
        assert_eq!(plan.peers["payments"], "https://pay.inner/payments");
        for (from, to) in [
            ("https://pay.inner", "http://pay.inner"),
            ("/payments\"", "/pay\""),
        ] {
            let said = planned(|text| open(text).replace(from, to)).unwrap_err();
            assert!(
                said.starts_with("peers.payments.base: this is not the base"),
                "{said}"
            );
        }
    }
}
