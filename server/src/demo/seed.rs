//! What a new demo begins with: the personas, made by the provider at its start, and the music of
//! three made-up artists, composed here and brought in as any music is.

use crate::{
    command::import::{Artist, tools},
    house::House,
};
use anyhow::{Context, Result};
use std::{fs, path::Path};
use streaming::import::Outcome;

/// Fills a fresh house. Progress goes to stderr. May begin anew after it broke off.
///
/// # Errors
/// The store, or a tool that music needs is missing.
pub async fn seed(house: &House, data: &Path) -> Result<()> {
    let Some(streaming) = &house.streaming else {
        return Ok(());
    };
    let tools = tools(false)?;
    let albums = music::albums();
    let pieces: usize = albums.iter().map(|album| album.pieces.len()).sum();
    eprintln!("Composing and encoding {pieces} pieces of music. This happens once.");
    let score = data.join("score");
    let mut before = 0;
    for (seed, album) in (1..).zip(&albums) {
        let folder = score.join(format!("{seed}"));
        compose(album, seed, &folder)
            .await
            .context("the demo's music cannot be written")?;
        let artist = Artist::named(house, album.artist);
        artist.enter(streaming).await?;
        let report = |line: streaming::import::Line| {
            let at = before + line.done;
            match line.outcome {
                Outcome::Admitted(title) => eprintln!("[{at}/{pieces}] {title} - {}", album.artist),
                Outcome::Known => eprintln!("[{at}/{pieces}] {}", album.artist),
                Outcome::Refused(why) => {
                    eprintln!("[{at}/{pieces}] {}: {why}", line.file.display());
                }
            }
        };
        streaming
            .import(&tools, &folder, artist.id, album.artist, report)
            .await?;
        artist.publish(streaming, house.ground.world.now()).await?;
        before += album.pieces.len();
    }
    fs::remove_dir_all(score).context("the demo's folder cannot be written")
}

/// Plays the score of one release into WAV files, on a thread for such work.
async fn compose(album: &music::Album, seed: u64, folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("cover.png"), music::cover_png(seed))?;
    for piece in &album.pieces {
        let wav = tokio::task::block_in_place(|| music::wav(album, piece));
        fs::write(
            folder.join(format!("{:02} {}.wav", piece.number, piece.title)),
            wav,
        )?;
    }
    Ok(())
}
