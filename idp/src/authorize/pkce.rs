//! PKCE (RFC 7636), S256 only.

use crate::{client::Client, params::Params, problem::OAuthError};
use credential::pkce;

/// The challenge of a request, where one is sent or demanded.
///
/// # Errors
/// `invalid_request`: missing where demanded, another method than S256, not 43 characters of
/// base64url; a method without challenge; neither challenge nor nonce where the challenge may be
/// left out (RFC 9700 section 2.1.1).
pub(crate) fn challenge(client: &Client, params: &Params) -> Result<Option<String>, OAuthError> {
    let method = params.get("code_challenge_method");
    let Some(challenge) = params.get("code_challenge") else {
        if client.require_pkce || method.is_some() {
            return Err(OAuthError::request("code_challenge is missing"));
        }
        if client.nonce_for_pkce && params.get("nonce").is_none() {
            return Err(OAuthError::request(
                "a nonce is needed where code_challenge is left out",
            ));
        }
        return Ok(None);
    };
    pkce::check_challenge(Some(challenge), method)
        .map_err(|_| OAuthError::request("code_challenge must be a SHA-256, by method S256"))?;
    Ok(Some(challenge.to_owned()))
}

/// Checks a verifier against the challenge the code was asked with.
///
/// # Errors
/// `invalid_grant`: missing, wrong or malformed; sent where no challenge was (RFC 9700 2.1.1).
pub(crate) fn verify(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OAuthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(OAuthError::grant("a verifier where no challenge was sent")),
        (Some(_), None) => Err(OAuthError::grant("code_verifier is missing")),
        (Some(challenge), Some(verifier)) => pkce::check_verifier(verifier, challenge)
            .map_err(|_| OAuthError::grant("code_verifier does not fit the challenge")),
    }
}
