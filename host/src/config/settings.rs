//! The sections of the configuration that belong to the ground.

use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

/// `[serve]`: where this node listens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// The public listener; put a TLS proxy before it.
    pub public: SocketAddr,
    /// The listener for the other nodes, `/readyz` and `/metrics`. Never public.
    pub peer: Option<SocketAddr>,
    /// Addresses of the proxies whose `X-Forwarded-For` counts.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
}

/// `[origins]`: the public addresses people use, without a trailing slash.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origins {
    /// The identity provider, which is also the issuer.
    pub id: String,
    /// The browser wallet.
    pub wallet: String,
    /// Listening, purse and studio.
    pub listen: String,
    /// The co-op's pages for members.
    pub coop: String,
    /// Staff pages.
    pub staff: String,
}

/// `[database]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://..`.
    pub url: Option<String>,
    /// A file that holds the URL, for one with a password.
    pub url_file: Option<PathBuf>,
}

/// `[keys]`: the key-encryption key and the file of wrapped keys, both beside the data.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// 32 random bytes in base64url; mode 0600 or a systemd credential.
    pub kek_file: PathBuf,
    /// The wrapped keys of the modules.
    pub file: PathBuf,
}

/// `[objects]`: where audio and covers are kept: a folder, or a bucket of S3.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objects {
    /// A local folder.
    pub dir: Option<PathBuf>,
    /// Bucket name.
    pub bucket: Option<String>,
    /// Region of the bucket.
    pub region: Option<String>,
    /// Endpoint, for stores other than AWS.
    pub endpoint: Option<String>,
    /// Access key id.
    pub access_key: Option<String>,
    /// File with the secret key.
    pub secret_key_file: Option<PathBuf>,
}

/// `[peers.NAME]`: a module that runs on another node.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its peer surface, `https://..` or http on loopback, with the module's name as path.
    pub base: String,
}
