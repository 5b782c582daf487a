use super::*;
use crate::world;
use std::{fs, os::unix::fs::PermissionsExt};

fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("resonate-keyring-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn secrets_outlive_the_process_and_are_never_in_clear_on_disk() {
    let folder = folder("stays");
    let (kek, file) = (folder.join("kek"), folder.join("data.keys"));
    assert!(
        Keyring::open(&kek, &file, world::system()).is_err(),
        "nothing is made by opening"
    );
    let ring = Keyring::create(&kek, &file, world::system()).unwrap();
    let key = ring.key("idp/pairwise");
    assert!(key.is(ring.key("idp/pairwise").expose()));
    assert!(!key.is(ring.key("idp/cookie").expose()));
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains(&b64::encode(key.expose())));
    for path in [&kek, &file] {
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    let again = Keyring::open(&kek, &file, world::system()).unwrap();
    assert!(key.is(again.key("idp/pairwise").expose()));
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn two_processes_share_one_file() {
    let folder = folder("shared");
    let (kek, file) = (folder.join("kek"), folder.join("data.keys"));
    let one = Keyring::create(&kek, &file, world::system()).unwrap();
    let two = Keyring::open(&kek, &file, world::system()).unwrap();
    assert!(one.key("a").is(two.key("a").expose()));
    assert!(two.key("b").is(one.key("b").expose()));
    let third = Keyring::open(&kek, &file, world::system()).unwrap();
    assert_eq!(third.below("").len(), 2);
    fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_foreign_kek_a_renamed_key_and_open_files_are_refused() {
    let folder = folder("refuses");
    let (kek, file) = (folder.join("kek"), folder.join("data.keys"));
    let ring = Keyring::create(&kek, &file, world::system()).unwrap();
    let _ = ring.key("idp/pairwise");
    let other = folder.join("other");
    file::write_private(&other, b64::encode([7; 32]).as_bytes()).unwrap();
    assert!(Keyring::open(&other, &file, world::system()).is_err());

    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("idp/pairwise", "idp/elsewhere")).unwrap();
    assert!(Keyring::open(&kek, &file, world::system()).is_err());
    fs::write(&file, &text).unwrap();

    ring.rewrap(&other).unwrap();
    assert!(Keyring::open(&kek, &file, world::system()).is_err());
    assert!(Keyring::open(&other, &file, world::system()).is_ok());

    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(Keyring::open(&other, &file, world::system()).is_err());
    fs::remove_file(&kek).unwrap();
    assert!(
        Keyring::create(&kek, &file, world::system()).is_err(),
        "the KEK is not replaced"
    );
    fs::remove_dir_all(&folder).unwrap();
}
