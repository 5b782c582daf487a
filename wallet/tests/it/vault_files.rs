//! Vault files that implementations make for each other: each opens all of them, by each of their
//! three ways in.

use kernel::{Entropy, b64, hex};
use serde_json::{Map, Value, json};
use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
};
use wallet::vault::{Day, Document, Kdf, NewWay, Root, Way, finder, merge, merge::Record, sync};

const PASSPHRASE: &str = "sechs wörter für das erste haus";

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors"))
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode_array(value.as_str().unwrap()).unwrap()
}

/// Chance that repeats: the file is the same each time it is made.
struct Counted(AtomicU64);

impl Entropy for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        for (i, chunk) in bytes.chunks_mut(32).enumerate() {
            let seed = format!("vault_rust {n} {i}");
            let digest = wallet::release::hash(seed.as_bytes());
            let digest: [u8; 32] = hex::decode_array(&digest).unwrap();
            chunk.copy_from_slice(&digest[..chunk.len()]);
        }
    }
}

fn made() -> Value {
    let entropy = Counted(AtomicU64::new(0));
    let (prf_day, prf_root, sheet) = ([0x61; 32], [0x62; 32], [0x63; 32]);
    let credential = b64::encode("a passkey of the first house");
    let mut day = Day::new([0x64; 32], [0x65; 16], "quiet-otter");
    let record = |n: u8, kind: &str, clock, value: Value| Record {
        id: b64::encode([n; 16]),
        kind: kind.to_owned(),
        device: b64::encode([0x66; 16]),
        clock,
        gone: None,
        value: value.as_object().unwrap().clone(),
    };
    day.records = vec![
        record(0x67, "setting", 1, json!({"language": "en"})),
        record(0x68, "persona", 2, json!({"name": "leiser Dachs"})),
    ];
    let bodies = (&day, &Root::new([0x69; 32]));
    let kdf = Kdf::standard([0x6a; 16]);
    let (mut document, _) =
        Document::create(PASSPHRASE, kdf, &[0x6b; 32], bodies, &entropy).unwrap();
    let root = document.unlock_root(&Way::Passphrase(PASSPHRASE)).unwrap();
    let passkey = NewWay::Prf {
        credential_id: &credential,
        salt: [0x6c; 32],
        day: &prf_day,
        root: &prf_root,
    };
    document
        .add_way(&root, &passkey, &[0x6d; 32], &entropy)
        .unwrap();
    document
        .add_way(&root, &NewWay::Sheet(&sheet), &[0x6e; 32], &entropy)
        .unwrap();
    json!({
        "about": "a vault made by wallet/: opened by both implementations, by each of its three ways in",
        "passphrase": PASSPHRASE,
        "prf_credential_id": credential,
        "prf_output_day": hex::encode(prf_day),
        "prf_output_root": hex::encode(prf_root),
        "sheet_entropy": hex::encode(sheet),
        "day_seed": day.day_seed,
        "vault_seed": Root::new([0x69; 32]).vault_seed,
        "personas": day.personas,
        "records": day.records,
        "file": serde_json::from_str::<Value>(&document.to_text()).unwrap(),
    })
}

#[test]
fn the_file_made_here_is_the_committed_one() {
    let path = folder().join("vault_rust.json");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let made = made();
    let same = serde_json::from_str::<Value>(&text).ok() == Some(made.clone());
    if !same {
        let fresh = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("vault_rust.json");
        fs::write(&fresh, serde_json::to_string_pretty(&made).unwrap() + "\n").unwrap();
    }
    assert!(
        same,
        "another file is made now; it lies in the target folder's tmp"
    );
}

#[test]
fn files_of_every_implementation_open_by_each_way() {
    let mut seen = vec![];
    for entry in fs::read_dir(folder()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        if !name.starts_with("vault_") {
            continue;
        }
        let v: Value = serde_json::from_slice(&fs::read(entry.path()).unwrap()).unwrap();
        let document = Document::parse(v["file"].to_string().as_bytes()).unwrap();
        let (day, root) = (bytes(&v["prf_output_day"]), bytes(&v["prf_output_root"]));
        let sheet = bytes(&v["sheet_entropy"]);
        for way in [
            Way::Passphrase(v["passphrase"].as_str().unwrap()),
            Way::Prf {
                day: &day,
                root: &root,
            },
            Way::Sheet(&sheet),
        ] {
            let key = document.unlock(&way).unwrap();
            let body = document.day(&key).unwrap();
            assert_eq!(json!(body.day_seed), v["day_seed"], "{name}");
            assert_eq!(json!(body.personas), v["personas"], "{name}");
            assert_eq!(json!(body.records), v["records"], "{name}");
            let opened = document
                .root(&document.unlock_root(&way).unwrap(), &body)
                .unwrap();
            assert_eq!(json!(opened.vault_seed), v["vault_seed"], "{name}");
        }
        seen.push(name);
    }
    assert!(seen.contains(&"vault_rust.json".to_owned()), "{seen:?}");
}

#[test]
fn a_sheet_finds_its_vault() {
    let text = fs::read_to_string(folder().join("credentials.json")).unwrap();
    let v = &serde_json::from_str::<Value>(&text).unwrap()["vault"];
    let sheet: [u8; 32] = bytes(&v["sheet_entropy"]);
    assert_eq!(hex::encode(finder::id(&sheet)), v["finder_id"]);
    let sealed = b64::decode(v["finder_box"].as_str().unwrap()).unwrap();
    let (vault, token) = finder::open(&sheet, &sealed).unwrap();
    assert_eq!(json!(b64::encode(vault)), v["file"]["vault_id"]);
    let reader = wallet::release::hash(token.expose());
    let reader: [u8; 32] = hex::decode_array(&reader).unwrap();
    let readers = v["file"]["readers"].as_array().unwrap();
    assert!(
        readers.contains(&json!(b64::encode(reader))),
        "the sheet's own token"
    );
    let nonce = *sealed.first_chunk().unwrap();
    assert_eq!(finder::close(&sheet, &vault, token.expose(), nonce), sealed);
    assert!(finder::open(&[1; 32], &sealed).is_none());
    let token: [u8; 32] = bytes(&v["read_token"]);
    let code = sync::code(&vault, &token);
    assert_eq!(json!(code), v["passkey_user_id"]);
    assert_eq!(sync::read_code(&code), Some((vault, token)));
    assert_eq!(sync::read_code(&code[1..]), None);
}

/// Two devices of one vault.
fn two() -> (Document, Document, wallet::vault::DayKey, Counted) {
    let entropy = Counted(AtomicU64::new(500));
    let kdf = Kdf {
        m_kib: 19_456,
        t: 2,
        ..Kdf::standard([5; 16])
    };
    let bodies = (&Day::new([1; 32], [2; 16], "main"), &Root::new([3; 32]));
    let (document, key) = Document::create(PASSPHRASE, kdf, &[4; 32], bodies, &entropy).unwrap();
    (document.clone(), document, key, entropy)
}

fn add(document: &mut Document, key: &wallet::vault::DayKey, id: u8, entropy: &Counted) {
    let mut day = document.day(key).unwrap();
    day.records.push(Record {
        id: b64::encode([id; 16]),
        kind: "setting".into(),
        device: b64::encode([id; 16]),
        clock: merge::next_clock(&day.records),
        gone: None,
        value: Map::new(),
    });
    document.put_day(key, &day, entropy).unwrap();
}

#[test]
fn two_devices_end_with_the_same_and_an_older_vault_is_refused_vs8_vs10() {
    let (mut one, mut two, key, entropy) = two();
    let reconcile = |here: &Document, stored: &Document, known| {
        sync::reconcile(here, stored, &key, known, &entropy)
    };
    assert!(matches!(reconcile(&one, &two, 2), Ok(sync::Next::Nothing)));
    add(&mut one, &key, 7, &entropy);
    add(&mut two, &key, 8, &entropy);
    let root = two.unlock_root(&Way::Passphrase(PASSPHRASE)).unwrap();
    two.add_way(&root, &NewWay::Sheet(&[9; 32]), &[9; 32], &entropy)
        .unwrap();
    // The first saved; the second comes and merges.
    let Ok(sync::Next::Write { document, follows }) = reconcile(&two, &one, 2) else {
        unreachable!("there is something to write");
    };
    assert_eq!(follows, one.version);
    assert!(document.version > one.version && document.version > two.version);
    assert_eq!(
        (
            document.day(&key).unwrap().records.len(),
            document.ways().len()
        ),
        (2, 2)
    );
    assert!(document.unlock(&Way::Sheet(&[9; 32])).is_ok());
    // The first takes it as it is.
    let Ok(sync::Next::Adopt(taken)) = reconcile(&one, &document, one.version) else {
        unreachable!("the stored one holds all");
    };
    assert_eq!(taken.to_text(), document.to_text());
    // The store gives back what it held before: refused, nothing of it taken.
    let old = reconcile(&document, &one, document.version);
    assert_eq!(old.err(), Some(wallet::vault::VaultError::Older));
    // Another's vault under this name.
    let other = Document::create(
        PASSPHRASE,
        Kdf {
            m_kib: 19_456,
            t: 2,
            ..Kdf::standard([5; 16])
        },
        &[4; 32],
        (&Day::new([1; 32], [2; 16], "main"), &Root::new([3; 32])),
        &entropy,
    );
    let other = reconcile(&one, &other.unwrap().0, 0);
    assert_eq!(other.err(), Some(wallet::vault::VaultError::Corrupt));
}
