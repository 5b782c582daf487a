//! Pictures: measured before they are decoded, and written anew so that nothing hidden passes.

use crate::Refused;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, imageops::FilterType};
use serde::{Deserialize, Serialize};
use std::{fs, io::Cursor, path::Path};

/// Longest side accepted, in pixels.
const LONGEST_SIDE: u32 = 4_096;
/// Largest file accepted, in bytes.
const LARGEST: u64 = 5_000_000;
/// Sides of the squares that are made, in pixels.
pub(crate) const SIDES: [u32; 3] = [96, 256, 640];

/// One size of a cover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picture {
    /// Pixels a side.
    pub side: u32,
    /// The file, below the work folder.
    pub file: std::path::PathBuf,
}

/// Reads the JPEG or PNG `path` and writes squares of [`SIDES`] as JPEG into `out`.
///
/// # Errors
/// [`Refused::Image`] with what is wrong.
pub(crate) fn pictures(path: &Path, out: &Path) -> Result<Vec<Picture>, Refused> {
    let size = fs::metadata(path).map_err(no)?.len();
    if size > LARGEST {
        return Err(Refused::Image("it is larger than 5 MB".into()));
    }
    let bytes = fs::read(path).map_err(no)?;
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(no)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png)) {
        return Err(Refused::Image("it is no JPEG or PNG".into()));
    }
    let mut decoder = reader.into_decoder().map_err(no)?;
    let (width, height) = decoder.dimensions();
    // Counted from the header, before a pixel is decoded.
    if width > LONGEST_SIDE || height > LONGEST_SIDE {
        return Err(Refused::Image(format!(
            "it is {width} x {height}; 4096 a side is the most"
        )));
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(256 << 20);
    decoder.set_limits(limits).map_err(no)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(no)?;
    SIDES
        .iter()
        .map(|side| {
            let square = picture
                .resize_to_fill(*side, *side, FilterType::Triangle)
                .to_rgb8();
            let file = out.join(format!("cover-{side}.jpg"));
            square
                .save_with_format(&file, ImageFormat::Jpeg)
                .map_err(no)?;
            Ok(Picture { side: *side, file })
        })
        .collect()
}

fn no(e: impl std::fmt::Display) -> Refused {
    Refused::Image(e.to_string())
}
