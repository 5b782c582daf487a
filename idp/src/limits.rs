//! How often is enough, where the edge's buckets are asked by this module. A refusal says when to
//! come again; nobody is locked out by what another does.

use crate::{client::Client, core::Core, problem::OAuthError};
use host::{
    Source,
    edge::{Class, classes},
};

/// The limits of this provider.
pub(crate) struct Limits {
    token: Class,
}

impl Limits {
    /// With so many token calls a minute for each app, or the usual number.
    pub(crate) fn new(token_calls_per_minute: Option<u32>) -> Self {
        let usual = classes::TOKEN;
        Self {
            token: Class {
                burst: token_calls_per_minute.unwrap_or(usual.burst).max(1),
                ..usual
            },
        }
    }

    /// Counts a token call of an app that proved itself. One that cannot prove itself is counted by
    /// the place as well, else anyone could use up what is the app's. Calls inside the process are
    /// our own.
    ///
    /// # Errors
    /// 429 with the time to wait.
    pub(crate) fn token_call(
        &self,
        core: &Core,
        client: &Client,
        source: Source,
    ) -> Result<(), OAuthError> {
        if source == Source::INSIDE {
            return Ok(());
        }
        let meter = &core.ground.meter;
        let taken = if client.is_public() {
            let who = [client.id.as_bytes(), &[0], source.as_ref()].concat();
            meter.take(&self.token, who)
        } else {
            meter.take(&self.token, client.id.as_bytes())
        };
        taken.map_err(OAuthError::Edge)
    }
}
