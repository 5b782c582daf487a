//! The first owner: a link that `resonate init` prints, good once and for 24 hours. Whoever can print
//! another one can write the database, so nobody gains by it what they did not have.

use super::{
    Capability, Refusal, act,
    door::Staff,
    effect, pages,
    store::{self, NewAct},
    words::Say,
};
use crate::{
    core::{Core, Shared},
    secrets,
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::get,
};
use host::{
    Answer, Form, db,
    once::{self, Taken, spaces::OWNER_LINK},
};
use kernel::{Timestamp, World};
use serde::Deserialize;
use web::lang::Choice;

const PREFIX: &str = "rs_ow_";
/// What the row says, since a link has no words of its own.
const REASON: &str = "the link of resonate init";

/// A link that makes whoever opens it the first owner.
pub struct OwnerLink {
    token: String,
    until: Timestamp,
}

impl OwnerLink {
    /// Draws one.
    #[must_use]
    pub fn draw(world: &World, now: Timestamp) -> Self {
        Self {
            token: secrets::token(PREFIX, world),
            until: OWNER_LINK.until(now),
        }
    }

    /// The link itself. Its secret stands behind `#`, where no server and no log sees it.
    #[must_use]
    pub fn url(&self, staff: &str) -> String {
        format!("{staff}/owner#owner_link={}", self.token)
    }

    /// What may be kept of it: hash and end. No link can be made from that.
    #[must_use]
    pub fn note(&self) -> String {
        format!("{} {}\n", secrets::hash(&self.token), self.until)
    }
}

/// Makes the link of a note good, unless it is over, was known before, or there is an owner.
///
/// # Errors
/// The store's own.
pub(crate) async fn accept(core: &Core, note: &str, now: Timestamp) -> Result<bool, db::Error> {
    let Some((hash, until)) = note.trim().split_once(' ') else {
        return Ok(false);
    };
    let Some(until) = Timestamp::parse(until).filter(|until| now < *until) else {
        return Ok(false);
    };
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                // The mark outlives the link, so that the same note is never taken twice.
                let fresh = store::owners(tx).await?.is_empty()
                    && once::first(tx, &OWNER_LINK, hash, until).await?;
                if fresh {
                    once::issue(tx, &OWNER_LINK, hash, "owner", "", "", until).await?;
                }
                Ok(fresh)
            })
        })
        .await
}

/// Whether somebody can give capabilities already.
///
/// # Errors
/// The store's own.
pub(crate) async fn has_owner(core: &Core) -> Result<bool, db::Error> {
    let mut conn = core.ground.db.read().await?;
    Ok(!store::owners(&mut conn).await?.is_empty())
}

pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/owner", get(show).post(redeem))
        .with_state(core)
}

#[derive(Template)]
#[template(path = "staff_owner.html")]
struct Owner {
    w: Say,
    form_token: Option<String>,
    sign_in: String,
    join: String,
}

/// `GET /owner`: without a login the page says how to come by one; the link stays good.
async fn show(State(core): State<Shared>, choice: Choice, headers: HeaderMap) -> Answer {
    let now = core.ground.world.now();
    let staff = match Staff::of(&core, &headers, now).await {
        Ok(staff) => Some(staff).filter(|staff| staff.is_fresh(now)),
        Err(Refusal::LoginNeeded) => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let w = Say(choice.lang);
    let fragment = Owner {
        w,
        form_token: staff.as_ref().map(|staff| staff.form_token(&core)),
        sign_in: choice.link("/login?return=%2Fowner"),
        join: format!("{}/join", core.issuer()),
    };
    let shell = pages::shell(&core, &choice, w.say("owner-title"), staff.as_ref());
    let shell = shell.learns(w.say("owner-learns"), w.say("owner-learns-not"));
    Ok(shell.script("back").page(&fragment).into_response())
}

#[derive(Deserialize)]
struct Link {
    owner_link: String,
    form_token: String,
}

/// `POST /owner`.
async fn redeem(
    State(core): State<Shared>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let staff = Staff::of(&core, &headers, now).await?;
    staff.check_form(&core, &headers, &link.form_token)?;
    staff.must_be_fresh(now)?;
    let shown = link.owner_link.trim();
    if !secrets::has_form(shown, PREFIX) {
        return Err(Refusal::Gone.into());
    }
    let (hash, id) = (secrets::hash(shown), effect::draw_id(&core.ground.world));
    let (hash, id, account) = (&hash, &id, staff.account.id.as_str());
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let taken = once::take(tx, &OWNER_LINK, hash, "owner", now).await?;
                if !matches!(taken, Taken::Body(_)) || !store::owners(tx).await?.is_empty() {
                    return Err(Refusal::Gone);
                }
                for capability in [Capability::Owner, Capability::Read] {
                    store::give(tx, account, capability, now).await?;
                }
                let row = NewAct {
                    id,
                    actor: account,
                    act: act::FIRST_OWNER,
                    target: account,
                    detail: None,
                    reason: REASON,
                    until: None,
                };
                store::insert(tx, &row, now).await?;
                Ok(())
            })
        })
        .await?;
    Ok(crate::authorize::reply::see_other("/people"))
}
