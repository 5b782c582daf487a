//! `resonate doctor`: what is wrong with this installation, its effect, and the command that fixes
//! it. Exit 0: all well, 1: something to fix, 2: warnings.

use crate::{
    args::ConfigArgs,
    exit::Outcome,
    house,
    plan::{self, Plan},
    settings,
};
use bytes::Bytes;
use host::{
    Finding, When,
    config::Overlay,
    http_client::{Call, HttpClient},
    migrate,
};
use http::{HeaderMap, Method};
use std::{collections::BTreeMap, process::ExitCode};

struct Report {
    broken: usize,
    warned: usize,
}

impl Report {
    fn good(what: &str) {
        println!("ok       {what}");
    }

    fn broken(&mut self, what: &str, why: &str, fix: &str) {
        self.broken += 1;
        println!("fix      {what}: {why}\n         {fix}");
    }

    fn warn(&mut self, what: &str, why: &str, fix: &str) {
        self.warned += 1;
        println!("warning  {what}: {why}\n         {fix}");
    }
}

/// Looks at configuration, keys, database, schema, objects, parts and peers.
///
/// # Errors
/// None: what is wrong is the report.
pub async fn run(args: &ConfigArgs, overlay: &Overlay) -> Outcome {
    let mut report = Report {
        broken: 0,
        warned: 0,
    };
    let plan = settings::read(args.file(), overlay).and_then(plan::from_settings);
    match plan {
        Err(error) => report.broken(&error.place, &error.what, &error.remedy),
        Ok(plan) => {
            Report::good("configuration");
            look(&plan, &mut report).await;
        }
    }
    Ok(match report {
        Report { broken: 1.., .. } => ExitCode::from(1),
        Report { warned: 1.., .. } => ExitCode::from(2),
        Report { .. } => ExitCode::SUCCESS,
    })
}

async fn look(plan: &Plan, report: &mut Report) {
    if let Err(error) = house::refuse_demo_data(plan.data.as_deref()) {
        return report.broken("data", &error.what, &error.remedy);
    }
    let ground = match house::ground(plan, None).await {
        Ok(ground) => ground,
        Err(error) => {
            let fix = "Nothing can be served until this is mended";
            return report.broken("keys, database or objects", &format!("{error:#}"), fix);
        }
    };
    Report::good("keys, database and objects");
    match migrate::check(&ground.db, &house::migrations(plan)).await {
        Ok(()) => Report::good("schema"),
        Err(error) => return report.broken("schema", &error.to_string(), "Run: resonate migrate"),
    }
    ground.db.close().await;
    match house::build(plan, None, house::Schema::Check).await {
        Err(error) => report.broken(
            "modules",
            &format!("{error:#}"),
            "Correct the configuration",
        ),
        Ok(house) => {
            let mut found: BTreeMap<&str, Finding> = BTreeMap::new();
            found.extend(house.health.findings(When::Ready).await);
            found.extend(house.health.findings(When::Audit).await);
            for (name, finding) in &found {
                report.broken(name, &finding.0, "Look at the log of `resonate serve`");
            }
            if found.is_empty() {
                Report::good("checks of the modules");
            }
            peers(plan, report).await;
            house.ground.db.close().await;
        }
    }
}

async fn peers(plan: &Plan, report: &mut Report) {
    let Ok(client) = HttpClient::peers() else {
        return;
    };
    for (name, base) in &plan.peers {
        let url = format!("{base}/jwks.json");
        let (method, headers, body) = (Method::GET, HeaderMap::new(), Bytes::new());
        let call = Call {
            method,
            url: &url,
            headers,
            body,
        };
        match client.send(call).await {
            Ok(answer) if answer.status().is_success() => Report::good(&format!("peer {name}")),
            _ => report.warn(
                &format!("peer {name}"),
                "it does not answer; events to it wait",
                "Start it, or correct peers.*.base",
            ),
        }
    }
}
