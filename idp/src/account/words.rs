//! Handles of two drawn words, for people who would rather not think of one.

use kernel::{Handle, World};

/// A handle of two words and, past the first try, three digits: 16,384 pairs fill up one day.
pub(crate) fn draw(world: &World, attempt: usize) -> Handle {
    let [first, second, high, low] = world.random::<4>();
    let one = FIRST[usize::from(first) % FIRST.len()];
    let two = SECOND[usize::from(second) % SECOND.len()];
    let digits = 100 + u32::from(u16::from_be_bytes([high, low])) % 900;
    let text = if attempt == 0 {
        format!("{one}-{two}")
    } else {
        format!("{one}-{two}-{digits}")
    };
    Handle::parse(&text).expect("two of these words and three digits are a handle")
}

#[rustfmt::skip]
const FIRST: [&str; 128] = [
    "amber", "ample", "ancient", "autumn", "azure", "bold", "brave", "breezy", "bright", "brisk",
    "calm", "candid", "careful", "cheerful", "chilly", "civil", "clear", "clever", "cloudy",
    "coastal", "copper", "coral", "cosmic", "crimson", "crisp", "curious", "dapper", "daring",
    "dawn", "deep", "distant", "dusky", "eager", "early", "easy", "electric", "emerald", "even",
    "evening", "fair", "faithful", "fancy", "far", "festive", "fine", "floral", "fluent", "foggy",
    "fond", "frank", "free", "fresh", "frosty", "gentle", "glad", "gleaming", "golden", "good",
    "graceful", "grand", "green", "happy", "hardy", "hazel", "hearty", "hidden", "high", "honest",
    "humble", "idle", "indigo", "inland", "ivory", "jade", "jolly", "keen", "kind", "lasting",
    "late", "laughing", "lavender", "light", "lilac", "lively", "local", "loyal", "lucid", "lucky",
    "lunar", "magic", "maple", "marble", "mellow", "merry", "mild", "mindful", "misty", "modest",
    "mossy", "near", "neat", "nimble", "noble", "northern", "olive", "opal", "open", "orange",
    "pale", "patient", "peaceful", "pearl", "plain", "playful", "polar", "proud", "quick", "quiet",
    "rapid", "rare", "ready", "rosy", "royal", "ruby", "rustic", "sandy", "scarlet", "serene",
];

#[rustfmt::skip]
const SECOND: [&str; 128] = [
    "acorn", "alder", "anchor", "anthem", "aria", "arrow", "ash", "aspen", "ballad", "banjo",
    "bass", "bay", "beacon", "beat", "bell", "birch", "bird", "bloom", "bough", "branch", "brass",
    "breeze", "bridge", "brook", "cadence", "candle", "canyon", "cedar", "cello", "chime", "choir",
    "chord", "cliff", "cloud", "clover", "comet", "coral", "cove", "crane", "creek", "crow",
    "cymbal", "daisy", "hollow", "horn", "island", "ivy", "jasmine", "jay", "juniper", "kestrel",
    "kite", "lagoon", "lake", "lantern", "lark", "laurel", "leaf", "ledge", "lily", "linden",
    "lion", "loon", "lotus", "poppy", "prairie", "quail", "quartz", "quill", "rain", "rapids",
    "raven", "reed", "reef", "ridge", "river", "robin", "rose", "sage", "sail", "sand", "sea",
    "seal", "shadow", "shell", "shore", "sky", "slope", "snow", "song", "sonnet", "spark",
    "sparrow", "spring", "spruce", "star", "stone", "storm", "stream", "summit", "sun", "swallow",
    "swan", "tempo", "thicket", "thrush", "tide", "timber", "trail", "tree", "tulip", "tune",
    "vale", "valley", "verse", "vine", "viola", "violet", "voice", "wave", "willow", "wind",
    "wing", "wolf", "wood", "wren", "yarrow", "zephyr",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_a_handle() {
        for one in FIRST {
            for two in SECOND {
                assert!(
                    Handle::parse(&format!("{one}-{two}-999")).is_ok(),
                    "{one}-{two}"
                );
            }
        }
    }
}
