//! Laws of merging.

use proptest::prelude::*;
use serde_json::{Map, json};
use wallet::vault::{Day, Persona, merge, merge::Record};

/// Few ids, devices and clocks, so that they meet.
fn record() -> impl Strategy<Value = Record> {
    (0..4_u8, 0..3_u8, 0..4_u64, any::<bool>(), 0..3_u8).prop_map(
        |(id, device, clock, gone, value)| Record {
            id: format!("id{id}"),
            kind: "setting".into(),
            device: format!("device{device}"),
            clock,
            gone: gone.then_some(i64::from(value)),
            value: Map::from_iter([("v".to_owned(), json!(value))]),
        },
    )
}

fn day() -> impl Strategy<Value = Day> {
    let persona = (0..3_u8, 0..3_u8).prop_map(|(id, name)| Persona {
        id: format!("p{id}"),
        name: format!("name{name}"),
    });
    let personas = prop::collection::vec(persona, 0..4);
    let records = prop::collection::vec(record(), 0..8);
    (personas, records, 1..4_u64).prop_map(|(personas, records, root_version)| {
        let mut day = Day::new([1; 32], [2; 16], "main");
        day.personas = personas;
        day.records = records;
        day.root_version = root_version;
        day
    })
}

proptest! {
    #[test]
    fn merging_is_commutative_associative_and_idempotent(a in day(), b in day(), c in day()) {
        let ab = merge::days(&a, &b);
        prop_assert_eq!(&ab, &merge::days(&b, &a));
        prop_assert_eq!(merge::days(&ab, &c), merge::days(&a, &merge::days(&b, &c)));
        prop_assert_eq!(&merge::days(&ab, &ab), &ab);
        prop_assert_eq!(&merge::days(&ab, &a), &ab);
        // Nothing is lost, and of each id the highest clock stands.
        for record in a.records.iter().chain(&b.records) {
            let kept = ab.records.iter().find(|kept| kept.id == record.id);
            prop_assert!(kept.is_some_and(|kept| kept.clock >= record.clock));
        }
    }
}

#[test]
fn a_deleted_record_is_remembered_for_180_days() {
    let gone = |at: i64| Record {
        id: at.to_string(),
        kind: "setting".into(),
        device: "d".into(),
        clock: 1,
        gone: Some(at),
        value: Map::new(),
    };
    let now = 1_000 * 86_400;
    let all = [gone(now - 181 * 86_400), gone(now - 179 * 86_400)];
    let kept = merge::pruned(&all, now);
    assert_eq!(kept, all[1..]);
}
