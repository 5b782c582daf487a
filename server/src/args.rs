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
    /// Make a configuration and keys for a new installation, and a link for its first owner.
    Init(InitArgs),
    /// Print another link for the first owner, while there is none.
    OwnerLink(ConfigArgs),
    /// List or replace the keys that sign tokens and cards.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Add, list, switch off and on the apps that may sign people in.
    #[command(subcommand)]
    Client(ClientCommand),
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

/// Parts of `client`.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Register an app: from a JSON file, or by options. Prints its id and, once, its secret.
    Add(AddClient),
    /// List the apps.
    List(ListClients),
    /// Switch an app off: it gets nothing from this moment on.
    Disable(OneClient),
    /// Switch an app on again.
    Enable(OneClient),
    /// Make an initial access token, with which apps register themselves at /register.
    Admit(AdmitClients),
}

/// Which installation is meant.
#[derive(Clone, Debug, Args)]
pub struct At {
    /// A demo's data instead of the configured installation.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub data: Option<PathBuf>,
    /// The configured installation.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// Options of `client add`.
#[derive(Clone, Debug, Args)]
pub struct AddClient {
    /// A JSON file with RFC 7591 metadata; `-` reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["name", "redirect"])]
    pub file: Option<PathBuf>,
    /// The name people see.
    #[arg(long)]
    pub name: Option<String>,
    /// An address the app may be returned to; may stand more than once.
    #[arg(long, value_name = "URL")]
    pub redirect: Vec<String>,
    /// The id; else one is drawn.
    #[arg(long)]
    pub id: Option<String>,
    /// Scope words with spaces between them.
    #[arg(long)]
    pub scope: Option<String>,
    /// The app runs on people's devices: loopback addresses at any port.
    #[arg(long)]
    pub native: bool,
    /// The app keeps no secret.
    #[arg(long)]
    pub public: bool,
    /// Which installation.
    #[command(flatten)]
    pub at: At,
}

/// Options of `client list`.
#[derive(Clone, Debug, Args)]
pub struct ListClients {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Which installation.
    #[command(flatten)]
    pub at: At,
}

/// Options of `client disable` and `client enable`.
#[derive(Clone, Debug, Args)]
pub struct OneClient {
    /// The app's id.
    pub id: String,
    /// Which installation.
    #[command(flatten)]
    pub at: At,
}

/// Options of `client admit`.
#[derive(Clone, Debug, Args)]
pub struct AdmitClients {
    /// How many apps may be registered with it.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub uses: u32,
    /// For how many days.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=365))]
    pub days: u32,
    /// Which installation.
    #[command(flatten)]
    pub at: At,
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
