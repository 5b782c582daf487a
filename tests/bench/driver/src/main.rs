#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    reason = "a measuring program reads the clock; it is no part of the platform"
)]

mod http;
mod login;
mod page;
mod verify;

use anyhow::{Context, Result, ensure};
use clap::{Parser, ValueEnum};
use http::{Jar, Wire, app_form, get};
use serde_json::{Value, json};
use std::{
    cell::Cell,
    fs,
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::task::LocalSet;
use url::form_urlencoded::Serializer;
use verify::Verifier;

/// One token in so many is verified.
const CHECKED: usize = 50;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Login,
    Introspect,
    Credentials,
    Get,
}

/// Asks a provider for the same thing as often as it answers.
#[derive(Parser)]
struct Options {
    kind: Kind,
    /// The server's socket.
    #[arg(long)]
    to: SocketAddr,
    /// The `Host` it answers for.
    #[arg(long)]
    host: String,
    /// The provider's name.
    #[arg(long)]
    issuer: String,
    /// The apps: a JSON list with `client_id` and `client_secret`.
    #[arg(long)]
    apps: PathBuf,
    #[arg(long, default_value = "/authorize")]
    authorize: String,
    #[arg(long, default_value = "/token")]
    token: String,
    #[arg(long, default_value = "/introspect")]
    introspect: String,
    #[arg(long, default_value = "/jwks")]
    jwks: String,
    /// The resource of `credentials`.
    #[arg(long, default_value = "https://api.example/v1")]
    resource: String,
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Seconds before counting begins.
    #[arg(long, default_value_t = 1.0)]
    warm: f64,
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Ends after so many, however long it takes, and counts from the first.
    #[arg(long)]
    count: Option<usize>,
    /// `login` writes access tokens here, `introspect` reads them.
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// An app of the bench.
pub struct App {
    id: String,
    basic: String,
}

/// What every connection needs.
pub struct Ask {
    host: String,
    authorize: String,
    token: String,
    apps: Vec<App>,
}

/// One unit of work, by its number.
#[derive(Clone, Copy)]
pub struct Unit {
    number: usize,
}

impl Unit {
    /// Whether its token is verified.
    fn is_checked(self) -> bool {
        self.number.is_multiple_of(CHECKED)
    }
}

/// What all connections share: the time, the count, what was measured.
struct Run {
    options: Options,
    ask: Ask,
    verifier: Verifier,
    requests: Vec<String>,
    began: Instant,
    next: Cell<usize>,
    times: Cell<Vec<u32>>,
    kept: Cell<Vec<String>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let options = Options::parse();
    let apps = apps(&fs::read_to_string(&options.apps)?)?;
    let ask = Ask {
        host: options.host.clone(),
        authorize: options.authorize.clone(),
        token: options.token.clone(),
        apps,
    };
    let mut wire = Wire::open(options.to).await?;
    let jwks = get(&ask.host, &options.jwks, &Jar::default());
    let verifier = Verifier::read(
        options.issuer.clone(),
        &wire.send(jwks.as_bytes()).await?.body,
    )?;
    let requests = requests(&options, &ask)?;
    let run = Rc::new(Run {
        options,
        ask,
        verifier,
        requests,
        began: Instant::now(),
        next: Cell::new(0),
        times: Cell::default(),
        kept: Cell::default(),
    });
    let cpu = cpu_seconds()?;
    let local = LocalSet::new();
    let connections: Vec<_> = (0..run.options.connections)
        .map(|_| local.spawn_local(connection(run.clone())))
        .collect();
    local
        .run_until(async {
            for connection in connections {
                connection.await??;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    let wall = run.began.elapsed().as_secs_f64();
    let busy = (cpu_seconds()? - cpu) / wall;
    tell(&run, wall, busy)
}

fn apps(text: &str) -> Result<Vec<App>> {
    use base64ct::{Base64, Encoding};
    let list: Vec<Value> = serde_json::from_str(text)?;
    let read = |app: &Value| {
        let says = |name: &str| app[name].as_str().context("an app without id or secret");
        let (id, secret) = (says("client_id")?, says("client_secret")?);
        let basic = Base64::encode_string(format!("{id}:{secret}").as_bytes());
        Ok(App {
            id: id.to_owned(),
            basic,
        })
    };
    list.iter().map(read).collect()
}

/// The requests of a unit that is one request, written out before.
fn requests(options: &Options, ask: &Ask) -> Result<Vec<String>> {
    match options.kind {
        Kind::Login => Ok(Vec::new()),
        Kind::Get => Ok(vec![get(&ask.host, &options.jwks, &Jar::default())]),
        Kind::Credentials => {
            let form = Serializer::new(String::new())
                .append_pair("grant_type", "client_credentials")
                .append_pair("resource", &options.resource)
                .finish();
            let one = |app: &App| app_form(&ask.host, &options.token, &app.basic, &form);
            Ok(ask.apps.iter().map(one).collect())
        }
        Kind::Introspect => {
            let file = options.keep.as_ref().context("--keep names the tokens")?;
            let text = fs::read_to_string(file)?;
            let one = |line: &str| {
                let (app, token) = line.split_once(' ').context("app and token")?;
                let app = ask.apps.iter().find(|known| known.id == app);
                let form = format!("token={token}");
                let basic = &app.context("an unknown app")?.basic;
                Ok(app_form(&ask.host, &options.introspect, basic, &form))
            };
            text.lines().map(one).collect()
        }
    }
}

async fn connection(run: Rc<Run>) -> Result<()> {
    let mut wire = Wire::open(run.options.to).await?;
    let warm = Duration::from_secs_f64(run.options.warm);
    let end = warm + Duration::from_secs_f64(run.options.seconds);
    loop {
        let number = run.next.get();
        let began = run.began.elapsed();
        match run.options.count {
            Some(count) if number >= count => return Ok(()),
            None if began >= end => return Ok(()),
            _ => run.next.set(number + 1),
        }
        one(&run, &mut wire, Unit { number }).await?;
        let ended = run.began.elapsed();
        if run.options.count.is_some() || (began >= warm && ended <= end) {
            let took = u32::try_from((ended - began).as_micros()).unwrap_or(u32::MAX);
            let mut times = run.times.take();
            times.push(took);
            run.times.set(times);
        }
    }
}

async fn one(run: &Run, wire: &mut Wire, unit: Unit) -> Result<()> {
    if run.options.kind == Kind::Login {
        let got = login::login(wire, &run.ask, unit, &run.verifier).await?;
        if run.options.keep.is_some() {
            let app = &run.ask.apps[unit.number % run.ask.apps.len()].id;
            let mut kept = run.kept.take();
            kept.push(format!("{app} {}", got.access));
            run.kept.set(kept);
        }
        return Ok(());
    }
    let request = &run.requests[unit.number % run.requests.len()];
    let reply = wire.send(request.as_bytes()).await?;
    ensure!(reply.status == 200, "{}: {}", reply.status, reply.body);
    match run.options.kind {
        Kind::Introspect => ensure!(
            reply.body.contains("\"active\":true"),
            "a token that does not hold: {}",
            reply.body
        ),
        Kind::Credentials if unit.is_checked() => {
            let body: Value = serde_json::from_str(&reply.body)?;
            let token = body["access_token"].as_str().context("a token")?;
            run.verifier.access_token(token, &run.options.resource)?;
        }
        Kind::Credentials => ensure!(reply.body.contains("access_token"), "no token"),
        Kind::Get => ensure!(reply.body.contains("keys"), "no keys"),
        Kind::Login => {}
    }
    Ok(())
}

/// Seconds of processor time of this process.
fn cpu_seconds() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let rest = stat.rsplit(") ").next().context("a name")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |at: usize| -> Result<f64> { Ok(fields.get(at).context("a field")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

fn tell(run: &Run, wall: f64, busy: f64) -> Result<()> {
    let mut times = run.times.take();
    times.sort_unstable();
    ensure!(!times.is_empty(), "nothing was done");
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    let seconds = run.options.count.map_or(run.options.seconds, |_| wall);
    if let Some(file) = run
        .options
        .keep
        .as_ref()
        .filter(|_| run.options.kind == Kind::Login)
    {
        fs::write(file, run.kept.take().join("\n"))?;
    }
    println!(
        "{}",
        json!({
            "done": times.len(), "seconds": seconds, "busy": busy,
            "p50_us": at(500), "p99_us": at(990), "p999_us": at(999),
        })
    );
    Ok(())
}
