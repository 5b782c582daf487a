//! Recurring work: plays that nobody finished, days, and what is kept no longer.

use crate::{
    core::Core,
    days::close,
    plays::{RESUMES_S, State, end},
    store,
};
use host::{Job, JobError, db};
use kernel::Timestamp;
use std::sync::Arc;

/// An uncounted play ends after so long.
const OPEN_S: i64 = 2 * 3600;
/// Play rows are kept so long after the close of their day.
const KEPT_S: i64 = 7 * 86_400;
const KEPT_DAYS: i32 = 8;

pub(crate) fn all(core: &Arc<Core>) -> Vec<Job> {
    let expire = Arc::clone(core);
    let close = Arc::clone(core);
    let purge = Arc::clone(core);
    vec![
        Job::new("expire-plays", 60, move |now| {
            run(Arc::clone(&expire), now, Work::Expire)
        }),
        Job::new("close-days", 300, move |now| {
            run(Arc::clone(&close), now, Work::Close)
        }),
        Job::new("purge-plays", 3600, move |now| {
            run(Arc::clone(&purge), now, Work::Purge)
        }),
    ]
}

enum Work {
    Expire,
    Close,
    Purge,
}

async fn run(core: Arc<Core>, now: Timestamp, work: Work) -> Result<(), JobError> {
    match work {
        Work::Expire => expire(&core, now).await?,
        Work::Close => {
            // Plays of the day that nobody finished would keep it open.
            expire(&core, now).await?;
            close::close_due(&core, now).await?;
        }
        Work::Purge => purge(&core, now).await?,
    }
    Ok(())
}

/// Ends plays that were started two hours ago and never counted, a few in each transaction.
async fn expire(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    core.remember_time().await?;
    core.lives.sweep(now);
    loop {
        let before = now.plus_seconds(-OPEN_S);
        let stale = store::play::stale(&mut *core.ground.db.read().await?, before).await?;
        if stale.is_empty() {
            break;
        }
        let mut ends = Vec::with_capacity(stale.len());
        for row in stale {
            let ending = core.ending(&row, State::Expired, "unfinished", now).await?;
            ends.push((row, ending));
        }
        let (outbox, closing) = (&core.ground.outbox, &ends);
        core.ground
            .db
            .write(move |tx| {
                Box::pin(async move {
                    for (row, ending) in closing {
                        end::close(outbox, tx, row, ending, now).await?;
                    }
                    Ok::<_, db::Error>(())
                })
            })
            .await?;
        for (row, _) in ends {
            core.lives.set(row.play, State::Expired);
        }
    }
    let before = now.plus_seconds(-RESUMES_S);
    core.ground
        .db
        .write(move |tx| Box::pin(store::play::finish_old(tx, before, now)))
        .await?;
    Ok(())
}

async fn purge(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    let before = now.plus_seconds(-KEPT_S);
    let day = now.day().plus(-KEPT_DAYS);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::session::purge(tx, now).await?;
                store::lapse::purge(tx, day).await?;
                store::play::purge(tx, before).await
            })
        })
        .await?;
    Ok(())
}
