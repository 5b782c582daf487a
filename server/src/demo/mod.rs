//! `resonate demo`: a whole co-op on this machine, for trying out and for tests.

pub mod clients;
pub mod folder;
pub mod hooks;
pub mod plan;
pub mod ready;
pub mod seed;
pub mod state;

use crate::{
    args::DemoArgs,
    exit::{Failure, Outcome},
    house::{self, House, Schema},
    plan::Plan,
    run::{self, Listener},
    stage::Stage,
};
use anyhow::{Context, Result, anyhow};
use axum::{Router, extract::State as With, http::Uri, response::Redirect};
use hooks::{Hooks, Reset};
use host::{
    Demo, Origin, Origins, edge,
    telemetry::{self, Form},
    tls,
};
use state::State;
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    sync::Arc,
};
use tokio::{net::TcpListener, sync::mpsc};

/// Runs the demo until it is asked to end.
///
/// # Errors
/// Usage: an address that is not loopback, a folder no demo made, apps that are refused.
pub async fn run(args: &DemoArgs, log: &str) -> Outcome {
    for address in [Some(args.listen), args.tls_listen].into_iter().flatten() {
        if !address.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "{address} is not a loopback address; a demo is never shown to others"
            )));
        }
    }
    let apps = args.clients.as_deref().map(clients::read);
    let providers = args.providers.as_deref().map(clients::providers);
    let known = plan::Known {
        clients: apps.transpose()?.unwrap_or_default(),
        providers: providers.transpose()?.unwrap_or_default(),
    };
    // Refused before anything is emptied or made.
    plan::plan(&args.data, plan::origins("http", 1), known.clone())?;
    let data = folder::open(&args.data, args.fresh)?;
    telemetry::begin(log, Form::Words)
        .map_err(|error| Failure::usage(format!("RESONATE_LOG: {error}")))?;
    let asked = run::asked_to_end()?;
    let mut doors = Doors::bind(args, &data).await?;
    let show = Show {
        state: State(data),
        origins: doors.origins(),
        bind: args.listen,
        known,
    };
    show.run(&mut doors, asked).await?;
    Ok(ExitCode::SUCCESS)
}

/// Opens a demo's data for a command beside it, with the origins it last had.
///
/// # Errors
/// Usage: no demo was ever started there.
pub fn reopen(data: &Path) -> Result<(Plan, Demo), Failure> {
    let none = || Failure::usage(format!("no demo was started in {}", data.display()));
    let data = data.canonicalize().map_err(|_| none())?;
    if !host::demo::is_stamped(&data) {
        return Err(none());
    }
    let origins = State(data.clone()).origins().map_err(|_| none())?;
    let plan = plan::plan(&data, origins, plan::Known::default())?;
    let demo = Demo::enter(&plan.origins, plan.public, &data)
        .map_err(|error| Failure::usage(error.to_string()))?;
    State(data).wind(&demo).context("the demo's clock")?;
    Ok((plan, demo))
}

/// The bound sockets: their ports make the origins.
struct Doors {
    plain: Option<TcpListener>,
    plain_port: u16,
    secure: Option<(TcpListener, tls::Acceptor)>,
    secure_port: u16,
    certificate: Option<PathBuf>,
}

impl Doors {
    async fn bind(args: &DemoArgs, data: &Path) -> Result<Self> {
        let plain = run::bind(args.listen).await?;
        let plain_port = plain.local_addr()?.port();
        let mut doors = Self {
            plain: Some(plain),
            plain_port,
            secure: None,
            secure_port: 0,
            certificate: None,
        };
        if args.tls {
            let port = if args.listen.port() == 0 { 0 } else { 8443 };
            let at = args
                .tls_listen
                .unwrap_or(SocketAddr::new(args.listen.ip(), port));
            let socket = run::bind(at).await?;
            doors.secure_port = socket.local_addr()?.port();
            let (acceptor, certificate) = tls::loopback(&data.join("tls"))?;
            doors.secure = Some((socket, acceptor));
            doors.certificate = Some(certificate);
        }
        Ok(doors)
    }

    fn origins(&self) -> Origins {
        match self.certificate {
            Some(_) => plan::origins("https", self.secure_port),
            None => plan::origins("http", self.plain_port),
        }
    }

    /// With TLS the plain port only leads to it.
    fn listeners(&mut self, routes: Router, origins: &Origins) -> Vec<Listener> {
        let mut all = Vec::new();
        let mut plain_routes = routes.clone();
        if let Some((socket, acceptor)) = self.secure.take() {
            all.push(Listener {
                socket,
                routes,
                tls: Some(acceptor),
            });
            let from = plan::origins("http", self.plain_port);
            plain_routes = edge::by_host(Origin::ALL.map(|origin| {
                let to = origins.of(origin).to_owned();
                (
                    house::host_of(from.of(origin)),
                    Router::new().fallback(lead).with_state(to),
                )
            }));
        }
        let plain = self.plain.take();
        all.extend(plain.map(|socket| Listener {
            socket,
            routes: plain_routes,
            tls: None,
        }));
        all
    }
}

async fn lead(With(to): With<String>, uri: Uri) -> Redirect {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    Redirect::permanent(&format!("{to}{path}"))
}

/// A demo about to be shown.
struct Show {
    state: State,
    origins: Origins,
    bind: SocketAddr,
    known: plan::Known,
}

/// A demo being shown: until it is reset, or ends.
struct On {
    plan: Plan,
    house: House,
    hooks: Arc<Hooks>,
}

impl On {
    fn app(&self) -> Router {
        self.house.public(&self.plan, &self.hooks.routes())
    }

    /// Background work, until dropped.
    async fn work(&self) {
        tokio::join!(self.house.ground.outbox.run(), self.hooks.tick());
    }
}

impl Show {
    async fn run(&self, doors: &mut Doors, asked: impl Future<Output = ()>) -> Result<()> {
        let (reset, mut resets) = mpsc::channel(1);
        let mut on = self.open(&reset).await?;
        let stage = Stage::new(on.app());
        let certificate = doors.certificate.clone();
        let listeners = doors.listeners(stage.routes(), &self.origins);
        self.state.keep_origins(&self.origins)?;
        println!(
            "{}",
            ready::line(&self.origins, &plan::PERSONAS, certificate.as_deref())
        );
        eprintln!(
            "Ready: open {} in a browser. Ctrl-C ends it.",
            self.origins.listen
        );
        let mut served = pin!(run::listen(listeners, asked));
        let ended = loop {
            tokio::select! {
                ended = &mut served => break ended,
                () = on.work() => {}
                Some(tell) = resets.recv() => {
                    on.house.ground.db.close().await;
                    self.state.restore()?;
                    on = self.open(&reset).await?;
                    stage.show(on.app());
                    let _ = tell.send(true);
                }
            }
        };
        on.house.ground.db.close().await;
        ended
    }

    /// Opens the house, seeding it first if it never was. A seeding that broke off begins anew.
    async fn open(&self, reset: &Reset) -> Result<On> {
        let plan = plan::plan(&self.state.0, self.origins.clone(), self.known.clone())
            .map_err(|failure| anyhow!("{failure:?}"))?;
        if !self.state.is_seeded() {
            self.state.restore()?;
            let house = house::build(&plan, Some(self.enter()?), Schema::Migrate).await?;
            seed::seed(&house, &self.state.0).await?;
            house.ground.db.close().await;
            self.state.keep_seeded()?;
        }
        let demo = self.enter()?;
        let pushed = self.state.wind(&demo)?;
        let house = house::build(&plan, Some(demo.clone()), Schema::Migrate)
            .await
            .context("this demo cannot go on; --fresh begins a new one")?;
        house.joined.jobs.take_over().await?;
        let hooks = Hooks::new(&house, demo, self.state.clone(), pushed, reset.clone());
        Ok(On { plan, house, hooks })
    }

    fn enter(&self) -> Result<Demo> {
        Ok(Demo::enter(&self.origins, self.bind, &self.state.0)?)
    }
}
