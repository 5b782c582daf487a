//! Signed things between modules.

use crate::vectors::{CREDENTIALS, NOW, key, keys, list, text, texts};
use credential::{
    Refusal, Trust,
    event::{self, Event, Letter, PresentationResult},
    trust::{Sender, may_send},
    vci::{self, OfferState},
};
use serde_json::{Map, json};

const IDP: &str = "https://id.example.coop";
const MEMBERSHIP: &str = "https://coop.example.coop/membership";

fn offers_trust() -> Trust {
    let sender = &list(&CREDENTIALS["signed_offers"]["policy"], "senders")[0];
    let sender = Sender {
        iss: text(sender, "iss").to_owned(),
        topics: texts(sender, "topics"),
        configurations: texts(sender, "configurations"),
        keys: keys(&sender["keys"]),
    };
    Trust {
        issuers: Vec::new(),
        senders: vec![sender],
    }
}

fn hear(token: &str) -> Result<vci::Offer, Refusal> {
    let trust = offers_trust();
    let event = event::verify(token, IDP, &trust, NOW)?;
    vci::read_offer(&event, trust.sender(&event.iss)?, NOW)
}

/// The pure parts of CR66, CR67 and CR68: what an offer's bytes alone decide.
#[test]
fn every_broken_offer_is_refused_with_its_word() {
    for case in list(&CREDENTIALS["signed_offers"], "cases") {
        let verdict = hear(text(case, "offer"));
        let word = verdict.as_ref().map_or_else(Refusal::reason, |_| "accept");
        assert_eq!(word, text(case, "expect"), "{}", case["id"]);
        if let Ok(offer) = verdict {
            let pending = case["id"] == "good-pending";
            assert_eq!(offer.state == OfferState::Pending, pending);
            assert_eq!(offer.card.name, "member");
        }
    }
}

fn an_event() -> Event {
    Event {
        iss: MEMBERSHIP.to_owned(),
        aud: IDP.to_owned(),
        jti: "0123456789abcdef0123456789abcdef".to_owned(),
        iat: NOW,
        toe: NOW,
        topic: "idp.withdraw".to_owned(),
        version: 1,
        sub: "ref-1".to_owned(),
        ver: 2,
        body: json!({"sub": "ref-1", "ver": 2, "reason": "expelled"})
            .as_object()
            .cloned()
            .unwrap(),
    }
}

#[test]
fn an_event_comes_back_as_it_was_sent() {
    let key = key("membership_events");
    let token = event::sign(&key, "membership-evt-2026a", &an_event());
    let heard = event::verify(&token, IDP, &offers_trust(), NOW).unwrap();
    assert_eq!(*heard, an_event());
    let withdrawal = vci::read_withdrawal(&heard).unwrap();
    assert!(withdrawal.why.is_urgent());
    let late = NOW.plus_seconds(31 * 86_400);
    assert_eq!(
        event::verify(&token, IDP, &offers_trust(), late),
        Err(Refusal::InvalidRequest)
    );
}

#[test]
fn one_kind_of_signed_thing_never_stands_for_another() {
    let key = key("membership_events");
    let letter = Letter {
        iss: MEMBERSHIP.to_owned(),
        aud: IDP.to_owned(),
        jti: "j1".to_owned(),
        iat: NOW,
        act: "POST /peer/x".to_owned(),
        re: Some("j0".to_owned()),
        body: json!({"a": 1}),
    };
    let token = event::sign_peer(&key, "membership-evt-2026a", &letter);
    let trust = offers_trust();
    assert_eq!(
        *event::verify_peer(&token, IDP, &trust, NOW).unwrap(),
        letter
    );
    assert_eq!(
        event::verify(&token, IDP, &trust, NOW),
        Err(Refusal::InvalidRequest)
    );
    let elsewhere = event::verify_peer(&token, "https://other", &trust, NOW);
    assert_eq!(elsewhere, Err(Refusal::InvalidAudience));
    let late = event::verify_peer(&token, IDP, &trust, NOW.plus_seconds(121));
    assert_eq!(late, Err(Refusal::InvalidRequest));
    let set = event::sign(&key, "membership-evt-2026a", &an_event());
    assert_eq!(
        event::verify_peer(&set, IDP, &trust, NOW),
        Err(Refusal::InvalidRequest)
    );
}

#[test]
fn a_presentation_result_lives_two_minutes() {
    let key = key("membership_events");
    let result = PresentationResult {
        iss: MEMBERSHIP.to_owned(),
        aud: "https://listen.example.coop/payments".to_owned(),
        jti: "j".to_owned(),
        purpose: "mandate".to_owned(),
        device: "same".to_owned(),
        credentials: Vec::new(),
        transaction_data: vec!["x".to_owned()],
        presentation: Map::new(),
        nonce: "n".to_owned(),
        client_id: "redirect_uri:http://localhost/vp/s".to_owned(),
    };
    let token = event::sign_presentation_result(&key, "membership-evt-2026a", &result, NOW);
    let read = |at| event::verify_presentation_result(&token, &result.aud, &offers_trust(), at);
    assert_eq!(*read(NOW).unwrap(), result);
    assert_eq!(read(NOW.plus_seconds(121)), Err(Refusal::InvalidRequest));
    let other = event::verify_presentation_result(&token, IDP, &offers_trust(), NOW);
    assert_eq!(other, Err(Refusal::InvalidAudience));
}

#[test]
fn each_module_has_its_topics() {
    assert!(may_send("streaming", "streaming.qualified"));
    assert!(!may_send("payments", "streaming.qualified"));
    assert!(!may_send("nobody", "idp.offer"));
    let sender = Sender::module("membership", MEMBERSHIP, Vec::new());
    assert_eq!(sender.configurations, ["member", "volunteer"]);
}
