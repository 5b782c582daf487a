//! Presented cards as proof: asked for at the identity provider's one verifier, then checked here once
//! more, so that the provider's word alone cannot spend a purse.

use crate::{Core, core::NAME, mandate::Refusal};
use credential::{
    Trust,
    event::PresentationResult,
    status::NoStatus,
    vocab::{self, transaction::PAYER},
    vp::{self, Want},
};
use host::{
    AskError, Tx, db,
    once::{self, spaces::JTI},
};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

/// A request that a wallet can answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Shown {
    /// The verifier's name for it.
    pub transaction_id: String,
    /// Where the wallet is called; it holds the request itself.
    pub wallet_url: String,
}

/// What a wallet showed, as the identity provider signed it.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    /// The signed result, byte for byte.
    pub jws: String,
    /// The name the card discloses.
    pub listener: String,
    result: PresentationResult,
}

impl Shown {
    /// Starts a request for `purpose` over one string of transaction data.
    ///
    /// # Errors
    /// [`Refusal::Away`] when the provider does not answer as agreed.
    pub(crate) async fn ask(
        core: &Core,
        purpose: &str,
        back: &str,
        transaction_data: &str,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let body = json!({
            "purpose": purpose,
            "return": back,
            "transaction_data": [transaction_data],
        });
        let answer = core
            .ground
            .peers
            .ask(NAME, "idp", "/peer/vp/requests", &body, now)
            .await;
        let answer = answer.map_err(|error| {
            if let AskError::Refused { slug, .. } = error {
                tracing::error!(
                    slug,
                    "the identity provider refused to ask for a presentation"
                );
            }
            Refusal::Away
        })?;
        serde_json::from_value(answer).map_err(|_| Refusal::Away)
    }

    /// Exchanges the wallet's response code for the signed result, and reads it: addressed to this
    /// module, not over, for `purpose`, from the device the person sat at.
    ///
    /// # Errors
    /// [`Refusal::Presentation`] with the check that failed; [`Refusal::Away`].
    pub(crate) async fn redeem(
        &self,
        core: &Core,
        purpose: &str,
        response_code: &str,
        now: Timestamp,
    ) -> Result<Presented, Refusal> {
        let body = json!({"transaction_id": self.transaction_id, "response_code": response_code});
        let answer = core
            .ground
            .peers
            .ask(NAME, "idp", "/peer/vp/results", &body, now)
            .await;
        let answer = answer.map_err(|error| match error {
            AskError::Refused { .. } => Refusal::Presentation("response-code"),
            AskError::Unreachable => Refusal::Away,
        })?;
        let jws = answer
            .get("jws")
            .and_then(Value::as_str)
            .ok_or(Refusal::Away)?;
        let vouched = core.ground.peers.vouched(NAME, jws, now).await;
        let result = vouched
            .map_err(|_| Refusal::Away)?
            .map_err(|refusal| Refusal::Presentation(refusal.reason()))?
            .into_inner();
        if result.iss != core.ground.origins.id || result.purpose != purpose {
            return Err(Refusal::Presentation("purpose"));
        }
        if result.device != "same" {
            return Err(Refusal::Presentation("device"));
        }
        let payer = result.credentials.iter().find(|card| card.id == PAYER);
        let listener = payer
            .and_then(|card| card.claims.get("listener"))
            .and_then(Value::as_str);
        let listener = listener
            .ok_or(Refusal::Presentation("listener"))?
            .to_owned();
        Ok(Presented {
            jws: jws.to_owned(),
            listener,
            result,
        })
    }

    /// A parameter of the request the wallet was given.
    fn asked(&self, name: &str) -> Option<String> {
        let url = Url::parse(&self.wallet_url).ok()?;
        url.query_pairs()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl Presented {
    /// Checks the presentation itself: the holder signed this very string, for the request that was
    /// sent, with a card of the issuer that names the same listener.
    ///
    /// # Errors
    /// [`Refusal::Presentation`] with the check that failed; [`Refusal::Away`].
    pub async fn covers(
        &self,
        core: &Core,
        request: &Shown,
        transaction_data: &str,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.result.transaction_data != [transaction_data] {
            return Err(Refusal::Presentation("transaction-data"));
        }
        let shown = self
            .result
            .presentation
            .get(PAYER)
            .and_then(Value::as_array);
        let Some([Value::String(token)]) = shown.map(Vec::as_slice) else {
            return Err(Refusal::Presentation("response-shape"));
        };
        let issuer = core.ground.origins.id.as_str();
        let vct = vocab::listener_vct(issuer);
        let keys = core
            .card_keys
            .all(core, None, now)
            .await
            .map_err(|_| Refusal::Away)?;
        let trust = Trust::in_issuer(issuer, &[&vct], keys);
        // What was asked stands in the request we kept, not in the answer.
        let (aud, nonce) = (request.asked("client_id"), request.asked("nonce"));
        let (Some(aud), Some(nonce)) = (aud, nonce) else {
            return Err(Refusal::Away);
        };
        let want = Want {
            aud: &aud,
            nonce: nonce.as_str().into(),
            vcts: &[&vct],
            transaction_data: &[transaction_data.to_owned()],
            status: &NoStatus,
        };
        let checked = vp::verify_presentation(token, &want, &trust, now)
            .map_err(|refusal| Refusal::Presentation(refusal.reason()))?;
        if checked.text("listener") != Some(self.listener.as_str()) {
            return Err(Refusal::Presentation("listener"));
        }
        Ok(())
    }

    /// Spends the result: each is good once.
    ///
    /// # Errors
    /// [`db::Error`] of the database.
    pub async fn first(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<bool, db::Error> {
        let mark = format!("presentation {}", self.result.jti);
        once::first(tx, &JTI, &mark, JTI.until(now)).await
    }
}
