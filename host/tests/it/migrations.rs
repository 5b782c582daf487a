//! Migrations: applied once, never changed, told apart from newer ones; the same on both engines.

use crate::door::NOTES;
use host::{Migrations, db, migrate};
use host_testing::Scratch;

static CHANGED: Migrations = host::migrations!(
    "note",
    [("0001_note", "CREATE TABLE note (\n    id TEXT\n);\n")]
);
static NEWER: Migrations = host::migrations!(
    "note",
    [
        (
            "0001_note",
            "CREATE TABLE note (\n    id TEXT NOT NULL PRIMARY KEY,\n    n BIGINT NOT NULL\n);\n"
        ),
        (
            "0002_more",
            "CREATE TABLE note_more (\n    id BLOB NOT NULL PRIMARY KEY\n) STRICT;\n",
            "CREATE TABLE note_more (\n    id BYTEA NOT NULL PRIMARY KEY\n);\n"
        ),
    ]
);

fn said(answer: Result<(), db::Error>) -> String {
    answer.map_or_else(|error| error.to_string(), |()| String::new())
}

#[tokio::test]
async fn steps_run_once_and_only_forward() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let db = scratch.db();
    migrate::run(&db, &[&NOTES]).await.unwrap();
    migrate::check(&db, &[&NOTES]).await.unwrap();
    assert!(said(migrate::check(&db, &[&NEWER]).await).contains("resonate migrate"));
    assert!(said(migrate::run(&db, &[&CHANGED]).await).contains("another text"));
    migrate::run(&db, &[&NEWER]).await.unwrap();
    migrate::check(&db, &[&NEWER]).await.unwrap();
    assert!(said(migrate::check(&db, &[&NOTES]).await).contains("newer release"));
}

#[tokio::test]
async fn the_tables_of_host_look_as_written() {
    let scratch = Scratch::new(&[&NEWER]).await;
    let mut conn = scratch.db().read().await.unwrap();
    let schema = migrate::schema(&mut conn).await.unwrap();
    let names: Vec<&str> = schema.keys().map(String::as_str).collect();
    let expected = [
        "host_job",
        "host_migrations",
        "host_once",
        "host_outbox",
        "host_seen",
        "host_spent",
        "note",
        "note_migrations",
        "note_more",
    ];
    assert_eq!(names, expected);
    let job = &schema["host_job"];
    assert_eq!((job.checks, job.uniques, job.references), (1, 0, 0));
    let name = &job.columns["name"];
    assert_eq!(
        (name.kind.as_str(), name.required, name.key),
        ("TEXT", true, 1)
    );
    let lease = &job.columns["lease"];
    assert_eq!(
        (lease.kind.as_str(), lease.required, lease.key),
        ("BIGINT", false, 0)
    );
    assert_eq!(schema["note_more"].columns["id"].kind, "BYTEA");
}

#[tokio::test]
async fn every_statement_of_host_can_be_prepared() {
    use sqlx::Executor;
    let scratch = Scratch::new(&[]).await;
    let mut conn = scratch.db().read().await.unwrap();
    let files = [
        db::STATEMENTS,
        host::once::STATEMENTS,
        host::outbox::STATEMENTS,
        host::jobs::STATEMENTS,
    ];
    for sql in files.concat() {
        assert!(
            conn.prepare(sqlx::SqlStr::from_static(sql)).await.is_ok(),
            "{sql}"
        );
    }
}
