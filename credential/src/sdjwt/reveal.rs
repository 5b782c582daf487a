//! Putting disclosed claims back where their digests stand (RFC 9901 section 7.1).

use crate::{Refusal, dcql::Step, jose::sha256_b64, json, versions::DEPTH_MAX};
use kernel::b64;
use serde_json::{Map, Value};

/// The result of processing: plain claims, without `_sd`, `_sd_alg` and undisclosed places.
pub(crate) struct Revealed {
    pub(crate) claims: Map<String, Value>,
    /// Whether a float stands in a disclosure.
    pub(crate) float: bool,
    /// Where each disclosure was put.
    pub(crate) places: Vec<Place>,
}

/// Where one disclosure was put.
pub(crate) struct Place {
    /// Which of the disclosures.
    pub(crate) index: usize,
    /// The way to its value, in the result.
    pub(crate) path: Vec<Step>,
}

/// Processes a payload. `visible` names top-level claims that may not be disclosed, nor any part of
/// them; `track` asks for `places`.
pub(crate) fn reveal(
    mut payload: Map<String, Value>,
    disclosures: &[&str],
    visible: &[&str],
    track: bool,
) -> Result<Revealed, Refusal> {
    match payload.remove("_sd_alg") {
        None => {}
        Some(Value::String(alg)) if alg == "sha-256" => {}
        Some(_) => return Err(Refusal::SdAlg),
    }
    let mut pool = Pool::read(disclosures)?;
    let float = pool.float;
    let mut walk = Walk {
        pool: &mut pool,
        visible,
        seen: Vec::new(),
        places: Vec::new(),
        path: Vec::new(),
        track,
    };
    let claims = walk.object(payload, 1, Level::Top)?;
    let (mut seen, places) = (walk.seen, walk.places);
    seen.sort_unstable();
    if seen.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(Refusal::DigestTwice);
    }
    if pool.items.iter().any(|item| item.content.is_some()) {
        return Err(Refusal::DisclosureUnreferenced);
    }
    Ok(Revealed {
        claims,
        float,
        places,
    })
}

/// The disclosures, sorted by digest; each is parsed once and taken once.
struct Pool {
    items: Vec<Item>,
    float: bool,
}

struct Item {
    digest: String,
    index: usize,
    content: Option<Value>,
}

impl Pool {
    fn read(disclosures: &[&str]) -> Result<Self, Refusal> {
        let mut items = Vec::with_capacity(disclosures.len());
        let mut any_float = false;
        for (index, text) in disclosures.iter().enumerate() {
            let bytes = b64::decode(text).ok_or(Refusal::Malformed)?;
            let (value, float) = json::read(&bytes)?;
            any_float |= float;
            items.push(Item {
                digest: sha256_b64(text),
                index,
                content: Some(value),
            });
        }
        items.sort_unstable_by(|a, b| a.digest.cmp(&b.digest));
        Ok(Self {
            items,
            float: any_float,
        })
    }

    fn take(&mut self, digest: &str) -> Option<(usize, Value)> {
        let at = self
            .items
            .binary_search_by(|item| item.digest.as_str().cmp(digest))
            .ok()?;
        let item = self.items.get_mut(at)?;
        Some((item.index, item.content.take()?))
    }
}

/// Where in the payload the walk stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    /// In the payload itself.
    Top,
    /// Within a claim that must be visible with all its parts.
    Visible,
    /// Anywhere else.
    Inner,
}

struct Walk<'w> {
    pool: &'w mut Pool,
    visible: &'w [&'w str],
    seen: Vec<String>,
    places: Vec<Place>,
    path: Vec<Step>,
    track: bool,
}

impl Walk<'_> {
    fn object(
        &mut self,
        mut map: Map<String, Value>,
        depth: usize,
        level: Level,
    ) -> Result<Map<String, Value>, Refusal> {
        if map.contains_key("_sd_alg") {
            return Err(Refusal::SdAlg);
        }
        if map.contains_key("...") {
            return Err(Refusal::SdShape);
        }
        let digests = match map.remove("_sd") {
            None => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(Refusal::SdShape),
        };
        if level == Level::Visible && !digests.is_empty() {
            return Err(Refusal::SdForbidden);
        }
        let mut out = Map::new();
        for (name, value) in map {
            let kept = match level {
                Level::Top if self.visible.contains(&name.as_str()) => Level::Visible,
                Level::Top => Level::Inner,
                other => other,
            };
            let value = self.below(Step::Name(name.clone()), value, depth, kept)?;
            out.insert(name, value);
        }
        for digest in digests {
            let Value::String(digest) = digest else {
                return Err(Refusal::SdShape);
            };
            let found = self.pool.take(&digest);
            self.seen.push(digest);
            if let Some((index, content)) = found {
                self.member(&mut out, index, content, depth, level)?;
            }
        }
        Ok(out)
    }

    /// Puts `[salt, name, value]` into an object.
    fn member(
        &mut self,
        out: &mut Map<String, Value>,
        index: usize,
        content: Value,
        depth: usize,
        level: Level,
    ) -> Result<(), Refusal> {
        let Value::Array(parts) = content else {
            return Err(Refusal::DisclosureShape);
        };
        let Ok([Value::String(_), Value::String(name), value]) = <[Value; 3]>::try_from(parts)
        else {
            return Err(Refusal::DisclosureShape);
        };
        if name == "_sd" || name == "..." {
            return Err(Refusal::DisclosureName);
        }
        if level == Level::Top && self.visible.contains(&name.as_str()) {
            return Err(Refusal::SdForbidden);
        }
        if out.contains_key(&name) {
            return Err(Refusal::ClaimCollision);
        }
        let value = self.placed(Step::Name(name.clone()), index, value, depth)?;
        out.insert(name, value);
        Ok(())
    }

    fn array(
        &mut self,
        list: Vec<Value>,
        depth: usize,
        level: Level,
    ) -> Result<Vec<Value>, Refusal> {
        let mut out = Vec::with_capacity(list.len());
        for element in list {
            let step = Step::Index(out.len());
            let digest = match element {
                Value::Object(mut map) if map.contains_key("...") => match map.remove("...") {
                    Some(Value::String(digest)) if map.is_empty() => digest,
                    _ => return Err(Refusal::SdShape),
                },
                plain => {
                    out.push(self.below(step, plain, depth, level)?);
                    continue;
                }
            };
            if level == Level::Visible {
                return Err(Refusal::SdForbidden);
            }
            let found = self.pool.take(&digest);
            self.seen.push(digest);
            if let Some((index, content)) = found {
                let Value::Array(parts) = content else {
                    return Err(Refusal::DisclosureShape);
                };
                let Ok([Value::String(_), value]) = <[Value; 2]>::try_from(parts) else {
                    return Err(Refusal::DisclosureShape);
                };
                out.push(self.placed(step, index, value, depth)?);
            }
        }
        Ok(out)
    }

    /// A disclosed value, noted where it was put.
    fn placed(
        &mut self,
        step: Step,
        index: usize,
        value: Value,
        depth: usize,
    ) -> Result<Value, Refusal> {
        if self.track {
            let mut path = self.path.clone();
            path.push(step.clone());
            self.places.push(Place { index, path });
        }
        self.below(step, value, depth, Level::Inner)
    }

    /// One step down. Depth counts on through disclosures, so nesting them cannot exceed it.
    fn below(
        &mut self,
        step: Step,
        value: Value,
        depth: usize,
        level: Level,
    ) -> Result<Value, Refusal> {
        let nested = matches!(value, Value::Array(_) | Value::Object(_));
        if !nested {
            return Ok(value);
        }
        if depth >= DEPTH_MAX {
            return Err(Refusal::TooLarge);
        }
        if self.track {
            self.path.push(step);
        }
        let value = match value {
            Value::Object(map) => Value::Object(self.object(map, depth + 1, level)?),
            Value::Array(list) => Value::Array(self.array(list, depth + 1, level)?),
            plain => plain,
        };
        if self.track {
            self.path.pop();
        }
        Ok(value)
    }
}
