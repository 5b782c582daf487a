//! Recurring work: what has ended is deleted, keys are tended.

use crate::{
    authorize, client,
    core::Shared,
    device, events, grant, interaction, invite, issuer,
    logout::{self, Which},
    register, staff, token, vp,
};
use host::{Job, jobs::JobError};
use kernel::Timestamp;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// How long acts of staff are kept: three years, as long as somebody may ask about them.
const ACTS_KEPT: i64 = 3 * 366 * DAY;
/// Longer than any chain of refresh tokens: what hangs on a grant is gone before it is.
const GRANT_KEPT: i64 = 200 * DAY;

/// The jobs of this module.
pub(crate) fn jobs(core: &Shared) -> Vec<Job> {
    let (sweeper, tender) = (core.clone(), core.clone());
    vec![
        Job::new("sweep", HOUR, move |now| sweep(sweeper.clone(), now)),
        Job::new("keys", HOUR, move |now| {
            let core = tender.clone();
            async move {
                core.tend_keys(now).await?;
                Ok(())
            }
        }),
        logout::job(core),
    ]
}

async fn sweep(core: Shared, now: Timestamp) -> Result<(), JobError> {
    let write = core.ground.db.write(move |tx| {
        Box::pin(async move {
            let hour_ago = now.plus_seconds(-HOUR);
            interaction::store::sweep(tx, hour_ago).await?;
            authorize::store::sweep(tx, hour_ago).await?;
            device::store::sweep(tx, now).await?;
            token::store::sweep(tx, now).await?;
            logout::end(tx, Which::Expired, now).await?;
            // An ended grant is kept a day, so that a code shown again is still known for a replay.
            grant::store::sweep(tx, now.plus_seconds(-GRANT_KEPT), now.plus_seconds(-DAY)).await?;
            client::store::sweep(tx, hour_ago).await?;
            register::store::sweep(tx, now).await?;
            vp::store::sweep(tx, hour_ago).await?;
            vp::qr::sweep(tx, hour_ago).await?;
            invite::store::sweep(tx, now).await?;
            staff::store::sweep(tx, now.plus_seconds(-ACTS_KEPT)).await?;
            issuer::store::sweep(tx, now).await?;
            events::sweep(tx, now).await
        })
    });
    write.await?;
    Ok(())
}
