//! Once: of any number of takers exactly one gets it.

use host::{
    db::{self, Db},
    once::{self, Taken, spaces::AUTH_CODE, spaces::JTI},
};
use host_testing::Scratch;
use kernel::Timestamp;
use tokio::task::JoinSet;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

async fn issue(db: &Db, secret: &str) {
    let until = AUTH_CODE.until(NOW);
    db.write(move |tx| {
        Box::pin(once::issue(
            tx, &AUTH_CODE, secret, "client", "body", "family", until,
        ))
    })
    .await
    .unwrap();
}

async fn take(db: &Db, secret: &str, bound: &str, now: Timestamp) -> Result<Taken, db::Error> {
    db.write(move |tx| Box::pin(once::take(tx, &AUTH_CODE, secret, bound, now)))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_fifty_takers_one_gets_the_body() {
    let scratch = Scratch::new(&[]).await;
    let rounds = if scratch.engine() == db::Engine::Sqlite {
        200
    } else {
        15
    };
    for round in 0..rounds {
        let secret = format!("secret-{round}");
        issue(&scratch.db(), &secret).await;
        let mut takers = JoinSet::new();
        for _ in 0..50 {
            let (db, secret) = (scratch.db(), secret.clone());
            takers.spawn(async move { take(&db, &secret, "client", NOW).await });
        }
        let answers = takers.join_all().await;
        let taken = answers
            .iter()
            .filter(|a| matches!(a, Ok(Taken::Body(_))))
            .count();
        assert_eq!(taken, 1, "round {round}: {answers:?}");
        for answer in answers {
            match answer {
                Ok(Taken::Body(body)) => assert_eq!(body, "body"),
                Ok(Taken::Spent(family)) => assert_eq!(family, "family"),
                Ok(Taken::Unknown) => panic!("a taken thing is spent, not unknown"),
                // PostgreSQL may give up on a taker; it got nothing.
                Err(error) => assert!(matches!(error, db::Error::Conflict), "{error}"),
            }
        }
    }
}

#[tokio::test]
async fn another_s_thing_is_unknown_and_stays_for_its_owner() {
    let scratch = Scratch::new(&[]).await;
    let db = scratch.db();
    issue(&db, "s").await;
    assert_eq!(take(&db, "s", "thief", NOW).await.unwrap(), Taken::Unknown);
    assert_eq!(
        take(&db, "other", "client", NOW).await.unwrap(),
        Taken::Unknown
    );
    assert_eq!(
        take(&db, "s", "client", NOW).await.unwrap(),
        Taken::Body("body".into())
    );
    assert_eq!(
        take(&db, "s", "client", NOW).await.unwrap(),
        Taken::Spent("family".into())
    );
    assert_eq!(take(&db, "s", "thief", NOW).await.unwrap(), Taken::Unknown);
}

#[tokio::test]
async fn a_thing_ends_with_its_instant() {
    let scratch = Scratch::new(&[]).await;
    let db = scratch.db();
    issue(&db, "s").await;
    let end = AUTH_CODE.until(NOW);
    assert_eq!(take(&db, "s", "client", end).await.unwrap(), Taken::Unknown);
    let before = Timestamp::from_micros(end.micros() - 1);
    assert_eq!(
        take(&db, "s", "client", before).await.unwrap(),
        Taken::Body("body".into())
    );
}

#[tokio::test]
async fn a_refused_transaction_leaves_the_thing_untaken() {
    let scratch = Scratch::new(&[]).await;
    let db = scratch.db();
    issue(&db, "s").await;
    let refused = db
        .write(|tx| {
            Box::pin(async move {
                let taken = once::take(tx, &AUTH_CODE, "s", "client", NOW).await?;
                assert_eq!(taken, Taken::Body("body".into()));
                Err::<(), _>(db::Error::Full)
            })
        })
        .await;
    assert!(refused.is_err());
    assert_eq!(
        take(&db, "s", "client", NOW).await.unwrap(),
        Taken::Body("body".into())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_is_first_once() {
    let scratch = Scratch::new(&[]).await;
    let mut tasks = JoinSet::new();
    for _ in 0..20 {
        let db = scratch.db();
        tasks.spawn(async move {
            let until = JTI.until(NOW);
            db.write(move |tx| Box::pin(once::first(tx, &JTI, "mark", until)))
                .await
        });
    }
    let firsts = tasks.join_all().await;
    assert_eq!(
        firsts
            .into_iter()
            .filter(|first| matches!(first, Ok(true)))
            .count(),
        1
    );
    let db = scratch.db();
    let other = db.write(|tx| Box::pin(once::first(tx, &AUTH_CODE, "mark", AUTH_CODE.until(NOW))));
    assert!(other.await.unwrap(), "another space is another thing");
}
