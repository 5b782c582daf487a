//! Vault vectors: keys, the document written by another implementation, and every broken form.

use kernel::{b64, hex};
use serde_json::{Value, json};
use wallet::{
    derive,
    vault::{Day, Document, Kdf, Root, VaultError, Way, merge},
};

fn vectors() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/credentials.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
    hex::decode_array(value.as_str().unwrap()).unwrap()
}

struct Counting;

impl kernel::Entropy for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        use std::sync::atomic::{AtomicU8, Ordering};
        static NEXT: AtomicU8 = AtomicU8::new(1);
        bytes.fill_with(|| NEXT.fetch_add(1, Ordering::Relaxed));
    }
}

#[test]
fn keys_derive_as_everywhere() {
    let vectors = vectors();
    let keys = &vectors["wallet_keys"];
    let seed = bytes(&keys["day_seed"]);
    let persona = bytes(&keys["persona_id"]);
    for case in keys["vectors"].as_array().unwrap() {
        let (label, context) = (
            case["label"].as_str().unwrap(),
            case["context"].as_str().unwrap(),
        );
        let derived = derive::seed(&seed, label, &persona, context);
        assert_eq!(
            hex::encode(derived.expose()),
            case["ed25519_seed"],
            "{label} {context}"
        );
    }
}

#[test]
fn a_foreign_document_opens_by_every_way() {
    let vectors = vectors();
    let v = &vectors["vault"];
    let document = Document::parse(v["file"].to_string().as_bytes()).unwrap();
    let (prf_day, prf_root) = (bytes(&v["prf_output_day"]), bytes(&v["prf_output_root"]));
    let sheet = bytes(&v["sheet_entropy"]);
    let ways = [
        Way::Passphrase(v["passphrase"].as_str().unwrap()),
        Way::Prf {
            day: &prf_day,
            root: &prf_root,
        },
        Way::Sheet(&sheet),
    ];
    for way in &ways {
        let key = document.unlock(way).unwrap();
        assert_eq!(hex::encode(key.store().expose()), v["store_key"]);
        let day = document.day(&key).unwrap();
        let expected: Day = serde_json::from_str(v["day_json"].as_str().unwrap()).unwrap();
        assert_eq!(day, expected);
        let root = document
            .root(&document.unlock_root(way).unwrap(), &day)
            .unwrap();
        let expected: Root = serde_json::from_str(v["root_json"].as_str().unwrap()).unwrap();
        assert_eq!(root, expected);
    }
}

/// Whether a document opens to its last part with the vectors' passphrase.
fn opens(file: &Value, passphrase: &str) -> Result<(), VaultError> {
    let document = Document::parse(file.to_string().as_bytes())?;
    let key = document.unlock(&Way::Passphrase(passphrase))?;
    let day = document.day(&key)?;
    document.root(&document.unlock_root(&Way::Passphrase(passphrase))?, &day)?;
    Ok(())
}

#[test]
fn altered_documents_are_refused_vs7_vs8_vs9_vs10() {
    let vectors = vectors();
    let v = &vectors["vault"];
    let flip = |pointer: &str| {
        let mut cell = b64::decode(v["file"].pointer(pointer).unwrap().as_str().unwrap()).unwrap();
        cell[20] ^= 1;
        json!(b64::encode(cell))
    };
    let swapped = v["file"]["slots"][0]["day"].clone();
    // The first slot is the passphrase's: its wraps altered, swapped or of another vault leave no
    // way in, which a wrong passphrase does as well; sealing cannot tell them apart.
    let cases = [
        ("/version", v["file"]["version"].clone(), Ok(())),
        ("/slots/0/day", flip("/slots/0/day"), Err(VaultError::Way)),
        ("/slots/0/root", flip("/slots/0/root"), Err(VaultError::Way)),
        ("/slots/0/root", swapped, Err(VaultError::Way)),
        (
            "/vault_id",
            json!(b64::encode([7; 16])),
            Err(VaultError::Way),
        ),
        // VS7: that the person is then offered an older copy by its date is for whoever keeps copies.
        ("/day/ct", flip("/day/ct"), Err(VaultError::Corrupt)),
        ("/root/ct", flip("/root/ct"), Err(VaultError::Corrupt)),
        ("/day/version", json!(11), Err(VaultError::Corrupt)),
        ("/root/version", json!(2), Err(VaultError::Older)),
        ("/slots/0/kdf/m_kib", json!(8_192), Err(VaultError::KdfWeak)),
        ("/slots/0/kdf/t", json!(1), Err(VaultError::KdfWeak)),
        (
            "/slots/0/kdf/m_kib",
            json!(4_194_304),
            Err(VaultError::KdfHeavy),
        ),
        ("/slots/0/kdf/t", json!(100), Err(VaultError::KdfHeavy)),
        (
            "/format",
            json!("resonate-vault/9"),
            Err(VaultError::Format),
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut file = v["file"].clone();
        *file.pointer_mut(pointer).unwrap() = value;
        assert_eq!(
            opens(&file, v["passphrase"].as_str().unwrap()),
            expected,
            "{pointer}"
        );
    }
}

#[test]
fn a_new_vault_opens_with_its_passphrase_only_and_takes_changes() {
    let kdf = Kdf {
        m_kib: 19_456,
        t: 2,
        ..Kdf::standard([5; 16])
    };
    let day = Day::new([1; 32], [2; 16], "quiet-otter");
    let made = Document::create(
        "six words that nobody guesses",
        kdf,
        &[4; 32],
        (&day, &Root::new([3; 32])),
        &Counting,
    );
    let (document, key) = made.unwrap();
    let mut document = Document::parse(document.to_text().as_bytes()).unwrap();
    assert_eq!(document.day(&key), Ok(day.clone()));
    let wrong = document.unlock(&Way::Passphrase("six words that somebody guesses"));
    assert_eq!(wrong.err(), Some(VaultError::Way));
    let changed = Day {
        records: vec![merge::Record {
            id: "r".into(),
            kind: "setting".into(),
            device: "d".into(),
            clock: 1,
            gone: None,
            value: serde_json::Map::new(),
        }],
        ..day
    };
    document.put_day(&key, &changed, &Counting).unwrap();
    let again = document
        .unlock(&Way::Passphrase("six words that nobody guesses"))
        .unwrap();
    assert_eq!(document.day(&again), Ok(changed));
}
