//! What a presentation proved, signed by the module that verified it for the module that asked
//! (`resonate-presentation+jwt`). The same event key as letters; `typ` tells them apart.

use super::{Peers, Unreachable, keys};
use credential::{
    Refusal, Verified,
    event::{PresentationResult, sign_presentation_result, verify_presentation_result},
};
use kernel::Timestamp;

impl Peers {
    /// Signs a result as `module`. It ends after two minutes.
    #[must_use]
    pub fn vouch(&self, module: &str, result: &PresentationResult, now: Timestamp) -> String {
        let (key, kid) = keys::signing(&self.0.secrets, module, now);
        sign_presentation_result(&key, &kid, result, now)
    }

    /// Reads a result meant for `module`. `jti` once, the purpose and the presentations inside are
    /// the caller's to check.
    ///
    /// # Errors
    /// [`Unreachable`]: the signer's keys cannot be fetched now; inside, the words of
    /// [`verify_presentation_result`].
    pub async fn vouched(
        &self,
        module: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<Result<Verified<PresentationResult>, Refusal>, Unreachable> {
        let trust = self.trust(token, now).await?;
        Ok(verify_presentation_result(
            token,
            &self.0.origins.name_of(module),
            &trust,
            now,
        ))
    }
}
