//! `resonate keys list|rotate`: the keys that sign tokens and cards.

use crate::{
    args::{ConfigArgs, RotateArgs},
    exit::{Failure, Outcome},
    house::{self, House, Schema},
    plan, settings,
};
use host::config::Overlay;
use std::process::ExitCode;

/// Prints what each key signs, its name, its stage and since when.
///
/// # Errors
/// The configuration; the database; a node without the module `idp`.
pub async fn list(args: &ConfigArgs, overlay: &Overlay) -> Outcome {
    let house = open(args, overlay).await?;
    let lines = provider(&house)?.keys().await;
    house.ground.db.close().await;
    for key in lines.map_err(anyhow::Error::from)? {
        let since = match key.state {
            "pending" => Some(key.public_at),
            "active" => key.active_at,
            _ => key.retired_at,
        };
        let since = since.map(|at| at.to_string()).unwrap_or_default();
        println!("{:<5}  {:<7}  {}  {since}", key.kind, key.state, key.kid);
    }
    Ok(ExitCode::SUCCESS)
}

/// Begins the replacement of a key. A server that runs follows within a minute.
///
/// # Errors
/// As [`list`].
pub async fn rotate(args: &RotateArgs, overlay: &Overlay) -> Outcome {
    let house = open(&args.config, overlay).await?;
    let rotated = provider(&house)?.rotate(&args.kind, args.now).await;
    house.ground.db.close().await;
    if !rotated.map_err(anyhow::Error::from)? {
        return Err(Failure::usage("the kinds are RS256, ES256, EdDSA and card"));
    }
    if args.now {
        println!("The new {} key signs from now on.", args.kind);
    } else {
        println!(
            "The new {} key is shown from now on and signs in 24 hours, by a server that runs.",
            args.kind
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(args: &ConfigArgs, overlay: &Overlay) -> Result<House, Failure> {
    let plan = plan::from_settings(settings::read(args.file(), overlay)?)?;
    house::refuse_demo_data(plan.data.as_deref())?;
    Ok(house::build(&plan, None, Schema::Check).await?)
}

fn provider(house: &House) -> Result<&idp::Idp, Failure> {
    let missing = || Failure::usage("the module `idp` does not run on this node");
    house.idp.as_ref().ok_or_else(missing)
}
