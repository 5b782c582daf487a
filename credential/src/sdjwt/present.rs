//! Choosing which disclosures to send (RFC 9901 section 7.2).

use super::{reveal, split};
use crate::{Refusal, dcql::Path, jose::Compact};

/// Cuts an issued token down to what `paths` lead to: the JWT, the disclosures on the way there and
/// below, a last tilde. The JWT is not verified here: the holder did that when it arrived.
///
/// # Errors
/// [`Refusal::ClaimNotPresented`] when a path leads nowhere in the card; what [`split`] and
/// processing refuse; [`Refusal::KbUnexpected`] for a token that has a key binding already.
pub fn disclose(issued: &str, paths: &[Path]) -> Result<String, Refusal> {
    let split = split(issued)?;
    if split.kb.is_some() {
        return Err(Refusal::KbUnexpected);
    }
    let (payload, _) = Compact::parse(split.jwt)?.payload()?;
    let revealed = reveal(payload, &split.disclosures, &[], true)?;
    let claims = serde_json::Value::Object(revealed.claims);
    for path in paths {
        path.select(&claims)?;
    }
    let mut wanted: Vec<usize> = revealed
        .places
        .iter()
        .filter(|place| paths.iter().any(|path| path.touches(&place.path)))
        .map(|place| place.index)
        .collect();
    wanted.sort_unstable();
    let mut token = split.jwt.to_owned();
    for index in wanted {
        token.push('~');
        token.push_str(split.disclosures.get(index).copied().unwrap_or_default());
    }
    token.push('~');
    Ok(token)
}
