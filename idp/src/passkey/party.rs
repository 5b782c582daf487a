//! The relying party of WebAuthn: one host, one exact origin.

use super::{Refusal, cbor, store::Stored};
use kernel::b64;
use serde::Deserialize;
use serde_json::Value;
use webauthn_rs::prelude::{
    CreationChallengeResponse, Credential, CredentialID, DiscoverableAuthentication, Passkey,
    PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Url, Uuid, Webauthn, WebauthnBuilder,
};

/// What checks passkeys for the issuer's origin.
pub(crate) struct Party {
    webauthn: Webauthn,
    origin: String,
    rp_id: String,
}

/// What the signed client data says beside type and challenge, which the verifier compares.
#[derive(Deserialize)]
struct ClientData {
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<Value>,
}

/// A passkey that answered, and what is to be stored of it.
pub(super) struct Answered {
    pub(super) passkey: Passkey,
    pub(super) backed_up: bool,
}

impl Party {
    /// The relying party of an origin; its id is the whole host. Neither sub-domains nor other
    /// ports are ever allowed. `None` if the origin has no host name.
    pub(crate) fn new(origin: &str) -> Option<Self> {
        let url = Url::parse(origin).ok()?;
        let rp_id = url.host_str()?.to_owned();
        let builder = WebauthnBuilder::new(&rp_id, &url).ok()?;
        let webauthn = builder.rp_name("Resonate").build().ok()?;
        Some(Self {
            webauthn,
            origin: origin.to_owned(),
            rp_id,
        })
    }

    /// The relying party id.
    pub(crate) fn id(&self) -> &str {
        &self.rp_id
    }

    /// Options for a new passkey: discoverable, with user verification, without attestation, and
    /// on no device that holds one of the `known` passkeys.
    pub(super) fn begin_join(
        &self,
        user: Uuid,
        handle: &str,
        known: Vec<CredentialID>,
    ) -> Result<(CreationChallengeResponse, PasskeyRegistration), Refusal> {
        let (mut options, state) = self
            .webauthn
            .start_passkey_registration(user, handle, handle, Some(known))
            .map_err(|_| Refusal::Refused)?;
        // The crate asks for no resident key; a login here begins without a user name.
        let selection = options
            .public_key
            .authenticator_selection
            .get_or_insert_default();
        // Its type cannot be named through the crate's own door, so it is read from its word.
        selection.resident_key = serde_json::from_value(Value::from("required")).ok();
        selection.require_resident_key = true;
        Ok((options, state))
    }

    /// Checks a new passkey (WebAuthn level 3, section 7.1).
    ///
    /// # Errors
    /// [`Refusal::Refused`] for every fault; [`Refusal::NotDiscoverable`] if the browser says it
    /// was not stored.
    pub(super) fn finish_join(
        &self,
        credential: &Value,
        state: &PasskeyRegistration,
    ) -> Result<Passkey, Refusal> {
        let answer =
            RegisterPublicKeyCredential::deserialize(credential).map_err(|_| Refusal::Refused)?;
        self.same_origin(&answer.response.client_data_json)?;
        let data = cbor::auth_data_of(&answer.response.attestation_object);
        if answer.type_ != "public-key" || !data.is_some_and(cbor::auth_data_ends) {
            return Err(Refusal::Refused);
        }
        let passkey = self
            .webauthn
            .finish_passkey_registration(&answer, state)
            .map_err(|_| Refusal::Refused)?;
        if b64::encode(passkey.cred_id()) != answer.id || *passkey.cred_id() != answer.raw_id {
            return Err(Refusal::Refused);
        }
        if answer
            .extensions
            .cred_props
            .is_some_and(|props| props.rk == Some(false))
        {
            return Err(Refusal::NotDiscoverable);
        }
        Ok(uncounted_if_synced(passkey))
    }

    /// Options for a sign-in by whichever passkey the person picks.
    pub(super) fn begin_login(
        &self,
    ) -> Result<(RequestChallengeResponse, DiscoverableAuthentication), Refusal> {
        self.webauthn
            .start_discoverable_authentication()
            .map_err(|_| Refusal::Refused)
    }

    /// Checks an assertion by a stored passkey (WebAuthn level 3, section 7.2).
    ///
    /// # Errors
    /// [`Refusal::Counter`] where the counter of a passkey that cannot be synced did not grow;
    /// [`Refusal::Refused`] for every other fault.
    pub(super) fn finish_login(
        &self,
        answer: &PublicKeyCredential,
        state: DiscoverableAuthentication,
        stored: &Stored,
    ) -> Result<Answered, Refusal> {
        use webauthn_rs::prelude::WebauthnError;
        self.same_origin(&answer.response.client_data_json)?;
        let ends = cbor::auth_data_ends(&answer.response.authenticator_data);
        if answer.type_ != "public-key" || b64::encode(&answer.raw_id) != answer.id || !ends {
            return Err(Refusal::Refused);
        }
        let mut passkey = stored.passkey.clone();
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(answer, state, &passkey)
            .map_err(|error| match error {
                WebauthnError::CredentialPossibleCompromise => {
                    Refusal::Counter(stored.account.clone())
                }
                _ => Refusal::Refused,
            })?;
        let backed_up = result.backup_state();
        passkey.update_credential(&result);
        Ok(Answered {
            passkey: uncounted_if_synced(passkey),
            backed_up,
        })
    }

    /// The crate compares parsed origins and, at login, lets a framed page through: the text must
    /// be ours, and no other page may have stood around it.
    fn same_origin(&self, client_data: &[u8]) -> Result<(), Refusal> {
        let said: ClientData = serde_json::from_slice(client_data).map_err(|_| Refusal::Refused)?;
        let alone = !said.cross_origin && said.top_origin.is_none();
        if alone && said.origin == self.origin {
            Ok(())
        } else {
            Err(Refusal::Refused)
        }
    }
}

/// A synced passkey lives on several devices that cannot agree on one count, so its count is kept
/// at zero, where the verifier does not look at it.
fn uncounted_if_synced(passkey: Passkey) -> Passkey {
    let mut credential = Credential::from(passkey);
    if credential.backup_eligible {
        credential.counter = 0;
    }
    credential.into()
}

/// The flags of a passkey: may it be synced, is it.
pub(super) fn flags(passkey: &Passkey) -> (bool, bool) {
    let credential = Credential::from(passkey.clone());
    (credential.backup_eligible, credential.backup_state)
}
