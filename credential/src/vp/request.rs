//! Unsigned requests (OpenID4VP 1.0 section 5.9.3, prefix `redirect_uri:`): all parameters stand in
//! the wallet's URL. Accepted to loopback addresses alone.

use crate::{
    Refusal, address,
    dcql::Query,
    json,
    versions::{CARD_FORMAT, IAT_AHEAD_S, LEEWAY_S, REDIRECT_URI_PREFIX, SELF_ISSUED_AUD},
    vocab::transaction::Transaction,
};
use kernel::Timestamp;
use serde_json::json;

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// `redirect_uri:` and the response URI. The audience of the answer, byte for byte.
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
}

/// The parameter by which a request says so, and its one value.
const DEVICE: (&str, &str) = ("resonate_device", "other");

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
    /// A request of the verifier that listens at `response_uri`.
    #[must_use]
    pub fn new(response_uri: &str, nonce: &str, state: &str, ask: Ask) -> Self {
        Self {
            client_id: format!("{REDIRECT_URI_PREFIX}{response_uri}"),
            response_uri: response_uri.to_owned(),
            nonce: nonce.to_owned(),
            state: state.to_owned(),
            ask,
            other_device: false,
        }
    }

    /// The same request, shown as a picture for another device.
    #[must_use]
    pub fn on_other_device(mut self) -> Self {
        self.other_device = true;
        self
    }

    /// The parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut list = vec![
            ("client_id", self.client_id.clone()),
            ("response_mode", "direct_post".to_owned()),
            ("response_uri", self.response_uri.clone()),
            ("nonce", self.nonce.clone()),
            ("state", self.state.clone()),
        ];
        match &self.ask {
            Ask::Cards {
                query,
                transaction_data,
            } => {
                let formats = json!({CARD_FORMAT: {
                    "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}});
                let metadata = json!({"vp_formats_supported": formats});
                list.push(("response_type", "vp_token".to_owned()));
                list.push(("dcql_query", query.as_json().to_string()));
                list.push(("client_metadata", metadata.to_string()));
                if !transaction_data.is_empty() {
                    list.push(("transaction_data", json!(transaction_data).to_string()));
                }
            }
            Ask::SelfIssued => {
                list.push(("response_type", "id_token".to_owned()));
                list.push(("scope", "openid".to_owned()));
                list.push(("id_token_type", "subject_signed_id_token".to_owned()));
            }
        }
        if self.other_device {
            list.push((DEVICE.0, DEVICE.1.to_owned()));
        }
        list
    }

    /// The wallet's address that opens it with this request.
    #[must_use]
    pub fn wallet_url(&self, wallet: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.parameters());
        format!("{wallet}?{}", query.finish())
    }

    /// The wallet reads the query of its URL. Unknown parameters are ignored.
    ///
    /// # Errors
    /// The words `request-*` of [`Refusal`]; [`Refusal::Malformed`] for a repeated parameter.
    pub fn parse(query: &str, policy: WalletPolicy, now: Timestamp) -> Result<Self, Refusal> {
        Parameters::read(query)?.request(policy, now)
    }

    /// The host of the response URI, lower case, without port: the context of a self-issued key.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        address::parse(&self.response_uri)?
            .host_str()
            .map(str::to_owned)
    }
}

struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn read(query: &str) -> Result<Self, Refusal> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let twice = |n: usize, name: &str| pairs.iter().skip(n + 1).any(|(other, _)| other == name);
        if pairs
            .iter()
            .enumerate()
            .any(|(n, (name, _))| twice(n, name))
        {
            return Err(Refusal::Malformed);
        }
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }

    fn request(&self, policy: WalletPolicy, now: Timestamp) -> Result<Request, Refusal> {
        let (client_id, response_uri) = self.client(policy)?;
        self.times(now)?;
        if self.get("response_mode") != Some("direct_post") {
            return Err(Refusal::RequestResponseMode);
        }
        let nonce = self
            .get("nonce")
            .filter(|n| safe_nonce(n))
            .ok_or(Refusal::RequestNonce)?;
        let ask = match self.get("response_type") {
            Some("vp_token") => self.cards()?,
            Some("id_token") => self.self_issued()?,
            _ => return Err(Refusal::RequestQuery),
        };
        Ok(Request {
            client_id,
            response_uri,
            nonce: nonce.to_owned(),
            state: self.get("state").unwrap_or_default().to_owned(),
            ask,
            other_device: self.get(DEVICE.0) == Some(DEVICE.1),
        })
    }

    /// Who asks: `redirect_uri:` and exactly the response URI, a loopback address, unsigned.
    fn client(&self, policy: WalletPolicy) -> Result<(String, String), Refusal> {
        let client_id = self.get("client_id").ok_or(Refusal::RequestClient)?;
        let named = client_id
            .strip_prefix(REDIRECT_URI_PREFIX)
            .ok_or(Refusal::RequestClient)?;
        let signed = self.get("request").is_some() || self.get("request_uri").is_some();
        if signed || !policy.allow_loopback_http {
            return Err(Refusal::RequestClient);
        }
        if self.get("redirect_uri").is_some() {
            return Err(Refusal::RequestRedirectUri);
        }
        let response_uri = self
            .get("response_uri")
            .ok_or(Refusal::RequestResponseUri)?;
        let url = address::parse(response_uri).ok_or(Refusal::RequestResponseUri)?;
        if named != response_uri || !address::is_loopback_http(&url) {
            return Err(Refusal::RequestClient);
        }
        Ok((client_id.to_owned(), response_uri.to_owned()))
    }

    fn times(&self, now: Timestamp) -> Result<(), Refusal> {
        let seconds = |name: &str| match self.get(name) {
            None => Ok(None),
            Some(text) => text
                .parse::<i64>()
                .map(Some)
                .map_err(|_| Refusal::RequestTime),
        };
        let now = now.seconds();
        let ended = seconds("exp")?.is_some_and(|exp| exp <= now.saturating_sub(LEEWAY_S));
        let ahead = seconds("iat")?.is_some_and(|iat| iat > now.saturating_add(IAT_AHEAD_S));
        if ended || ahead {
            return Err(Refusal::RequestTime);
        }
        if self.get("aud").is_some_and(|aud| aud != SELF_ISSUED_AUD) {
            return Err(Refusal::RequestAud);
        }
        Ok(())
    }

    fn cards(&self) -> Result<Ask, Refusal> {
        let old = [
            "scope",
            "presentation_definition",
            "presentation_definition_uri",
            "client_id_scheme",
        ];
        if old.iter().any(|name| self.get(name).is_some()) {
            return Err(Refusal::RequestQuery);
        }
        let query = Query::parse(self.get("dcql_query").ok_or(Refusal::RequestQuery)?)?;
        let transaction_data = match self.get("transaction_data") {
            None => Vec::new(),
            Some(text) => transactions(text, &query)?,
        };
        Ok(Ask::Cards {
            query,
            transaction_data,
        })
    }

    fn self_issued(&self) -> Result<Ask, Refusal> {
        let openid = self
            .get("scope")
            .is_some_and(|s| s.split(' ').any(|word| word == "openid"));
        let kind = self
            .get("id_token_type")
            .is_none_or(|t| t == "subject_signed_id_token");
        let cards = self.get("dcql_query").is_some() || self.get("transaction_data").is_some();
        if openid && kind && !cards {
            Ok(Ask::SelfIssued)
        } else {
            Err(Refusal::RequestQuery)
        }
    }
}

/// At least 22 characters (128 bits as base64url) of those that need no escaping in a URL.
fn safe_nonce(nonce: &str) -> bool {
    let safe = |c: u8| c.is_ascii_alphanumeric() || b"-._~".contains(&c);
    (22..=512).contains(&nonce.len()) && nonce.bytes().all(safe)
}

/// Only what the wallet can show to its holder in full, for cards the query asks for.
fn transactions(text: &str, query: &Query) -> Result<Vec<String>, Refusal> {
    const REFUSED: Refusal = Refusal::RequestTransactionData;
    let value = json::parse(text.as_bytes()).map_err(|_| REFUSED)?;
    let list = value
        .as_array()
        .filter(|list| (1..=8).contains(&list.len()))
        .ok_or(REFUSED)?;
    let mut texts = Vec::new();
    for item in list {
        let text = item.as_str().ok_or(REFUSED)?;
        let (_, ids) = Transaction::parse(text)?;
        if ids.is_empty() || !ids.iter().all(|id| query.credential(id).is_some()) {
            return Err(REFUSED);
        }
        texts.push(text.to_owned());
    }
    Ok(texts)
}
