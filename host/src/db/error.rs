//! What can go wrong with the database, told by what the caller may assume.

use kernel::{Problem, problem};

/// Why the database did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many wait, or it took too long, or the server is away. Nothing is stored.
    #[error("the database is busy")]
    Busy,
    /// Other writers came first as often as we tried. Nothing is stored.
    #[error("others wrote the same rows first")]
    Conflict,
    /// The disk is full. Nothing is stored; reading goes on.
    #[error("the disk is full")]
    Full,
    /// The connection died in COMMIT: stored or not.
    #[error("the connection died while the transaction was ending")]
    Doubt,
    /// A sealed cell or a stored form is not what was written. Names the place.
    #[error("stored data is corrupt: {0}")]
    Corrupt(&'static str),
    /// The disk failed. The write door ends the process: what is cached can no longer be trusted.
    #[error("the disk failed: {0}")]
    Disk(String),
    /// The database cannot be used as it is set up; the text says what to change.
    #[error("{0}")]
    Setup(String),
    /// A fault of ours: a statement that is wrong, a rule of the schema that was broken.
    #[error("sql: {0}")]
    Sql(#[source] sqlx::Error),
}

/// Whether the write door runs `work` again. A module's `Refusal` answers true for
/// `Store(e)` where `e` does, and false for all else.
pub trait Retryable {
    /// True only where nothing is stored and the same work may now succeed.
    fn is_retryable(&self) -> bool;
}

impl Retryable for Error {
    fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict)
    }
}

/// The shared-memory file of the WAL could not grow: a full disk, though SQLite calls it I/O.
const SHM_SIZE: u32 = 4874;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as Outer;
        match error {
            Outer::Database(ref inner) => {
                let code = inner.code().unwrap_or_default().into_owned();
                // A SQLSTATE always has five characters, a code of SQLite at most four.
                if code.len() == 5 {
                    postgres(&code, error)
                } else {
                    sqlite(&code, error)
                }
            }
            Outer::PoolTimedOut
            | Outer::PoolClosed
            | Outer::WorkerCrashed
            | Outer::Io(_)
            | Outer::Tls(_) => {
                tracing::warn!(%error, "the database is away");
                Self::Busy
            }
            Outer::ColumnDecode { .. } | Outer::Decode(_) => Self::Corrupt("a row"),
            other => Self::Sql(other),
        }
    }
}

fn postgres(state: &str, error: sqlx::Error) -> Error {
    match state {
        "40001" | "40P01" => Error::Conflict,
        "53100" => Error::Full,
        "57014" | "55P03" => Error::Busy,
        _ if ["08", "53", "57"]
            .iter()
            .any(|class| state.starts_with(class)) =>
        {
            tracing::warn!(state, "the database server is away");
            Error::Busy
        }
        _ => Error::Sql(error),
    }
}

fn sqlite(code: &str, error: sqlx::Error) -> Error {
    let code: u32 = code.parse().unwrap_or(0);
    match code & 0xff {
        5 | 6 => Error::Busy,
        10 if code == SHM_SIZE => Error::Full,
        10 => Error::Disk(error.to_string()),
        11 | 26 => Error::Corrupt("the database file"),
        13 => Error::Full,
        _ => Error::Sql(error),
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Busy | Error::Conflict | Error::Doubt => Self::new(&problem::BUSY),
            Error::Full => Self::new(&problem::STORAGE_FULL),
            Error::Corrupt(_) | Error::Disk(_) | Error::Setup(_) | Error::Sql(_) => {
                tracing::error!(%error, "database");
                Self::new(&problem::INTERNAL)
            }
        }
    }
}
