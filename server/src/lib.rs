#![doc = include_str!("../README.md")]

pub mod args;
pub mod command;
pub mod demo;
pub mod exit;
pub mod house;
pub mod owner;
pub mod plan;
pub mod run;
pub mod settings;
pub mod stage;

use args::{Cli, Command};
use clap::Parser;
use exit::{Failure, Outcome};
use host::config::{self, Overlay};
use std::{ffi::OsString, path::PathBuf, process::ExitCode};

/// What the environment says besides keys of the configuration.
#[derive(Debug, Default)]
pub struct Environment {
    /// `RESONATE_A__B`: keys of the configuration.
    pub overlay: Overlay,
    /// `RESONATE_CONFIG`: the configuration file.
    pub config: Option<PathBuf>,
    /// `RESONATE_LOG`: what is logged.
    pub log: Option<String>,
}

impl Environment {
    /// Picks what is ours.
    #[must_use]
    pub fn read(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let all: Vec<_> = all.into_iter().collect();
        let get = |name: &str| all.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        Self {
            config: get("RESONATE_CONFIG").map(PathBuf::from),
            log: get("RESONATE_LOG"),
            overlay: config::overlay(all),
        }
    }
}

/// Runs one command and gives its exit code: 0 done, 1 refused or failed, 2 usage or configuration.
pub fn main(
    args: impl IntoIterator<Item = OsString>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // The confined child of an import: it must touch nothing else of this program.
    if let [_, word, rest @ ..] = args.as_slice()
        && word == "ingest-child"
    {
        return ingest::child::run(rest);
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::from(error.use_stderr()) * 2);
        }
    };
    let environment = Environment::read(environment);
    // Two workers: the platform's heavy work has threads of its own, and each costs memory.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(32)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command, environment)),
        Err(error) => Err(Failure::Failed(error.into())),
    };
    outcome.unwrap_or_else(|failure| failure.tell())
}

async fn run(command: Command, environment: Environment) -> Outcome {
    let Environment {
        overlay,
        config,
        log,
    } = environment;
    let log = |default: &str| log.clone().unwrap_or_else(|| default.to_owned());
    let place = |mut args: args::ConfigArgs| {
        // The option wins over the variable.
        if let (None, Some(file)) = (&args.config, &config) {
            args.config = Some(file.clone());
        }
        args
    };
    match command {
        Command::Demo(args) => demo::run(&args, &log("warn,host::db=error")).await,
        Command::Serve(args) => command::serve::run(&place(args), &overlay, &log("info")).await,
        Command::Migrate(args) => command::migrate::run(&place(args), &overlay).await,
        Command::Doctor(args) => command::doctor::run(&place(args), &overlay).await,
        Command::Config(args::ConfigCommand::Check(args)) => {
            command::config::check(&place(args), &overlay)
        }
        Command::Config(args::ConfigCommand::Sample) => Ok(command::config::print_sample()),
        Command::Config(args::ConfigCommand::Schema) => Ok(command::config::print_schema()),
        Command::Import(mut args) => {
            args.config = place(args.config);
            command::import::run(&args, &overlay).await
        }
        Command::Client(command) => command::client::run(command, &overlay, place).await,
        Command::Keys(args::KeysCommand::List(args)) => {
            command::keys::list(&place(args), &overlay).await
        }
        Command::Keys(args::KeysCommand::Rotate(mut args)) => {
            args.config = place(args.config);
            command::keys::rotate(&args, &overlay).await
        }
        Command::OwnerLink(args) => command::owner_link::run(&place(args), &overlay).await,
        Command::Init(args) => command::init::run(&args, &host::world::system()),
    }
}
