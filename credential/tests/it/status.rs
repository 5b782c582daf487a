//! Status lists: the drafts' own vectors, ours, and every list that is not believed.

use crate::vectors::{CREDENTIALS, NOW, Seeded, key, list, text};
use credential::{
    Refusal, Trust,
    jose::{self, Jwk, SigningKey},
    status::{self, Bits, ENTRIES, Lists, NoStatus, Order, Publication, StatusView},
    trust::{Issuer, Pinned, State, TrustList, sign_list},
    vc::StatusRef,
};
use kernel::b64;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const ISSUER: &str = "https://id.example.coop";
const URI: &str = "https://id.example.coop/status/3";

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Entries of a vector, written by us.
fn written(case: &Value, order: Order, width: u8) -> Bits {
    if let Some(statuses) = case["statuses"].as_array() {
        let mut bits = Bits::zeroed(order, width, statuses.len()).unwrap();
        for (index, value) in statuses.iter().enumerate() {
            assert!(bits.set(index, u8::try_from(number(value)).unwrap()));
        }
        return bits;
    }
    let mut bits = Bits::zeroed(order, width, number(&case["entries"])).unwrap();
    match &case["set"] {
        Value::Object(set) => {
            for (index, value) in set {
                let value = u8::try_from(number(value)).unwrap();
                assert!(bits.set(index.parse().unwrap(), value));
            }
        }
        set => {
            for index in set.as_array().unwrap() {
                assert!(bits.set(number(index), 1));
            }
        }
    }
    bits
}

fn hashed(bytes: &[u8]) -> String {
    kernel::hex::encode(Sha256::digest(bytes))
}

/// Signs a list that holds `lst` as it stands in a vector, so that our reader inflates it.
fn signed(width: u64, lst: &str) -> String {
    let payload = json!({"sub": URI, "iat": NOW.seconds(), "exp": NOW.seconds() + 600,
        "status_list": {"bits": width, "lst": lst}});
    let header = json!({"typ": "statuslist+jwt", "kid": "status-1"});
    jose::sign(&key("status"), &header, &payload)
}

fn status_keys() -> Vec<Jwk> {
    vec![key("status").public().with_kid("status-1")]
}

#[test]
fn lists_of_the_draft_are_written_and_read_bit_for_bit() {
    for case in list(&CREDENTIALS["token_status_list"], "vectors") {
        let id = &case["id"];
        let width = u8::try_from(number(&case["bits"])).unwrap();
        let ours = written(case, Order::LeastFirst, width);
        if let Some(hex) = case["bytes_hex"].as_str() {
            assert_eq!(kernel::hex::encode(ours.bytes()), hex, "{id}");
        }
        if let Some(hash) = case["inflated_sha256"].as_str() {
            assert_eq!(ours.bytes().len(), number(&case["inflated_bytes"]), "{id}");
            assert_eq!(hashed(ours.bytes()), hash, "{id}");
        }
        let token = signed(u64::from(width), text(case, "lst"));
        let read = status::open(&token, URI, &status_keys(), NOW).unwrap();
        assert_eq!(read.bits, ours, "{id}: compared inflated");
    }
}

#[test]
fn bitstrings_count_from_the_other_end_of_a_byte() {
    for case in list(&CREDENTIALS["bitstring_status_list"], "vectors") {
        let ours = written(case, Order::MostFirst, 1);
        if let Some(hex) = case["bytes_hex"].as_str() {
            assert_eq!(kernel::hex::encode(ours.bytes()), hex, "{}", case["id"]);
        }
        if let Some(hash) = case["inflated_sha256"].as_str() {
            assert_eq!(hashed(ours.bytes()), hash, "{}", case["id"]);
        }
    }
}

fn trust() -> Trust {
    let vct = "https://id.example.coop/vct/member/1";
    Trust::in_issuer(ISSUER, &[vct], Vec::new()).with_status_keys(&status_keys())
}

fn issuer() -> Issuer {
    trust().issuers.remove(0)
}

/// What the door would hear of the place in a list that just came.
fn verdict(token: &str, idx: u64) -> Result<(), Refusal> {
    let mut lists = Lists::default();
    lists.put(status::open(token, URI, &issuer().status_keys, NOW)?);
    let uri = URI.to_owned();
    let view = lists.no_older_than(i64::MAX);
    view.check(&issuer(), &StatusRef { uri, idx }, NOW)?;
    Ok(())
}

/// CR29 to CR34: what the signed bytes decide.
#[test]
fn cr29_cr30_cr31_cr32_cr33_cr34_every_faulty_list_is_refused_with_its_word() {
    let cases = &CREDENTIALS["status_tokens"];
    assert_eq!(text(&cases["policy"], "uri"), URI);
    assert_eq!(number(&cases["policy"]["entries_max"]), ENTRIES);
    for case in list(cases, "cases") {
        let verdict = verdict(text(case, "token"), case["idx"].as_u64().unwrap());
        let word = verdict.as_ref().map_or_else(Refusal::reason, |()| "accept");
        assert_eq!(word, text(case, "expect"), "{}", case["id"]);
    }
    let good = list(cases, "cases")[0]["token"].as_str().unwrap();
    let late = NOW.plus_seconds(40 * 86_400);
    let over = status::open(good, URI, &status_keys(), late);
    assert_eq!(over.err(), Some(Refusal::StatusExpired));
    let key = SigningKey::generate_es256(&Seeded::new(4));
    let other = [key.public().with_kid("status-1")];
    let strange = status::open(good, URI, &other, NOW);
    assert_eq!(strange.err(), Some(Refusal::StatusSignature));
}

/// A list made at `NOW` with one entry set.
fn published(set: usize) -> String {
    let mut bits = Bits::zeroed(Order::LeastFirst, 1, ENTRIES).unwrap();
    assert!(bits.set(set, 1));
    let what = Publication {
        uri: URI,
        bits: &bits,
        now: NOW,
        ttl_s: 900,
        life_s: 86_400,
    };
    status::publish(&what, &key("status"), "status-1")
}

/// CR30, CR35: what the place and the age decide.
#[test]
fn cr30_cr35_a_list_elsewhere_away_or_too_old_is_refused() {
    let mut lists = Lists::default();
    let place = |uri: &str| StatusRef {
        uri: uri.to_owned(),
        idx: 7,
    };
    let check = |lists: &Lists, uri: &str, age: i64, after: i64| {
        let now = NOW.plus_seconds(after);
        lists.no_older_than(age).check(&issuer(), &place(uri), now)
    };
    assert_eq!(check(&lists, URI, 900, 0), Err(Refusal::StatusUnavailable));
    let list = status::open(&published(3), URI, &status_keys(), NOW).unwrap();
    assert_eq!((list.ttl_s, list.exp), (900, NOW.plus_seconds(86_400)));
    lists.put(list);
    assert_eq!(check(&lists, URI, 900, 900), Ok(NOW));
    assert_eq!(
        check(&lists, URI, 900, 901),
        Err(Refusal::StatusUnavailable)
    );
    assert_eq!(check(&lists, URI, 86_400, 901), Ok(NOW));
    let over = check(&lists, URI, i64::MAX, 86_400);
    assert_eq!(over, Err(Refusal::StatusUnavailable), "its own end counts");
    for foreign in [
        "https://elsewhere.example/status/3",
        "https://id.example.coop.evil.example/status/3",
        "https://id.example.coop/status/",
        "https://id.example.coop/status/3/x",
        "https://id.example.coop/vct/3",
    ] {
        let verdict = check(&lists, foreign, i64::MAX, 0);
        assert_eq!(verdict, Err(Refusal::StatusSub), "{foreign}");
    }
    let none = NoStatus.check(&issuer(), &place(URI), NOW);
    assert_eq!(none, Err(Refusal::StatusUnavailable));
}

#[test]
fn an_older_list_never_takes_the_place_of_a_newer() {
    let mut lists = Lists::default();
    let open = |token: &str| status::open(token, URI, &status_keys(), NOW).unwrap();
    lists.put(open(&published(7)));
    lists.put(open(&signed(1, &lst(&[0; 2]))));
    assert_eq!(
        lists.get(URI).unwrap().bits.entries(),
        16,
        "of the same time"
    );
    let earlier = json!({"sub": URI, "iat": NOW.seconds() - 60, "exp": NOW.seconds() + 600,
        "status_list": {"bits": 1, "lst": lst(&[0; 1])}});
    let header = json!({"typ": "statuslist+jwt", "kid": "status-1"});
    lists.put(open(&jose::sign(&key("status"), &header, &earlier)));
    assert_eq!(lists.get(URI).unwrap().bits.entries(), 16);
    lists.keep(&[]);
    assert!(lists.get(URI).is_none());
}

/// ZLIB with one stored block (RFC 1951 section 3.2.4), made by hand.
fn lst(bytes: &[u8]) -> String {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let length = u16::try_from(bytes.len()).unwrap();
    let mut out = vec![0x78, 0x01, 0x01];
    out.extend(length.to_le_bytes());
    out.extend((!length).to_le_bytes());
    out.extend(bytes);
    out.extend(((b << 16) | a).to_be_bytes());
    b64::encode(out)
}

/// The bar for size: 2^20 entries of which 1 % are set, at most 20 kB.
#[test]
fn a_list_with_one_in_a_hundred_revoked_stays_small() {
    let mut bits = Bits::zeroed(Order::LeastFirst, 1, ENTRIES).unwrap();
    let entropy = Seeded::new(20);
    let mut set = 0;
    while set < ENTRIES / 100 {
        let mut drawn = [0; 4];
        kernel::Entropy::fill(&entropy, &mut drawn);
        let index = usize::try_from(u32::from_le_bytes(drawn)).unwrap() % ENTRIES;
        if bits.get(index) == Some(0) {
            assert!(bits.set(index, 1));
            set += 1;
        }
    }
    let what = Publication {
        uri: URI,
        bits: &bits,
        now: NOW,
        ttl_s: 900,
        life_s: 86_400,
    };
    let token = status::publish(&what, &key("status"), "status-1");
    let (_, payload) = jose::peek(&token).unwrap();
    let lst = payload["status_list"]["lst"].as_str().unwrap();
    let packed = b64::decode(lst).unwrap().len();
    println!("2^20 entries, 1 % set: {packed} bytes");
    assert!(packed <= 20_000, "{packed} bytes");
}

fn trust_list(seq: i64, life_s: i64, vcts: &[&str]) -> TrustList {
    let mut trust = trust();
    trust.issuers[0].vcts = vcts.iter().map(|vct| (*vct).to_owned()).collect();
    TrustList {
        seq,
        iat: NOW,
        exp: NOW.plus_seconds(life_s),
        trust,
    }
}

/// CR73: the last good list stays, and after its end no new issuer is believed.
#[test]
fn cr73_a_worse_trust_list_changes_nothing() {
    const DAY: i64 = 86_400;
    let signer = SigningKey::ed25519_from_seed(&[9; 32]);
    let stranger = SigningKey::ed25519_from_seed(&[8; 32]);
    let mut pinned = Pinned::to(signer.public());
    let believed = |pinned: &Pinned, now| {
        let trust = pinned.trust(now);
        trust.issuers.first().map(|one| one.vcts.clone())
    };
    assert_eq!(believed(&pinned, NOW), None);
    let good = sign_list(&signer, "trust-1", &trust_list(7, 10 * DAY, &["a"]));
    pinned.take(&good, NOW).unwrap();
    let was = Some(vec!["a".to_owned()]);
    assert_eq!(believed(&pinned, NOW), was);
    let mut changed = good.clone();
    changed.replace_range(good.len() - 2.., "AA");
    let typ = jose::sign(&signer, &json!({"typ": "JWT"}), &json!({"seq": 9}));
    let rows = [
        (
            "signature",
            sign_list(&stranger, "trust-1", &trust_list(8, DAY, &["b"])),
        ),
        ("changed", changed),
        ("typ", typ),
        (
            "lower seq",
            sign_list(&signer, "trust-1", &trust_list(6, DAY, &["b"])),
        ),
        (
            "too long a life",
            sign_list(&signer, "trust-1", &trust_list(8, 31 * DAY, &["b"])),
        ),
        (
            "expired",
            sign_list(&signer, "trust-1", &trust_list(8, 0, &["b"])),
        ),
    ];
    for (name, token) in rows {
        assert!(pinned.take(&token, NOW).is_err(), "{name}");
        assert_eq!(believed(&pinned, NOW), was, "{name}");
    }
    let later = sign_list(&signer, "trust-1", &trust_list(8, DAY, &["a", "b"]));
    let over = NOW.plus_seconds(2 * DAY);
    assert!(pinned.take(&later, over).is_err(), "expired on arrival");
    assert_eq!(believed(&pinned, over), was, "the last good one stays");
    assert_eq!(believed(&pinned, NOW.plus_seconds(10 * DAY)), None);
    let same = sign_list(&signer, "trust-1", &trust_list(7, 10 * DAY, &["a"]));
    pinned.take(&same, NOW).unwrap();
    assert_eq!(pinned.trust(NOW).issuers[0].state, State::Active);
    assert_eq!(pinned.trust(NOW).issuers[0].status_keys, status_keys());
}
