//! The picture of an address: a QR code as SVG, drawn here. Two classes say what is ink and what is
//! paper; no style stands in it, and its title says to a screen reader what it is.

use fast_qr::{ECL, QRBuilder};
use std::fmt::Write;
use web::page::SafeHtml;

/// Empty modules around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// Draws `address`; `title` is plain text of ours. `None` for an address too long to be drawn.
pub(super) fn draw(address: &str, title: &'static str) -> Option<SafeHtml> {
    let code = QRBuilder::new(address).ecl(ECL::M).build().ok()?;
    let side = code.size + 2 * QUIET;
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y];
        let mut x = 0;
        while x < code.size {
            let run = row[x..].iter().take_while(|module| module.value()).count();
            if run > 0 {
                let (left, top) = (x + QUIET, y + QUIET);
                write!(path, "M{left} {top}h{run}v1h-{run}z").expect("a string takes all text");
            }
            x += run.max(1);
        }
    }
    Some(SafeHtml(format!(
        "<svg class=\"qr\" role=\"img\" aria-labelledby=\"qr-title\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><title id=\"qr-title\">{title}</title>\
         <rect class=\"qr-paper\" width=\"{side}\" height=\"{side}\"/>\
         <path class=\"qr-ink\" d=\"{path}\"/></svg>"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_holds_no_style_and_covers_its_code() {
        let address = format!("https://id.example.coop/vp/r/{}", "A".repeat(43));
        let svg = draw(&address, "A picture").unwrap().0;
        assert!(!svg.contains("style") && !svg.contains("fill="), "{svg}");
        assert!(svg.contains("<title id=\"qr-title\">A picture</title>"));
        // The finder pattern's first row: seven dark modules in the corner.
        assert!(svg.contains("d=\"M4 4h7v1h-7z"), "{svg}");
        let side = svg.split("viewBox=\"0 0 ").nth(1).unwrap();
        let side: usize = side.split(' ').next().unwrap().parse().unwrap();
        assert_eq!((side - 8 - 17) % 4, 0, "a side there is: {side}");
    }
}
