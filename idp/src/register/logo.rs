//! Pictures of apps: fetched once by the guarded caller, measured before they are decoded, written
//! anew and served by us. A page never leads a browser to an app's own picture.

use super::store;
use crate::{
    client::keys::get,
    core::{Core, Shared},
    page,
    problem::Refusal,
};
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use web::lang::Choice;

/// Longest side accepted, in pixels.
const LONGEST_SIDE: u32 = 4096;
/// Longest side of what we keep.
const SIDE: u32 = 128;

/// The picture at an address of an app, written anew; `None` whatever is wrong with it.
pub(super) async fn fetch(core: &Core, uri: &str) -> Option<Vec<u8>> {
    let bytes = get(&core.outside, uri).await?;
    let anew = tokio::task::spawn_blocking(move || anew(&bytes));
    anew.await.ok()?
}

/// A JPEG or PNG as a small PNG. Formats that hold scripts or addresses are none of these.
fn anew(bytes: &[u8]) -> Option<Vec<u8>> {
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png)) {
        return None;
    }
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    // Counted from the header, before a pixel is decoded.
    if width == 0 || height == 0 || width > LONGEST_SIDE || height > LONGEST_SIDE {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(128 << 20);
    decoder.set_limits(limits).ok()?;
    let small = DynamicImage::from_decoder(decoder)
        .ok()?
        .thumbnail(SIDE, SIDE)
        .to_rgba8();
    let mut png = Vec::new();
    small
        .write_to(&mut Cursor::new(&mut png), ImageFormat::Png)
        .ok()?;
    Some(png)
}

/// The picture of an app.
pub(super) async fn show(
    State(core): State<Shared>,
    Path(id): Path<String>,
    choice: Choice,
) -> Response {
    let found = async {
        let mut conn = core.ground.db.read().await?;
        let png = store::logo(&mut conn, &id).await?;
        png.ok_or(Refusal::NotFound)
    };
    match found.await {
        Err(no) => page::refusal(&core, &choice, no),
        Ok(png) => {
            let mut answer = png.into_response();
            for (name, value) in [
                (header::CONTENT_TYPE, "image/png"),
                (header::CACHE_CONTROL, "max-age=300"),
            ] {
                answer
                    .headers_mut()
                    .insert(name, HeaderValue::from_static(value));
            }
            answer
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbaImage;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Vec::new();
        let picture = RgbaImage::new(width, height);
        picture
            .write_to(&mut Cursor::new(&mut out), ImageFormat::Png)
            .unwrap();
        out
    }

    /// A PNG of a few bytes that says it is as large as its header says.
    fn claiming(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = png(1, 1);
        bytes[16..20].copy_from_slice(&width.to_be_bytes());
        bytes[20..24].copy_from_slice(&height.to_be_bytes());
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn crc(bytes: &[u8]) -> u32 {
        let step = |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 {
                    (crc >> 1) ^ 0xedb8_8320
                } else {
                    crc >> 1
                }
            })
        };
        !bytes.iter().fold(u32::MAX, step)
    }

    #[test]
    fn n52_a_picture_is_measured_first_and_written_anew() {
        let good = anew(&png(600, 300)).unwrap();
        let read = image::load_from_memory(&good).unwrap();
        assert_eq!((read.width(), read.height()), (128, 64));
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
        assert_eq!(anew(svg), None, "SVG");
        assert_eq!(anew(b"GIF89a\x01\x00\x01\x00"), None, "GIF");
        assert_eq!(anew(&claiming(30_000, 30_000)), None, "30000 x 30000");
        assert_eq!(anew(&claiming(4096, 4097)), None, "one row too many");
        let whole = png(64, 64);
        assert_eq!(anew(&whole[..whole.len() / 2]), None, "truncated");
        assert_eq!(anew(&[]), None, "nothing");
    }
}
