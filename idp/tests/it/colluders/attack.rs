//! The attack: every way we know to say which row of one app is which row of the other.

use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What one app knows of one person: values by name.
pub type Row = BTreeMap<String, String>;

/// For each row of the first app, a guess at the row of the second.
type Guess = Vec<Option<usize>>;

/// Guesses of every attack, by its name.
pub fn all(one: &[Row], two: &[Row], seed: u64) -> BTreeMap<String, Guess> {
    let mut guesses = BTreeMap::new();
    let (names_one, names_two) = (names(one), names(two));
    let mut pick = Pick(seed);
    for a in &names_one {
        for b in &names_two {
            let same = equal(one, two, (a, b), &mut pick, str::to_owned);
            guesses.insert(format!("{a} = {b}"), same);
            let hashed = equal(one, two, (a, b), &mut pick, hash);
            guesses.insert(format!("SHA-256({a}) = {b}"), hashed);
            guesses.insert(format!("order of {a} and {b}"), ranked(one, two, (a, b)));
            if let Some(near) = nearest(one, two, (a, b)) {
                guesses.insert(format!("{a} near {b}"), near);
            }
        }
        guesses.insert(format!("parts of {a}"), grams(one, two, Some(a)));
    }
    guesses.insert(
        "order of arrival".to_owned(),
        (0..one.len()).map(Some).collect(),
    );
    guesses.insert("parts of everything".to_owned(), grams(one, two, None));
    guesses
}

fn names(rows: &[Row]) -> BTreeSet<&String> {
    rows.iter().flat_map(Row::keys).collect()
}

fn hash(text: &str) -> String {
    Base64UrlUnpadded::encode_string(&Sha256::digest(text))
}

/// Seeded chance, for a guess among equals.
struct Pick(u64);

impl Pick {
    fn among(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % count
    }
}

fn equal(
    one: &[Row],
    two: &[Row],
    (a, b): (&String, &String),
    pick: &mut Pick,
    made: impl Fn(&str) -> String,
) -> Guess {
    let mut known: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, row) in two.iter().enumerate() {
        if let Some(value) = row.get(b) {
            known.entry(value).or_default().push(at);
        }
    }
    let guess = |row: &Row| {
        let same = known.get(made(row.get(a)?).as_str())?;
        Some(same[pick.among(same.len())])
    };
    one.iter().map(guess).collect()
}

/// The first of one order is the first of the other, and so on.
fn ranked(one: &[Row], two: &[Row], (a, b): (&String, &String)) -> Guess {
    let order = |rows: &[Row], name: &String| {
        let key = |at: &usize| {
            let value = rows[*at].get(name).cloned().unwrap_or_default();
            (value.parse::<i64>().unwrap_or(i64::MAX), value)
        };
        let mut at: Vec<usize> = (0..rows.len()).collect();
        at.sort_by_key(key);
        at
    };
    let mut guess = vec![None; one.len()];
    for (from, to) in order(one, a).into_iter().zip(order(two, b)) {
        guess[from] = Some(to);
    }
    guess
}

/// The nearest number; `None` where these are not numbers.
fn nearest(one: &[Row], two: &[Row], (a, b): (&String, &String)) -> Option<Guess> {
    let numbers = |rows: &[Row], name: &String| -> Option<Vec<i64>> {
        let number = |row: &Row| row.get(name)?.parse().ok();
        rows.iter().map(number).collect()
    };
    let (one, two) = (numbers(one, a)?, numbers(two, b)?);
    let near = |x: &i64| (0..two.len()).min_by_key(|at| two[*at].abs_diff(*x));
    Some(one.iter().map(near).collect())
}

/// Who shares the most pieces of six characters, rare ones counting more; of one value, or of all.
fn grams(one: &[Row], two: &[Row], name: Option<&String>) -> Guess {
    let pieces = |row: &Row| -> BTreeSet<Vec<u8>> {
        let wanted = row
            .iter()
            .filter(|(n, _)| name.is_none_or(|name| name == *n));
        let pieces = |(_, value): (&String, &String)| {
            let bytes = value.as_bytes().windows(6).map(<[u8]>::to_vec);
            bytes.collect::<Vec<_>>()
        };
        wanted.flat_map(pieces).collect()
    };
    let mut holders: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (at, row) in two.iter().enumerate() {
        for piece in pieces(row) {
            holders.entry(piece).or_default().push(at);
        }
    }
    let guess = |row: &Row| {
        let mut votes = vec![0_usize; two.len()];
        for piece in pieces(row) {
            let held = holders.get(&piece).map_or(&[][..], Vec::as_slice);
            for at in held {
                votes[*at] += 1_000_000 / held.len();
            }
        }
        let best = (0..votes.len()).max_by_key(|at| votes[*at])?;
        (votes[best] > 0).then_some(best)
    };
    one.iter().map(guess).collect()
}
