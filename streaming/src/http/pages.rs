//! Home, search, library: the pages that list.

use super::{
    prices::Standing,
    shown::{Row, RowWords, Track, WORDS},
};
use crate::{catalogue::fold::fold, core::Core, store};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State as Shared},
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Json, Origin, db};
use http::{HeaderMap, header};
use kernel::{Problem, Timestamp, problem};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use web::{lang::Choice, page::Shell, signin::Login};

const LISTED: i64 = 24;
const FOUND: i64 = 50;
const LONGEST_QUERY: usize = 200;

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/", get(home))
        .route("/search", get(search))
        .route("/library", get(library))
}

/// Whether a program asks rather than a person.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    accept.contains("application/json") && !accept.contains("text/html")
}

/// Who looks at a page, and what the page tells the player.
pub(super) struct Viewer {
    pub login: Option<Login>,
    pub standing: Standing,
    pub player: Player,
}

/// The place where the player is mounted.
pub(super) struct Player {
    pub signed_in: bool,
    pub login: String,
    pub payments_aud: String,
    pub page: &'static str,
    pub now: i64,
}

impl Viewer {
    pub async fn of(
        core: &Core,
        choice: &Choice,
        headers: &HeaderMap,
        (page, path): (&'static str, &str),
        now: Timestamp,
    ) -> Result<Self, db::Error> {
        let login = web::signin::current(&core.ground, Origin::Listen, headers, now).await?;
        let standing = match &login {
            Some(login) => {
                let listener = core.names.listener(&login.sub);
                Standing::of(&mut *core.ground.db.read().await?, &listener, now).await?
            }
            None => Standing::visitor(),
        };
        let mut back = url::form_urlencoded::Serializer::new(String::from("/login?"));
        back.append_pair("return", path);
        let player = Player {
            signed_in: login.is_some(),
            login: choice.link(&back.finish()),
            payments_aud: core.payments_aud(),
            page,
            now: now.seconds(),
        };
        Ok(Self {
            login,
            standing,
            player,
        })
    }

    /// The frame of a page for this viewer.
    pub fn shell<'a>(&self, core: &'a Core, choice: &'a Choice, title: String) -> Shell<'a> {
        let token = self
            .login
            .as_ref()
            .map(|login| core.forms.token(&login.browser, "logout"));
        Shell::new(&core.site, choice, title)
            .script("player")
            .wide()
            .signed_in(token.as_deref())
    }
}

/// A link with its words.
pub(super) struct Named {
    pub href: String,
    pub name: String,
}

/// A release in a list.
pub(super) struct Tile {
    pub href: String,
    pub title: String,
    pub artist: String,
    pub cover: Option<String>,
}

impl Tile {
    pub fn of(choice: &Choice, group: &store::group::GroupRow) -> Self {
        let has = !group.covers.0.is_empty();
        Self {
            href: choice.link(&format!("/releases/{}", group.id)),
            title: group.title.clone(),
            artist: group.artist.clone(),
            cover: has.then(|| format!("/releases/{}/cover", group.id)),
        }
    }

    pub fn json(group: &store::group::GroupRow) -> Value {
        let has = !group.covers.0.is_empty();
        json!({
            "id": group.id, "title": group.title, "kind": group.kind,
            "artist": { "id": group.party, "name": group.artist }, "released": group.released,
            "cover": has.then(|| format!("/releases/{}/cover", group.id)),
        })
    }
}

fn named(choice: &Choice, parties: &[store::party::PartyRow]) -> Vec<Named> {
    let link = |p: &store::party::PartyRow| Named {
        href: choice.link(&format!("/artists/{}", p.id)),
        name: p.name.clone(),
    };
    parties.iter().map(link).collect()
}

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    title: &'static str,
    lead: &'static str,
    search_label: &'static str,
    search_do: &'static str,
    library: &'static str,
    library_href: String,
    empty: &'static str,
    releases_title: &'static str,
    tracks_title: &'static str,
    artists_title: &'static str,
    releases: Vec<Tile>,
    rows: Vec<Row>,
    artists: Vec<Named>,
    w: RowWords,
    player: Player,
}

async fn home(Shared(core): Shared<Arc<Core>>, choice: Choice, headers: HeaderMap) -> Answer {
    let now = core.ground.world.now();
    let mut conn = core.ground.db.read().await?;
    let groups = store::group::newest(&mut conn, LISTED).await?;
    let newest = store::track::newest(&mut conn, LISTED).await?;
    let tracks = Track::load_all(&mut conn, newest).await?;
    let artists = store::party::artists(&mut conn, "", "\u{10ffff}", LISTED).await?;
    drop(conn);
    if wants_json(&headers) {
        let tracks: Vec<Value> = tracks.iter().map(Track::json).collect();
        let releases: Vec<Value> = groups.iter().map(Tile::json).collect();
        return Ok(Json(json!({ "releases": releases, "tracks": tracks })).into_response());
    }
    let viewer = Viewer::of(&core, &choice, &headers, ("home", "/"), now).await?;
    let say = |key| WORDS.say(choice.lang, key);
    let shell = viewer.shell(&core, &choice, say("home-title").to_owned());
    Ok(shell
        .page(&Home {
            title: say("home-title"),
            lead: say("home-lead"),
            search_label: say("search-label"),
            search_do: say("search-do"),
            library: say("library-title"),
            library_href: choice.link("/library"),
            empty: say("home-empty"),
            releases_title: say("home-releases"),
            tracks_title: say("home-tracks"),
            artists_title: say("home-artists"),
            releases: groups
                .iter()
                .map(|group| Tile::of(&choice, group))
                .collect(),
            rows: Row::all(&core, &choice, &tracks, &viewer.standing, now),
            artists: named(&choice, &artists),
            w: RowWords::of(&choice),
            player: viewer.player,
        })
        .into_response())
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct Search<'a> {
    title: &'static str,
    search_label: &'static str,
    search_do: &'static str,
    query: &'a str,
    found: Option<String>,
    artists: Vec<Named>,
    rows: Vec<Row>,
    w: RowWords,
    player: Player,
}

/// Titles and names that begin with the query, folded. The query is not stored (ST66).
async fn search(
    Shared(core): Shared<Arc<Core>>,
    Query(asked): Query<Asked>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    if asked.q.chars().count() > LONGEST_QUERY {
        return Err(Problem::new(&problem::MALFORMED)
            .detail("the query is too long")
            .into());
    }
    let from = fold(&asked.q);
    let to = format!("{from}\u{10ffff}");
    let mut conn = core.ground.db.read().await?;
    let (found, artists) = if from.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        let found = store::track::found(&mut conn, &from, &to, FOUND).await?;
        (
            found,
            store::party::artists(&mut conn, &from, &to, FOUND).await?,
        )
    };
    let tracks = Track::load_all(&mut conn, found).await?;
    drop(conn);
    if wants_json(&headers) {
        let tracks: Vec<Value> = tracks.iter().map(Track::json).collect();
        let artists: Vec<Value> = artists
            .iter()
            .map(|a| json!({ "id": a.id, "name": a.name }))
            .collect();
        return Ok(Json(json!({ "tracks": tracks, "artists": artists })).into_response());
    }
    let viewer = Viewer::of(&core, &choice, &headers, ("search", "/search"), now).await?;
    let say = |key| WORDS.say(choice.lang, key);
    let none = tracks.is_empty() && artists.is_empty();
    let key = if none { "search-none" } else { "search-found" };
    let values = [("what", asked.q.as_str())];
    let shell = viewer.shell(&core, &choice, say("search-title").to_owned());
    Ok(shell
        .page(&Search {
            title: say("search-title"),
            search_label: say("search-label"),
            search_do: say("search-do"),
            query: &asked.q,
            found: (!from.is_empty()).then(|| WORDS.fill(choice.lang, key, &values)),
            artists: named(&choice, &artists),
            rows: Row::all(&core, &choice, &tracks, &viewer.standing, now),
            w: RowWords::of(&choice),
            player: viewer.player,
        })
        .into_response())
}

#[derive(Template)]
#[template(path = "library.html")]
struct Library {
    title: &'static str,
    lead: &'static str,
    empty: &'static str,
    login: &'static str,
    login_do: &'static str,
    rows: Vec<Row>,
    w: RowWords,
    player: Player,
}

async fn library(
    Shared(core): Shared<Arc<Core>>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let viewer = Viewer::of(&core, &choice, &headers, ("library", "/library"), now).await?;
    let tracks = match &viewer.login {
        Some(login) => {
            let mut conn = core.ground.db.read().await?;
            let listener = core.names.listener(&login.sub);
            let shown = store::track::of_listener(&mut conn, &listener).await?;
            Track::load_all(&mut conn, shown).await?
        }
        None => Vec::new(),
    };
    let say = |key| WORDS.say(choice.lang, key);
    let shell = viewer.shell(&core, &choice, say("library-title").to_owned());
    Ok(shell
        .page(&Library {
            title: say("library-title"),
            lead: say("library-lead"),
            empty: say("library-empty"),
            login: say("library-login"),
            login_do: say("library-login-do"),
            rows: Row::all(&core, &choice, &tracks, &viewer.standing, now),
            w: RowWords::of(&choice),
            player: viewer.player,
        })
        .into_response())
}
