//! The shared vectors: exact numbers, broken inputs first.

use credential::vocab::transaction::{self, Transaction};
use kernel::{Amount, Timestamp, hex};
use payments::{
    allocate::{self, Share, allocate},
    fold, ids, ladder,
    ledger::Ledger,
    mandate::Limits,
    provider::signature,
    units,
};
use serde_json::Value;

pub fn all() -> Value {
    let text = include_str!("../../../tests/vectors/payments.json");
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn number(value: &Value) -> i64 {
    value.as_i64().expect("an integer")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("lower-case hex")
}

fn each<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().expect("a list")
}

#[test]
fn the_ladder_is_that_of_the_vectors() {
    let ladder = &all()["ladder"];
    let mut cumulative = 0;
    for play in each(ladder, "plays") {
        let n = u32::try_from(number(&play["n"])).unwrap();
        let price = ladder::price(n);
        cumulative += price.minor();
        assert_eq!(price.minor(), number(&play["ucr"]));
        assert_eq!(ladder::micro_eur(price), play["micro_eur"].as_i64());
        assert_eq!(
            ladder::remaining_before(n).minor(),
            number(&play["remaining_before_ucr"])
        );
        assert_eq!(
            ladder::remaining_before(n + 1).minor(),
            number(&play["remaining_after_ucr"])
        );
        assert_eq!(cumulative, number(&play["cumulative_ucr"]));
        let shares = fold::split(
            price,
            &[0; 32],
            b"t",
            &[Share {
                id: b"p",
                weight: 1,
            }],
        )
        .unwrap();
        assert_eq!(shares.artists.minor(), number(&play["artist_ucr"]));
        assert_eq!(shares.coop.minor(), number(&play["coop_ucr"]));
        assert!(ladder::holds(price));
    }
    let whole = &ladder["whole_track"];
    assert_eq!(ladder::WHOLE_TRACK.minor(), number(&whole["ucr"]));
    assert_eq!(
        units::ucr_of_cents(number(&whole["eur_cents"])),
        Some(ladder::WHOLE_TRACK)
    );
    assert_eq!(ladder::price(10), Amount::ZERO);
    assert_eq!(ladder::price(0), Amount::ZERO);
    assert_eq!(ladder::price(u32::MAX), Amount::ZERO);
    assert!(!ladder::holds(Amount::ZERO));
    assert!(!ladder::holds(Amount::new(2_001)));
}

#[test]
fn amounts_are_shown_rounded_down() {
    let display = &all()["display"];
    for case in each(display, "credits") {
        assert_eq!(
            units::credits(Amount::new(number(&case["ucr"]))),
            text(&case["shows"])
        );
    }
    for case in each(display, "micro_eur") {
        let micro = units::micro_eur(Amount::new(number(&case["ucr"])));
        assert_eq!(micro, case["micro_eur"].as_i64(), "{case}");
    }
    assert_eq!(units::micro_eur(Amount::new(i64::MAX)), None);
}

#[test]
fn a_cent_is_8176_and_nothing_rounds() {
    let topup = &all()["topup"];
    for case in each(topup, "table") {
        let cents = number(&case["eur_cents"]);
        assert!(units::TOPUPS.contains(&cents));
        assert_eq!(
            units::ucr_of_cents(cents).map(Amount::minor),
            case["ucr"].as_i64()
        );
        let vat = units::vat(cents, 2_300).unwrap();
        assert_eq!(vat, number(&case["vat_23"]));
        assert_eq!(cents + vat, number(&case["charged_with_vat_23"]));
    }
    for case in each(topup, "more") {
        let ucr = units::ucr_of_cents(number(&case["eur_cents"]));
        assert_eq!(ucr.map(Amount::minor), case["ucr"].as_i64());
    }
    for case in each(topup, "vat_rounding") {
        let vat = units::vat(number(&case["net"]), number(&case["bps"]));
        assert_eq!(vat, case["vat"].as_i64(), "{case}");
    }
    assert_eq!(units::ucr_of_cents(i64::MAX), None);
    assert_eq!(units::vat(-1, 2_300), None);
}

#[test]
fn shares_sum_to_the_whole_and_ties_are_by_seed() {
    let vectors = &all()["allocate"];
    let seed: [u8; 32] = bytes(&vectors["seed"]).try_into().unwrap();
    for case in each(vectors, "cases") {
        let scope = bytes(&case["scope"]);
        let items = each(case, "items");
        let names: Vec<Vec<u8>> = items.iter().map(|i| bytes(&i["id"])).collect();
        let shares: Vec<Share<'_>> = items
            .iter()
            .zip(&names)
            .map(|(i, id)| Share {
                id,
                weight: number(&i["weight"]),
            })
            .collect();
        let parts = allocate(Amount::new(number(&case["total"])), &seed, &scope, &shares).unwrap();
        for ((item, id), part) in items.iter().zip(&names).zip(&parts) {
            assert_eq!(
                hex::encode(allocate::tie(&seed, &scope, id)),
                text(&item["tie"])
            );
            assert_eq!(part.minor(), number(&item["gets"]), "{}", case["name"]);
        }
    }
    for case in each(vectors, "refused") {
        let weights = each(case, "weights").iter().map(number);
        let shares: Vec<Share<'_>> = weights.map(|weight| Share { id: b"x", weight }).collect();
        let refused = allocate(Amount::new(number(&case["total"])), &seed, b"", &shares);
        assert_eq!(refused.unwrap_err().to_string(), text(&case["why"]));
    }
}

#[test]
fn ids_are_computed_from_what_they_name() {
    let vectors = &all()["ids"];
    for case in each(vectors, "accounts") {
        let ledger = if case["ledger"] == "UCR" {
            Ledger::Ucr
        } else {
            Ledger::Eur
        };
        assert_eq!(
            hex::encode(ids::account(ledger, text(&case["name"]))),
            text(&case["id"])
        );
    }
    for case in each(vectors, "transfers") {
        let parts: Vec<Vec<u8>> = each(case, "parts").iter().map(bytes).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        assert_eq!(
            hex::encode(ids::transfer(text(&case["kind"]), &parts)),
            text(&case["id"])
        );
    }
}

#[test]
fn a_day_is_shared_out_as_the_vectors_say() {
    let vectors = &all()["fold"];
    let day = kernel::Day::parse(text(&vectors["day"])).unwrap();
    let seed = fold::seed(day, &bytes(&vectors["root"]));
    assert_eq!(hex::encode(seed), text(&vectors["seed"]));
    let mut total = 0;
    for track in each(vectors, "tracks") {
        let ucr = number(&track["ucr"]);
        let by_n = track["plays_by_n"].as_object().unwrap();
        let paid: i64 = by_n
            .iter()
            .map(|(n, plays)| ladder::price(n.parse().unwrap()).minor() * number(plays))
            .sum();
        assert_eq!(paid, ucr);
        let payees = each(track, "payees");
        let names: Vec<Vec<u8>> = payees.iter().map(|p| bytes(&p["payee"])).collect();
        let sheet: Vec<Share<'_>> = payees
            .iter()
            .zip(&names)
            .map(|(p, id)| Share {
                id,
                weight: number(&p["bps"]),
            })
            .collect();
        let shares = fold::split(Amount::new(ucr), &seed, &bytes(&track["track"]), &sheet).unwrap();
        assert_eq!(shares.coop.minor(), number(&track["coop_ucr"]));
        assert_eq!(shares.artists.minor(), number(&track["artist_side_ucr"]));
        for (payee, part) in payees.iter().zip(&shares.payees) {
            assert_eq!(part.minor(), number(&payee["gets"]));
        }
        total += ucr;
    }
    assert_eq!(total, number(&vectors["plays_account_must_hold_ucr"]));
}

#[test]
fn a_mandate_is_confirmed_as_one_exact_string() {
    let vector = &all()["transaction_data"]["mandate"];
    let object = &vector["object"];
    let amount = |name: &str| Amount::new(text(&object[name]).parse().unwrap());
    let limits = Limits {
        max_play: amount("max_play"),
        max_total: amount("max_total"),
        days: u32::try_from(number(&object["days"])).unwrap(),
    };
    let made = Transaction::Mandate(transaction::Mandate {
        id: text(&object["id"]).to_owned(),
        jkt: text(&object["jkt"]).to_owned(),
        max_play: limits.max_play,
        max_total: limits.max_total,
        days: limits.days,
        exp: Timestamp::from_seconds(number(&object["exp"])),
    })
    .to_text();
    // What a purse offers without being asked for another limit is exactly this.
    assert_eq!(limits, Limits::default());
    assert_eq!(made, text(&vector["transaction_data"]));
    assert_eq!(
        transaction::hash(&made),
        text(&vector["transaction_data_hash"])
    );
}

#[test]
fn pa23_a_delivery_is_accepted_only_as_signed() {
    let vectors = &all()["webhook"];
    let (secret, body) = (text(&vectors["secret"]), text(&vectors["body"]));
    for case in each(vectors, "cases") {
        let now = Timestamp::from_seconds(number(&case["now"]));
        let checked = signature::check(
            secret.as_bytes(),
            text(&case["header"]),
            body.as_bytes(),
            now,
        );
        match case["why"].as_str() {
            None => assert_eq!(checked, Ok(()), "{case}"),
            Some(why) => assert_eq!(checked.unwrap_err().0, why, "{case}"),
        }
    }
    let now = Timestamp::from_seconds(1_795_255_246);
    let made = signature::make(secret.as_bytes(), body.as_bytes(), now);
    assert_eq!(made, text(&vectors["cases"][0]["header"]));
    let altered = body.replace("evt_1", "evt_2");
    let refused = signature::check(secret.as_bytes(), &made, altered.as_bytes(), now);
    assert_eq!(refused.unwrap_err().0, "signature");
}
