//! Admission at join: proof of work, so that accounts cost something and nobody is asked who they
//! are. What work is and how it is checked is `host::pow`'s.

mod problem;

pub(crate) use host::pow::{Mint, Work};
pub(crate) use problem::{Denied, Refusal};

use crate::core::Shared;
use axum::{Router, extract::State, response::IntoResponse, routing::get};
use host::{Json, Source, db::Tx};
use kernel::Timestamp;

/// Uses work up, in the transaction that writes the account.
///
/// # Errors
/// [`Denied::Work`] if it was used before; [`Refusal::Store`].
pub(crate) async fn spend(work: &Work, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Refusal> {
    match work.spend(tx, now).await? {
        true => Ok(()),
        false => Err(Denied::Work.into()),
    }
}

/// `GET /join/challenge`.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/join/challenge", get(give))
        .with_state(core)
}

async fn give(State(core): State<Shared>, source: Source) -> impl IntoResponse {
    let world = &core.ground.world;
    let challenge = core.pow.challenge(world, source, world.now());
    let any = [("access-control-allow-origin", "*")];
    (any, Json(challenge))
}
