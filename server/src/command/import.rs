//! `resonate import FOLDER`: music from a folder, each file reported by name.

use crate::{
    args::ImportArgs,
    demo,
    exit::{Failure, Outcome},
    house::{self, Schema},
    plan::{self, Module, Plan},
    settings,
};
use host::{Demo, config::Overlay};
use std::process::ExitCode;

/// Imports into the configured installation, or into a demo's data with `--data`. A server that
/// runs on the same data shows the music as it is ready.
///
/// # Errors
/// The configuration, or a folder that cannot be read. A file that is refused is reported and
/// fails the command only at its end.
pub async fn run(args: &ImportArgs, overlay: &Overlay) -> Outcome {
    if !args.folder.is_dir() {
        return Err(Failure::usage(format!("{} is not a folder", args.folder.display())));
    }
    let (plan, demo) = target(args, overlay)?;
    if !plan.modules.contains(&Module::Streaming) {
        return Err(Failure::usage("the module `streaming` does not run on this node"));
    }
    let house = house::build(&plan, demo, Schema::Check).await?;
    let refused = crate::music::import(&house, &args.folder, args.party.as_deref()).await;
    house.ground.db.close().await;
    Ok(if refused? == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
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
