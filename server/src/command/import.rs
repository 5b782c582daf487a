//! `resonate import FOLDER`: music from a folder, each file reported by name.

use crate::{
    args::ImportArgs,
    demo,
    exit::{Failure, Outcome},
    house::{self, House, Schema},
    plan::{self, Module, Plan},
    settings,
};
use anyhow::{Context, Result};
use credential::jose::SigningKey;
use host::{Demo, config::Overlay};
use ingest::Tools;
use kernel::{Id, Timestamp, hex};
use sha2::{Digest, Sha256};
use std::{path::Path, process::ExitCode};
use streaming::{NewArtist, Streaming, catalogue::Party, import};

/// Imports into the configured installation, or into a demo's data with `--data`. A server that
/// runs on the same data shows the music once it is published.
///
/// # Errors
/// The configuration, or a folder that cannot be read. A file that is refused is reported, the rest
/// is imported, and the exit code is 1.
pub async fn run(args: &ImportArgs, overlay: &Overlay) -> Outcome {
    if !args.folder.is_dir() {
        return Err(Failure::usage(format!(
            "{} is not a folder",
            args.folder.display()
        )));
    }
    let name = match &args.party {
        Some(name) => name.trim().to_owned(),
        None => args
            .folder
            .canonicalize()
            .ok()
            .and_then(|p| Some(p.file_name()?.to_str()?.to_owned()))
            .unwrap_or_default(),
    };
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Failure::usage("name the artist with --party NAME"));
    }
    let (plan, demo) = target(args, overlay)?;
    if !plan.modules.contains(&Module::Streaming) {
        return Err(Failure::usage(
            "the module `streaming` does not run on this node",
        ));
    }
    let publish = args.publish || demo.is_some();
    let tools = tools(plan.streaming.require_sandbox)?;
    let house = house::build(&plan, demo, Schema::Check).await?;
    let refused = bring_in(&house, &tools, &args.folder, &name, publish).await;
    house.ground.db.close().await;
    Ok(if refused? == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn target(args: &ImportArgs, overlay: &Overlay) -> Result<(Plan, Option<Demo>), Failure> {
    match &args.data {
        Some(data) => {
            let (plan, demo) = demo::reopen(data)?;
            Ok((plan, Some(demo)))
        }
        None => {
            let plan = plan::from_settings(settings::read(args.config.file(), overlay)?)?;
            house::refuse_demo_data(plan.data.as_deref())?;
            Ok((plan, None))
        }
    }
}

async fn bring_in(
    house: &House,
    tools: &Tools,
    folder: &Path,
    name: &str,
    publish: bool,
) -> Result<usize> {
    let streaming = house
        .streaming
        .as_ref()
        .context("streaming does not run here")?;
    let artist = Artist::named(house, name);
    artist.enter(streaming).await?;
    let (mut admitted, mut refused) = (0, 0);
    let report = |line: import::Line| {
        let file = line.file.display();
        let at = format!("[{}/{}]", line.done, line.of);
        match line.outcome {
            import::Outcome::Admitted(title) => {
                admitted += 1;
                println!("{at} {file}: taken as \"{title}\"");
            }
            import::Outcome::Known => println!("{at} {file}: is in already"),
            import::Outcome::Refused(why) => {
                refused += 1;
                println!("{at} {file}: refused: {why}");
            }
        }
    };
    streaming
        .import(tools, folder, artist.id, name, report)
        .await?;
    println!("{admitted} taken, {refused} refused");
    if publish {
        let published = artist.publish(streaming, house.ground.world.now()).await?;
        println!("{published} published for {name}");
    } else {
        println!("Ready for {name} to sign; --publish signs with the key the co-op keeps for them");
    }
    Ok(refused)
}

/// ffmpeg and the confined child, which is this very program.
///
/// # Errors
/// What is missing and how to get it.
pub fn tools(require_sandbox: bool) -> Result<Tools> {
    let me = std::env::current_exe().context("this program cannot be found")?;
    Tools::find(me, require_sandbox).map_err(|refused| anyhow::anyhow!("{refused}"))
}

/// An artist for whom the co-op keeps a signing key until they bring their own.
pub struct Artist {
    /// Follows from the name, so that the same name is the same artist.
    pub id: Id<Party>,
    name: String,
    key: SigningKey,
}

impl Artist {
    /// The artist of that name.
    #[must_use]
    pub fn named(house: &House, name: &str) -> Self {
        let hash = Sha256::new_with_prefix(b"resonate/party/1\0")
            .chain_update(name)
            .finalize();
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        let secret = house
            .ground
            .secrets
            .key(&format!("party/{}", hex::encode(id)));
        let key = SigningKey::ed25519_from_seed(secret.expose());
        Self {
            id: Id::from_bytes(id),
            name: name.to_owned(),
            key,
        }
    }

    /// Brings the artist into the catalogue; a repeat changes nothing.
    ///
    /// # Errors
    /// The store.
    pub async fn enter(&self, streaming: &Streaming) -> Result<()> {
        let artist = NewArtist {
            id: self.id,
            name: self.name.clone(),
            country: None,
            bio: None,
        };
        Ok(streaming.add_artist(&artist, Some(&self.key)).await?)
    }

    /// Publishes what is ready; answers how many tracks.
    ///
    /// # Errors
    /// The store; a track whose rights do not hold.
    pub async fn publish(&self, streaming: &Streaming, now: Timestamp) -> Result<usize> {
        Ok(streaming.publish_ready(self.id, &self.key, now).await?)
    }
}
