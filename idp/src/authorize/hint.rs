//! `id_token_hint`: an ID Token of ours, however old, that says whom the app expects.

use crate::{client::Client, core::Core, problem::OAuthError};
use kernel::Timestamp;
use serde_json::Value;

/// The hint's subject, as this app knows it. Retired keys count and `exp` does not.
///
/// # Errors
/// `invalid_request` for what is no ID Token of ours made for this app: unsigned, foreign, an access
/// token; the store's own.
pub(super) async fn subject(
    core: &Core,
    client: &Client,
    token: &str,
    now: Timestamp,
) -> Result<String, OAuthError> {
    let ring = core.ring(now).await?;
    let claims = ring.verify(token, "JWT", now);
    let claims = claims.ok_or(OAuthError::request("id_token_hint is no ID Token of ours"))?;
    let says = |name: &str| claims.get(name).and_then(Value::as_str);
    match says("sub") {
        Some(sub)
            if says("iss") == Some(core.issuer()) && says("aud") == Some(client.id.as_str()) =>
        {
            Ok(sub.to_owned())
        }
        _ => Err(OAuthError::request(
            "id_token_hint was made for another app",
        )),
    }
}
