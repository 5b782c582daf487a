//! One text, two engines: the same schema, and every statement understood by both.

use crate::sql;
use host::{
    Migrations,
    migrate::{self, Schema},
};
use host_testing::Scratch;
use sqlx::{Executor, SqlSafeStr};

const MODULES: [&Migrations; 5] = [
    &web::MIGRATIONS,
    &idp::MIGRATIONS,
    &streaming::MIGRATIONS,
    &payments::MIGRATIONS,
    &recovery::MIGRATIONS,
];

async fn schema_of(scratch: &Scratch) -> Schema {
    let db = scratch.db();
    let mut conn = db.read().await.unwrap();
    migrate::schema(&mut conn).await.unwrap()
}

/// Runs where `RESONATE_TEST_POSTGRES` names a server; `scripts/test` starts one.
#[tokio::test]
async fn both_engines_have_the_same_schema() {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests are told of PostgreSQL by the environment"
    )]
    let Ok(postgres) = std::env::var("RESONATE_TEST_POSTGRES") else {
        eprintln!("SKIP parity: RESONATE_TEST_POSTGRES is not set");
        return;
    };
    let (lite, pg) = (
        Scratch::sqlite(&MODULES).await,
        Scratch::postgres(&postgres, &MODULES).await,
    );
    let (lite, pg) = (schema_of(&lite).await, schema_of(&pg).await);
    assert!(lite.len() > 20, "all modules are there");
    for (name, table) in &lite {
        assert_eq!(Some(table), pg.get(name), "{name}");
    }
    assert_eq!(lite.len(), pg.len());
}

#[tokio::test]
async fn every_statement_is_understood() {
    let scratch = Scratch::new(&MODULES).await;
    let db = scratch.db();
    let mut conn = db.read().await.unwrap();
    let postgres = conn.backend_name() == "PostgreSQL";
    let mut faults = vec![];
    for (module, path, sql) in sql::statements() {
        // The host's own room knows the engines apart: its paired texts are prepared by its tests.
        if module == "host" || module == "host/testing" {
            continue;
        }
        let text: &'static str = Box::leak(sql.into_boxed_str());
        if let Err(e) = (&mut *conn).prepare(text.into_sql_str()).await {
            faults.push(format!("{path}: {e}: {text}"));
        }
    }
    assert!(
        faults.is_empty(),
        "on {}: {faults:#?}",
        if postgres { "PostgreSQL" } else { "SQLite" }
    );
}
