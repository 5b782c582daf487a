//! `resonate serve`: the modules of the configuration, until asked to end.

use crate::{
    args::ConfigArgs,
    exit::{Failure, Outcome},
    house::{self, House, Schema},
    owner,
    plan::{self, Plan},
    run::{self, Listener},
    settings,
};
use anyhow::Result;
use axum::Router;
use host::{
    config::Overlay,
    telemetry::{self, Form, Metrics},
};
use std::process::ExitCode;

/// Runs until SIGTERM: not ready, drain, stop work, close the database, exit 0.
///
/// # Errors
/// The configuration, the database or a listener.
pub async fn run(args: &ConfigArgs, overlay: &Overlay, log: &str) -> Outcome {
    let plan = plan::from_settings(settings::read(args.file(), overlay)?)?;
    house::refuse_demo_data(plan.data.as_deref())?;
    let metrics = telemetry::begin(log, Form::Json)
        .map_err(|error| Failure::usage(format!("RESONATE_LOG: {error}")))?;
    serve(&plan, &metrics).await?;
    Ok(ExitCode::SUCCESS)
}

async fn serve(plan: &Plan, metrics: &Metrics) -> Result<()> {
    let asked = run::asked_to_end()?;
    let house = house::build(plan, None, Schema::Check).await?;
    owner::take_in(plan, house.idp.as_ref()).await?;
    house.joined.jobs.take_over().await?;
    let listeners = listeners(plan, &house, metrics).await?;
    tracing::info!(modules = plan.modules.len(), "ready");
    let health = house.health.clone();
    let stop = async move {
        asked.await;
        health.leave();
        tracing::info!("ending");
    };
    // Work goes on while requests drain: their events still leave. Dropping it is safe anywhere.
    tokio::select! {
        served = run::listen(listeners, stop) => served?,
        () = house.joined.work() => {}
    }
    house.ground.db.close().await;
    Ok(())
}

async fn listeners(plan: &Plan, house: &House, metrics: &Metrics) -> Result<Vec<Listener>> {
    let public = Listener {
        socket: run::bind(plan.public).await?,
        routes: house.public(plan, &Router::new()),
        tls: None,
    };
    let mut all = vec![public];
    if let Some(address) = plan.peer {
        let socket = run::bind(address).await?;
        all.push(Listener {
            socket,
            routes: house.peer(metrics),
            tls: None,
        });
    }
    Ok(all)
}
