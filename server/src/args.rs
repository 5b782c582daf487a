//! The commands and their options.

use clap::{Args, Parser, Subcommand};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// Resonate: a co-op's music platform.
#[derive(Debug, Parser)]
#[command(name = "resonate", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// One command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a whole co-op with made-up people and music on this machine, for trying out.
    Demo(DemoArgs),
    /// Run the modules the configuration names.
    Serve(ConfigArgs),
    /// Bring the database to this version's schema.
    Migrate(ConfigArgs),
    /// Look for what is wrong with this installation. Exit 0: all well, 1: fix it, 2: warnings.
    Doctor(ConfigArgs),
    /// Check the configuration, or print a sample or the schema.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Read a folder of music: FLAC, WAV, MP3 or Ogg Vorbis with tags and covers.
    Import(ImportArgs),
    /// Make a configuration and keys for a new installation.
    Init(InitArgs),
    /// List or replace the keys that sign tokens and cards.
    #[command(subcommand)]
    Keys(KeysCommand),
}

/// Parts of `keys`.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys with what they sign and their stage of life.
    List(ConfigArgs),
    /// Begin the replacement of a key: the next one is shown at once and signs after 24 hours.
    Rotate(RotateArgs),
}

/// Options of `keys rotate`.
#[derive(Clone, Debug, Args)]
pub struct RotateArgs {
    /// What the key signs: tokens by this algorithm, or cards.
    #[arg(value_parser = ["RS256", "ES256", "EdDSA", "card"])]
    pub kind: String,
    /// Sign with the new key at once: for a key that leaked. Apps that cached the key set refuse
    /// new tokens until they fetch it again.
    #[arg(long)]
    pub now: bool,
    /// The configured installation.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Where the configuration is.
#[derive(Clone, Debug, Args)]
pub struct ConfigArgs {
    /// The configuration file; else what RESONATE_CONFIG names, else resonate.toml.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl ConfigArgs {
    /// The file these options name.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.config.as_deref().unwrap_or(Path::new("resonate.toml"))
    }
}

/// Options of `demo`.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// The folder that keeps the demo's data.
    #[arg(long, default_value = "demo-data", value_name = "DIR")]
    pub data: PathBuf,
    /// The loopback address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Begin anew: empty the folder first, if a demo made it.
    #[arg(long)]
    pub fresh: bool,
    /// A JSON list of apps (RFC 7591 metadata with fixed client_id) to know from the start.
    #[arg(long, value_name = "FILE")]
    pub clients: Option<PathBuf>,
    /// A JSON object of outside OpenID providers, by name: issuer, client_id, client_secret, label.
    #[arg(long, value_name = "FILE")]
    pub providers: Option<PathBuf>,
    /// Serve https on port 8443 as well, with a certificate of our own, and make that the issuer.
    #[arg(long)]
    pub tls: bool,
    /// The https address to use instead of port 8443 on the same host.
    #[arg(long, value_name = "ADDRESS", requires = "tls")]
    pub tls_listen: Option<SocketAddr>,
}

/// Parts of `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Read the configuration and the keys it names, and say what is wrong.
    Check(ConfigArgs),
    /// Print a commented configuration.
    Sample,
    /// Print the configuration's JSON schema.
    Schema,
}

/// Options of `import`.
#[derive(Clone, Debug, Args)]
pub struct ImportArgs {
    /// The folder to read.
    pub folder: PathBuf,
    /// For whom: the artist's name as listeners see it; else the folder's name.
    #[arg(long, value_name = "NAME")]
    pub party: Option<String>,
    /// Publish at once, signed with a key the co-op keeps for the artist; a demo always does.
    #[arg(long)]
    pub publish: bool,
    /// Import into the data of a demo instead of the configured installation.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub data: Option<PathBuf>,
    /// The configured installation.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Options of `init`.
#[derive(Clone, Debug, Args)]
pub struct InitArgs {
    /// The co-op's domain: the origins become id.DOMAIN, listen.DOMAIN and so on.
    #[arg(long)]
    pub domain: String,
    /// The folder for configuration, keys and data.
    #[arg(long, default_value = ".", value_name = "DIR")]
    pub dir: PathBuf,
}
