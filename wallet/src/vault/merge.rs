//! Two devices changed the vault apart: what both end with is the union, the later of each record.
//! Merging is commutative, associative and idempotent, so the order of syncing does not matter.

use super::{Day, Persona};
use kernel::canonical;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{cmp::Ordering, collections::BTreeMap};

/// How long a deleted record is remembered, so that no old device brings it back; in seconds.
pub const TOMBSTONE_S: i64 = 180 * 86_400;

/// One fact the wallet remembers. Higher `(clock, device)` wins; `gone` marks a deleted one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// 16 random bytes, base64url.
    pub id: String,
    /// What it is about.
    pub kind: String,
    /// The device that wrote it.
    pub device: String,
    /// Lamport's: one more than the highest its device had seen.
    pub clock: u64,
    /// Seconds since 1970 at which it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<i64>,
    /// Of its kind; empty once deleted.
    pub value: Map<String, Value>,
}

impl Record {
    fn over(&self, other: &Self) -> Ordering {
        let (own, their) = ((self.clock, &self.device), (other.clock, &other.device));
        // One device never writes two things at one clock; if one did, all choose alike.
        own.cmp(&their)
            .then_with(|| self.plain().cmp(&other.plain()))
    }

    fn plain(&self) -> String {
        let whole = json!({
            "id": self.id, "kind": self.kind, "device": self.device, "clock": self.clock,
            "value": self.value, "gone": self.gone,
        });
        canonical::to_string(&whole).unwrap_or_else(|_| whole.to_string())
    }
}

/// The later of each, by id.
#[must_use]
pub fn records(lists: &[&[Record]]) -> Vec<Record> {
    let mut latest: BTreeMap<&str, &Record> = BTreeMap::new();
    for record in lists.iter().copied().flatten() {
        latest
            .entry(&record.id)
            .and_modify(|known| {
                if record.over(known) == Ordering::Greater {
                    *known = record;
                }
            })
            .or_insert(record);
    }
    latest.into_values().cloned().collect()
}

/// What two devices of one vault, in one epoch, end with.
#[must_use]
pub fn days(a: &Day, b: &Day) -> Day {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for Persona { id, name } in a.personas.iter().chain(&b.personas) {
        // A rename is a record; this name only stands where none is.
        names
            .entry(id.clone())
            .and_modify(|known| {
                if name < known {
                    known.clone_from(name);
                }
            })
            .or_insert_with(|| name.clone());
    }
    Day {
        format: a.format.clone(),
        root_version: a.root_version.max(b.root_version),
        day_seed: a.day_seed.clone().min(b.day_seed.clone()),
        personas: names
            .into_iter()
            .map(|(id, name)| Persona { id, name })
            .collect(),
        records: records(&[&a.records, &b.records]),
    }
}

/// Without records deleted long ago. Done when writing, never when merging.
#[must_use]
pub fn pruned(records: &[Record], now: i64) -> Vec<Record> {
    let stays = |record: &&Record| record.gone.is_none_or(|gone| gone > now - TOMBSTONE_S);
    records.iter().filter(stays).cloned().collect()
}

/// The clock for this device's next record.
#[must_use]
pub fn next_clock(records: &[Record]) -> u64 {
    records.iter().map(|record| record.clock).max().unwrap_or(0) + 1
}

/// All personas that are not gone, by their newest names.
#[must_use]
pub fn personas(day: &Day) -> Vec<Persona> {
    let mut all = day.personas.clone();
    for record in day.records.iter().filter(|record| record.kind == "persona") {
        all.retain(|persona| persona.id != record.id || (record.gone.is_none() && !named(record)));
        if record.gone.is_none() && named(record) {
            let name = record.value["name"].as_str().unwrap_or_default().to_owned();
            all.push(Persona {
                id: record.id.clone(),
                name,
            });
        }
    }
    all
}

fn named(record: &Record) -> bool {
    record.value.get("name").is_some_and(Value::is_string)
}
