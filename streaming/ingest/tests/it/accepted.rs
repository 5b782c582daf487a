//! What is taken, and what comes out.

use crate::sounds::{Folder, chord, tools};
use ingest::{Confinement, Kind, folder, track};
use std::fs;

#[test]
fn the_sandbox_is_used_where_it_can_be() {
    // Not a demand: some hosts forbid user namespaces. What is used is said aloud.
    println!("children run under {:?}", tools().confinement());
    assert!(matches!(
        tools().confinement(),
        Confinement::Sandbox | Confinement::Limits
    ));
}

#[test]
fn flac_wav_mp3_and_vorbis_become_four_renditions() {
    let folder = Folder::new();
    for (name, codec) in [
        ("a.flac", vec!["-c:a", "flac"]),
        ("b.wav", vec!["-c:a", "pcm_s16le"]),
        ("c.mp3", vec!["-c:a", "libmp3lame"]),
        ("d.ogg", vec!["-c:a", "libvorbis"]),
    ] {
        let source = folder.at(name);
        let mut extra = codec;
        extra.extend([
            "-metadata",
            "title=Slow Swell",
            "-metadata",
            "artist=Nobody Known",
        ]);
        chord(&source, 12, &extra);
        let work = folder.work();
        let made = track(&tools(), &source, &work).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(
            made.facts.duration_ms.abs_diff(12_000) < 60,
            "{name}: {:?}",
            made.facts
        );
        assert_eq!(made.facts.channels, 2);
        assert!(
            (-40_000..-5_000).contains(&made.facts.lufs_milli),
            "{}",
            made.facts.lufs_milli
        );
        assert_eq!(made.facts.waveform.len(), 2_000);
        assert_eq!(made.tags.title.as_deref(), Some("Slow Swell"), "{name}");
        assert_eq!(made.tags.artist.as_deref(), Some("Nobody Known"), "{name}");
        let kinds: Vec<Kind> = made.renditions.iter().map(|r| r.kind).collect();
        assert_eq!(kinds, Kind::ALL, "{name}");
        for rendition in &made.renditions {
            assert_eq!(
                fs::metadata(&rendition.file).unwrap().len(),
                rendition.bytes
            );
            assert!(rendition.bytes > 10_000, "{name}: {rendition:?}");
        }
        assert_eq!(
            made.renditions[3].ms.abs_diff(6_000) / 100,
            0,
            "a preview is half of 12 s"
        );
        fs::remove_dir_all(work).unwrap();
    }
}

#[test]
fn the_same_source_gives_the_same_bytes() {
    let folder = Folder::new();
    let source = folder.at("x.flac");
    chord(&source, 6, &[]);
    let hashes = || -> Vec<[u8; 32]> {
        let work = folder.work();
        let made = track(&tools(), &source, &work).unwrap();
        fs::remove_dir_all(work).unwrap();
        made.renditions.iter().map(|r| r.hash).collect()
    };
    assert_eq!(hashes(), hashes());
}

#[test]
fn a_folder_is_listed_with_its_covers_and_without_links() {
    let base = Folder::new();
    fs::create_dir_all(base.at("Album")).unwrap();
    for name in [
        "Album/2.flac",
        "Album/1.mp3",
        "Album/notes.txt",
        "Album/.hidden.flac",
        "Album/cover.png",
    ] {
        fs::write(base.at(name), b"x").unwrap();
    }
    std::os::unix::fs::symlink("/etc/hostname", base.at("Album/3.flac")).unwrap();
    let found = folder::list(&base.at("")).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|f| f.audio.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["1.mp3", "2.flac"]);
    assert!(
        found
            .iter()
            .all(|f| f.cover == Some(base.at("Album/cover.png")))
    );
}
