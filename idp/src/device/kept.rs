//! A code that was typed before the person signed in: it goes through the sign-in sealed, so that the
//! sign-in's row does not hold it in clear.

use crate::core::Core;
use kernel::b64;

/// Where the seal belongs: the address to which a sign-in returns.
const PLACE: (&str, &str, &str) = ("idp_interaction", "request_json", "device");
/// Longer than anything that is typed as a code.
const MOST: usize = 64;

/// The page to return to.
pub(super) fn path(core: &Core, typed: &str) -> String {
    let typed: String = typed.chars().take(MOST).collect();
    let (table, column, row) = PLACE;
    let entropy = core.ground.world.entropy();
    let seal = core.ground.seals.module("idp");
    let sealed = seal.seal(table, column, row, typed.as_bytes(), entropy);
    format!("/device?kept={}", b64::encode(sealed))
}

/// The code that was typed; none where the text was not made here.
pub(super) fn open(core: &Core, kept: &str) -> Option<String> {
    let (table, column, row) = PLACE;
    let seal = core.ground.seals.module("idp");
    let plain = seal.open(table, column, row, &b64::decode(kept)?).ok()?;
    String::from_utf8(plain.expose().clone()).ok()
}
