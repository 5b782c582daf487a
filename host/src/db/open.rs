//! Opening connections of either engine.

use super::{Error, PATIENCE};
use sqlx::{
    AnyPool, ConnectOptions, Connection, Executor, Row,
    any::{AnyConnectOptions, AnyPoolOptions},
};

/// What a URL says, with statement logging off: statements and their times are nobody's business.
pub(super) fn options(url: &str) -> Result<AnyConnectOptions, Error> {
    let options: AnyConnectOptions = url
        .parse()
        .map_err(|_| Error::Setup("the database URL is malformed".into()))?;
    Ok(options.disable_statement_logging())
}

/// A pool whose connections run `prepare` first.
pub(super) async fn pool(
    url: &str,
    most: u32,
    ask_first: bool,
    prepare: &'static str,
) -> Result<AnyPool, Error> {
    let options = options(url)?;
    let pool = AnyPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(ask_first)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |conn, _| {
            Box::pin(async move {
                conn.execute(sqlx::raw_sql(prepare)).await?;
                Ok(())
            })
        });
    Ok(pool.connect_with(options).await?)
}

/// Refuses a PostgreSQL database that would sort or store text otherwise than SQLite does.
pub(super) async fn check_collation(url: &str) -> Result<(), Error> {
    let mut conn = options(url)?.connect().await?;
    let row = sqlx::query(ABOUT).fetch_one(&mut conn).await?;
    let (collation, encoding): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    conn.close().await?;
    if !matches!(collation.as_str(), "C" | "POSIX") || encoding != "UTF8" {
        return Err(Error::Setup(format!(
            "the database has LC_COLLATE '{collation}' and encoding {encoding}; create it with \
             LC_COLLATE 'C' ENCODING 'UTF8' TEMPLATE template0"
        )));
    }
    Ok(())
}

const ABOUT: &str = "SELECT datcollate::TEXT, pg_encoding_to_char(encoding)::TEXT \
    FROM pg_database WHERE datname = current_database()";
