//! SD-JWT (RFC 9901): claims that a holder discloses one by one.

mod issue;
mod present;
mod reveal;

pub use issue::{Frame, issue};
pub use present::disclose;
pub(crate) use reveal::reveal;

use crate::{
    Refusal,
    versions::{DISCLOSURE_MAX, DISCLOSURES_MAX, TOKEN_MAX},
};

/// A token cut at its tildes, nothing read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<'t> {
    /// The issuer's JWT.
    pub jwt: &'t str,
    /// The disclosures, as received.
    pub disclosures: Vec<&'t str>,
    /// The key-binding token, if one follows the last tilde.
    pub kb: Option<&'t str>,
    /// Everything the key-binding token is over: up to and with the last tilde.
    pub bound: &'t str,
}

/// Cuts a token.
///
/// # Errors
/// [`Refusal::Malformed`] without a tilde or with an empty part, [`Refusal::TooLarge`] past 64 KiB,
/// 256 disclosures or 8 KiB in one.
pub fn split(token: &str) -> Result<Split<'_>, Refusal> {
    if token.len() > TOKEN_MAX {
        return Err(Refusal::TooLarge);
    }
    let (rest, kb) = token.rsplit_once('~').ok_or(Refusal::Malformed)?;
    let bound = token.get(..=rest.len()).ok_or(Refusal::Malformed)?;
    let mut parts = rest.split('~');
    let jwt = parts
        .next()
        .filter(|jwt| !jwt.is_empty())
        .ok_or(Refusal::Malformed)?;
    let disclosures: Vec<&str> = parts.collect();
    if disclosures.iter().any(|d| d.is_empty()) {
        return Err(Refusal::Malformed);
    }
    let long = disclosures.iter().any(|d| d.len() > DISCLOSURE_MAX);
    if long || disclosures.len() > DISCLOSURES_MAX {
        return Err(Refusal::TooLarge);
    }
    Ok(Split {
        jwt,
        disclosures,
        kb: (!kb.is_empty()).then_some(kb),
        bound,
    })
}
