//! Measures the write door: `bench_write_door --dir DIR` (SQLite in DIR) or `--postgres URL`, with
//! `--seconds N` for each measurement (default 5). Prints one line of JSON:
//!
//! - `flush_us`: median of 200 times 4 kB write and fdatasync in DIR (SQLite only);
//! - `alone_per_s`: transactions of one writer after another, one commit each;
//! - `group_per_s`: acknowledged transactions of 64 writers; `ratio`: to `alone_per_s`.
//!
//! Each transaction inserts one row and updates another. Afterwards rows must equal acknowledged
//! transactions.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use host::{
    Migrations,
    db::{self, Db},
    migrate,
};
use serde_json::json;
use sqlx::Row;
use std::{
    fs,
    io::{self, Write},
    path::Path,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const WRITERS: i64 = 64;

static BENCH: Migrations = host::migrations!(
    "bench",
    [(
        "0001_bench",
        "CREATE TABLE bench_row (
    id TEXT NOT NULL PRIMARY KEY,
    writer BIGINT NOT NULL
);
CREATE TABLE bench_sum (
    writer TEXT NOT NULL PRIMARY KEY,
    n BIGINT NOT NULL
);
"
    )]
);

const ROW: &str = "INSERT INTO bench_row (id, writer) VALUES ($1, $2)";
const SUM: &str = "INSERT INTO bench_sum (writer, n) VALUES ($1, 1) \
    ON CONFLICT (writer) DO UPDATE SET n = bench_sum.n + 1";
const COUNT: &str = "SELECT CAST(COUNT(*) AS BIGINT) FROM bench_row";

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let (mut dir, mut postgres, mut seconds) = (None, None, 5);
    while let Some(arg) = args.next() {
        let value = args.next().ok_or("each option takes a value")?;
        match arg.as_str() {
            "--dir" => dir = Some(value),
            "--postgres" => postgres = Some(value),
            "--seconds" => seconds = value.parse()?,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let flush_us = match &dir {
        Some(dir) => Some(flush(Path::new(dir))?),
        None => None,
    };
    let url = match (dir, postgres) {
        (Some(dir), None) => format!("sqlite:{dir}/bench-{}.sqlite3", std::process::id()),
        (None, Some(url)) => url,
        _ => return Err("give --dir DIR or --postgres URL".into()),
    };
    let db = Db::open(&url).await?;
    migrate::run(&db, &[&BENCH]).await?;
    let before = rows(&db).await?;
    let time = Duration::from_secs(seconds);
    measure(&db, WRITERS, time / 5, "warm").await?;
    let alone = measure(&db, 1, time, "alone").await?;
    let group = measure(&db, WRITERS, time, "group").await?;
    let stored = rows(&db).await? - before;
    println!(
        "{}",
        json!({
            "engine": format!("{:?}", db.engine()), "writers": WRITERS, "flush_us": flush_us,
            "alone_per_s": alone / seconds, "group_per_s": group / seconds,
            "ratio": (group * 100 / alone.max(1)) as f64 / 100.0, "rows": stored,
        })
    );
    db.close().await;
    Ok(())
}

/// Median microseconds of one durable write.
fn flush(dir: &Path) -> io::Result<u64> {
    fs::create_dir_all(dir)?;
    let path = dir.join(format!("flush-{}", std::process::id()));
    let mut file = fs::File::create(&path)?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    fs::remove_file(path)?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

/// Acknowledged transactions of `writers` in `time`.
async fn measure(db: &Db, writers: i64, time: Duration, name: &str) -> Result<u64, Failure> {
    let mut tasks = JoinSet::new();
    let end = Instant::now() + time;
    for writer in 0..writers {
        let (db, prefix) = (
            db.clone(),
            format!("{name}-{}-{writer}", std::process::id()),
        );
        tasks.spawn(async move {
            let mut done = 0_u64;
            while Instant::now() < end {
                one(&db, &format!("{prefix}-{done}"), &prefix, writer).await?;
                done += 1;
            }
            Ok::<_, db::Error>(done)
        });
    }
    let mut sum = 0;
    while let Some(done) = tasks.join_next().await {
        sum += done??;
    }
    Ok(sum)
}

async fn one(db: &Db, id: &str, prefix: &str, writer: i64) -> Result<(), db::Error> {
    db.write(move |tx| {
        Box::pin(async move {
            sqlx::query(ROW)
                .bind(id)
                .bind(writer)
                .execute(&mut **tx)
                .await?;
            sqlx::query(SUM).bind(prefix).execute(&mut **tx).await?;
            Ok(())
        })
    })
    .await
}

async fn rows(db: &Db) -> Result<i64, db::Error> {
    let mut conn = db.read().await?;
    Ok(sqlx::query(COUNT).fetch_one(&mut *conn).await?.try_get(0)?)
}
