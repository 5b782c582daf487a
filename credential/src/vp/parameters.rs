//! The checks that signed and unsigned requests share (OpenID4VP 1.0 section 5).

use super::{Ask, Request, WalletPolicy};
use crate::{
    Refusal, address,
    dcql::Query,
    jose::SealTo,
    json,
    versions::{IAT_AHEAD_S, LEEWAY_S, REDIRECT_URI_PREFIX, SELF_ISSUED_AUD},
    vocab::transaction::Transaction,
};
use kernel::Timestamp;
use serde_json::{Map, Value};

/// The parameter by which a request says that the person sits at another device, and its one value.
pub(super) const DEVICE: (&str, &str) = ("resonate_device", "other");
/// The parameters by which a signed request says what it is for, and for which app.
pub(super) const PURPOSE: &str = "resonate_purpose";
pub(super) const ASKER: &str = "resonate_for";
/// Parameters whose value is JSON, also where they stand in a URL.
const JSON: &[&str] = &["dcql_query", "client_metadata", "transaction_data"];
const NUMBERS: &[&str] = &["iat", "exp"];

/// What a request says, wherever it stood.
pub(super) struct Parameters(Map<String, Value>);

/// Who asks, once that is settled.
pub(super) struct Client {
    pub(super) client_id: String,
    pub(super) response_uri: String,
    pub(super) certified: Vec<String>,
}

impl Parameters {
    pub(super) const fn of_token(payload: Map<String, Value>) -> Self {
        Self(payload)
    }

    /// Those of a wallet's URL; none may stand there twice.
    pub(super) fn of_url(query: &str) -> Result<Self, Refusal> {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut all = Map::new();
        for (name, text) in url::form_urlencoded::parse(query.as_bytes()).into_owned() {
            // What is not the JSON or number it should be stays text, which its own check refuses.
            let value = if JSON.contains(&name.as_str()) {
                json::parse(text.as_bytes()).ok()
            } else if NUMBERS.contains(&name.as_str()) {
                text.parse::<i64>().ok().map(Value::from)
            } else {
                None
            };
            let value = value.unwrap_or(Value::String(text));
            if all.insert(name, value).is_some() {
                return Err(Refusal::Malformed);
            }
        }
        Ok(Self(all))
    }

    /// The same, without what cannot be shown.
    pub(super) fn without_transactions(mut self) -> Self {
        self.0.remove("transaction_data");
        self
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// An unsigned request: `redirect_uri:` and exactly the response URI, a loopback address.
    pub(super) fn unsigned(
        &self,
        policy: WalletPolicy,
        now: Timestamp,
    ) -> Result<Request, Refusal> {
        let client_id = self.text("client_id").ok_or(Refusal::RequestClient)?;
        let named = client_id
            .strip_prefix(REDIRECT_URI_PREFIX)
            .ok_or(Refusal::RequestClient)?;
        let signed = self.has("request") || self.has("request_uri");
        if signed || !policy.allow_loopback_http {
            return Err(Refusal::RequestClient);
        }
        let (response_uri, url) = self.response_uri()?;
        if named != response_uri || !address::is_loopback_http(&url) {
            return Err(Refusal::RequestClient);
        }
        let client = Client {
            client_id: client_id.to_owned(),
            response_uri,
            certified: Vec::new(),
        };
        self.request(client, now)
    }

    /// Where the answer goes: nowhere else beside it.
    pub(super) fn response_uri(&self) -> Result<(String, url::Url), Refusal> {
        if self.has("redirect_uri") {
            return Err(Refusal::RequestRedirectUri);
        }
        let text = self
            .text("response_uri")
            .ok_or(Refusal::RequestResponseUri)?;
        let url = address::parse(text).ok_or(Refusal::RequestResponseUri)?;
        Ok((text.to_owned(), url))
    }

    /// All that does not hang on who asks.
    pub(super) fn request(&self, client: Client, now: Timestamp) -> Result<Request, Refusal> {
        self.times(now)?;
        let sealed = match self.text("response_mode") {
            Some("direct_post") => false,
            Some("direct_post.jwt") => true,
            _ => return Err(Refusal::RequestResponseMode),
        };
        let nonce = self
            .text("nonce")
            .filter(|n| safe_nonce(n))
            .ok_or(Refusal::RequestNonce)?;
        let ask = match self.text("response_type") {
            Some("vp_token") => self.cards()?,
            Some("id_token") => self.self_issued()?,
            _ => return Err(Refusal::RequestQuery),
        };
        let metadata = self.0.get("client_metadata");
        // What a verifier says of itself is believed under a certificate alone.
        let said = |name| self.text(name).filter(|_| !client.certified.is_empty());
        let shown =
            |text: &&str| text.chars().count() <= 100 && !text.chars().any(char::is_control);
        let said = |name| said(name).filter(shown).map(str::to_owned);
        Ok(Request {
            purpose: said(PURPOSE),
            asker: said(ASKER),
            client_id: client.client_id,
            response_uri: client.response_uri,
            nonce: nonce.to_owned(),
            state: self.text("state").unwrap_or_default().to_owned(),
            ask,
            other_device: self.text(DEVICE.0) == Some(DEVICE.1),
            seal_to: sealed.then(|| SealTo::choose(metadata)).transpose()?,
            certified: client.certified,
        })
    }

    fn times(&self, now: Timestamp) -> Result<(), Refusal> {
        let seconds = |name: &str| match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or(Refusal::RequestTime),
        };
        let now = now.seconds();
        let ended = seconds("exp")?.is_some_and(|exp| exp <= now.saturating_sub(LEEWAY_S));
        let ahead = seconds("iat")?.is_some_and(|iat| iat > now.saturating_add(IAT_AHEAD_S));
        if ended || ahead {
            return Err(Refusal::RequestTime);
        }
        if self.has("aud") && self.text("aud") != Some(SELF_ISSUED_AUD) {
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
        if old.iter().any(|name| self.has(name)) {
            return Err(Refusal::RequestQuery);
        }
        let query = self.0.get("dcql_query").ok_or(Refusal::RequestQuery)?;
        let query = Query::from_json(query.clone())?;
        let transaction_data = match self.0.get("transaction_data") {
            None => Vec::new(),
            Some(list) => transactions(list, &query)?,
        };
        Ok(Ask::Cards {
            query,
            transaction_data,
        })
    }

    fn self_issued(&self) -> Result<Ask, Refusal> {
        let openid = self
            .text("scope")
            .is_some_and(|s| s.split(' ').any(|word| word == "openid"));
        let kind = self
            .text("id_token_type")
            .is_none_or(|t| t == "subject_signed_id_token");
        let cards = self.has("dcql_query") || self.has("transaction_data");
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
fn transactions(list: &Value, query: &Query) -> Result<Vec<String>, Refusal> {
    const REFUSED: Refusal = Refusal::RequestTransactionData;
    let list = list
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
