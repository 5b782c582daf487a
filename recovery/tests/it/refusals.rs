//! VS1 to VS6: each row with its status, its word, and nothing changed.

use crate::{
    device::Device,
    house::{Call, Home, proof},
};
use credential::jose::SigningKey;
use kernel::b64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn refused(home: &Home, what: &str, call: &Call, status: u16, slug: &str) -> Value {
    let before = home.digest().await;
    let page = home.send(call).await;
    assert_eq!(page.status, status, "{what}: {}", page.text());
    assert_eq!(page.json()["type"], format!("/problems/{slug}"), "{what}");
    assert_eq!(home.digest().await, before, "{what}: something changed");
    page.json()
}

#[tokio::test]
async fn vs1_a_vault_that_is_not_theirs_is_a_vault_that_is_not_there() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let mut stranger = Device::new(2);
    let read = |path: String, token: Option<String>| {
        let call = device.call("GET", path, &Value::Null);
        token
            .into_iter()
            .fold(call, |call, token| call.header("vault-read", token))
    };
    let (own, token) = (device.path(), b64::encode(device.token));
    let mut rows = vec![
        ("unknown vault", read(stranger.path(), Some(token.clone()))),
        ("wrong token", read(own.clone(), Some(b64::encode([9; 32])))),
        ("no token", read(own.clone(), None)),
        (
            "half a token",
            read(own.clone(), Some(token[..20].to_owned())),
        ),
        ("no id", read("/vault/x".into(), Some(token.clone()))),
        (
            "old, wrong token",
            read(format!("{own}/old"), Some(b64::encode([9; 32]))),
        ),
        (
            "old copy, wrong token",
            read(format!("{own}/old/1"), Some(b64::encode([9; 32]))),
        ),
        (
            "old copy that is not",
            read(format!("{own}/old/9"), Some(token)),
        ),
        (
            "unknown finder",
            read(format!("/vault/finders/{}", b64::encode([5; 16])), None),
        ),
    ];
    rows.push((
        "writing an unknown vault",
        stranger.writing(&home, "x").await,
    ));
    stranger.id = device.id;
    rows.push(("writing another's", stranger.writing(&home, "x").await));
    for (what, path) in [
        ("leaving", own.clone()),
        ("staying", format!("{own}/leaving")),
    ] {
        let call = stranger.call("DELETE", path, &Value::Null);
        rows.push((what, stranger.sign(&home, call, &json!({})).await));
    }
    let mut bodies = Vec::new();
    for (what, call) in &rows {
        bodies.push(refused(&home, what, call, 404, "not-found").await);
    }
    assert!(
        bodies.iter().all(|body| *body == bodies[0]),
        "one answer for all"
    );
    assert_eq!(device.write(&home, "mine").await.status, 204);
    home.house.leave().await;
}

/// A call whose proof says other things than it should.
struct Forger<'a> {
    key: &'a SigningKey,
    good: &'a Call,
    nonce: String,
    now: kernel::Timestamp,
}

impl Forger<'_> {
    /// The good call with a proof of `change`d things at `now`, and `claims` among the usual.
    fn with(&self, change: impl Fn(&mut Call), claims: &Value, later: i64) -> Call {
        let mut told = self.good.clone();
        change(&mut told);
        let mut all = json!({"jti": claims.to_string(), "epoch": 1, "version": 2});
        let map = all.as_object_mut().unwrap();
        map.extend(claims.as_object().unwrap().clone());
        map.retain(|_, value| !value.is_null());
        let now = self.now.plus_seconds(later);
        let proof = proof(self.key, &told, &self.nonce, &all, now);
        self.good.clone().header("dpop", proof)
    }

    fn rows(&self, es256: &SigningKey) -> Vec<(&'static str, Call)> {
        let same = |_: &mut Call| ();
        let good = self.good;
        let whole = &good
            .headers
            .iter()
            .find(|(name, _)| *name == "dpop")
            .unwrap()
            .1;
        let end = if whole.ends_with('A') { "B" } else { "A" };
        let altered = format!("{}{end}", &whole[..whole.len() - 1]);
        let claims = json!({"jti": "k", "epoch": 1, "version": 2});
        let other_kind = proof(es256, good, &self.nonce, &claims, self.now);
        let mut none = good.clone();
        none.headers.retain(|(name, _)| *name != "dpop");
        let mut twice = good.clone();
        twice.headers.push(("dpop", whole.clone()));
        let body = |c: &mut Call| c.body.push(b' ');
        let elsewhere = |c: &mut Call| c.path += "x";
        let method = |c: &mut Call| c.method = "POST";
        let symmetric = json!({"next": {"kty": "oct", "k": "AA"}});
        vec![
            ("no proof", none),
            ("two proofs", twice),
            ("signature", good.clone().header("dpop", altered)),
            ("bh of another body", self.with(body, &json!({"a": 1}), 0)),
            (
                "htu of another vault",
                self.with(elsewhere, &json!({"a": 2}), 0),
            ),
            ("htm", self.with(method, &json!({"a": 3}), 0)),
            ("iat long ago", self.with(same, &json!({"a": 4}), -301)),
            ("iat to come", self.with(same, &json!({"a": 5}), 301)),
            ("no jti", self.with(same, &json!({"jti": null}), 0)),
            ("epoch of another", self.with(same, &json!({"epoch": 2}), 0)),
            (
                "version of another",
                self.with(same, &json!({"version": 3}), 0),
            ),
            ("no epoch", self.with(same, &json!({"epoch": null}), 0)),
            (
                "version no number",
                self.with(same, &json!({"version": "2"}), 0),
            ),
            ("next no key", self.with(same, &symmetric, 0)),
            (
                "another kind of key",
                good.clone().header("dpop", other_kind),
            ),
        ]
    }
}

#[tokio::test]
async fn vs2_a_write_needs_the_proof_of_the_key_for_exactly_this() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let good = device.writing(&home, "second").await;
    let forger = Forger {
        key: &device.key,
        good: &good,
        nonce: home.nonce().await,
        now: home.now(),
    };
    let es256 = SigningKey::generate_es256(home.house.ground.world.entropy());
    for (what, call) in &forger.rows(&es256) {
        refused(&home, what, call, 401, "invalid_dpop_proof").await;
    }
    let stale = forger.with(|_| (), &json!({"a": 6}), 0);
    home.house.clock.advance(260);
    refused(&home, "nonce of long ago", &stale, 401, "use_dpop_nonce").await;
    home.house.clock.advance(-260);
    assert_eq!(home.send(&good).await.status, 204);
    let replay = refused(
        &home,
        "the same proof again",
        &good,
        401,
        "invalid_dpop_proof",
    )
    .await;
    assert_eq!(replay["reason"], "replay");
    home.house.leave().await;
}

#[tokio::test]
async fn vs3_a_device_that_is_behind_is_told_the_version() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    assert_eq!(device.write(&home, "by one").await.status, 204);
    device.version = 1;
    let behind = device.writing(&home, "by two").await;
    let told = refused(&home, "behind", &behind, 412, "vault-behind").await;
    assert_eq!(told["version"], 2);
    device.version = 8;
    let ahead = device.writing(&home, "from nowhere").await;
    refused(&home, "ahead", &ahead, 412, "vault-behind").await;
    for (what, tag) in [
        ("none", None),
        ("weak", Some("W/\"2\"")),
        ("any", Some("*")),
        ("bare", Some("2")),
    ] {
        device.version = 2;
        let mut call = device.writing(&home, "third").await;
        call.headers.retain(|(name, _)| *name != "if-match");
        let call = tag
            .into_iter()
            .fold(call, |call, tag| call.header("if-match", tag));
        let told = refused(&home, what, &call, 422, "invalid-field").await;
        assert_eq!(told["field"], "If-Match", "{what}");
    }
    // It merges what it fetched and repeats.
    device.version = 2;
    assert_eq!(device.write(&home, "merged").await.status, 204);
    home.house.leave().await;
}

#[tokio::test]
async fn vs4_an_epoch_follows_its_own_by_the_old_key_alone() {
    let home = Home::open().await;
    let device = Device::stored(&home, 1).await;
    let next = SigningKey::ed25519_from_seed(&[99; 32]);
    let fresh = || {
        let mut again = Device::new(1);
        again.token = device.token;
        again
    };
    let claims = json!({"next": next.public().public_json()});
    for (what, epoch, claims, signed_by) in [
        ("two epochs on", 3, claims.clone(), None),
        ("the same epoch, a new key", 1, claims.clone(), None),
        ("a new epoch, no new key", 2, json!({}), None),
        (
            "the old key as the new one",
            2,
            json!({"next": device.key.public().public_json()}),
            None,
        ),
        (
            "signed by the new key",
            2,
            claims.clone(),
            Some(next.clone()),
        ),
    ] {
        let mut again = fresh();
        again.epoch = epoch;
        again.version = 2;
        if let Some(key) = signed_by {
            again.key = key;
        }
        let call = again.call("PUT", again.path(), &again.document("renewed"));
        let claims_of = json!({"jti": what, "next": claims.get("next")});
        let call = again
            .sign(&home, call, &claims_of)
            .await
            .header("if-match", "\"1\"");
        refused(&home, what, &call, 409, "vault-epoch").await;
    }
    // No vault there: a proof that brings a new key hears the same, so it learns nothing.
    let mut nowhere = Device::new(7);
    let call = nowhere.renewing(&home, &next).await;
    refused(&home, "no such vault", &call, 409, "vault-epoch").await;
    // A device that missed a renewal cannot ask for the deletion.
    let mut missed = fresh();
    missed.epoch = 2;
    let call = missed.call("DELETE", missed.path(), &Value::Null);
    let call = missed.sign(&home, call, &json!({"jti": "missed"})).await;
    refused(
        &home,
        "deletion at another epoch",
        &call,
        409,
        "vault-epoch",
    )
    .await;
    home.house.leave().await;
}

/// A member, what it becomes, and the member that is named.
fn broken_members(good: &Value) -> Vec<(&'static str, Value, &'static str)> {
    let slot = good["slots"][0].clone();
    let hash = b64::encode(Sha256::digest([4; 32]));
    vec![
        ("format", json!("resonate-vault/2"), "format"),
        ("vault_id", json!("AAAA"), "vault_id"),
        ("vault_id", json!(b64::encode([9; 16])), "vault_id"),
        ("slots", json!([]), "slots"),
        ("slots", json!(vec![slot; 9]), "slots"),
        ("slots", json!(["x"]), "slots"),
        ("readers", json!([]), "readers"),
        ("readers", json!(["AAAA"]), "readers"),
        ("readers", json!(vec![hash; 17]), "readers"),
        (
            "day",
            json!({"version": 1, "salt": "AA", "nonce": "AA"}),
            "day",
        ),
        (
            "day",
            json!({"version": 1, "salt": "AA", "nonce": "AA", "ct": "A="}),
            "day",
        ),
        ("root", Value::Null, "root"),
        (
            "root",
            json!({"version": 0, "salt": "AA", "nonce": "AA", "ct": "AA"}),
            "root",
        ),
        ("epoch", json!(0), "epoch"),
        ("epoch", json!(1_u64 << 33), "epoch"),
        ("version", json!(-1), "version"),
        ("version", json!("2"), "version"),
        ("version", json!(1), "version"),
    ]
}

#[tokio::test]
async fn vs5_what_is_no_vault_document_is_not_kept() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    device.version = 2;
    let good = device.document("second");
    for (n, (member, value, field)) in broken_members(&good).into_iter().enumerate() {
        let mut document = good.clone();
        document[member] = value.clone();
        let call = device.call("PUT", device.path(), &document);
        let claims = json!({"jti": format!("vs5-{n}"), "epoch": document["epoch"].as_i64().unwrap_or(1),
                            "version": document["version"].as_i64().unwrap_or(2)});
        let call = device
            .sign(&home, call, &claims)
            .await
            .header("if-match", "\"1\"");
        let told = refused(
            &home,
            &format!("{member} {value}"),
            &call,
            422,
            "vault-format",
        )
        .await;
        assert_eq!(told["field"], field, "{member} {value}");
    }
    home.house.leave().await;
}

#[tokio::test]
async fn vs5_what_is_no_json_or_too_large_is_not_kept() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    device.version = 2;
    let good = device.document("second");
    let twice = good.to_string().replacen('{', "{\"epoch\":1,", 1);
    for (what, text) in [
        ("a name twice", twice),
        ("a list", "[]".into()),
        ("no JSON", "{".into()),
    ] {
        let call = device.call("PUT", device.path(), &json!(text));
        let call = device
            .sign(&home, call, &json!({}))
            .await
            .header("if-match", "\"1\"");
        refused(&home, what, &call, 422, "vault-format").await;
    }
    let mut large = good.clone();
    large["day"]["ct"] = json!("A".repeat(1 << 20));
    for (method, path) in [("PUT", device.path()), ("POST", "/vault".to_owned())] {
        let call = device.call(method, path, &large);
        let call = device
            .sign(&home, call, &json!({}))
            .await
            .header("if-match", "\"1\"");
        refused(&home, "over a mebibyte", &call, 413, "request-too-large").await;
    }
    let form = device
        .writing(&home, "x")
        .await
        .header("content-type", "text/plain");
    refused(&home, "another content type", &form, 415, "media-type").await;
    home.house.leave().await;
}

#[tokio::test]
async fn vs6_a_new_vault_costs_fresh_work_and_writes_have_a_limit() {
    let home = Home::open().await;
    let mut first = Device::new(1);
    let document = first.document("first");
    let call = first.making(&home, &document).await;
    let used = call
        .headers
        .iter()
        .find(|(name, _)| *name == "vault-work")
        .unwrap()
        .1
        .clone();
    assert_eq!(home.send(&call).await.status, 201);
    let (challenge, n) = used.strip_prefix("pow:").unwrap().split_once(':').unwrap();
    let next = n.parse::<u64>().unwrap() + 1;
    let second = Device::new(2);
    let document = second.document("second");
    for (what, work) in [
        ("none", None),
        ("empty", Some(String::new())),
        ("used", Some(used.clone())),
        ("not solved", Some(format!("pow:{challenge}:{next}"))),
        ("not ours", Some("pow:AAAA:1".to_owned())),
        ("of another kind", Some("invite:rs_in_x".to_owned())),
    ] {
        let call = second.call("POST", "/vault".into(), &document);
        let call = second.sign(&home, call, &json!({"jti": what})).await;
        let call = work
            .into_iter()
            .fold(call, |call, work| call.header("vault-work", work));
        refused(&home, what, &call, 429, "vault-work").await;
    }
    let old = home.work().await;
    home.house.clock.advance(901);
    let call = second.call("POST", "/vault".into(), &document);
    let call = second
        .sign(&home, call, &json!({}))
        .await
        .header("vault-work", old);
    refused(&home, "too old", &call, 429, "vault-work").await;

    // The bucket of one key: sixty a minute.
    for n in 0..60 {
        assert_eq!(first.write(&home, &format!("{n}")).await.status, 204, "{n}");
    }
    let call = first.writing(&home, "one too many").await;
    refused(&home, "bucket full", &call, 429, "too-many").await;
    home.house.leave().await;
}
