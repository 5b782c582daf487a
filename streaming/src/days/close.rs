//! Closing a day: once nothing of it can still count, its sums are signed and told to payments.

use super::{Line, Sums, sums};
use crate::{core::Core, events, store};
use credential::jose::{self, SigningKey};
use host::{
    Keyring,
    db::{self, Conn},
};
use kernel::{Day, Id, Timestamp, hex};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Type of the signed manifest.
pub(crate) const MANIFEST_TYP: &str = "resonate-day+jwt";
/// A day is closed from 03:00 of the next on.
const AFTER_S: i64 = 3 * 3600;
/// An event key signs once it has been public for so long.
const PUBLIC_S: i64 = 86_400;

/// Closes every day that can be closed.
///
/// # Errors
/// [`db::Error`].
pub(crate) async fn close_due(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    let before = now.plus_seconds(-AFTER_S).day();
    let days = store::day::unclosed(&mut *core.ground.db.read().await?, before).await?;
    for day in days {
        close(core, day, now).await?;
    }
    Ok(())
}

async fn close(core: &Core, day: Day, now: Timestamp) -> Result<(), db::Error> {
    let mut conn = core.ground.db.read().await?;
    if store::play::is_open_on(&mut conn, day).await? {
        return Ok(());
    }
    let lines = lines(&mut conn, day).await?;
    drop(conn);
    let Some(sums) = sums(&core.issuer_name(), day, &lines) else {
        tracing::error!(day = %day, "the sums of a day leave their range");
        return Ok(());
    };
    let (key, kid) = event_key(&core.ground.secrets, now);
    let manifest = jose::sign(
        &key,
        &json!({ "typ": MANIFEST_TYP, "kid": kid }),
        &sums.payload,
    );
    put(core, day, &sums, &manifest, now).await
}

/// The event key that signs now: the newest that has been public for a day, else the first. The
/// module's only key for what it signs; `typ` tells a manifest from events and letters.
fn event_key(secrets: &Keyring, now: Timestamp) -> (SigningKey, String) {
    let mut keys = secrets.below("event/streaming/");
    if keys.is_empty() {
        let year = now.day().to_string();
        let year = year.get(..4).unwrap_or(&year);
        let _ = secrets.key(&format!("event/streaming/streaming-evt-{year}a"));
        keys = secrets.below("event/streaming/");
    }
    keys.sort_by_key(|key| key.made);
    let public = keys
        .iter()
        .rev()
        .find(|key| key.made.plus_seconds(PUBLIC_S) <= now);
    let key = public.or(keys.first()).expect("a key was made above");
    let kid = key.name.rsplit('/').next().unwrap_or_default().to_owned();
    (SigningKey::ed25519_from_seed(key.key.expose()), kid)
}

/// The counted plays of a day with the split sheet of each track.
async fn lines(conn: &mut Conn, day: Day) -> Result<Vec<Line>, db::Error> {
    let mut lines = store::play::lines(conn, day).await?;
    for line in &mut lines {
        let Some(track) = Id::parse(&line.track) else {
            continue;
        };
        if let Some((sheet, _)) = store::right::sheet(conn, track).await? {
            line.sheet = sheet.hash();
        }
    }
    Ok(lines)
}

async fn put(
    core: &Core,
    day: Day,
    sums: &Sums,
    manifest: &str,
    now: Timestamp,
) -> Result<(), db::Error> {
    let hash = hex::encode(Sha256::digest(manifest));
    let event = events::draw(&core.ground.world);
    let (outbox, hash, event) = (&core.ground.outbox, &hash, &event);
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                // A play of the day that began meanwhile cannot be: the day is over. One that was
                // opened anew under its old id keeps the day open.
                if store::play::is_open_on(tx, day).await? {
                    return Ok(());
                }
                if store::day::insert(tx, day, sums, manifest, now).await? {
                    events::day(outbox, tx, (day, hash), event.clone(), now).await?;
                }
                Ok::<_, db::Error>(())
            })
        })
        .await
}
