use super::*;
use crate::world;

fn seals() -> Seals {
    Seals::new(Keyring::memory(world::system()))
}

#[test]
fn a_cell_opens_in_its_own_place_only() {
    let seals = seals();
    let world = world::system();
    let seal = seals.module("idp");
    let cell = seal.seal(
        "idp_key",
        "private",
        "row-1",
        b"top secret",
        world.entropy(),
    );
    assert_eq!(
        seal.open("idp_key", "private", "row-1", &cell)
            .unwrap()
            .expose(),
        b"top secret"
    );
    for (table, column, row) in [
        ("idp_keys", "private", "row-1"),
        ("idp_key", "public", "row-1"),
        ("idp_key", "private", "row-2"),
        // The lengths keep a byte from wandering between two names.
        ("idp_keyp", "rivate", "row-1"),
        ("idp_key", "privater", "ow-1"),
    ] {
        let opened = seal.open(table, column, row, &cell);
        assert!(
            matches!(opened, Err(Error::Corrupt(_))),
            "{table} {column} {row}"
        );
    }
    let other = seals
        .module("payments")
        .open("idp_key", "private", "row-1", &cell);
    assert!(matches!(other, Err(Error::Corrupt(_))));
}

#[test]
fn every_changed_byte_and_every_cut_is_noticed() {
    let seal = seals().module("idp");
    let cell = seal.seal("t", "c", "r", b"12345678", world::system().entropy());
    assert_eq!(cell.len(), 5 + 12 + 8 + 16);
    for at in 0..cell.len() {
        let mut bad = cell.clone();
        bad[at] ^= 1;
        assert!(seal.open("t", "c", "r", &bad).is_err(), "byte {at}");
        assert!(
            seal.open("t", "c", "r", &cell[..at]).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn a_new_key_seals_and_the_old_one_still_opens() {
    let seal = seals().module("idp");
    let entropy = world::system();
    let old = seal.seal("t", "c", "r", b"old", entropy.entropy());
    seal.rotate();
    let new = seal.seal("t", "c", "r", b"new", entropy.entropy());
    assert_ne!(cell::key_id(&old), cell::key_id(&new));
    assert_eq!(seal.open("t", "c", "r", &old).unwrap().expose(), b"old");
    assert_eq!(seal.open("t", "c", "r", &new).unwrap().expose(), b"new");
    // A cell cannot be passed off as one of another key.
    let mut bad = old;
    bad[..5].copy_from_slice(&new[..5]);
    assert!(seal.open("t", "c", "r", &bad).is_err());
}

#[test]
fn equal_plaintexts_make_unequal_cells() {
    let seal = seals().module("idp");
    let world = world::system();
    let cell = || seal.seal("t", "c", "r", b"same", world.entropy());
    assert_ne!(cell(), cell());
}

#[test]
fn a_cell_of_another_process_opens_though_its_key_is_new() {
    let folder = std::env::temp_dir().join(format!("resonate-seal-{}", std::process::id()));
    let (kek, file) = (folder.join("kek"), folder.join("data.keys"));
    let one = Seals::new(Keyring::create(&kek, &file, world::system()).unwrap());
    let two = Seals::new(Keyring::open(&kek, &file, world::system()).unwrap());
    let world = world::system();
    let (one, two) = (one.module("idp"), two.module("idp"));
    let first = one.seal("t", "c", "r", b"first", world.entropy());
    assert_eq!(two.open("t", "c", "r", &first).unwrap().expose(), b"first");
    one.rotate();
    let next = one.seal("t", "c", "r", b"next", world.entropy());
    assert_eq!(two.open("t", "c", "r", &next).unwrap().expose(), b"next");
    std::fs::remove_dir_all(&folder).unwrap();
}
