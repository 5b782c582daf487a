//! What a new demo begins with: the personas, made by the provider at its start, and the music of
//! three made-up artists, brought in as any music is.

use crate::house::House;
use anyhow::Result;

/// Fills a fresh house. Progress goes to stderr.
///
/// # Errors
/// The store, or the tools that music needs are missing.
pub async fn seed(house: &House) -> Result<()> {
    crate::music::seed(house).await
}
