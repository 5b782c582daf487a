//! A vault: made once, written by its key, left for good after seven days.

use crate::{
    Refusal,
    document::Document,
    id::{Reader, VaultId},
    kept, store,
    store::vault::Row,
    written::{self, Written},
};
use host::{db::Tx, pow::Work};
use kernel::Timestamp;

/// Between the wish to be deleted and the deletion.
pub(crate) const LEAVING_S: i64 = 7 * 86_400;

/// Keeps a new vault. The same one again is no fault, and costs no second piece of work.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn make(
    tx: &mut Tx<'_>,
    sent: &Document,
    by: &Written,
    work: &Result<Work, host::pow::Denied>,
    now: Timestamp,
) -> Result<Made, Refusal> {
    by.spend(tx, now).await?;
    if let Some(row) = store::vault::find(tx, sent.vault, now).await? {
        let again = row.doc == sent.text && row.is_by(by);
        return again.then_some(Made::Again).ok_or(Refusal::Taken);
    }
    let work = work.as_ref().map_err(|denied| Refusal::Work(*denied))?;
    if !work.spend(tx, now).await? {
        return Err(Refusal::Work(host::pow::Denied::Work));
    }
    if !store::vault::insert(tx, sent, &by.key, now).await? {
        return Err(Refusal::Taken);
    }
    store::reader::replace(tx, sent.vault, &sent.readers).await?;
    Ok(Made::New)
}

/// How a vault came to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    New,
    Again,
}

/// Writes the next version, keeping the one before. `follows` is the version the wallet knows.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn write(
    tx: &mut Tx<'_>,
    sent: &Document,
    by: &Written,
    follows: i64,
    now: Timestamp,
) -> Result<(), Refusal> {
    by.spend(tx, now).await?;
    let row = store::vault::find(tx, sent.vault, now).await?;
    if let Some(row) = &row
        && row.doc == sent.text
        && row.is_by_or_next(by)
    {
        return Ok(());
    }
    let Some(row) = row.filter(|row| row.is_by(by)) else {
        // Whoever brings a new key and not the old one hears so, whether or not there is a vault.
        return Err(if by.next.is_some() {
            Refusal::Epoch
        } else {
            Refusal::Unknown
        });
    };
    let key = key_of(&row, sent, by)?;
    if follows != row.version {
        return Err(Refusal::Behind {
            version: row.version,
        });
    }
    if sent.version <= row.version {
        return Err(Refusal::Format("version"));
    }
    store::old::keep(tx, sent.vault, &row, now).await?;
    if !store::vault::update(tx, sent, &key, row.version, now).await? {
        return Err(Refusal::Behind {
            version: row.version,
        });
    }
    store::reader::replace(tx, sent.vault, &sent.readers).await?;
    thin(tx, sent.vault, now).await
}

/// The key that writes from here on: the same within an epoch, the named one in the next.
fn key_of(row: &Row, sent: &Document, by: &Written) -> Result<String, Refusal> {
    match &by.next {
        None if sent.epoch == row.epoch => Ok(row.write_jwk.clone()),
        Some(next) if sent.epoch == row.epoch + 1 && next.jkt != by.jkt() => Ok(next.text.clone()),
        _ => Err(Refusal::Epoch),
    }
}

async fn thin(tx: &mut Tx<'_>, vault: VaultId, now: Timestamp) -> Result<(), Refusal> {
    let copies = store::old::list(tx, vault).await?;
    for version in kept::may_go(&copies, now) {
        store::old::drop(tx, vault, version).await?;
    }
    Ok(())
}

/// The vault of `by`, for acts that change nothing of the document.
///
/// # Errors
/// [`Refusal::Unknown`], [`Refusal::Epoch`] from a device that missed a renewal.
pub(crate) async fn of_writer(
    tx: &mut Tx<'_>,
    vault: VaultId,
    by: &Written,
    now: Timestamp,
) -> Result<Row, Refusal> {
    by.spend(tx, now).await?;
    let row = store::vault::find(tx, vault, now).await?;
    let row = row.filter(|row| row.is_by(by)).ok_or(Refusal::Unknown)?;
    if by.epoch == row.epoch {
        Ok(row)
    } else {
        Err(Refusal::Epoch)
    }
}

/// Marks the vault for deletion in seven days, unless it is marked already; says when.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn leave(
    tx: &mut Tx<'_>,
    vault: VaultId,
    by: &Written,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let row = of_writer(tx, vault, by, now).await?;
    let until = row.leaving.unwrap_or(now.plus_seconds(LEAVING_S));
    store::vault::leave(tx, vault, Some(until)).await?;
    Ok(until)
}

/// Takes that back.
///
/// # Errors
/// [`Refusal`].
pub(crate) async fn stay(
    tx: &mut Tx<'_>,
    vault: VaultId,
    by: &Written,
    now: Timestamp,
) -> Result<(), Refusal> {
    of_writer(tx, vault, by, now).await?;
    Ok(store::vault::leave(tx, vault, None).await?)
}

/// What may be read with a token: nothing tells a vault that is not there from one that is not
/// theirs; one statement looks for both.
///
/// # Errors
/// [`Refusal::Unknown`].
pub(crate) async fn read(
    conn: &mut host::Conn,
    vault: VaultId,
    reader: Reader,
    now: Timestamp,
) -> Result<Row, Refusal> {
    let row = store::vault::read_by(conn, vault, reader, now).await?;
    row.ok_or(Refusal::Unknown)
}

impl Row {
    /// Whether the proof is by this vault's key.
    pub fn is_by(&self, by: &Written) -> bool {
        written::thumbprint(&self.write_jwk).as_deref() == Some(by.jkt())
    }

    /// As [`Row::is_by`], or the proof named this key as the next one: the answer to a renewal was
    /// lost and it comes again.
    fn is_by_or_next(&self, by: &Written) -> bool {
        let own = written::thumbprint(&self.write_jwk);
        let next = by.next.as_ref().map(|key| key.jkt.clone());
        own.is_some() && (own.as_deref() == Some(by.jkt()) || own == next)
    }
}
