//! `resonate migrate`: the database's schema becomes this program's.

use crate::{
    args::ConfigArgs,
    exit::{Failure, Outcome},
    house, plan, settings,
};
use anyhow::Context;
use host::{Db, config::Overlay, migrate};
use std::process::ExitCode;

/// Applies what is missing. Nothing to do is success.
///
/// # Errors
/// The configuration; the database; a step that fails leaves the steps before it applied.
pub async fn run(args: &ConfigArgs, overlay: &Overlay) -> Outcome {
    let plan = plan::from_settings(settings::read(args.file(), overlay)?)?;
    house::refuse_demo_data(plan.data.as_deref())?;
    let done = async {
        let db = Db::open(plan.database.expose())
            .await
            .context("the database cannot be used")?;
        let ran = migrate::run(&db, &house::migrations(&plan)).await;
        db.close().await;
        ran.context("the schema is as it was before the step that failed")
    };
    done.await.map_err(Failure::from)?;
    eprintln!("resonate: the schema is up to date");
    Ok(ExitCode::SUCCESS)
}
