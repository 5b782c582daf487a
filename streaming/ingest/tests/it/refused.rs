//! What is not taken: each with its reason, and nothing half-made that counts.

use crate::sounds::{Folder, chord, ffmpeg, tools};
use image::{ImageFormat, RgbImage};
use ingest::{Refused, cover, track};
use std::{fs, path::Path};

fn refused(folder: &Folder, source: &Path) -> Refused {
    let refused = track(&tools(), source, &folder.work());
    refused.expect_err(&source.display().to_string())
}

#[test]
fn broken_and_foreign_files_are_refused_by_name_st55_st56() {
    let folder = Folder::new();
    let whole = folder.at("whole.flac");
    chord(&whole, 20, &[]);
    let bytes = fs::read(&whole).unwrap();
    let write = |name: &str, content: &[u8]| {
        let path = folder.at(name);
        fs::write(&path, content).unwrap();
        path
    };
    let cut = write("cut.flac", &bytes[..bytes.len() / 2]);
    assert!(matches!(refused(&folder, &cut), Refused::AudioTruncated(_)));
    assert_eq!(
        refused(&folder, &write("empty.flac", b"")),
        Refused::AudioEmpty
    );
    let lie = refused(&folder, &write("lie.mp3", &bytes));
    assert!(matches!(lie, Refused::AudioMislabelled { .. }), "{lie:?}");
    let zip = refused(&folder, &write("zip.flac", b"PK\x03\x04 and so on"));
    assert!(matches!(zip, Refused::AudioUnreadable(_)), "{zip:?}");
    let mut noise = b"fLaC".to_vec();
    noise.extend((0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8));
    let polyglot = refused(&folder, &write("noise.flac", &noise));
    assert!(matches!(
        polyglot,
        Refused::AudioUnreadable(_) | Refused::AudioTruncated(_)
    ));
}

#[test]
fn a_cut_wav_mp3_or_vorbis_is_refused_st56() {
    let folder = Folder::new();
    for name in ["t.wav", "t.mp3", "t.ogg"] {
        let path = folder.at(name);
        chord(&path, 30, &[]);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() * 6 / 10]).unwrap();
        let why = refused(&folder, &path);
        assert!(matches!(why, Refused::AudioTruncated(_)), "{name}: {why:?}");
    }
}

#[test]
fn opus_is_refused_with_its_reason_st55() {
    let folder = Folder::new();
    for name in ["t.opus", "t.ogg"] {
        let path = folder.at(name);
        chord(&path, 6, &["-c:a", "libopus"]);
        assert_eq!(refused(&folder, &path), Refused::AudioOpus, "{name}");
    }
}

#[test]
fn lengths_and_channels_have_bounds_st56() {
    let folder = Folder::new();
    let path = folder.at("short.wav");
    chord(&path, 2, &[]);
    assert_eq!(refused(&folder, &path), Refused::AudioTooShort);
    let path = folder.at("six.wav");
    chord(&path, 6, &["-ac", "6"]);
    assert_eq!(refused(&folder, &path), Refused::AudioChannels(6));
    let path = folder.at("silent.wav");
    ffmpeg(
        &["-f", "lavfi", "-i", "anullsrc=r=44100:cl=stereo", "-t", "8"],
        &[],
        &path,
    );
    assert_eq!(refused(&folder, &path), Refused::AudioSilent);
    // Seven hours of a quiet tone, some 30 MB: refused at its header, or when six have been heard.
    let path = folder.at("seven-hours.flac");
    let tone = [
        "-f",
        "lavfi",
        "-i",
        "sine=frequency=50:sample_rate=32000:duration=25200",
    ];
    ffmpeg(&tone, &["-ac", "1", "-compression_level", "0"], &path);
    assert_eq!(refused(&folder, &path), Refused::AudioTooLong);
}

#[test]
fn a_file_that_swells_is_stopped_st57() {
    let folder = Folder::new();
    let path = folder.at("bomb.flac");
    let silence = [
        "-f",
        "lavfi",
        "-i",
        "anullsrc=r=48000:cl=stereo",
        "-t",
        "7200",
    ];
    ffmpeg(&silence, &[], &path);
    assert!(fs::metadata(&path).unwrap().len() < 3_000_000);
    assert_eq!(refused(&folder, &path), Refused::AudioBomb);
}

#[test]
fn tags_with_control_characters_are_refused_by_name() {
    let folder = Folder::new();
    let path = folder.at("bell.flac");
    chord(&path, 6, &["-metadata", "title=Ring\u{7}Ring"]);
    assert_eq!(refused(&folder, &path), Refused::TagControl("title".into()));
}

#[test]
fn pictures_are_counted_before_they_are_decoded_st64() {
    let folder = Folder::new();
    let good = folder.at("good.png");
    RgbImage::from_fn(500, 300, |x, y| image::Rgb([x as u8, y as u8, 9]))
        .save(&good)
        .unwrap();
    let made = cover(&tools(), &good, &folder.work()).unwrap();
    let sides: Vec<_> = made
        .iter()
        .map(|p| image::image_dimensions(&p.file).unwrap())
        .collect();
    assert_eq!(sides, [(96, 96), (256, 256), (640, 640)]);
    let huge = folder.at("huge.png");
    fs::write(&huge, huge_png()).unwrap();
    let svg = folder.at("drawing.png");
    fs::write(&svg, b"<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    let torn = folder.at("torn.png");
    let bytes = fs::read(&good).unwrap();
    fs::write(&torn, &bytes[..bytes.len() / 2]).unwrap();
    for (path, word) in [(&huge, "30000 x 30000"), (&svg, ""), (&torn, "")] {
        let why = cover(&tools(), path, &folder.work()).expect_err("refused");
        assert!(
            matches!(&why, Refused::Image(text) if text.contains(word)),
            "{why:?}"
        );
    }
}

/// A PNG whose header promises 30,000 x 30,000 pixels and whose body is a few bytes.
fn huge_png() -> Vec<u8> {
    let mut small = std::io::Cursor::new(vec![]);
    RgbImage::new(1, 1)
        .write_to(&mut small, ImageFormat::Png)
        .unwrap();
    let mut png = small.into_inner();
    for at in [16, 20] {
        png[at..at + 4].copy_from_slice(&30_000_u32.to_be_bytes());
    }
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

/// CRC-32 as PNG chunks carry it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| {
            (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg())
        })
    })
}
