//! What must hold of the data, for `doctor`, `audit` and tests.

use crate::{catalogue::object_key, core::Core, store};
use host::{Check, Finding, When};
use kernel::b64;
use std::sync::Arc;

pub(crate) fn all(core: &Arc<Core>) -> Vec<Check> {
    let core = Arc::clone(core);
    vec![Check::new(
        "streaming: every sound file is there",
        When::Audit,
        move |_| {
            let core = Arc::clone(&core);
            async move { files(&core).await }
        },
    )]
}

/// Every rendition is stored in its length; its hash is checked when it is opened.
async fn files(core: &Core) -> Result<(), Finding> {
    let mut after = String::new();
    loop {
        let page = store::rendition::after(&mut *core.ground.db.read().await?, &after).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = b64::encode(last.hash);
        for file in &page {
            let size = core.ground.objects.size(&object_key(&file.hash)).await;
            let size = size.map_err(|error| Finding(error.to_string()))?;
            if size != Some(file.bytes) {
                let name = b64::encode(file.hash);
                return Err(Finding(format!(
                    "the sound file {name} is missing or cut short"
                )));
            }
        }
    }
}
