//! Recurring work: what was left or forgotten goes.

use crate::{Core, id::VaultId, store};
use host::{Conn, db};
use kernel::Timestamp;

/// Unread for so long, a vault is deleted: 36 months.
const UNREAD_S: i64 = 3 * 366 * 86_400;

/// Deletes vaults whose seven days are over and those nobody read for 36 months.
///
/// # Errors
/// The database's; what was deleted stays deleted, and the next turn goes on.
pub(crate) async fn leave(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    let unread = now.plus_seconds(-UNREAD_S);
    loop {
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                let over = store::vault::over(tx, now, unread).await?;
                for vault in &over {
                    store::vault::remove(tx, *vault).await?;
                }
                Ok::<_, db::Error>(over.is_empty())
            })
        });
        if write.await? {
            return Ok(());
        }
    }
}

/// Forgets earlier copies whose thirty days are over, but for the last five of each vault.
///
/// # Errors
/// As [`leave`].
pub(crate) async fn thin(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    let mut after = Vec::new();
    while let Some(last) = page(&mut *core.ground.db.read().await?, &after, now).await? {
        let from = &after;
        let write = core
            .ground
            .db
            .write(move |tx| Box::pin(store::old::sweep(tx, from, last, now)));
        write.await?;
        after = last.row();
    }
    Ok(())
}

async fn page(conn: &mut Conn, after: &[u8], now: Timestamp) -> Result<Option<VaultId>, db::Error> {
    Ok(store::old::aged(conn, after, now).await?.pop())
}
