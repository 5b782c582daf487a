//! Covers: circles over a field of two colours, a different picture for each seed.

use crate::score::Chance;
use image::{ImageFormat, Rgb, RgbImage};
use std::io::Cursor;

const SIDE: u32 = 640;

/// A square PNG of 640 pixels a side; the same seed gives the same bytes.
#[must_use]
pub fn cover_png(seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    // Neighbouring seeds begin alike: the first draws are thrown away.
    let base = (0..8).map(|_| chance.unit()).fold(0.0, |_, drawn| drawn);
    let colours = [
        colour(base, 0.55),
        colour(base + 0.08, 0.25),
        colour(base + 0.5, 0.8),
    ];
    let circles: Vec<[f32; 4]> = (0..9)
        .map(|i| {
            let radius = 60.0 + chance.unit() * 190.0;
            [
                chance.unit() * 640.0,
                chance.unit() * 640.0,
                radius,
                (i % 3) as f32,
            ]
        })
        .collect();
    let picture = RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let (fx, fy) = (x as f32, y as f32);
        let mut pixel = blend(colours[0], colours[1], fy / SIDE as f32);
        for [cx, cy, radius, which] in &circles {
            let distance = ((fx - cx).powi(2) + (fy - cy).powi(2)).sqrt();
            if (distance / radius).fract() < 0.5 && distance < *radius {
                pixel = blend(pixel, colours[*which as usize], 0.45);
            }
        }
        Rgb(pixel.map(|c| (c.clamp(0.0, 1.0) * 255.0) as u8))
    });
    let mut png = Cursor::new(Vec::new());
    picture
        .write_to(&mut png, ImageFormat::Png)
        .expect("a picture in memory can be encoded");
    png.into_inner()
}

fn blend(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * share)
}

/// A colour of that hue (in turns) and lightness, fairly saturated.
fn colour(hue: f32, light: f32) -> [f32; 3] {
    std::array::from_fn(|i| {
        let wave = ((hue + i as f32 / 3.0) * std::f32::consts::TAU).cos() * 0.5 + 0.5;
        light * 0.45 + wave * light * 0.75
    })
}
