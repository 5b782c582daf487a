//! Calls a job of this module earlier than its turn, in the transaction that gives it work.

use crate::core::NAME;
use host::db::{self, Conn};
use kernel::Timestamp;

/// Looks into deliveries.
pub(crate) const NOTED_DELIVERIES: &str = "noted-deliveries";
/// Shares out closed days.
pub(crate) const CLOSED_DAYS: &str = "closed-days";

// The row is host's; a job that never ran has none and is due anyway.
const RING: &str = "UPDATE host_job SET due = $2 WHERE name = $1 AND due > $2";

/// Makes `job` due now. A run that is under way may still miss the work; then its next turn finds it.
pub(crate) async fn ring(conn: &mut Conn, job: &str, now: Timestamp) -> Result<(), db::Error> {
    let name = format!("{NAME}.{job}");
    sqlx::query(RING)
        .bind(name)
        .bind(now.micros())
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) const STATEMENTS: &[&str] = &[RING];
