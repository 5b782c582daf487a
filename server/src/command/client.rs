//! `resonate client add|list|disable|enable|admit`: the apps that may sign people in, in the configured
//! installation or in a demo's data. A server that runs on the same data knows them at once.

use crate::{
    args::{AddClient, AdmitClients, At, ClientCommand, ConfigArgs, ListClients, OneClient},
    demo,
    exit::{Failure, Outcome},
    house::{self, Schema},
    plan::{self, Module},
    settings,
};
use anyhow::Context;
use host::config::Overlay;
use idp::{Idp, RegisterError};
use serde_json::{Map, Value, json};
use std::{fs, io::Read, path::Path, process::ExitCode};

/// Runs one of them.
///
/// # Errors
/// Usage: a file that is no JSON object, an app that is refused, taken or unknown.
pub async fn run(
    command: ClientCommand,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Outcome {
    match command {
        ClientCommand::Add(args) => add(&args, overlay, place).await,
        ClientCommand::List(args) => list(&args, overlay, place).await,
        ClientCommand::Disable(args) => switch(&args, false, overlay, place).await,
        ClientCommand::Enable(args) => switch(&args, true, overlay, place).await,
        ClientCommand::Admit(args) => admit(&args, overlay, place).await,
    }
}

/// The provider of an installation, for as long as a command takes.
struct Opened {
    idp: Idp,
    db: host::Db,
}

impl Opened {
    async fn close<T>(self, result: Result<T, RegisterError>) -> Result<T, Failure> {
        self.db.close().await;
        result.map_err(|error| match error {
            RegisterError::Store(error) => Failure::Failed(error.into()),
            told => Failure::usage(told.to_string()),
        })
    }
}

async fn open(
    at: &At,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Result<Opened, Failure> {
    let (plan, demo) = match &at.data {
        Some(data) => {
            let (plan, demo) = demo::reopen(data)?;
            (plan, Some(demo))
        }
        None => {
            let config = place(at.config.clone());
            let plan = plan::from_settings(settings::read(config.file(), overlay)?)?;
            house::refuse_demo_data(plan.data.as_deref())?;
            (plan, None)
        }
    };
    if !plan.modules.contains(&Module::Idp) {
        return Err(Failure::usage("the module `idp` does not run on this node"));
    }
    let house = house::build(&plan, demo, Schema::Check).await?;
    let idp = house.idp.context("the provider does not run here")?;
    Ok(Opened {
        idp,
        db: house.ground.db,
    })
}

async fn add(
    args: &AddClient,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Outcome {
    let metadata = match &args.file {
        Some(file) => read(file)?,
        None => of_options(args)?,
    };
    let opened = open(&args.at, overlay, place).await?;
    let added = opened.idp.add_client(metadata).await;
    let told = opened.close(added).await?.told;
    println!("{:#}", Value::Object(told.clone()));
    if told.contains_key("client_secret") {
        eprintln!("resonate: keep the client_secret now; it is not shown again");
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Value, Failure> {
    let shown = file.display();
    let wrong = |what: String| Failure::usage(format!("--file {shown}: {what}"));
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(1 << 20).read_to_end(&mut bytes);
        read.map(|_| bytes)
    } else {
        fs::read(file)
    };
    let bytes = bytes.map_err(|error| wrong(format!("cannot be read ({error})")))?;
    let value = host::json::value(&bytes)
        .map_err(|_| wrong("this is not JSON, or a name stands twice in it".to_owned()))?;
    if value.is_object() {
        Ok(value)
    } else {
        let example = "{\"client_name\": .., \"redirect_uris\": [..]}";
        Err(wrong(format!("a JSON object is needed: {example}")))
    }
}

fn of_options(args: &AddClient) -> Result<Value, Failure> {
    let Some(name) = &args.name else {
        return Err(Failure::usage(
            "name the app with --name NAME and --redirect URL, or its document with --file FILE",
        ));
    };
    let mut metadata = Map::new();
    metadata.insert("client_name".to_owned(), json!(name));
    metadata.insert("redirect_uris".to_owned(), json!(args.redirect));
    if args.native {
        metadata.insert("application_type".to_owned(), json!("native"));
    }
    if args.public {
        metadata.insert("token_endpoint_auth_method".to_owned(), json!("none"));
    }
    for (member, value) in [("client_id", &args.id), ("scope", &args.scope)] {
        if let Some(value) = value {
            metadata.insert(member.to_owned(), json!(value));
        }
    }
    Ok(Value::Object(metadata))
}

async fn list(
    args: &ListClients,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Outcome {
    let opened = open(&args.at, overlay, place).await?;
    let lines = opened.idp.clients().await;
    let lines = opened.close(lines.map_err(RegisterError::from)).await?;
    if args.json {
        let line = |app: &idp::ClientLine| {
            json!({
                "client_id": app.id, "client_name": app.name, "origin": app.origin,
                "enabled": app.enabled, "redirect_uris": app.redirects,
            })
        };
        println!("{:#}", Value::Array(lines.iter().map(line).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    let wide = |column: fn(&idp::ClientLine) -> &str, least: usize| {
        let widest = lines.iter().map(|app| column(app).chars().count()).max();
        widest.unwrap_or(0).max(least)
    };
    let (ids, names) = (wide(|app| &app.id, 2), wide(|app| &app.name, 4));
    println!(
        "{:ids$}  {:names$}  {:10}  {:8}  RETURNS TO",
        "ID", "NAME", "ORIGIN", "STATE"
    );
    for app in &lines {
        let state = if app.enabled { "enabled" } else { "disabled" };
        let first = app.redirects.first().map_or("", String::as_str);
        let more = match app.redirects.len() {
            0 | 1 => String::new(),
            n => format!(" (+{})", n - 1),
        };
        println!(
            "{:ids$}  {:names$}  {:10}  {state:8}  {first}{more}",
            app.id, app.name, app.origin
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn switch(
    args: &OneClient,
    enabled: bool,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Outcome {
    let opened = open(&args.at, overlay, place).await?;
    let done = opened.idp.switch_client(&args.id, enabled).await;
    opened.close(done).await?;
    let word = if enabled { "enabled" } else { "disabled" };
    eprintln!("resonate: {} is {word}", args.id);
    Ok(ExitCode::SUCCESS)
}

async fn admit(
    args: &AdmitClients,
    overlay: &Overlay,
    place: impl Fn(ConfigArgs) -> ConfigArgs,
) -> Outcome {
    let opened = open(&args.at, overlay, place).await?;
    let token = opened.idp.admit_clients(args.uses, args.days).await;
    let token = opened.close(token.map_err(RegisterError::from)).await?;
    println!("{token}");
    eprintln!(
        "resonate: good for {} registrations within {} days; it is not shown again",
        args.uses, args.days
    );
    Ok(ExitCode::SUCCESS)
}
