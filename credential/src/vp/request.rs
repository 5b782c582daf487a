//! Requests to wallets. Unsigned ones (OpenID4VP 1.0 section 5.9.3, prefix `redirect_uri:`) stand in the
//! wallet's URL with all their parameters, and go to loopback addresses alone.

use super::parameters::{ASKER, DEVICE, PURPOSE, Parameters};
use crate::{
    Refusal, address,
    dcql::Query,
    jose::SealTo,
    versions::{CARD_FORMAT, REDIRECT_URI_PREFIX},
};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `redirect_uri:` and the response URI, or `x509_hash:` and the hash of the certificate that signed.
    /// The audience of the answer, byte for byte.
    pub client_id: String,
    /// Where the answer is posted.
    pub response_uri: String,
    /// At least 128 random bits.
    pub nonce: String,
    /// Names the transaction at the verifier.
    pub state: String,
    /// What is asked for.
    pub ask: Ask,
    /// Whether the person sits at another device than the wallet's. The answer then carries the
    /// number shown there and leads nowhere.
    pub other_device: bool,
    /// Whom the answer is sealed to; none where it travels plain.
    pub seal_to: Option<SealTo>,
    /// What it is for, as the verifier signs it: a word of [`crate::vocab::purpose`].
    pub purpose: Option<String>,
    /// The app the verifier asks for, by the name it is registered under, as the verifier signs it.
    pub asker: Option<String>,
    /// The host names that the certificate of a signed request vouches for; none where it is unsigned.
    pub certified: Vec<String>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Ask {
    /// Cards.
    Cards {
        /// Which.
        query: Query,
        /// What is to be signed along, as sent.
        transaction_data: Vec<String>,
    },
    /// A self-issued ID token (SIOPv2 draft 13).
    SelfIssued,
}

/// What a wallet goes by.
#[derive(Clone, Copy, Debug)]
pub struct WalletPolicy {
    /// Whether unsigned requests of this machine's own servers are answered.
    pub allow_loopback_http: bool,
}

impl Request {
    /// An unsigned request of the verifier that listens at `response_uri`.
    #[must_use]
    pub fn new(response_uri: &str, nonce: &str, state: &str, ask: Ask) -> Self {
        let client_id = format!("{REDIRECT_URI_PREFIX}{response_uri}");
        Self::of(&client_id, response_uri, nonce, state, ask)
    }

    /// A request of the client `client_id`, to be signed.
    #[must_use]
    pub fn of(client_id: &str, response_uri: &str, nonce: &str, state: &str, ask: Ask) -> Self {
        Self {
            client_id: client_id.to_owned(),
            response_uri: response_uri.to_owned(),
            nonce: nonce.to_owned(),
            state: state.to_owned(),
            ask,
            other_device: false,
            seal_to: None,
            purpose: None,
            asker: None,
            certified: Vec::new(),
        }
    }

    /// The same request, shown as a picture for another device.
    #[must_use]
    pub fn on_other_device(mut self) -> Self {
        self.other_device = true;
        self
    }

    /// The same request, with what it is for and for whom.
    #[must_use]
    pub fn meant(mut self, purpose: &str, asker: Option<String>) -> Self {
        (self.purpose, self.asker) = (Some(purpose.to_owned()), asker);
        self
    }

    /// The parameters, as JSON.
    pub(super) fn parameters(&self, response_mode: &str) -> Map<String, Value> {
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| {
            all.insert(name.to_owned(), value);
        };
        put("client_id", self.client_id.as_str().into());
        put("response_mode", response_mode.into());
        put("response_uri", self.response_uri.as_str().into());
        put("nonce", self.nonce.as_str().into());
        put("state", self.state.as_str().into());
        match &self.ask {
            Ask::Cards {
                query,
                transaction_data,
            } => {
                let formats = json!({CARD_FORMAT: {
                    "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}});
                put("response_type", "vp_token".into());
                put("dcql_query", query.as_json().clone());
                put("client_metadata", json!({"vp_formats_supported": formats}));
                if !transaction_data.is_empty() {
                    put("transaction_data", json!(transaction_data));
                }
            }
            Ask::SelfIssued => {
                put("response_type", "id_token".into());
                put("scope", "openid".into());
                put("id_token_type", "subject_signed_id_token".into());
            }
        }
        if self.other_device {
            put(DEVICE.0, DEVICE.1.into());
        }
        for (name, text) in [(PURPOSE, &self.purpose), (ASKER, &self.asker)] {
            if let Some(text) = text {
                put(name, text.as_str().into());
            }
        }
        all
    }

    /// The wallet's address that opens it with this request.
    #[must_use]
    pub fn wallet_url(&self, wallet: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.parameters("direct_post") {
            match value {
                Value::String(text) => query.append_pair(&name, &text),
                other => query.append_pair(&name, &other.to_string()),
            };
        }
        format!("{wallet}?{}", query.finish())
    }

    /// The wallet reads the query of its URL. Unknown parameters are ignored.
    ///
    /// # Errors
    /// The words `request-*` of [`Refusal`]; [`Refusal::Malformed`] for a repeated parameter.
    pub fn parse(query: &str, policy: WalletPolicy, now: Timestamp) -> Result<Self, Refusal> {
        Parameters::of_url(query)?.unsigned(policy, now)
    }

    /// The host of the response URI, lower case, without port: the context of a self-issued key.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        address::parse(&self.response_uri)?
            .host_str()
            .map(str::to_owned)
    }
}
