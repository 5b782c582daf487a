//! `play`: the price, an intent, the bytes up to the gate, honest beats, the rest.

use crate::{
    http::{Answer, Ask},
    listen::{Place, session},
    opened::Opened,
    person::Person,
    talk::{Content, Sent, Talk, good, refused},
};
use anyhow::{Context, bail, ensure};
use kernel::hex;
use serde_json::{Value, json};
use std::{fs::File, io::Write, path::Path, time::Duration};
use wallet::{jose::SigningKey, play::intent, request::shown};

/// Bytes asked for at once.
const PIECE: u64 = 1 << 20;

/// What the person wants.
pub struct Wish<'a> {
    pub track: &'a str,
    /// Where the audio goes.
    pub out: &'a Path,
    /// Stop after so many seconds; the whole track otherwise.
    pub seconds: Option<u64>,
}

/// Plays a track: bytes go to a file (or a player reading it), seconds pass as they would aloud.
pub async fn play(
    talk: &Talk<'_>,
    opened: &mut Opened,
    place: &Place,
    person: &Person,
    wish: &Wish<'_>,
) -> anyhow::Result<()> {
    let (player, key) = session(talk, opened, place).await?;
    let at = |path: &str| format!("{}{path}", place.origin);
    let prices = post(
        talk,
        &key,
        &at("/tracks/prices"),
        &json!({ "ids": [wish.track] }),
    )
    .await?;
    let line = prices["tracks"]
        .get(0)
        .context("this track is not offered here")?;
    let (n, price) = (
        line["n"].as_i64().unwrap_or(0),
        line["price"].as_i64().unwrap_or(0),
    );
    person.agree(&format!(
        "Play {n} of 9 costs {} credits after 45 seconds.\n",
        shown(price)
    ))?;
    let id: [u8; 16] = talk.world.random();
    let audience = format!("{}/payments", place.origin);
    let signed = match (&player.mandate, price) {
        (_, 0) => Value::Null,
        (Some(mandate), _) => intent(
            &key,
            &audience,
            &id,
            price,
            mandate,
            talk.world.now().seconds(),
        )
        .into(),
        (None, _) => bail!(
            "this wallet may not spend here yet: resonate-wallet mandate {}",
            place.origin
        ),
    };
    let body = json!({
        "play": hex::encode(id), "track": wish.track, "prefer": ["opus128", "mp3"], "region": "ZZ",
        "explicit_ok": true, "intent": signed,
    });
    let started = post(talk, &key, &at("/play/start"), &body).await?;
    let mut sink = File::create(wish.out).with_context(|| wish.out.display().to_string())?;
    let end = listen(talk, &key, place, person, wish, &started, &mut sink).await?;
    sink.sync_all()?;
    let available = end["available"]
        .as_i64()
        .map_or(String::new(), |a| format!(", {} credits left", shown(a)));
    let words = format!(
        "{}{available}; audio in {}",
        end["state"].as_str().unwrap_or("ended"),
        wish.out.display()
    );
    person.tell(&words, &end);
    Ok(())
}

async fn listen(
    talk: &Talk<'_>,
    key: &SigningKey,
    place: &Place,
    person: &Person,
    wish: &Wish<'_>,
    started: &Value,
    sink: &mut File,
) -> anyhow::Result<Value> {
    let number = |name: &str| started[name].as_u64().unwrap_or(0);
    let (total, duration_s) = (number("bytes"), number("duration_ms") / 1000);
    let qualify_s = number("qualify_ms").div_ceil(1000);
    let play = started["play"].as_str().context("no play came")?;
    let mut url = started["url"].as_str().context("no url came")?.to_owned();
    let beat_url = format!("{}/play/{play}/beat", place.origin);
    let last_s = wish.seconds.unwrap_or(duration_s).min(duration_s);
    let (mut have, mut heard) = (0, 0);
    loop {
        have += fetch(talk, place, &url, have, total, sink).await?;
        if heard >= last_s {
            break;
        }
        let next = next_beat(heard, qualify_s).min(last_s);
        wait(next - heard).await;
        heard = next;
        let body =
            json!({ "heard_ms": heard * 1000, "position_ms": heard * 1000, "event": "beat" });
        let answer = post(talk, key, &beat_url, &body).await?;
        person.stage(&format!(
            "{heard} s heard, {}",
            answer["state"].as_str().unwrap_or("")
        ));
        if let Some(fresh) = answer["url"].as_str() {
            url = fresh.to_owned();
        }
    }
    let body = json!({ "heard_ms": heard * 1000, "position_ms": heard * 1000, "event": "end" });
    post(talk, key, &beat_url, &body).await
}

/// 15, 30, 45 seconds, exactly where the play counts, then each minute.
fn next_beat(heard: u64, qualify_s: u64) -> u64 {
    let regular = if heard < 45 {
        heard / 15 * 15 + 15
    } else {
        heard + 60
    };
    if heard < qualify_s {
        regular.min(qualify_s)
    } else {
        regular
    }
}

async fn wait(seconds: u64) {
    #[expect(
        clippy::disallowed_methods,
        reason = "listening takes as long as the music"
    )]
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

/// Fetches from `from` as far as the server lets; gives how many bytes came.
async fn fetch(
    talk: &Talk<'_>,
    place: &Place,
    url: &str,
    from: u64,
    total: u64,
    sink: &mut File,
) -> anyhow::Result<u64> {
    let mut at = from;
    while at < total {
        let range = format!("bytes={at}-{}", (at + PIECE).min(total) - 1);
        let ask = Ask {
            method: "GET",
            url: format!("{}{url}", place.origin),
            headers: vec![("range", range)],
            body: None,
        };
        let answer = talk.http.send(ask).await?;
        // Past the gate the server asks to come back once the play counts.
        if answer.status == 429 {
            break;
        }
        if answer.status != 206 {
            return Err(refused(&answer).into());
        }
        starts_at(&answer, at)?;
        ensure!(!answer.body.is_empty(), "the server sent nothing");
        sink.write_all(&answer.body)?;
        at += answer.body.len() as u64;
    }
    Ok(at - from)
}

fn starts_at(answer: &Answer, from: u64) -> anyhow::Result<()> {
    let range = answer.header("content-range").unwrap_or("");
    ensure!(
        range.starts_with(&format!("bytes {from}-")),
        "the server sent another part: {range}"
    );
    Ok(())
}

async fn post(talk: &Talk<'_>, key: &SigningKey, url: &str, body: &Value) -> anyhow::Result<Value> {
    let sent = Sent {
        method: "POST",
        url,
        content: Content::Json(body),
        token: None,
        bound: true,
    };
    good(&talk.send(key, &sent).await?)
}

#[cfg(test)]
mod tests {
    use super::next_beat;

    #[test]
    fn beats_come_when_they_are_due() {
        let beats = |qualify| {
            let mut all = vec![];
            let mut heard = 0;
            while heard < 170 {
                heard = next_beat(heard, qualify);
                all.push(heard);
            }
            all
        };
        assert_eq!(beats(45), [15, 30, 45, 105, 165, 225]);
        assert_eq!(beats(40), [15, 30, 40, 45, 105, 165, 225]);
    }
}
