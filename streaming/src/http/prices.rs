//! POST `/tracks/prices`: what the next play of each track costs this listener.

use super::auth;
use crate::{
    catalogue::{Shown, Track},
    core::Core,
    plays::{LAPSES_MOST, found, ladder},
    rights::{Stream, Terms},
    store::{self, tally::Tally},
};
use axum::{Router, extract::State as Shared, response::IntoResponse, routing::post};
use host::{Answer, Json, db};
use http::{HeaderMap, Method};
use kernel::{Amount, Id, Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

const PATH: &str = "/tracks/prices";
const MOST: usize = 100;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new().route(PATH, post(prices))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    ids: Vec<Id<Track>>,
}

/// What the next play of a track is, and costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Next {
    /// Number of the next play; one past the ladder when owned.
    pub n: i64,
    /// What it costs.
    pub price: Amount,
    /// What is left to pay until the track is owned.
    pub remaining: Amount,
    /// Whether it is owned.
    pub owned: bool,
}

/// Reads a tally under the terms of its track.
pub(crate) fn next(tally: Tally, stream: Stream, own: bool) -> Next {
    let owned = tally.is_owned();
    let n = if owned {
        ladder::STEPS + 1
    } else {
        tally.n + 1
    };
    let costs = stream == Stream::Paid && !own && !owned;
    let price = if costs {
        ladder::price(n)
    } else {
        Amount::ZERO
    };
    let remaining = if owned {
        Amount::ZERO
    } else {
        ladder::remaining(n)
    };
    Next {
        n,
        price,
        remaining,
        owned,
    }
}

/// What of the catalogue a listener sees by name; nothing for a visitor.
pub(crate) struct Standing {
    pub tallies: HashMap<Id<Track>, Tally>,
    pub manages: Vec<Id<crate::catalogue::Party>>,
}

impl Standing {
    pub fn visitor() -> Self {
        Self {
            tallies: HashMap::new(),
            manages: Vec::new(),
        }
    }

    pub async fn of(
        conn: &mut db::Conn,
        listener: &[u8; 32],
        now: Timestamp,
    ) -> Result<Self, db::Error> {
        Ok(Self {
            tallies: store::tally::all(conn, listener).await?,
            manages: store::manager::of(conn, listener, now).await?,
        })
    }

    pub fn next(&self, track: &Shown, terms: &Terms) -> Next {
        let tally = self.tallies.get(&track.id).copied().unwrap_or_default();
        next(tally, terms.stream, self.manages.contains(&track.payee))
    }
}

async fn prices(
    Shared(core): Shared<Arc<Core>>,
    headers: HeaderMap,
    Json(ask): Json<Ask>,
) -> Answer {
    let now = core.ground.world.now();
    let caller = auth::caller(&core, &Method::POST, PATH, &headers, now).await?;
    if ask.ids.len() > MOST {
        return Err(Problem::new(&problem::INVALID_FIELD)
            .with("field", "ids")
            .into());
    }
    let mut conn = core.ground.db.read().await?;
    let standing = Standing::of(&mut conn, &caller.listener, now).await?;
    let lapses = store::lapse::count(&mut conn, &caller.listener, now.day()).await?;
    let mut tracks: Vec<Value> = Vec::with_capacity(ask.ids.len());
    for id in ask.ids {
        let Some(track) = store::track::by_id(&mut conn, id).await? else {
            continue;
        };
        let terms = found::terms(&mut conn, &track).await?;
        let own = standing.manages.contains(&track.payee);
        if !track.state.is_public() && !own {
            continue;
        }
        let next = standing.next(&track, &terms);
        tracks.push(json!({
            "track": id, "n": next.n, "price": next.price, "remaining": next.remaining,
            "owned": next.owned, "own": own, "stream": terms.stream.as_str(),
        }));
    }
    let body = json!({ "tracks": tracks, "paid_at_start": lapses > LAPSES_MOST });
    Ok(Json(body).into_response())
}
