#![doc = include_str!("../README.md")]

mod cards;
mod home;
mod http;
mod listen;
mod login;
mod opened;
mod person;
mod play;
mod present;
mod sync;
mod talk;
mod vault;
mod world;

use anyhow::Context;
use clap::{Parser, Subcommand};
use home::{Home, Locked};
use opened::{Opened, WrongPassphrase};
use person::Person;
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};
use url::Url;
use wallet::receive::Wish;

/// A wallet for Resonate: keys and cards on this machine, sealed under a passphrase.
#[derive(Parser)]
#[command(version)]
struct Options {
    /// Base folder; default: the system's data folder.
    #[arg(long, global = true)]
    data: Option<PathBuf>,
    /// Which wallet.
    #[arg(long, global = true, default_value = "main")]
    name: String,
    /// Read the passphrase from this open file descriptor (0, or 3 and more).
    #[arg(long, global = true)]
    passphrase_fd: Option<i32>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    /// Agree to what would be asked. Never covers payments, mandates and keys.
    #[arg(long, global = true)]
    yes: bool,
    /// Seconds ahead of this machine's clock; for the demo, whose clock can be moved.
    #[arg(
        long,
        global = true,
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    clock_offset: i64,
    /// The issuer, where this wallet has joined at several.
    #[arg(long, global = true)]
    issuer: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a wallet under a passphrase, or open one that another device saved.
    Init {
        /// The line that `sync` printed on the other device.
        #[arg(long, requires = "at")]
        from: Option<String>,
        /// The wallet origin that keeps it.
        #[arg(long, requires = "from")]
        at: Option<String>,
    },
    /// Join at an issuer under a pseudonym, and take the first cards.
    Join {
        /// The issuer's URL.
        url: String,
        /// The name you want there; drawn if left out.
        #[arg(long)]
        handle: Option<String>,
    },
    /// What cards there are; with --refill, take new ones.
    Cards {
        #[arg(long)]
        refill: bool,
    },
    /// Answer a request: the URL a sign-in page leads to, or the one in its picture.
    Present {
        url: String,
        /// For a picture on another screen: the two-digit number beside it; asked for if left out.
        #[arg(long, value_parser = clap::value_parser!(u8).range(10..100))]
        number: Option<u8>,
    },
    /// What was shown to whom.
    History,
    /// Names that nothing links, each with its own keys and cards.
    Personas {
        #[command(subcommand)]
        what: Personas,
    },
    /// Ways into this wallet.
    Ways {
        #[command(subcommand)]
        what: Ways,
    },
    /// Keep the vault, sealed, at a wallet origin, and take what other devices saved.
    Sync {
        /// The wallet origin; needed the first time.
        url: Option<String>,
    },
    /// Write the vault to a file, as a backup.
    Export { file: PathBuf },
    /// Make a wallet of a backup.
    Import { file: PathBuf },
    /// Whether a backup opens, to its last part.
    Verify { file: PathBuf },
    /// Whether a wallet origin serves what its release says.
    CheckWeb { url: String },
    /// Counts and versions to send along with a question; no name, card, key or address.
    Diag,
    /// Balance at a listening origin.
    Purse { url: String },
    /// Open an order at a listening origin and say where to pay.
    Topup {
        url: String,
        /// In cents: 500 is EUR 5.
        #[arg(long, default_value_t = 500)]
        cents: i64,
    },
    /// Let this wallet pay for plays at a listening origin, within limits you sign.
    Mandate { url: String },
    /// Play a track; the audio goes to a file.
    Play {
        /// The track's page.
        url: String,
        #[arg(long)]
        out: PathBuf,
        /// Stop after so many seconds.
        #[arg(long)]
        seconds: Option<u64>,
    },
}

#[derive(Subcommand)]
enum Personas {
    /// All of them, and which is open.
    List,
    /// One more.
    Add {
        /// What it is called here; no app learns it.
        #[arg(id = "persona", value_name = "NAME")]
        name: String,
    },
    /// Open another.
    Use {
        /// What it is called here.
        #[arg(id = "persona", value_name = "NAME")]
        name: String,
    },
}

#[derive(Subcommand)]
enum Ways {
    /// All of them.
    List,
    /// One more passphrase.
    Add {
        /// Read the new passphrase from this open file descriptor.
        #[arg(long)]
        new_passphrase_fd: Option<i32>,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("resonate-wallet: {e:#}");
            let locked = e.is::<Locked>() || e.is::<WrongPassphrase>();
            ExitCode::from(if locked { 3 } else { 1 })
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let person = Person {
        json: options.json,
        yes: options.yes,
        passphrase_fd: options.passphrase_fd,
        number: match &options.command {
            Command::Present { number, .. } => *number,
            _ => None,
        },
        read: std::cell::OnceCell::new(),
    };
    no_core_dumps()?;
    match &options.command {
        Command::CheckWeb { url } => {
            return vault::check_web(&http::Http::new()?, &person, url).await;
        }
        Command::Verify { file } => return vault::verify(&person, file),
        _ => {}
    }
    let base = options.data.clone().map_or_else(home::base, Ok)?;
    let home = Home::open(&base, &options.name)?;
    let world = world::world(options.clock_offset);
    match &options.command {
        Command::Init {
            from: Some(code),
            at: Some(at),
        } => return init_from(home, world, &person, at, code).await,
        Command::Init { .. } => return init(home, world, &person),
        Command::Import { file } => return vault::import(home, world, &person, file),
        _ => {}
    }
    let passphrase = person.passphrase("Passphrase: ")?;
    let mut opened = Opened::open(home, world, passphrase.expose())?;
    drop(passphrase);
    act(&options, &mut opened, &person).await
}

/// Carries the command out with an open wallet.
async fn act(options: &Options, opened: &mut Opened, person: &Person) -> anyhow::Result<()> {
    let (http, world) = (http::Http::new()?, opened.world.clone());
    let talk = talk::Talk::new(&http, &world);
    let place = |url: &str, opened: &Opened| {
        let url = Url::parse(url).with_context(|| format!("{url} is no URL"))?;
        listen::place(&url, options.issuer.as_deref(), opened)
    };
    match &options.command {
        Command::Init { .. }
        | Command::Import { .. }
        | Command::Verify { .. }
        | Command::CheckWeb { .. } => Ok(()),
        Command::Personas { what } => personas(opened, person, what),
        Command::Ways { what } => ways(opened, person, what),
        Command::Sync { url } => sync::sync(talk.http, opened, person, url.as_deref()).await,
        Command::Diag => {
            vault::diag(opened, person);
            Ok(())
        }
        Command::Join { url, handle } => join(&talk, opened, person, url, handle.as_deref()).await,
        Command::Cards { refill } => {
            if *refill {
                let at = place("http://localhost", opened)?;
                let tokens = login::again(&talk, opened, &at.issuer).await?;
                cards::take(&talk, opened, &at.issuer, &tokens, person).await?;
            }
            cards::list(opened, person);
            Ok(())
        }
        Command::Present { url, .. } => {
            let shown = present::present(&talk, opened, person, url, None).await?;
            present::tell(person, &shown);
            Ok(())
        }
        Command::History => history(opened, person),
        Command::Export { file } => export(opened, person, file),
        Command::Purse { url } => listen::purse(&talk, opened, &place(url, opened)?, person).await,
        Command::Topup { url, cents } => {
            listen::top_up(&talk, opened, &place(url, opened)?, *cents, person).await
        }
        Command::Mandate { url } => {
            let place = place(url, opened)?;
            listen::mandate(&talk, opened, &place, person).await
        }
        Command::Play { url, out, seconds } => {
            let place = place(url, opened)?;
            let track = url.rsplit('/').next().unwrap_or_default();
            let track = track.split(['?', '#']).next().unwrap_or_default();
            let wish = play::Wish {
                track,
                out,
                seconds: *seconds,
            };
            play::play(&talk, opened, &place, person, &wish).await
        }
    }
}

fn personas(opened: &mut Opened, person: &Person, what: &Personas) -> anyhow::Result<()> {
    match what {
        Personas::List => {
            vault::personas(opened, person);
            Ok(())
        }
        Personas::Add { name } => vault::add_persona(opened, person, name),
        Personas::Use { name } => vault::use_persona(opened, person, name),
    }
}

fn ways(opened: &mut Opened, person: &Person, what: &Ways) -> anyhow::Result<()> {
    match what {
        Ways::List => {
            vault::ways(opened, person);
            Ok(())
        }
        Ways::Add { new_passphrase_fd } => vault::add_way(opened, person, *new_passphrase_fd),
    }
}

/// What is unlocked must not end in a file when the program fails.
fn no_core_dumps() -> anyhow::Result<()> {
    let none = rustix::process::Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)
        .context("core dumps cannot be switched off")
}

async fn init_from(
    home: Home,
    world: kernel::World,
    person: &Person,
    at: &str,
    code: &str,
) -> anyhow::Result<()> {
    let (document, place) = sync::find(&http::Http::new()?, at, code).await?;
    let passphrase = person.passphrase("Passphrase of the wallet: ")?;
    let opened = Opened::adopt(home, world, passphrase.expose(), document, place)?;
    let version = opened.document.version;
    let words = "It is open here too. Cards stay on the device that took them: take new ones with cards --refill.";
    person.tell(words, &json!({ "version": version }));
    Ok(())
}

fn init(home: Home, world: kernel::World, person: &Person) -> anyhow::Result<()> {
    let passphrase = person.passphrase("New passphrase (six words are a good one): ")?;
    if person.passphrase_fd.is_none() {
        let again = person.passphrase("Once more: ")?;
        anyhow::ensure!(
            again.is(passphrase.expose().as_bytes()),
            "the two differ; nothing was made"
        );
    }
    let opened = Opened::create(home, world, passphrase.expose(), "main")?;
    let folder = opened.home.folder().display().to_string();
    let words = format!(
        "Your wallet lies in {folder}.\nNobody can restore it without the passphrase or a backup: resonate-wallet export FILE"
    );
    person.tell(&words, &json!({ "folder": folder }));
    Ok(())
}

async fn join(
    talk: &talk::Talk<'_>,
    opened: &mut Opened,
    person: &Person,
    url: &str,
    handle: Option<&str>,
) -> anyhow::Result<()> {
    let issuer = url.trim_end_matches('/');
    let text = format!(
        "You join at {issuer}. It learns: a handle and one key made for it. It does not learn: your name, your e-mail, your other apps.\n"
    );
    person.agree(&text)?;
    let metadata = login::discover(talk, issuer).await?;
    let admission = login::admission(talk, issuer, person).await?;
    let wish = Wish {
        handle,
        admission: Some(&admission),
        resource: None,
    };
    let tokens = login::by_key(talk, opened, &metadata, &wish).await?;
    login::keep(opened, issuer, &tokens)?;
    let count = cards::take(talk, opened, issuer, &tokens, person).await?;
    let handle = opened
        .holdings
        .copies
        .last()
        .and_then(|c| c.claims.get("handle"))
        .cloned();
    let words = format!(
        "Welcome, {}. {count} copies of the Listener card are in your wallet.",
        handle
            .as_ref()
            .and_then(|h| h.as_str())
            .unwrap_or("listener")
    );
    person.tell(
        &words,
        &json!({ "issuer": issuer, "handle": handle, "cards": count }),
    );
    Ok(())
}

fn history(opened: &Opened, person: &Person) -> anyhow::Result<()> {
    let line = |d: &wallet::history::Disclosure| {
        let at = kernel::Timestamp::from_seconds(d.at);
        let what = if d.facts.is_empty() {
            "signed in".to_owned()
        } else {
            d.facts.join(", ")
        };
        format!("{at}  {}  {what}  {:?}", d.verifier, d.outcome)
    };
    let lines: Vec<String> = opened.history.iter().map(line).collect();
    let words = if lines.is_empty() {
        "Nothing was shown yet.".into()
    } else {
        lines.join("\n")
    };
    person.tell(&words, &json!({ "history": opened.history }));
    Ok(())
}

fn export(opened: &Opened, person: &Person, file: &std::path::Path) -> anyhow::Result<()> {
    person.agree_guarded("The backup opens with your passphrase, anywhere. It holds your keys, not your card copies.\n")?;
    let mut options = std::fs::OpenOptions::new();
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.write(true).create_new(true).open(file);
    let out = out
        .as_mut()
        .map_err(|e| anyhow::anyhow!("{}: {e}", file.display()))?;
    std::io::Write::write_all(out, opened.backup().as_bytes())?;
    out.sync_all()?;
    person.tell(
        &format!("Written to {}.", file.display()),
        &json!({ "file": file }),
    );
    Ok(())
}
