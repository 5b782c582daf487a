//! `resonate owner-link`: a fresh link for the first owner, where the first one was lost.

use crate::{
    args::ConfigArgs,
    exit::{Failure, Outcome},
    house::{self, Schema},
    plan, settings,
};
use anyhow::Result;
use host::config::Overlay;
use idp::{Idp, OwnerLink};
use std::process::ExitCode;

/// Prints a link, good once and for 24 hours. Whoever runs this can write the database: that is its
/// authority. Where somebody is an owner already, that person gives capabilities instead.
///
/// # Errors
/// The configuration; usage where the provider does not run here or an owner exists.
pub async fn run(args: &ConfigArgs, overlay: &Overlay) -> Outcome {
    let plan = plan::from_settings(settings::read(args.file(), overlay)?)?;
    house::refuse_demo_data(plan.data.as_deref())?;
    let house = house::build(&plan, None, Schema::Check).await?;
    let (world, staff) = (&house.ground.world, &plan.origins.staff);
    let link = OwnerLink::draw(world, world.now());
    let good = match &house.idp {
        Some(idp) => make_good(idp, &link).await,
        None => Err(Failure::usage("the provider does not run on this node")),
    };
    house.ground.db.close().await;
    good?;
    println!("{}", link.url(staff));
    eprintln!("resonate: good once and for 24 hours");
    Ok(ExitCode::SUCCESS)
}

async fn make_good(idp: &Idp, link: &OwnerLink) -> Result<(), Failure> {
    let done = async {
        let made = idp.accept_owner_link(&link.note()).await?;
        Ok::<_, anyhow::Error>(made)
    };
    match done.await? {
        true => Ok(()),
        false => Err(Failure::usage(
            "there is an owner already; an owner gives capabilities at the staff pages",
        )),
    }
}
