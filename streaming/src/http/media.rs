//! GET and HEAD of `/m/{hash}?g=`: the path every byte of sound takes. It touches the store only
//! for a rendition or play that is not in memory yet.

use crate::{
    core::Core,
    events,
    media::{
        body::Bits,
        files::{OpenRefusal, Opened},
        gate::{self, Passage},
        grant::{Class, Grant, GrantRefusal},
        range::{self, Part, RangeRefusal},
    },
    plays::{
        State,
        end::{self, Ending},
        live::{Live, Seat},
        post,
    },
    store,
};
use axum::{
    body::Body,
    extract::{Request, State as Shared},
    response::{IntoResponse, Response},
};
use host::{Fault, db};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use kernel::{Id, Problem, Timestamp, b64, problem};
use std::sync::Arc;

const REFUSAL: HeaderName = HeaderName::from_static("resonate-refusal");

/// A refusal with the length that a 416 names.
struct No(Problem, Option<u64>);

impl<E> From<E> for No
where
    Problem: From<E>,
{
    fn from(error: E) -> Self {
        Self(error.into(), None)
    }
}

pub(super) async fn bytes(Shared(core): Shared<Arc<Core>>, request: Request) -> Response {
    let (asked, _) = request.into_parts();
    match serve(&core, &asked).await {
        Ok(response) => response,
        Err(No(problem, length)) => refusal(problem, length),
    }
}

fn refusal(problem: Problem, length: Option<u64>) -> Response {
    let slug = problem.slug.slug;
    let mut response = Fault(problem).into_response();
    let headers = response.headers_mut();
    headers.insert(REFUSAL, HeaderValue::from_static(slug));
    if let Some(Ok(range)) = length.map(|n| HeaderValue::from_str(&format!("bytes */{n}"))) {
        headers.insert(header::CONTENT_RANGE, range);
    }
    constant(headers);
    response
}

/// Headers of every answer here.
fn constant(headers: &mut HeaderMap) {
    let fixed = HeaderValue::from_static;
    headers.insert(header::ACCEPT_RANGES, fixed("bytes"));
    headers.insert(header::REFERRER_POLICY, fixed("no-referrer"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
}

async fn serve(core: &Core, asked: &Parts) -> Result<Response, No> {
    let is_head = asked.method == Method::HEAD;
    if !is_head && asked.method != Method::GET {
        return Err(Problem::new(&problem::METHOD)
            .with("allow", "GET, HEAD")
            .into());
    }
    let now = core.ground.world.now();
    let (hash, grant) = open_grant(core, &asked.uri, now)?;
    let live = match grant.class {
        Class::Preview | Class::Download => None,
        Class::Play | Class::Owned => Some(living(core, &grant, now).await?),
    };
    let opened = match core.files.get(&hash) {
        Some(opened) => opened,
        None => open(core, &hash, live.as_deref(), now).await?,
    };
    let headers = &asked.headers;
    if is_same(headers, &opened.etag) {
        return Ok(bare(StatusCode::NOT_MODIFIED, &opened));
    }
    let (part, status) = part(headers, &opened, gate_of(&grant, live.as_deref(), &opened))?;
    if is_head {
        return Ok(answer(&opened, part, status, Body::empty()));
    }
    if let Some(live) = live
        .as_ref()
        .filter(|live| live.paid_at_start && !live.has_counted())
    {
        pay_at_start(core, live, now).await?;
    }
    let seat = seat(live.as_ref(), now)?;
    let bits = Bits::new(Arc::clone(&opened), part, Arc::clone(&core.pool), seat);
    Ok(answer(&opened, part, status, Body::new(bits)))
}

/// The hash in the path and its grant (ST1 to ST9).
fn open_grant(core: &Core, uri: &Uri, now: Timestamp) -> Result<([u8; 32], Grant), No> {
    let mut given = uri
        .query()
        .unwrap_or_default()
        .split('&')
        .filter_map(|pair| pair.strip_prefix("g="));
    let text = given.next().ok_or(&problem::GRANT_MISSING)?;
    if given.next().is_some() {
        return Err((&problem::GRANT_MALFORMED).into());
    }
    let name = uri.path().strip_prefix("/m/").unwrap_or_default();
    // A name that is no hash is answered as an unknown one: no oracle.
    let hash = b64::decode_array::<32>(name).unwrap_or_default();
    if !core.clock_holds(now) {
        return Err((&problem::CLOCK).into());
    }
    let grant = core
        .grants
        .open(text, &hash, now)
        .map_err(|refused| match refused {
            GrantRefusal::Malformed => &problem::GRANT_MALFORMED,
            GrantRefusal::Forged => &problem::GRANT_FORGED,
            GrantRefusal::Expired => &problem::GRANT_EXPIRED,
            GrantRefusal::Future => &problem::GRANT_FUTURE,
        })?;
    Ok((hash, grant))
}

/// The play of a grant, while bytes are served for it (ST10).
async fn living(core: &Core, grant: &Grant, now: Timestamp) -> Result<Arc<Live>, No> {
    let live = match core.lives.get(&grant.play) {
        Some(live) => live,
        None => {
            let play = Id::from_bytes(grant.play);
            let loaded = core.live(play, now).await?;
            loaded.unwrap_or_else(|| core.lives.add(Live::dead(play, now)))
        }
    };
    if live.is_live() {
        Ok(live)
    } else {
        Err((&problem::PLAY_ENDED).into())
    }
}

async fn open(
    core: &Core,
    hash: &[u8; 32],
    live: Option<&Live>,
    now: Timestamp,
) -> Result<Arc<Opened>, No> {
    match core.files.open(&core.ground.db, hash).await {
        Ok(opened) => Ok(opened),
        Err(OpenRefusal::Store(error)) => Err(error.into()),
        Err(OpenRefusal::Unknown) => Err((&problem::GRANT_FORGED).into()),
        Err(OpenRefusal::Damaged(what)) => {
            tracing::error!(what, hash = b64::encode(hash), "a rendition is damaged");
            if let Some(live) = live {
                free(core, live, now).await?;
            }
            Err((&problem::MEDIA_DAMAGED).into())
        }
    }
}

/// Ends a play whose file is damaged, and frees its hold (ST15).
async fn free(core: &Core, live: &Live, now: Timestamp) -> Result<(), db::Error> {
    let mut conn = core.ground.db.read().await?;
    let Some(row) = store::play::by_id(&mut conn, live.play).await? else {
        return Ok(());
    };
    drop(conn);
    let ending = core
        .ending(&row, State::Voided, "media-damaged", now)
        .await?;
    let (outbox, row, ending) = (&core.ground.outbox, &row, &ending);
    let closed = core
        .ground
        .db
        .write(move |tx| Box::pin(end::close(outbox, tx, row, ending, now)))
        .await?;
    if closed {
        live.set(State::Voided);
    }
    Ok(())
}

/// Counts a play that is paid with its first byte, before that byte leaves.
async fn pay_at_start(core: &Core, live: &Live, now: Timestamp) -> Result<(), No> {
    let ending = Ending {
        state: State::Voided,
        why: "step-moved",
        terms: live.terms,
        served: 0,
        event: events::draw(&core.ground.world),
    };
    let (outbox, play, ending) = (&core.ground.outbox, live.play, &ending);
    let state = core
        .ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                let Some(mut row) = store::play::by_id(tx, play).await? else {
                    return Ok::<_, db::Error>(State::Voided);
                };
                if !row.state.is_open() {
                    return Ok(row.state);
                }
                row.first_at = Some(now);
                store::play::progress(tx, &row).await?;
                Ok(match post::post(outbox, tx, &row, ending, now).await? {
                    post::Posted::Counted => State::Qualified,
                    post::Posted::Voided(_) | post::Posted::Already => State::Voided,
                })
            })
        })
        .await?;
    live.set(state);
    if live.is_live() {
        Ok(())
    } else {
        Err((&problem::PLAY_ENDED).into())
    }
}

/// `If-None-Match` (RFC 9110 section 13.1.2), a list or a star.
fn is_same(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    let ours = etag.to_str().unwrap_or_default();
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|one| matches!(one.trim(), tag if tag == "*" || tag.trim_start_matches("W/") == ours))
}

/// The first byte that an uncounted play is not given; `None` where there is no gate.
fn gate_of(grant: &Grant, live: Option<&Live>, opened: &Opened) -> Option<u64> {
    let counted = live.is_none_or(Live::has_counted);
    let gate_s = grant.gate_s.filter(|_| !counted)?;
    let gate = gate::bytes(gate_s, opened.length, opened.ms);
    (gate < opened.length).then_some(gate)
}

/// What of the file is sent (ST13, ST17 to ST22).
fn part(headers: &HeaderMap, opened: &Opened, gate: Option<u64>) -> Result<(Part, StatusCode), No> {
    let length = opened.length;
    let asked = range::read(headers, length).map_err(|refused| match refused {
        RangeRefusal::Unsatisfiable => {
            No(Problem::new(&problem::RANGE_UNSATISFIABLE), Some(length))
        }
        RangeRefusal::Multiple => No(Problem::new(&problem::RANGE_MULTIPLE), Some(length)),
        RangeRefusal::Repeated => No(Problem::new(&problem::RANGE_REPEATED), None),
    })?;
    let current = headers
        .get(header::IF_RANGE)
        .is_none_or(|tag| *tag == opened.etag);
    let whole = Part {
        first: 0,
        last: length - 1,
    };
    match (asked.filter(|_| current), gate) {
        (None, None) => Ok((whole, StatusCode::OK)),
        (None, Some(_)) => Err((&problem::RANGE_NEEDED).into()),
        (Some(part), None) => Ok((part, StatusCode::PARTIAL_CONTENT)),
        (Some(part), Some(gate)) => match gate::cut(part, gate) {
            Passage::Part(part) => Ok((part, StatusCode::PARTIAL_CONTENT)),
            Passage::Closed => Err(Problem::new(&problem::PLAY_GATE)
                .with("retry_after", 2)
                .into()),
        },
    }
}

/// A seat for this connection (ST11); previews need none.
fn seat(live: Option<&Arc<Live>>, now: Timestamp) -> Result<Option<Seat>, No> {
    let Some(live) = live else { return Ok(None) };
    live.connect(now)
        .map(Some)
        .ok_or_else(|| No::from(&problem::PLAY_BUSY))
}

fn bare(status: StatusCode, opened: &Opened) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::ETAG, opened.etag.clone());
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=0"),
    );
    constant(headers);
    response
}

fn answer(opened: &Opened, part: Part, status: StatusCode, body: Body) -> Response {
    let mut response = bare(status, opened);
    *response.body_mut() = body;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, opened.mime.clone());
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(part.length()));
    if status == StatusCode::PARTIAL_CONTENT {
        let range = format!("bytes {}-{}/{}", part.first, part.last, opened.length);
        if let Ok(range) = HeaderValue::from_str(&range) {
            headers.insert(header::CONTENT_RANGE, range);
        }
    }
    response
}
