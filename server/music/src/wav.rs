//! RIFF WAVE files with an INFO list.

/// What the file says of itself.
pub(crate) struct Tags<'a> {
    pub title: &'a str,
    pub artist: &'a str,
    pub album: &'a str,
    pub number: u32,
}

/// Interleaved stereo samples of 44.1 kHz as a file; the data stand at byte 44, the tags behind.
pub(crate) fn file(samples: &[i16], tags: &Tags) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    let mut format = Vec::new();
    for word in [1_u16, 2] {
        format.extend(word.to_le_bytes());
    }
    for word in [44_100_u32, 44_100 * 4] {
        format.extend(word.to_le_bytes());
    }
    for word in [4_u16, 16] {
        format.extend(word.to_le_bytes());
    }
    let mut info = b"INFO".to_vec();
    let number = tags.number.to_string();
    for (name, text) in [
        (b"INAM", tags.title),
        (b"IART", tags.artist),
        (b"IPRD", tags.album),
        (b"ITRK", &number),
    ] {
        let mut text = text.as_bytes().to_vec();
        text.push(0);
        info.extend(chunk(name, &text));
    }
    let mut body = b"WAVE".to_vec();
    body.extend(chunk(b"fmt ", &format));
    body.extend(chunk(b"data", &data));
    body.extend(chunk(b"LIST", &info));
    chunk(b"RIFF", &body)
}

fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a piece is far below 4 GiB");
    let mut out = name.to_vec();
    out.extend(length.to_le_bytes());
    out.extend(content);
    if !content.len().is_multiple_of(2) {
        out.push(0);
    }
    out
}
