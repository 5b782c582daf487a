#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples and pixels are floats that are clamped before they become integers"
)]

mod cover;
mod render;
mod score;
mod voices;
mod wav;

pub use cover::cover_png;
pub use score::{Album, Piece, albums};

/// A piece as a WAV file: 44.1 kHz, stereo, 16 bits, tagged with title, artist, album and number.
#[must_use]
pub fn wav(album: &Album, piece: &Piece) -> Vec<u8> {
    let tags = wav::Tags {
        title: piece.title,
        artist: album.artist,
        album: album.title,
        number: piece.number,
    };
    wav::file(&render::piece(piece), &tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_artists_and_at_least_eight_pieces_of_one_to_four_minutes() {
        let albums = albums();
        assert_eq!(albums.len(), 3);
        let pieces: Vec<_> = albums.iter().flat_map(|a| &a.pieces).collect();
        assert!(pieces.len() >= 8);
        for piece in pieces {
            assert!(
                (60.0..=240.0).contains(&piece.seconds()),
                "{}: {}",
                piece.title,
                piece.seconds()
            );
        }
    }

    #[test]
    fn a_piece_is_heard_and_the_same_each_time() {
        let albums = albums();
        let (album, piece) = (&albums[1], &albums[1].pieces[0]);
        let file = wav(album, piece);
        assert_eq!(file, wav(album, piece));
        let samples: Vec<i16> = file[44..]
            .as_chunks::<2>()
            .0
            .iter()
            .map(|b| i16::from_le_bytes(*b))
            .collect();
        let loud = samples.iter().filter(|s| s.unsigned_abs() > 2_000).count();
        assert!(loud > samples.len() / 10, "mostly silence");
    }
}
