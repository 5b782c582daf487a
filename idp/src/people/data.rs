//! Everything that is kept about a person, for that person: signed JSON and a table.

use super::{
    Who,
    api::{Asked, Given, who},
    frame::{self, Frame},
};
use crate::{
    browser,
    core::{Core, Shared},
    events, page,
    problem::Refusal,
};
use askama::Template;
use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use credential::jose::Alg;
use host::{
    Json,
    db::{Conn, Error},
};
use kernel::{Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::{Row, any::AnyRow};
use web::lang::Choice;

/// The type of a signed export, in its header: nothing else is taken for one.
const TYP: &str = "resonate-export+jwt";

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/account/data", get(show).post(fetch))
        .with_state(core)
}

/// The door of the API.
pub(super) fn doors() -> Router<Shared> {
    Router::new().route("/api/account/data", post(give))
}

/// How a column is read.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    /// Microseconds; written as RFC 3339.
    Time,
    Json,
}
use Kind::{Json as Nested, Number, Text, Time};

/// A table's part of the export.
struct Section {
    name: &'static str,
    sql: &'static str,
    columns: &'static [(&'static str, Kind)],
}

const ACCOUNT: &str = "SELECT id, user_handle, handle, wallet_ref, state, epoch, locale, \
    cool_until, created_day FROM idp_account WHERE id = $1";
const PASSKEYS: &str = "SELECT credential_id, passkey_json, name, be, bs, created_day, used_day, \
    suspended FROM idp_passkey WHERE account = $1 ORDER BY credential_id";
const WALLETS: &str = "SELECT jkt, created_day FROM idp_wallet_key WHERE account = $1 ORDER BY jkt";
const EXTERNAL: &str = "SELECT tag, provider, attached_day FROM idp_external \
    WHERE account = $1 ORDER BY tag";
const LOGINS: &str = "SELECT id_h, epoch, auth_time, acr, amr, member_until, label, created, \
    seen, ends FROM idp_session WHERE account = $1 ORDER BY created, id_h";
const LOGIN_APPS: &str = "SELECT c.session, c.client_id, c.sid, c.proved FROM idp_session_client c \
    JOIN idp_session s ON s.id_h = c.session WHERE s.account = $1 ORDER BY c.sid";
const CONSENTS: &str = "SELECT client_id, scope, nickname, text_version, given_at \
    FROM idp_consent WHERE account = $1 ORDER BY client_id";
const GRANTS: &str = "SELECT id, client_id, scope, resource, auth_time, acr, amr, session, \
    epoch, created, ended, told FROM idp_grant WHERE account = $1 ORDER BY created, id";
const ACCESS: &str = "SELECT t.token_h, t.grant_id, t.jkt, t.scope, t.until FROM idp_access t \
    JOIN idp_grant g ON g.id = t.grant_id WHERE g.account = $1 ORDER BY t.token_h";
const REFRESH: &str = "SELECT t.token_h, t.family, t.grant_id, t.jkt, t.used_at, t.idle_until, \
    t.ends FROM idp_refresh t JOIN idp_grant g ON g.id = t.grant_id \
    WHERE g.account = $1 ORDER BY t.token_h";
const SIGN_INS: &str = "SELECT ix, browser_h, client_id, request_json, par, state, session, \
    proved, reached_json, until FROM idp_interaction WHERE account = $1 ORDER BY ix";
const LOG: &str = "SELECT id, kind, at, detail_json FROM idp_event WHERE account = $1 \
    ORDER BY at, id";
const NUDGE: &str = "SELECT quiet_until FROM idp_nudge WHERE account = $1";

/// Every statement of this file.
pub(super) const STATEMENTS: &[&str] = &[
    ACCOUNT, PASSKEYS, WALLETS, EXTERNAL, LOGINS, LOGIN_APPS, CONSENTS, GRANTS, ACCESS, REFRESH,
    SIGN_INS, LOG, NUDGE,
];

/// What is exported. Hashes stand for secrets that only the person's browser or app holds.
#[rustfmt::skip]
const SECTIONS: &[Section] = &[
    Section { name: "account", sql: ACCOUNT, columns: &[
        ("id", Text), ("user_handle", Text), ("handle", Text), ("wallet_ref", Text),
        ("state", Text), ("epoch", Number), ("locale", Text), ("cool_until", Time),
        ("created_day", Text),
    ] },
    Section { name: "passkeys", sql: PASSKEYS, columns: &[
        ("credential_id", Text), ("passkey_json", Nested), ("name", Text), ("be", Number),
        ("bs", Number), ("created_day", Text), ("used_day", Text), ("suspended", Time),
    ] },
    Section { name: "wallet_keys", sql: WALLETS, columns: &[("jkt", Text), ("created_day", Text)] },
    Section { name: "external", sql: EXTERNAL, columns: &[
        ("tag", Text), ("provider", Text), ("attached_day", Text),
    ] },
    Section { name: "logins", sql: LOGINS, columns: &[
        ("id_h", Text), ("epoch", Number), ("auth_time", Time), ("acr", Text), ("amr", Text),
        ("member_until", Time), ("label", Text), ("created", Time), ("seen", Time), ("ends", Time),
    ] },
    Section { name: "login_apps", sql: LOGIN_APPS, columns: &[
        ("session", Text), ("client_id", Text), ("sid", Text), ("proved", Time),
    ] },
    Section { name: "consents", sql: CONSENTS, columns: &[
        ("client_id", Text), ("scope", Text), ("nickname", Text), ("text_version", Number),
        ("given_at", Time),
    ] },
    Section { name: "grants", sql: GRANTS, columns: &[
        ("id", Text), ("client_id", Text), ("scope", Text), ("resource", Text),
        ("auth_time", Time), ("acr", Text), ("amr", Text), ("session", Text), ("epoch", Number),
        ("created", Time), ("ended", Time), ("told", Time),
    ] },
    Section { name: "access_tokens", sql: ACCESS, columns: &[
        ("token_h", Text), ("grant_id", Text), ("jkt", Text), ("scope", Text), ("until", Time),
    ] },
    Section { name: "refresh_tokens", sql: REFRESH, columns: &[
        ("token_h", Text), ("family", Text), ("grant_id", Text), ("jkt", Text), ("used_at", Time),
        ("idle_until", Time), ("ends", Time),
    ] },
    Section { name: "sign_ins", sql: SIGN_INS, columns: &[
        ("ix", Text), ("browser_h", Text), ("client_id", Text), ("request_json", Nested),
        ("par", Text), ("state", Text), ("session", Text), ("proved", Number),
        ("reached_json", Nested), ("until", Time),
    ] },
    Section { name: "log", sql: LOG, columns: &[
        ("id", Text), ("kind", Text), ("at", Time), ("detail_json", Nested),
    ] },
    Section { name: "hints", sql: NUDGE, columns: &[("quiet_until", Time)] },
];

/// Reads all of it, table by table; what is not set is left out.
///
/// # Errors
/// The store's own.
pub(super) async fn all(conn: &mut Conn, account: &str) -> Result<Map<String, Value>, Error> {
    let mut data = Map::new();
    for section in SECTIONS {
        let rows = sqlx::query(section.sql)
            .bind(account)
            .fetch_all(&mut *conn)
            .await?;
        let rows = rows.iter().map(|row| read(row, section.columns));
        let rows: Vec<Value> = rows.collect::<Result<_, Error>>()?;
        data.insert(section.name.to_owned(), rows.into());
    }
    Ok(data)
}

fn read(row: &AnyRow, columns: &[(&str, Kind)]) -> Result<Value, Error> {
    let mut told = Map::new();
    for (name, kind) in columns {
        let value = match kind {
            Text => row.try_get::<Option<String>, _>(*name)?.map(Value::from),
            Nested => row
                .try_get::<Option<String>, _>(*name)?
                .map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text))),
            Number => row.try_get::<Option<i64>, _>(*name)?.map(Value::from),
            Time => row
                .try_get::<Option<i64>, _>(*name)?
                .map(|at| Timestamp::from_micros(at).to_string().into()),
        };
        if let Some(value) = value {
            told.insert((*name).to_owned(), value);
        }
    }
    Ok(Value::Object(told))
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Form {
    Json,
    Csv,
}

/// The export as a file, and a line in the log that it was fetched.
///
/// # Errors
/// `LoginNeeded` where the login has ended; the store's own.
pub(super) async fn file(
    core: &Core,
    who: &Who,
    form: Form,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let line = &events::New::draw(&core.ground.world, events::EXPORTED);
    let id = who.account.id.as_str();
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            who.still(tx, now).await?;
            events::write(tx, id, line, now).await?;
            Ok::<_, Refusal>(all(tx, id).await?)
        })
    });
    let data = write.await?;
    let (text, kind, name) = match form {
        Form::Csv => (
            table(&data),
            "text/csv; charset=utf-8",
            "resonate-identity.csv",
        ),
        Form::Json => (
            signed(core, data, now).await?,
            "application/json",
            "resonate-identity.json",
        ),
    };
    let mut answer = text.into_response();
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let named = format!("attachment; filename=\"{name}\"");
    if let Ok(named) = HeaderValue::try_from(named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

/// The data for reading, and the same signed for showing to others.
async fn signed(core: &Core, data: Map<String, Value>, now: Timestamp) -> Result<String, Refusal> {
    let claims = json!({ "iss": core.issuer(), "iat": now.seconds(), "data": data });
    let jws = core.ring(now).await?.sign(Alg::EdDsa, TYP, &claims);
    let jws = jws.ok_or_else(|| Refusal::Edge(Problem::new(&problem::INTERNAL)))?;
    let whole = json!({ "iss": core.issuer(), "made": now.to_string(), "data": data, "jws": jws });
    Ok(format!("{whole:#}\n"))
}

/// One table of all: where a value stands, and the value (RFC 4180).
fn table(data: &Map<String, Value>) -> String {
    let mut text = String::from("table,row,field,value\r\n");
    for (name, rows) in data {
        let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
        for (at, row) in rows.iter().enumerate() {
            for (field, value) in row.as_object().into_iter().flatten() {
                let value = match value {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let at = at + 1;
                text.push_str(&format!("{name},{at},{field},{}\r\n", cell(&value)));
            }
        }
    }
    text
}

/// A cell in quotes; what a spreadsheet would take for a formula is marked as text.
fn cell(value: &str) -> String {
    let formula = value.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", value.replace('"', "\"\""))
}

#[derive(Template)]
#[template(path = "account/data.html")]
struct Data {
    f: Frame,
}

async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Response {
    let now = core.ground.world.now();
    let browser = browser::current_or_new(&core, &headers);
    let shown = async {
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let mut conn = core.ground.db.read().await?;
        let f = Frame::of(&core, &mut conn, &choice, (&who, &browser), now).await?;
        let words = ("data-title", Some(("data-learns", "data-learns-not")));
        Ok(frame::page(&core, &choice, &browser, words, &Data { f }))
    };
    super::pages::answer(&core, &choice, &headers, shown.await)
}

async fn fetch(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let fetched = async {
        let (params, headers, browser) = frame::form(&core, request).await?;
        let who = Who::signed_in(&core, &headers, &browser, now).await?;
        let form = match params.get("format") {
            Some("json") => Form::Json,
            Some("csv") => Form::Csv,
            _ => return Err(Refusal::Malformed),
        };
        file(&core, &who, form, now).await
    };
    page::answer(&core, &choice, fetched.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    format: Form,
}

async fn give(
    State(core): State<Shared>,
    asked: Asked,
    Json(Wish { format }): Json<Wish>,
) -> Given<Response> {
    let now = core.ground.world.now();
    let who = who(&core, &asked, now).await?;
    Ok(file(&core, &who, format, now).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_quotes_are_doubled() {
        let row = json!([{ "name": "=1+1", "label": "say \"hi\", please" }]);
        let data = Map::from_iter([("passkeys".to_owned(), row)]);
        let text = table(&data);
        assert!(text.contains("passkeys,1,name,\"'=1+1\"\r\n"), "{text}");
        assert!(
            text.contains("passkeys,1,label,\"say \"\"hi\"\", please\"\r\n"),
            "{text}"
        );
    }
}
