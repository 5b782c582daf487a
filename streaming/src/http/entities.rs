//! One artist, one release, one track: page or JSON.

use super::{
    pages::{Player, Tile, Viewer, wants_json},
    shown::{self, Row, RowWords, Track, WORDS},
};
use crate::{
    catalogue::{Group, Party, State, Track as TrackId},
    core::Core,
    plays::ladder,
    store,
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State as Shared},
    response::{IntoResponse, Response},
    routing::get,
};
use host::{Answer, Json};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kernel::{Id, Problem, Timestamp, problem};
use serde_json::{Value, json};
use std::sync::Arc;
use web::{lang::Choice, page::SafeHtml};

pub(super) fn routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/artists/{id}", get(artist))
        .route("/releases/{id}", get(release))
        .route("/tracks/{id}", get(track))
}

/// JSON of a thing with its revision as ETag.
fn tagged(headers: &HeaderMap, body: Value, rev: i64) -> Response {
    let tag = format!("\"r{rev}\"");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|t| t.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(body).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    let cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Schema.org data for machines, as a block that is data and never runs.
fn linked(data: &Value) -> SafeHtml {
    let text = data.to_string().replace('<', "\\u003c");
    SafeHtml(format!(
        "<script type=\"application/ld+json\">{text}</script>\n"
    ))
}

struct Cover {
    src: String,
    alt: String,
}

fn cover(choice: &Choice, src: Option<String>, title: &str) -> Option<Cover> {
    let alt = WORDS.fill(choice.lang, "cover-of", &[("title", title)]);
    src.map(|src| Cover { src, alt })
}

#[derive(Template)]
#[template(path = "artist.html")]
struct ArtistPage<'a> {
    ld: SafeHtml,
    name: &'a str,
    bio: Option<&'a str>,
    releases_title: &'static str,
    releases: Vec<Tile>,
    player: Player,
}

async fn artist(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let id = Id::<Party>::parse(&id).ok_or(&problem::NOT_FOUND)?;
    let mut conn = core.ground.db.read().await?;
    let party = store::party::by_id(&mut conn, id)
        .await?
        .ok_or(&problem::NOT_FOUND)?;
    let groups = store::group::by_party(&mut conn, id).await?;
    drop(conn);
    if wants_json(&headers) {
        let releases: Vec<Value> = groups.iter().map(Tile::json).collect();
        let body = json!({
            "id": id, "name": party.name, "kind": party.kind, "bio": party.bio,
            "country": party.country, "did": party.did, "releases": releases, "rev": party.rev,
        });
        return Ok(tagged(&headers, body, party.rev));
    }
    let path = format!("/artists/{id}");
    let viewer = Viewer::of(&core, &choice, &headers, ("artist", &path), now).await?;
    let ld = linked(&json!({
        "@context": "https://schema.org", "@type": "MusicGroup", "name": party.name,
        "url": format!("{}{path}", core.site.base),
    }));
    let shell = viewer.shell(&core, &choice, party.name.clone());
    Ok(shell
        .page(&ArtistPage {
            ld,
            name: &party.name,
            bio: party.bio.as_deref(),
            releases_title: WORDS.say(choice.lang, "artist-releases"),
            releases: groups
                .iter()
                .map(|group| Tile::of(&choice, group))
                .collect(),
            player: viewer.player,
        })
        .into_response())
}

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage<'a> {
    ld: SafeHtml,
    title: &'a str,
    by: String,
    artist_href: String,
    released: Option<String>,
    about: Option<&'a str>,
    owning: &'static str,
    tracks_title: &'static str,
    cover: Option<Cover>,
    rows: Vec<Row>,
    w: RowWords,
    player: Player,
}

async fn release(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let id = Id::<Group>::parse(&id).ok_or(&problem::NOT_FOUND)?;
    let mut conn = core.ground.db.read().await?;
    let group = store::group::by_id(&mut conn, id).await?;
    let group = group
        .filter(|g| g.state.is_public())
        .ok_or(&problem::NOT_FOUND)?;
    let on_it = store::track::by_group(&mut conn, id).await?;
    let tracks = Track::load_all(&mut conn, on_it).await?;
    drop(conn);
    if wants_json(&headers) {
        let mut body = Tile::json(&group);
        body["tracks"] = tracks.iter().map(Track::json).collect();
        body["rev"] = group.rev.into();
        return Ok(tagged(&headers, body, group.rev));
    }
    let path = format!("/releases/{id}");
    let viewer = Viewer::of(&core, &choice, &headers, ("release", &path), now).await?;
    let say = |key| WORDS.say(choice.lang, key);
    let fill = |key, name, value: &str| WORDS.fill(choice.lang, key, &[(name, value)]);
    let ld = linked(&json!({
        "@context": "https://schema.org", "@type": "MusicAlbum", "name": group.title,
        "byArtist": { "@type": "MusicGroup", "name": group.artist },
        "datePublished": group.released, "numTracks": tracks.len(),
        "url": format!("{}{path}", core.site.base),
    }));
    let src = (!group.covers.0.is_empty()).then(|| format!("{path}/cover"));
    let shell = viewer.shell(&core, &choice, group.title.clone());
    Ok(shell
        .page(&ReleasePage {
            ld,
            title: &group.title,
            by: fill("release-by", "artist", &group.artist),
            artist_href: choice.link(&format!("/artists/{}", group.party)),
            released: group
                .released
                .as_deref()
                .map(|d| fill("release-released", "date", d)),
            about: group.about.as_deref(),
            owning: say("release-owning"),
            tracks_title: say("release-tracks"),
            cover: cover(&choice, src, &group.title),
            rows: Row::all(&core, &choice, &tracks, &viewer.standing, now),
            w: RowWords::of(&choice),
            player: viewer.player,
        })
        .into_response())
}

struct Step {
    n: i64,
    price: String,
    left: String,
}

#[derive(Template)]
#[template(path = "track.html")]
struct TrackPage<'a> {
    ld: SafeHtml,
    title: &'a str,
    by: &'static str,
    artist: &'a str,
    artist_href: String,
    on: &'static str,
    release: Option<NamedTitle>,
    later: Option<String>,
    waveform: &'static str,
    wave: String,
    preview: Option<String>,
    preview_title: &'static str,
    preview_of: String,
    no_preview: &'static str,
    length_word: &'static str,
    length: String,
    licence_word: &'static str,
    licence: &'a str,
    explicit: bool,
    explicit_word: &'static str,
    yes: &'static str,
    ladder_title: &'static str,
    ladder_n: &'static str,
    ladder_price: &'static str,
    ladder_left: &'static str,
    steps: Vec<Step>,
    cover: Option<Cover>,
    rows: Vec<Row>,
    w: RowWords,
    player: Player,
}

struct NamedTitle {
    href: String,
    title: String,
}

/// Answers a track that is there; what is not published looks like what does not exist (ST36).
pub(super) async fn public_track(conn: &mut host::Conn, id: &str) -> Result<Track, Problem> {
    let id = Id::<TrackId>::parse(id).ok_or(&problem::NOT_FOUND)?;
    let shown = store::track::by_id(conn, id).await?;
    let shown = shown
        .filter(|t| t.state.is_public())
        .ok_or(&problem::NOT_FOUND)?;
    match shown.state {
        State::Withdrawn => Err(Problem::new(&problem::WITHDRAWN)),
        State::Blocked => Err(Problem::new(&problem::BLOCKED)),
        _ => Ok(Track::load(conn, shown).await?),
    }
}

async fn track(
    Shared(core): Shared<Arc<Core>>,
    Path(id): Path<String>,
    choice: Choice,
    headers: HeaderMap,
) -> Answer<Response> {
    let now = core.ground.world.now();
    let mut conn = core.ground.db.read().await?;
    let track = public_track(&mut conn, &id).await?;
    let peaks = store::track::waveform(&mut conn, track.shown.id).await?;
    drop(conn);
    if wants_json(&headers) {
        let mut body = track.json();
        body["waveform"] = shown::waveform(peaks).into();
        return Ok(tagged(&headers, body, track.shown.rev));
    }
    let path = format!("/tracks/{}", track.shown.id);
    let viewer = Viewer::of(&core, &choice, &headers, ("track", &path), now).await?;
    let rows = vec![Row::of(&core, &choice, &track, &viewer.standing, now)];
    let shell = viewer.shell(&core, &choice, track.shown.title.clone());
    let page = TrackPage {
        ld: linked(&recording(&core, &track, &path)),
        wave: shown::outline(&peaks.unwrap_or_default()),
        rows,
        player: viewer.player,
        ..described(&core, &choice, &track, now)
    };
    Ok(shell.page(&page).into_response())
}

fn recording(core: &Core, track: &Track, path: &str) -> Value {
    let t = &track.shown;
    json!({
        "@context": "https://schema.org", "@type": "MusicRecording", "name": t.title,
        "byArtist": { "@type": "MusicGroup", "name": t.artist }, "isrcCode": t.isrc,
        "duration": format!("PT{}S", t.duration_ms / 1000),
        "inAlbum": t.release.as_ref()
            .map(|(_, title, _)| json!({ "@type": "MusicAlbum", "name": title })),
        "url": format!("{}{path}", core.site.base),
    })
}

/// The words of a track's page.
fn described<'a>(core: &Core, choice: &Choice, track: &'a Track, now: Timestamp) -> TrackPage<'a> {
    let t = &track.shown;
    let say = |key| WORDS.say(choice.lang, key);
    let fill = |key, name, value: &str| WORDS.fill(choice.lang, key, &[(name, value)]);
    let heard = track.heard_by_anyone(now).ok();
    let length = heard
        .map(|(file, _)| shown::clock(file.ms))
        .unwrap_or_default();
    let opens = track.terms.opens_at.filter(|at| now < *at);
    TrackPage {
        ld: SafeHtml(String::new()),
        title: &t.title,
        by: say("track-by"),
        artist: &t.artist,
        artist_href: choice.link(&format!("/artists/{}", t.payee)),
        on: say("track-on"),
        release: t.release.as_ref().map(|(id, title, _)| NamedTitle {
            href: choice.link(&format!("/releases/{id}")),
            title: title.clone(),
        }),
        later: opens.map(|at| fill("track-later", "date", &at.to_string())),
        waveform: say("track-waveform"),
        wave: String::new(),
        preview: heard.map(|(file, _)| core.open_url(&file.hash, now).0),
        preview_title: say("track-preview-title"),
        preview_of: fill("track-preview-of", "time", &length),
        no_preview: say("track-no-preview"),
        length_word: say("track-length"),
        length: shown::clock(t.duration_ms),
        licence_word: say("track-licence"),
        licence: match t.licence.as_str() {
            "all-rights-reserved" => say("licence-all-rights-reserved"),
            named => named,
        },
        explicit: t.explicit,
        explicit_word: say("track-explicit"),
        yes: say("lang-yes"),
        ladder_title: say("track-ladder"),
        ladder_n: say("track-ladder-n"),
        ladder_price: say("track-ladder-price"),
        ladder_left: say("track-ladder-left"),
        steps: steps(),
        cover: cover(choice, shown::cover_of(t), &t.title),
        rows: Vec::new(),
        w: RowWords::of(choice),
        player: Player {
            signed_in: false,
            login: String::new(),
            payments_aud: String::new(),
            page: "track",
            now: 0,
        },
    }
}

fn steps() -> Vec<Step> {
    let step = |n| Step {
        n,
        price: shown::credits(ladder::price(n)),
        left: shown::credits(ladder::remaining(n)),
    };
    (1..=ladder::STEPS).map(step).collect()
}
