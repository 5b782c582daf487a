//! Finders: a sealed note of where a vault is, under a name that only a sheet of words gives.

use crate::{
    Refusal,
    id::{FinderId, VaultId},
    store, vault,
    written::Written,
};
use host::db::Tx;
use kernel::Timestamp;

/// `nonce(12) || vault id(16) and read token(32), sealed || tag(16)`.
pub(crate) const BOX_BYTES: usize = 76;
/// The most finders of one vault: it has at most as many ways in.
const MOST: i64 = 8;

/// Writes a finder of `of`, or another box into it.
///
/// # Errors
/// [`Refusal::Taken`] when the name is another vault's; [`Refusal`].
pub(crate) async fn put(
    tx: &mut Tx<'_>,
    id: FinderId,
    of: VaultId,
    sealed: &[u8],
    by: &Written,
    now: Timestamp,
) -> Result<(), Refusal> {
    vault::of_writer(tx, of, by, now).await?;
    match store::finder::find(tx, id).await? {
        Some(found) if found.vault != of => return Err(Refusal::Taken),
        Some(_) => {}
        None if store::finder::count(tx, of).await? >= MOST => return Err(Refusal::Field("id")),
        None => {}
    }
    Ok(store::finder::put(tx, id, of, sealed, now).await?)
}

/// Removes it.
///
/// # Errors
/// [`Refusal::Unknown`] when there is none or it is another's.
pub(crate) async fn remove(
    tx: &mut Tx<'_>,
    id: FinderId,
    by: &Written,
    now: Timestamp,
) -> Result<(), Refusal> {
    let found = store::finder::find(tx, id).await?;
    // Nobody's vault where there is no finder: the same way to the same answer.
    let of = found.map_or(VaultId([0; 16]), |found| found.vault);
    vault::of_writer(tx, of, by, now).await?;
    Ok(store::finder::remove(tx, id).await?)
}
