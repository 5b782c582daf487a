//! Tokens are verified as an app would, with the keys the provider shows.

use anyhow::{Context, Result, anyhow, ensure};
use credential::{
    jose::{self, Alg, Jwk},
    rp,
};
use kernel::Timestamp;
use serde_json::Value;
use std::time::{SystemTime, UNIX_EPOCH};

/// The provider's name and keys.
pub struct Verifier {
    issuer: String,
    keys: Vec<Jwk>,
}

impl Verifier {
    pub fn read(issuer: String, jwks: &str) -> Result<Self> {
        let json: Value = serde_json::from_str(jwks)?;
        let keys = jose::parse_jwks(&json).map_err(|why| anyhow!("jwks: {why:?}"))?;
        Ok(Self { issuer, keys })
    }

    /// Verifies an ID Token made for `app` and this `nonce`.
    pub fn id_token(&self, token: &str, app: &str, nonce: &str) -> Result<()> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        let now = Timestamp::from_seconds(i64::try_from(since)?);
        let good = rp::verify_id_token(token, &self.keys, &self.issuer, app, nonce, now);
        good.map(|_| ()).map_err(|why| anyhow!("ID Token: {why:?}"))
    }

    /// Verifies an access token (RFC 9068) for `resource`.
    pub fn access_token(&self, token: &str, resource: &str) -> Result<()> {
        let (header, _) = jose::peek(token).map_err(|why| anyhow!("{why:?}"))?;
        let kid = header.kid.context("a token without kid")?;
        let key = self.keys.iter().find(|key| key.kid() == Some(kid.as_str()));
        let key = key.context("a key that is not shown")?;
        let claims = jose::verify(token, key, "at+jwt", &[Alg::Es256]);
        let claims = claims.map_err(|why| anyhow!("access token: {why:?}"))?;
        ensure!(
            claims.get("aud").and_then(Value::as_str) == Some(resource),
            "another resource"
        );
        Ok(())
    }
}
