//! Tracks and releases as pages and JSON show them.

use super::prices::{Next, Standing};
use crate::{
    catalogue::{Kind, Rendition, Shown},
    core::Core,
    plays::{Refusal, found, ladder, start},
    rights::{self, Action, Facts, Stream, Terms, Who},
    store,
};
use host::db;
use kernel::{Amount, Timestamp, b64};
use serde_json::{Value, json};
use std::sync::LazyLock;
use web::{lang::Choice, words::Words};

/// The words of this module's pages.
pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/en.ftl"),
        include_str!("../../words/de.ftl"),
    )
});

/// A track with what depends on its rights and files.
pub(super) struct Track {
    pub shown: Shown,
    pub terms: Terms,
    pub files: Vec<Rendition>,
}

impl Track {
    pub async fn load(conn: &mut db::Conn, shown: Shown) -> Result<Self, db::Error> {
        let terms = found::terms(conn, &shown).await?;
        let files = store::rendition::by_track(conn, shown.id).await?;
        Ok(Self {
            shown,
            terms,
            files,
        })
    }

    pub async fn load_all(conn: &mut db::Conn, shown: Vec<Shown>) -> Result<Vec<Self>, db::Error> {
        let mut tracks = Vec::with_capacity(shown.len());
        for one in shown {
            tracks.push(Self::load(conn, one).await?);
        }
        Ok(tracks)
    }

    /// What anyone may hear: the whole of a free track, else the preview.
    pub fn heard_by_anyone(&self, now: Timestamp) -> Result<(&Rendition, bool), Refusal> {
        let facts = |action| Facts {
            action,
            who: Who::Visitor,
            track: &self.terms,
            now,
            region: "ZZ",
            explicit_ok: true,
            owned: false,
            covered: false,
        };
        let find = |kinds: &[Kind]| {
            kinds
                .iter()
                .find_map(|kind| self.files.iter().find(|file| file.kind == *kind))
        };
        if rights::decide(&facts(Action::Play)).permit
            && let Some(file) = find(&[Kind::Mp3, Kind::Opus128])
        {
            return Ok((file, true));
        }
        let decision = rights::decide(&facts(Action::Preview));
        if !decision.permit {
            return Err(start::refused(&decision, &self.terms, now));
        }
        find(&[Kind::Preview])
            .map(|file| (file, false))
            .ok_or(Refusal::RightsOff)
    }

    /// The public description.
    pub fn json(&self) -> Value {
        let t = &self.shown;
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|f| json!({ "kind": f.kind.as_str(), "mime": f.mime, "bytes": f.bytes }))
            .collect();
        json!({
            "id": t.id, "title": t.title, "version": t.version,
            "artist": { "id": t.payee, "name": t.artist },
            "release": t.release.as_ref().map(|(id, title, _)| json!({ "id": id, "title": title })),
            "position": t.release.as_ref().map(|(_, _, pos)| pos),
            "duration_ms": t.duration_ms, "qualify_ms": t.qualify_ms, "explicit": t.explicit,
            "licence": t.licence, "isrc": t.isrc, "lang": t.lang, "lufs_milli": t.lufs_milli,
            "peak_milli": t.peak_milli, "stream": self.terms.stream.as_str(),
            "preview": self.terms.preview, "cover": cover_of(t),
            "opens_at": self.terms.opens_at.map(Timestamp::seconds),
            "renditions": files, "rev": t.rev,
        })
    }
}

/// The address of a track's cover.
pub(super) fn cover_of(track: &Shown) -> Option<String> {
    let has = !track.covers.0.is_empty();
    has.then(|| format!("/tracks/{}/cover", track.id))
}

pub(super) struct Dot {
    pub on: bool,
    pub x: usize,
}

/// One row of a list of tracks.
pub(super) struct Row {
    pub id: String,
    pub href: String,
    pub title: String,
    pub artist: String,
    pub release: String,
    pub duration_ms: i64,
    pub qualify_ms: i64,
    pub time: String,
    pub stream: &'static str,
    pub cover: String,
    pub preview: String,
    pub n: i64,
    pub price: i64,
    pub owned: bool,
    pub explicit: bool,
    pub lufs_milli: Option<i64>,
    pub words: String,
    pub dots: Vec<Dot>,
}

pub(super) struct RowWords {
    pub preview: &'static str,
    pub play: &'static str,
}

impl RowWords {
    pub fn of(choice: &Choice) -> Self {
        let say = |key| WORDS.say(choice.lang, key);
        Self {
            preview: say("track-preview"),
            play: say("track-play"),
        }
    }
}

impl Row {
    pub fn of(
        core: &Core,
        choice: &Choice,
        track: &Track,
        standing: &Standing,
        now: Timestamp,
    ) -> Self {
        let t = &track.shown;
        let next = standing.next(t, &track.terms);
        let own = standing.manages.contains(&t.payee);
        let preview = track.heard_by_anyone(now).ok();
        let title = match &t.version {
            Some(version) => format!("{} ({version})", t.title),
            None => t.title.clone(),
        };
        let done = usize::try_from(if next.owned {
            ladder::STEPS
        } else {
            next.n - 1
        })
        .unwrap_or(0);
        Self {
            id: t.id.to_string(),
            href: choice.link(&format!("/tracks/{}", t.id)),
            title,
            artist: t.artist.clone(),
            release: t
                .release
                .as_ref()
                .map(|(_, title, _)| title.clone())
                .unwrap_or_default(),
            duration_ms: t.duration_ms,
            qualify_ms: t.qualify_ms,
            time: clock(t.duration_ms),
            stream: track.terms.stream.as_str(),
            cover: cover_of(t).unwrap_or_default(),
            preview: preview
                .map(|(f, _)| core.open_url(&f.hash, now).0)
                .unwrap_or_default(),
            n: next.n,
            price: next.price.minor(),
            owned: next.owned,
            explicit: t.explicit,
            lufs_milli: t.lufs_milli,
            words: words(choice, track, next, own),
            dots: (0..9)
                .map(|i| Dot {
                    on: i < done,
                    x: 6 + i * 10 + i / 2,
                })
                .collect(),
        }
    }

    pub fn all(
        core: &Core,
        choice: &Choice,
        tracks: &[Track],
        standing: &Standing,
        now: Timestamp,
    ) -> Vec<Self> {
        tracks
            .iter()
            .map(|track| Self::of(core, choice, track, standing, now))
            .collect()
    }
}

fn words(choice: &Choice, track: &Track, next: Next, own: bool) -> String {
    let say = |key| WORDS.say(choice.lang, key).to_owned();
    if own {
        return say("track-own");
    }
    if next.owned {
        return say("track-owned");
    }
    match track.terms.stream {
        Stream::Free => say("track-free"),
        Stream::Off => say("track-off"),
        Stream::Paid => {
            let values = [("n", next.n.to_string()), ("price", credits(next.price))];
            let values: Vec<(&str, &str)> = values.iter().map(|(n, v)| (*n, v.as_str())).collect();
            WORDS.fill(choice.lang, "track-price", &values)
        }
    }
}

/// Micro-credits in credits, exact, with at least three digits after the point.
pub(super) fn credits(amount: Amount) -> String {
    let ucr = amount.minor();
    let part = format!("{:06}", ucr.unsigned_abs() % 1_000_000);
    let kept = part.trim_end_matches('0').len().max(3);
    let sign = if ucr < 0 { "-" } else { "" };
    format!(
        "{sign}{}.{}",
        ucr.unsigned_abs() / 1_000_000,
        part.get(..kept).unwrap_or(&part)
    )
}

/// Minutes and seconds, rounded.
pub(super) fn clock(ms: i64) -> String {
    let seconds = ms.saturating_add(500) / 1000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The outline of a thousand peaks, as the path of a picture 1000 wide and 100 high.
pub(super) fn outline(peaks: &[u8]) -> String {
    if peaks.is_empty() {
        return String::new();
    }
    let heights: Vec<usize> = peaks
        .chunks(peaks.len().div_ceil(250))
        .map(|few| {
            few.iter()
                .map(|p| usize::from(p.cast_signed().unsigned_abs()))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let step = 1000 / heights.len().max(1);
    let mut path = String::from("M0 50");
    for (i, height) in heights.iter().enumerate() {
        path.push_str(&format!("L{} {}", i * step, 50 - height * 48 / 128));
    }
    for (i, height) in heights.iter().enumerate().rev() {
        path.push_str(&format!("L{} {}", i * step, 50 + height * 48 / 128));
    }
    path.push('Z');
    path
}

/// The waveform as JSON gives it.
pub(super) fn waveform(peaks: Option<Vec<u8>>) -> Option<String> {
    peaks.map(b64::encode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_lengths_are_shown_exactly() {
        assert_eq!(credits(Amount::new(2000)), "0.002");
        assert_eq!(credits(Amount::new(1_022_000)), "1.022");
        assert_eq!(credits(Amount::new(1_022_500)), "1.0225");
        assert_eq!(credits(Amount::ZERO), "0.000");
        assert_eq!(clock(187_499), "3:07");
        assert_eq!(clock(59_500), "1:00");
    }

    #[test]
    fn an_outline_stays_in_its_picture() {
        let peaks: Vec<u8> = (0..1000)
            .map(|i| if i % 2 == 0 { 127 } else { 0x80 })
            .collect();
        let path = outline(&peaks);
        assert!(
            path.starts_with("M0 50L0 2") && path.ends_with('Z'),
            "{path}"
        );
        assert_eq!(outline(&[]), "");
    }

    #[test]
    fn every_word_is_there_in_each_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
