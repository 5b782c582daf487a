//! The fold: a closed day's plays become credit of payees and co-op, 70 to 30, to the unit.

use crate::{
    Core,
    allocate::{Share, allocate},
    hold, ids,
    ledger::{self, Account, Act, Ledger, Transfer},
    manifest::{Line, Manifest, Unfit},
    store::{self, day::Closed, day::Fold, day::Stage},
};
use host::db::{self, Conn};
use kernel::{Amount, Day, Timestamp, hex};
use serde_json::json;
use sha2::{Digest, Sha256};

/// Basis points of a play's price that go to the artist side, and to the co-op.
pub const ARTISTS_BPS: i64 = 7_000;
/// The co-op's part.
pub const COOP_BPS: i64 = 3_000;
/// Tracks shared out in one transaction: about a dozen statements each.
const CHUNK: usize = 4;

/// Chance of the share-out: fixed by the announced manifest, so nobody can search for a better one.
#[must_use]
pub fn seed(day: Day, root: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"resonate/fold/seed/1\0");
    hash.update(day.to_string());
    hash.update(root);
    hash.finalize().into()
}

/// One track's day, shared out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shares {
    /// The co-op's part.
    pub coop: Amount,
    /// The artist side's part.
    pub artists: Amount,
    /// That part, over the sheet's payees in their order.
    pub payees: Vec<Amount>,
}

/// Splits what a track was paid: 70/30 (an odd unit to the artist side), then over its sheet.
///
/// # Errors
/// [`crate::allocate::Unshared`] for an empty sheet or a negative amount.
pub fn split(
    ucr: Amount,
    seed: &[u8; 32],
    track: &[u8],
    sheet: &[Share<'_>],
) -> Result<Shares, crate::allocate::Unshared> {
    let sides = [
        Share {
            id: b"artists",
            weight: ARTISTS_BPS,
        },
        Share {
            id: b"coop",
            weight: COOP_BPS,
        },
    ];
    let parts = allocate(ucr, seed, track, &sides)?;
    let (artists, coop) = (parts[0], parts[1]);
    Ok(Shares {
        coop,
        artists,
        payees: allocate(artists, seed, track, sheet)?,
    })
}

/// Shares out every closed day that waits. A day that differs stops and is named by amount; a day
/// whose last holds are still open, or whose manifest cannot be fetched, waits.
///
/// # Errors
/// [`ledger::Refusal`] of the database; what was shared out stays, the rest is taken up again.
pub(crate) async fn run(core: &Core, now: Timestamp) -> Result<(), ledger::Refusal> {
    let waiting = {
        let mut conn = core.ground.db.read().await?;
        store::day::to_fold(&mut conn).await?
    };
    for closed in waiting {
        let Some(token) = manifest_of(core, &closed, now).await else {
            continue;
        };
        match Manifest::read(&token, &closed.hash, closed.day) {
            Ok(manifest) => fold_day(core, &closed, &manifest, &token, now).await?,
            Err(unfit) => stop(core, closed.day, &unfit, &token).await?,
        }
    }
    Ok(())
}

async fn manifest_of(core: &Core, closed: &Closed, now: Timestamp) -> Option<String> {
    if let Some(manifest) = &closed.manifest {
        return Some(manifest.clone());
    }
    let body = json!({ "day": closed.day });
    match core
        .ground
        .peers
        .ask("payments", "streaming", "/peer/days", &body, now)
        .await
    {
        Ok(answer) => Some(answer.get("manifest")?.as_str()?.to_owned()),
        Err(_) => {
            tracing::warn!(day = %closed.day, "the manifest of a closed day cannot be fetched");
            None
        }
    }
}

async fn stop(core: &Core, day: Day, unfit: &Unfit, token: &str) -> Result<(), ledger::Refusal> {
    tracing::error!(%day, what = %unfit, "a closed day differs; nothing of it moves");
    let note = unfit.to_string();
    let (note, token) = (note.as_str(), token);
    core.ground
        .db
        .write(move |tx| Box::pin(async move { store::day::differs(tx, day, note, token).await }))
        .await?;
    Ok(())
}

/// What the ledger says about a day that is about to be shared out.
enum Standing {
    Equal,
    Open,
    Apart(Unfit),
}

async fn standing(core: &Core, manifest: &Manifest) -> Result<Standing, ledger::Refusal> {
    let account = hold::plays(manifest.day);
    let mut conn = core.ground.db.read().await?;
    // Holds first: one that is posted between the two reads is then seen in the sum.
    let open = store::transfer::open_holds(&mut conn, account.id()).await?;
    let posted = store::transfer::posted_credit(&mut conn, account.id()).await?;
    let (ours, theirs) = (posted.minor(), manifest.paid().minor());
    Ok(match (ours == theirs, open) {
        (true, _) => Standing::Equal,
        // An event may still be on its way; a hold lives a day at most, then this is decided.
        (false, 1..) => Standing::Open,
        (false, _) => {
            let apart = theirs.abs_diff(ours).try_into().unwrap_or(i64::MAX);
            Standing::Apart(Unfit::Ledger {
                manifest: theirs,
                ledger: ours,
                apart,
            })
        }
    })
}

async fn fold_day(
    core: &Core,
    closed: &Closed,
    manifest: &Manifest,
    token: &str,
    now: Timestamp,
) -> Result<(), ledger::Refusal> {
    if closed.stage == Stage::Heard {
        match standing(core, manifest).await? {
            Standing::Equal => {}
            Standing::Open => return Ok(()),
            Standing::Apart(unfit) => return stop(core, closed.day, &unfit, token).await,
        }
        core.ground
            .db
            .write(move |tx| {
                let day = closed.day;
                Box::pin(async move { store::day::folding(tx, day, token).await })
            })
            .await?;
    }
    let root = hex::decode(&closed.hash).unwrap_or_default();
    let seed = seed(closed.day, &root);
    let paid: Vec<&Line> = manifest
        .tracks
        .iter()
        .filter(|l| l.ucr > Amount::ZERO)
        .collect();
    for chunk in paid.chunks(CHUNK) {
        let (day, seed) = (closed.day, &seed);
        core.ground
            .db
            .write(move |tx| Box::pin(fold_tracks(tx, day, seed, chunk, now)))
            .await?;
    }
    let day = closed.day;
    core.ground
        .db
        .write(move |tx| Box::pin(async move { store::day::folded(tx, day, now).await }))
        .await?;
    tracing::info!(%day, tracks = paid.len(), "a day was shared out");
    Ok(())
}

async fn fold_tracks(
    conn: &mut Conn,
    day: Day,
    seed: &[u8; 32],
    lines: &[&Line],
    now: Timestamp,
) -> Result<(), ledger::Refusal> {
    for line in lines {
        fold_track(conn, day, seed, line, now).await?;
    }
    Ok(())
}

async fn fold_track(
    conn: &mut Conn,
    day: Day,
    seed: &[u8; 32],
    line: &Line,
    now: Timestamp,
) -> Result<(), ledger::Refusal> {
    let (track, payee) = (hex::decode(&line.track), hex::decode(&line.payee));
    let (Some(track), Some(payee)) = (track, payee) else {
        return Err(ledger::Refusal::Store(db::Error::Corrupt(
            "payments_day.manifest",
        )));
    };
    // One payee a sheet until sheets with several signatures come; the shape is the same.
    let sheet = [Share {
        id: &payee,
        weight: ARTISTS_BPS + COOP_BPS,
    }];
    let shares = split(line.ucr, seed, &track, &sheet).map_err(|_| ledger::Refusal::Amount)?;
    let fold = Fold {
        day,
        track: &line.track,
        ucr: line.ucr,
        artists: shares.artists,
        coop: shares.coop,
        sheet: &line.sheet,
    };
    if !store::day::fold(conn, &fold).await? {
        return Ok(());
    }
    let payee_account = format!("payee:{}", line.payee);
    let batch = [
        transfer(day, line, "coop", shares.coop),
        transfer(day, line, &payee_account, shares.artists),
    ];
    let moving: Vec<Transfer> = batch.into_iter().flatten().collect();
    ledger::book(conn, &moving, now).await?;
    store::day::line(conn, &line.payee, &fold, line.plays, shares.artists).await?;
    Ok(())
}

fn transfer(day: Day, line: &Line, to: &str, amount: Amount) -> Option<Transfer> {
    let day_text = day.to_string();
    (amount > Amount::ZERO).then(|| Transfer {
        id: ids::transfer(
            "fold",
            &[day_text.as_bytes(), line.track.as_bytes(), to.as_bytes()],
        ),
        act: Act::Single {
            debit: hold::plays(day),
            credit: Account::known(Ledger::Ucr, to),
            amount,
        },
        code: "fold",
        reference: None,
        cause: None,
    })
}
