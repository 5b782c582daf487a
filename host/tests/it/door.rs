//! The write door keeps its table of answers, whoever is dropped, refused or failing beside it.

use host::{
    BoxFuture, Conn, Migrations, Retryable, Tx,
    db::{self, Db, Engine},
};
use host_testing::Scratch;
use sqlx::Row;
use std::{future::pending, sync::Arc};
use tokio::{
    sync::{Barrier, mpsc},
    task::JoinSet,
};

pub static NOTES: Migrations = host::migrations!(
    "note",
    [(
        "0001_note",
        "CREATE TABLE note (\n    id TEXT NOT NULL PRIMARY KEY,\n    n BIGINT NOT NULL\n);\n"
    )]
);

#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("no")]
    No,
    #[error(transparent)]
    Store(#[from] db::Error),
}

impl Retryable for Refusal {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_retryable())
    }
}

pub async fn insert(conn: &mut Conn, id: &str, n: i64) -> Result<(), db::Error> {
    sqlx::query("INSERT INTO note (id, n) VALUES ($1, $2)")
        .bind(id)
        .bind(n)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn ids(db: &Db) -> Vec<String> {
    let mut conn = db.read().await.unwrap();
    let rows = sqlx::query("SELECT id FROM note ORDER BY id")
        .fetch_all(&mut *conn)
        .await
        .unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

pub fn write_note<'d>(db: &'d Db, id: &'d str) -> BoxFuture<'d, Result<(), Refusal>> {
    Box::pin(db.write(move |tx| {
        Box::pin(async move {
            insert(tx, id, 0).await?;
            Ok(())
        })
    }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_writers_are_all_stored() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let mut tasks = JoinSet::new();
    for writer in 0..64 {
        let db = scratch.db();
        tasks.spawn(async move {
            for turn in 0..10 {
                write_note(&db, &format!("{writer}-{turn}")).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(ids(&scratch.db()).await.len(), 640);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_four_hundred_writers_two_hundred_dropped_midway_leave_nothing() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let (midway, mut reached) = mpsc::unbounded_channel();
    let mut stay = JoinSet::new();
    let mut dropped = Vec::new();
    for writer in 0..200 {
        let (db, midway) = (scratch.db(), midway.clone());
        let other = scratch.db();
        stay.spawn(async move { write_note(&other, &format!("stay-{writer}")).await });
        dropped.push(tokio::spawn(async move {
            let (id, midway) = (&format!("drop-{writer}"), &midway);
            let stuck = db.write(move |tx| {
                Box::pin(async move {
                    insert(tx, id, 0).await?;
                    midway.send(writer).unwrap();
                    pending::<()>().await;
                    Ok::<_, db::Error>(())
                })
            });
            stuck.await
        }));
    }
    for _ in 0..200 {
        let writer: usize = reached.recv().await.unwrap();
        dropped[writer].abort();
    }
    for done in stay.join_all().await {
        done.unwrap();
    }
    for task in dropped {
        assert!(task.await.unwrap_err().is_cancelled());
    }
    let kept = ids(&scratch.db()).await;
    assert_eq!(kept.len(), 200);
    assert!(kept.iter().all(|id| id.starts_with("stay")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_undoes_its_own_writer_only() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let db = scratch.db();
    let refused = |id: &'static str| {
        let db = db.clone();
        async move {
            db.write(move |tx| {
                Box::pin(async move {
                    insert(tx, id, 0).await?;
                    Err::<(), _>(Refusal::No)
                })
            })
            .await
        }
    };
    let (a, b, c) = tokio::join!(write_note(&db, "a"), refused("b"), write_note(&db, "c"));
    a.unwrap();
    c.unwrap();
    assert!(matches!(b, Err(Refusal::No)));
    assert_eq!(ids(&db).await, ["a", "c"]);
    // A broken rule of the schema is a refusal too.
    assert!(matches!(
        write_note(&db, "a").await,
        Err(Refusal::Store(db::Error::Sql(_)))
    ));
    assert_eq!(ids(&db).await, ["a", "c"]);
}

/// Holds the connection until `others` are queued behind it, so that all are in one batch.
async fn batch_of_three(
    scratch: &Scratch,
    culprit: impl for<'t, 'c> Fn(&'c mut Tx<'t>) -> BoxFuture<'c, Result<(), db::Error>>
    + Send
    + Sync
    + 'static,
) -> [Result<(), db::Error>; 3] {
    let entered = Arc::new(Barrier::new(2));
    let (db, first_in) = (scratch.db(), entered.clone());
    let first = tokio::spawn(async move {
        let first_in = &first_in;
        db.write(move |tx| {
            Box::pin(async move {
                insert(tx, "a", 0).await?;
                // The second run, alone, finds nobody to wait for.
                if Arc::strong_count(first_in) > 1 {
                    first_in.wait().await;
                }
                Ok(())
            })
        })
        .await
    });
    let (db, culprit) = (scratch.db(), Arc::new(culprit));
    let second = async move { db.write(move |tx| culprit(tx)).await };
    let db = scratch.db();
    let third = async move {
        db.write(|tx| Box::pin(async move { insert(tx, "c", 0).await }))
            .await
    };
    let (second, third) = (tokio::spawn(second), tokio::spawn(third));
    // Both queue while the first waits for the barrier.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    entered.wait().await;
    drop(entered);
    [
        first.await.unwrap(),
        second.await.unwrap(),
        third.await.unwrap(),
    ]
}

#[tokio::test]
async fn when_sqlite_ends_the_batch_the_culprit_fails_and_the_others_run_again() {
    let scratch = Scratch::sqlite(&[&NOTES]).await;
    let sql = "INSERT OR ROLLBACK INTO note (id, n) VALUES ('a', 1)";
    let [a, b, c] = batch_of_three(&scratch, move |tx| {
        Box::pin(async move {
            sqlx::query(sql).execute(&mut **tx).await?;
            Ok(())
        })
    })
    .await;
    a.unwrap();
    assert!(matches!(b, Err(db::Error::Sql(_))), "{b:?}");
    c.unwrap();
    assert_eq!(ids(&scratch.db()).await, ["a", "c"]);
}

#[tokio::test]
async fn a_full_disk_fails_the_write_that_needs_room_and_reading_goes_on() {
    let scratch = Scratch::sqlite(&[&NOTES]).await;
    let db = scratch.db();
    let limit = |pages: &'static str| {
        let db = db.clone();
        async move {
            db.write(move |tx| {
                Box::pin(async move {
                    sqlx::query(pages).execute(&mut **tx).await?;
                    Ok::<_, db::Error>(())
                })
            })
            .await
        }
    };
    limit("PRAGMA max_page_count = 1").await.unwrap();
    let long = "x".repeat(100_000);
    let [a, b, c] = batch_of_three(&scratch, move |tx| {
        let long = long.clone();
        Box::pin(async move { insert(tx, &long, 0).await })
    })
    .await;
    a.unwrap();
    assert!(matches!(b, Err(db::Error::Full)), "{b:?}");
    c.unwrap();
    assert_eq!(ids(&db).await, ["a", "c"]);
    limit("PRAGMA max_page_count = 1000000").await.unwrap();
    write_note(&db, &"y".repeat(100_000)).await.unwrap();
    assert_eq!(ids(&db).await.len(), 3);
}

#[tokio::test]
async fn work_that_does_not_end_is_aborted_and_stores_nothing() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let db = scratch.db();
    let stuck = db.write(|tx| {
        Box::pin(async move {
            insert(tx, "stuck", 0).await?;
            pending::<()>().await;
            Ok::<_, db::Error>(())
        })
    });
    let (stuck, other) = tokio::join!(stuck, write_note(&db, "other"));
    assert!(matches!(stuck, Err(db::Error::Busy)));
    other.unwrap();
    assert_eq!(ids(&db).await, ["other"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_who_read_first_lose_no_update() {
    let scratch = Scratch::new(&[&NOTES]).await;
    write_note(&scratch.db(), "count").await.unwrap();
    let mut tasks = JoinSet::new();
    for _ in 0..8 {
        let db = scratch.db();
        tasks.spawn(async move {
            for _ in 0..5 {
                while let Err(error) = db.write(|tx| Box::pin(count_up(tx))).await {
                    assert!(
                        matches!(error, db::Error::Conflict | db::Error::Busy),
                        "{error}"
                    );
                }
            }
        });
    }
    tasks.join_all().await;
    let mut conn = scratch.db().read().await.unwrap();
    let row = sqlx::query("SELECT n FROM note")
        .fetch_one(&mut *conn)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 40);
}

async fn count_up(tx: &mut Tx<'_>) -> Result<(), db::Error> {
    let row = sqlx::query("SELECT n FROM note WHERE id = 'count'")
        .fetch_one(&mut **tx)
        .await?;
    let next = row.get::<i64, _>(0) + 1;
    let update = sqlx::query("UPDATE note SET n = $1 WHERE id = 'count'").bind(next);
    update.execute(&mut **tx).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_cannot_write_and_a_snapshot_stands_still() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let db = scratch.db();
    let mut conn = db.read().await.unwrap();
    assert!(insert(&mut conn, "sneaked", 0).await.is_err());
    drop(conn);
    let inner = &db;
    let (before, after) = db
        .snapshot(move |view| {
            Box::pin(async move {
                let count = "SELECT CAST(COUNT(*) AS BIGINT) FROM note";
                let before: i64 = sqlx::query(count).fetch_one(&mut **view).await?.get(0);
                write_note(inner, "meanwhile").await.unwrap();
                let after: i64 = sqlx::query(count).fetch_one(&mut **view).await?.get(0);
                Ok::<_, db::Error>((before, after))
            })
        })
        .await
        .unwrap();
    assert_eq!((before, after), (0, 0));
    assert_eq!(ids(&db).await, ["meanwhile"]);
}

/// One question, left after so many turns of the scheduler.
async fn read_for_a_while(db: &Db, turns: usize) {
    let asked = async {
        let mut conn = db.read().await.unwrap();
        let rows = sqlx::query("SELECT id FROM note ORDER BY id");
        rows.fetch_all(&mut *conn).await.unwrap();
        pending::<()>().await;
    };
    let patience = async {
        for _ in 0..turns {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = asked => {}
        () = patience => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_dropped_midway_leave_connections_that_see_what_is_written_next() {
    let scratch = Scratch::new(&[&NOTES]).await;
    let mut written = Vec::new();
    for round in 0..20_usize {
        let mut readers = JoinSet::new();
        for reader in 0..40 {
            let db = scratch.db().clone();
            readers.spawn(async move { read_for_a_while(&db, (round + reader) % 24).await });
        }
        let id = format!("note-{round:02}");
        write_note(&scratch.db(), &id).await.unwrap();
        written.push(id);
        // While others still come and go, each question asked now is answered with all there is.
        let mut asked = JoinSet::new();
        for _ in 0..8 {
            let db = scratch.db().clone();
            asked.spawn(async move { ids(&db).await });
        }
        for seen in asked.join_all().await {
            assert_eq!(seen, written);
        }
        readers.join_all().await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_opening_anew() {
    let scratch = Scratch::new(&[&NOTES]).await;
    write_note(&scratch.db(), "kept").await.unwrap();
    scratch.db().close().await;
    assert!(matches!(scratch.db().read().await, Err(db::Error::Busy)));
    assert!(matches!(
        write_note(&scratch.db(), "late").await,
        Err(Refusal::Store(db::Error::Busy))
    ));
    let again = Db::open(scratch.url()).await.unwrap();
    assert_eq!(ids(&again).await, ["kept"]);
}

#[tokio::test]
async fn a_database_in_memory_or_of_another_kind_is_refused() {
    for url in ["sqlite::memory:", "sqlite:x?mode=memory", "mysql://x/y", ""] {
        assert!(
            matches!(Db::open(url).await, Err(db::Error::Setup(_))),
            "{url}"
        );
    }
    let scratch = Scratch::new(&[]).await;
    assert!(matches!(
        scratch.engine(),
        Engine::Sqlite | Engine::Postgres
    ));
    scratch.db().probe().await.unwrap();
}
