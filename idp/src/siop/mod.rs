//! Joining and signing in by a wallet's own key (SIOPv2 draft 13): first contact under a pseudonym.
//!
//! Kept apart: the draft is frozen upstream. The transport is that of `vp`; here stands what a key
//! that was proven means: an account, a new one, or nobody.

pub(crate) mod store;

use crate::{
    account,
    core::Core,
    interaction::Interaction,
    invite::{self, Admission},
    pow,
    vp::Refusal,
};
use host::{Source, db::Tx};
use kernel::{Handle, Timestamp};

/// Handles that are tried when the wished one is taken.
const DRAWN: usize = 4;

/// What joining needs, drawn and checked before the transaction.
pub(crate) struct Arrival {
    joins: bool,
    admission: Result<Admission, pow::Denied>,
    handles: Vec<Handle>,
    new: account::New,
}

impl Arrival {
    /// Reads the wish to join from the request: `prompt=create`, the handle as `login_hint`, the
    /// admission. A handle that is malformed or taken is no fault: one is drawn.
    pub(crate) fn draw(core: &Core, at: &Interaction, source: Source, now: Timestamp) -> Self {
        let world = &core.ground.world;
        let wish = at
            .request
            .login_hint
            .as_deref()
            .and_then(|h| Handle::parse(h).ok());
        let drawn = (0..DRAWN).map(|attempt| account::drawn_handle(world, attempt));
        Self {
            joins: at.request.wishes_to_join(),
            admission: invite::read(&core.pow, at.request.admission.as_deref(), source, now),
            handles: wish.into_iter().chain(drawn).collect(),
            new: account::New::draw(world),
        }
    }
}

/// The account that goes with a proven key; `true` if it was just made.
///
/// # Errors
/// [`Refusal::Unknown`] for a key without account where the app did not ask to join,
/// [`Refusal::Admission`] where it did without good admission; the store's own.
pub(crate) async fn account_of(
    tx: &mut Tx<'_>,
    jkt: &str,
    arrival: &Arrival,
    now: Timestamp,
) -> Result<(String, bool), Refusal> {
    if let Some(account) = store::account_of(tx, jkt).await? {
        return Ok((account, false));
    }
    if !arrival.joins {
        return Err(Refusal::Unknown);
    }
    let admission = arrival
        .admission
        .as_ref()
        .map_err(|denied| pow::Refusal::from(*denied))?;
    admission.spend(tx, now).await?;
    let handle = account::free_handle(tx, &arrival.handles).await?;
    let handle = handle.ok_or(Refusal::Flow(crate::problem::Refusal::FlowMoved))?;
    let day = now.day();
    if !account::create(tx, &arrival.new, &handle, day).await? {
        return Err(Refusal::Flow(crate::problem::Refusal::FlowMoved));
    }
    store::insert(tx, jkt, &arrival.new.id, day).await?;
    Ok((arrival.new.id.clone(), true))
}
