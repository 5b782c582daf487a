//! What is kept of a person, in their hands; and the end of an account, after which nothing is.

use crate::{
    authenticator::Authenticator,
    house::{Answer, Browser, House, ISSUER, tables},
    people::{Person, connected, refreshed, signs_in_by},
};
use axum::http::{Method, StatusCode};
use credential::jose::{self, Alg, Jwk};
use serde_json::{Map, Value, json};
use sqlx::Row;

/// Someone with two passkeys, a wallet's key, two logins, an app, a log and a silenced hint.
async fn settled(house: &House, handle: &str, seed: u8) -> (Person, Value) {
    let mut me = Person::joined(house, handle, seed).await;
    let mut spare = Authenticator::new(seed + 1, ISSUER, true);
    me.add(house, &mut spare, "=cmd|' /C calc'!A0").await;
    me.form(house, "/account/later", &[]).await;
    let tokens = connected(house, &mut me.browser).await;
    let tokens = refreshed(house, &tokens).await.json();
    let mut there = Browser::default();
    signs_in_by(house, &mut there, &mut me.passkey).await;
    (me, tokens)
}

/// The claims of a token of ours, if one of the keys at `/jwks` signed it as that type.
async fn verified(house: &House, token: &str, typ: &str) -> Map<String, Value> {
    let set = house.get("/jwks").await.json();
    let (header, _) = jose::peek(token).unwrap();
    let keys = set["keys"].as_array().unwrap().iter();
    let jwk = keys
        .filter(|key| key["kid"].as_str() == header.kid.as_deref())
        .map(|key| Jwk::parse(&credential::json::parse(key.to_string().as_bytes()).unwrap()))
        .next()
        .unwrap();
    jose::verify(token, &jwk.unwrap(), typ, &[Alg::EdDsa]).unwrap()
}

/// The id of an account, read behind the provider's back.
async fn id_of(house: &House, handle: &'static str) -> String {
    let mut conn = house.ground.db.read().await.unwrap();
    let row = sqlx::query("SELECT id FROM idp_account WHERE handle = $1")
        .bind(handle)
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    row.get(0)
}

/// Every text that stands in a row with that account's id, by table and column.
async fn kept(house: &House, account: &str) -> Vec<(String, String)> {
    let mut conn = house.ground.db.read().await.unwrap();
    let mut found = Vec::new();
    for (table, columns) in tables() {
        let owner = match table.as_str() {
            "idp_account" => "id",
            _ if columns.iter().any(|(name, _)| name == "account") => "account",
            _ => continue,
        };
        for (column, kind) in &columns {
            if kind != "TEXT" {
                continue;
            }
            let sql = format!("SELECT {column} FROM {table} WHERE {owner} = $1");
            let sql: &'static str = sql.leak();
            let rows = sqlx::query(sql)
                .bind(account)
                .fetch_all(&mut *conn)
                .await
                .unwrap();
            for row in rows {
                if let Some(text) = row.get::<Option<String>, _>(0) {
                    found.push((format!("{table}.{column}"), text));
                }
            }
        }
    }
    found
}

/// Every string and every whole object of a JSON value.
fn strings(value: &Value, into: &mut Vec<String>) {
    into.push(match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    match value {
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|item| strings(item, into)),
        _ => {}
    }
}

async fn fetched(me: &mut Person, house: &House, format: &str) -> Answer {
    let answer = me.form(house, "/account/data", &[("format", format)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    let named = answer.header("content-disposition");
    assert!(named.starts_with("attachment; filename="), "{named}");
    answer
}

#[tokio::test]
async fn the_export_holds_everything_that_is_kept_and_is_signed() {
    let house = House::new().await;
    let (mut me, _) = settled(&house, "whole-story", 61).await;
    settled(&house, "other-story", 71).await;
    let export = fetched(&mut me, &house, "json").await.json();
    let claims = verified(
        &house,
        export["jws"].as_str().unwrap(),
        "resonate-export+jwt",
    )
    .await;
    assert_eq!(
        claims["data"], export["data"],
        "what is read is what is signed"
    );
    assert_eq!(claims["iss"], ISSUER);

    let mut told = Vec::new();
    strings(&export["data"], &mut told);
    let account = id_of(&house, "whole-story").await;
    let kept = kept(&house, &account).await;
    assert!(kept.len() > 60, "{}", kept.len());
    for (place, text) in kept {
        let parsed = serde_json::from_str::<Value>(&text).map(|json| json.to_string());
        let same = |known: &String| *known == text || parsed.as_ref().ok() == Some(known);
        assert!(
            told.iter().any(same),
            "{place} is not in the export: {text}"
        );
    }
    let other = id_of(&house, "other-story").await;
    assert!(!export.to_string().contains(&other), "nobody else's");
    let log = me.page(&house, "/account/log").await;
    assert!(log.body.contains("Your data were fetched."));
}

#[tokio::test]
async fn the_table_says_the_same_and_holds_no_formula() {
    let house = House::new().await;
    let (mut me, _) = settled(&house, "table-story", 63).await;
    let table = fetched(&mut me, &house, "csv").await;
    assert_eq!(table.header("content-type"), "text/csv; charset=utf-8");
    assert!(table.body.starts_with("table,row,field,value\r\n"));
    assert!(table.body.contains("account,1,handle,\"table-story\"\r\n"));
    assert!(table.body.contains("name,\"'=cmd|"), "{}", table.body);
    let body = Some(json!({ "format": "csv" }));
    let by_api = me
        .call(&house, Method::POST, "/api/account/data", body)
        .await;
    let rows = |text: &str| text.lines().count();
    // One line of the log more.
    assert_eq!(rows(&by_api.body), rows(&table.body) + 3, "{}", by_api.body);
}

#[tokio::test]
async fn a_closed_account_leaves_no_row_and_a_receipt() {
    let house = House::new().await;
    let (mut me, tokens) = settled(&house, "last-song", 65).await;
    settled(&house, "stays-here", 75).await;
    let (mine, theirs) = (
        id_of(&house, "last-song").await,
        id_of(&house, "stays-here").await,
    );
    let before = kept(&house, &theirs).await;
    let page = me.page(&house, "/account/close").await;
    assert!(page.body.contains("id=\"ctl-close\""), "{}", page.body);
    let closed = me
        .form(&house, "/account/close", &[("confirm", "yes")])
        .await;
    assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
    assert_eq!(closed.header("clear-site-data"), "\"cookies\", \"storage\"");
    let receipt = closed.body.split("id=\"receipt\" tabindex=\"0\">").nth(1);
    let receipt = receipt.unwrap().split('<').next().unwrap();
    let claims = verified(&house, receipt, "resonate-closing+jwt").await;
    assert_eq!(claims["handle"], "last-song");
    assert_eq!(claims["deleted"]["account"], 1);
    assert_eq!(claims["deleted"]["passkeys"], 2);
    let text = Value::Object(claims).to_string();
    assert!(
        !text.contains(&mine),
        "no subject can be made from it: {text}"
    );

    let left = kept(&house, &mine).await;
    // Apps are told of the logout within minutes; that list is their due.
    let left: Vec<_> = left
        .into_iter()
        .filter(|(place, _)| !place.starts_with("idp_logout."))
        .collect();
    assert_eq!(left, [], "nothing names it any more");
    assert_eq!(kept(&house, &theirs).await, before, "another's stays");
    let dead = refreshed(&house, &tokens).await;
    assert_eq!(dead.json()["error"], "invalid_grant");
    let out = me.browser.get(&house, "/account").await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    // The handle is free again, for an account that is another.
    Person::joined(&house, "last-song", 85).await;
    assert_ne!(id_of(&house, "last-song").await, mine);
}

#[tokio::test]
async fn closing_needs_a_fresh_proof_and_a_yes() {
    let house = House::new().await;
    let (mut me, _) = settled(&house, "not-yet", 67).await;
    let path = "/api/account/close";
    let before = house.digest().await;
    let no = Some(json!({ "confirm": false }));
    let refused = me.call(&house, Method::POST, path, no).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let refused = me.form(&house, "/account/close", &[]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    house.clock.advance(301);
    let yes = Some(json!({ "confirm": true }));
    let refused = me.call(&house, Method::POST, path, yes.clone()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{refused:?}");
    assert_eq!(house.digest().await, before);
    let page = me.page(&house, "/account/close").await;
    assert!(page.body.contains("id=\"confirm\""), "{}", page.body);
    let asked = me
        .form(&house, "/account/close", &[("confirm", "yes")])
        .await;
    assert!(asked.location().starts_with("/interaction/"), "{asked:?}");
    crate::people::confirms(&house, &mut me.browser, &mut me.passkey, &asked).await;
    let closed = me.call(&house, Method::POST, path, yes).await;
    assert_eq!(closed.status, StatusCode::OK, "{closed:?}");
    let receipt = closed.json()["receipt"].as_str().unwrap().to_owned();
    verified(&house, &receipt, "resonate-closing+jwt").await;
}
