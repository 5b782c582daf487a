//! The bar of the door: at least 60 % of the rate of the two bare signature checks inside it.

use crate::vectors::{NOW, Seeded, key};
use credential::{
    Trust,
    dcql::Path,
    jose::{self, Alg},
    kb::{self, KbParams},
    sdjwt::{self, Frame},
    vp::{Want, verify_presentation},
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Calls in one round: short enough to fall between two turns of other processes.
const SHORT: u32 = 10;

/// Nanoseconds of the best of many rounds: noise of a shared machine only ever adds.
fn best(mut work: impl FnMut()) -> u128 {
    #[expect(
        clippy::disallowed_methods,
        reason = "a measurement needs a real clock"
    )]
    let round = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..SHORT {
            work();
        }
        start.elapsed()
    };
    let rounds = (0..200).map(|_| round(&mut work));
    rounds.min().unwrap_or(Duration::MAX).as_nanos()
}

#[test]
#[ignore = "a measurement: run in release, alone, with --ignored"]
fn a_presentation_costs_little_more_than_its_two_signatures() {
    let (issuer, holder) = (key("credential_issuer"), key("holder"));
    let (iss, vct) = (
        "https://id.example.coop",
        "https://id.example.coop/type/any",
    );
    let visible = json!({"iss": iss, "vct": vct, "exp": NOW.seconds() + 600,
        "cnf": {"jwk": holder.public().public_json()}});
    let frame = Frame {
        visible: visible.as_object().cloned().unwrap(),
        hidden: (0..10)
            .map(|n| (format!("claim_{n}"), json!("a value of some length")))
            .collect(),
        digests: 10,
        ..Frame::default()
    };
    let header = json!({"typ": "dc+sd-jwt", "kid": "k"});
    let issued = sdjwt::issue(&frame, &header, &issuer, &Seeded::new(1));
    let paths: Vec<Path> = (0..4).map(|n| Path::name(&format!("claim_{n}"))).collect();
    let params = KbParams {
        aud: "a",
        nonce: "n",
        iat: NOW,
        transaction_data: &[],
    };
    let token = kb::present(&issued, &paths, &holder, &params).unwrap();
    let trust = Trust::in_issuer(iss, &[vct], vec![issuer.public().with_kid("k")]);
    let want = Want {
        aud: "a",
        nonce: "n".into(),
        vcts: &[vct],
        transaction_data: &[],
    };
    let bare = jose::sign(&issuer, &json!({"typ": "x"}), &json!({"a": 1}));
    let public = issuer.public();
    let signature = best(|| {
        jose::verify(&bare, &public, "x", &[Alg::Es256]).unwrap();
    });
    let door = best(|| {
        verify_presentation(&token, &want, &trust, NOW).unwrap();
    });
    let percent = 200 * signature / door;
    let micros = |nanos: u128| nanos / 1000 / u128::from(SHORT);
    println!(
        "one bare check {} us, the door {} us, {percent} % of two bare checks",
        micros(signature),
        micros(door)
    );
    assert!(percent >= 60, "{percent} %");
}
