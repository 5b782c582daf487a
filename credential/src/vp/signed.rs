//! Signed requests (RFC 9101, OpenID4VP 1.0 sections 5.9.3 and 5.10, prefix `x509_hash:`): the wallet's
//! URL names the client and an address; there the wallet gets the request, signed for its call.

use super::{
    Request, WalletPolicy,
    parameters::{Client, Parameters},
};
use crate::{
    Refusal, address,
    jose::{Alg, Compact, ENCS, OpeningKey, Rules, SigningKey, Typ, sign, x509},
    json::put,
    versions::{CARD_FORMAT, REQUEST_TYP, SELF_ISSUED_AUD, X509_HASH_PREFIX},
};
use kernel::Timestamp;
use serde_json::{Value, json};

/// The client that a certificate makes.
#[must_use]
pub fn x509_client_id(leaf_der: &[u8]) -> String {
    format!("{X509_HASH_PREFIX}{}", x509::hash(leaf_der))
}

/// What a verifier signs a request with.
#[derive(Clone, Copy)]
pub struct SigningParams<'a> {
    /// The key of the leaf.
    pub key: &'a SigningKey,
    /// The leaf and its intermediates, DER, without the anchor.
    pub chain: &'a [&'a [u8]],
    /// What the wallet drew for this call.
    pub wallet_nonce: Option<&'a str>,
    /// The key the answer is to be sealed to; none for `direct_post`.
    pub seal_to: Option<&'a OpeningKey>,
    /// Now.
    pub iat: Timestamp,
    /// The request's end.
    pub exp: Timestamp,
}

impl Request {
    /// Signs the request for one call of a wallet.
    #[must_use]
    pub fn sign(&self, with: &SigningParams<'_>) -> String {
        let mode = match with.seal_to {
            Some(_) => "direct_post.jwt",
            None => "direct_post",
        };
        let mut payload = Value::Object(self.parameters(mode));
        put(&mut payload, "aud", SELF_ISSUED_AUD);
        put(&mut payload, "iat", with.iat.seconds());
        put(&mut payload, "exp", with.exp.seconds());
        if let Some(nonce) = with.wallet_nonce {
            put(&mut payload, "wallet_nonce", nonce);
        }
        if let Some(key) = with.seal_to {
            let metadata = json!({
                "jwks": {"keys": [key.public_json()]},
                "encrypted_response_enc_values_supported": ENCS,
                "vp_formats_supported": {CARD_FORMAT: {
                    "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}},
            });
            put(&mut payload, "client_metadata", metadata);
        }
        let header = json!({"typ": REQUEST_TYP, "x5c": x509::x5c(with.chain)});
        sign(with.key, &header, &payload)
    }

    /// The wallet's address that leads to a signed request: `request_uri` is fetched by POST.
    #[must_use]
    pub fn pointer(wallet: &str, client_id: &str, request_uri: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", client_id);
        query.append_pair("request_uri", request_uri);
        query.append_pair("request_uri_method", "post");
        format!("{wallet}?{}", query.finish())
    }
}

/// What a wallet's address says.
#[derive(Clone, Debug, PartialEq)]
pub enum Link {
    /// The whole request, unsigned.
    Here(Box<Request>),
    /// Where the signed request of `client_id` is to be fetched, by POST with a `wallet_nonce`.
    There {
        /// The client, with prefix.
        client_id: String,
        /// The address.
        request_uri: String,
    },
}

impl Link {
    /// Reads the query of the wallet's URL.
    ///
    /// # Errors
    /// The words `request-*` of [`Refusal`]: [`Refusal::RequestClient`] for a prefix that is not
    /// ours or an address that is neither https nor this machine's,
    /// [`Refusal::RequestWalletNonce`] where no nonce of ours could be signed along.
    pub fn parse(query: &str, policy: WalletPolicy, now: Timestamp) -> Result<Self, Refusal> {
        let all = Parameters::of_url(query)?;
        let client_id = all.text("client_id").ok_or(Refusal::RequestClient)?;
        if !client_id.starts_with(X509_HASH_PREFIX) {
            return Ok(Self::Here(Box::new(all.unsigned(policy, now)?)));
        }
        let by_post = all.text("request_uri_method") == Some("post");
        let uri = all
            .text("request_uri")
            .filter(|_| by_post && !all.has("request"))
            .ok_or(Refusal::RequestWalletNonce)?;
        let url = address::parse(uri).ok_or(Refusal::RequestClient)?;
        if !is_safe(&url, policy) {
            return Err(Refusal::RequestClient);
        }
        Ok(Self::There {
            client_id: client_id.to_owned(),
            request_uri: uri.to_owned(),
        })
    }
}

/// What a wallet holds a signed request against.
#[derive(Clone, Copy)]
pub struct SignedWant<'a> {
    /// The client of the address that led here.
    pub client_id: &'a str,
    /// What we drew for the call.
    pub wallet_nonce: &'a str,
    /// The anchors we go by, DER.
    pub anchors: &'a [Vec<u8>],
    /// Whether plain http on this machine will do.
    pub policy: WalletPolicy,
}

/// Opens a signed request: type, certificate, signature, then all the rest.
///
/// # Errors
/// The words `request-*` of [`Refusal`]; [`Refusal::TooLarge`], [`Refusal::Malformed`],
/// [`Refusal::DuplicateName`], [`Refusal::Alg`] for a token that is none.
pub fn open_request(
    token: &str,
    want: &SignedWant<'_>,
    now: Timestamp,
) -> Result<Request, Refusal> {
    opened(token, want, now, |all| all)
}

/// To whom it is said that the transaction data of a signed request cannot be shown
/// (`invalid_transaction_data`): the request without them, if all else holds.
#[must_use]
pub fn complain_signed(token: &str, want: &SignedWant<'_>, now: Timestamp) -> Option<Request> {
    opened(token, want, now, Parameters::without_transactions).ok()
}

/// As [`complain_signed`], for a request that stands in the wallet's URL.
#[must_use]
pub fn complain_unsigned(query: &str, policy: WalletPolicy, now: Timestamp) -> Option<Request> {
    let all = Parameters::of_url(query).ok()?.without_transactions();
    all.unsigned(policy, now).ok()
}

fn opened(
    token: &str,
    want: &SignedWant<'_>,
    now: Timestamp,
    read: impl FnOnce(Parameters) -> Parameters,
) -> Result<Request, Refusal> {
    let compact = Compact::parse(token)?;
    let rules = Rules {
        typ: Typ::Exactly(REQUEST_TYP),
        allowed: &[Alg::Es256],
    };
    compact.obey(&rules).map_err(|refusal| match refusal {
        Refusal::Typ => Refusal::RequestTyp,
        other => other,
    })?;
    let payload = compact.payload()?.0;
    let leaf = certified(&compact, &payload, want, now)?;
    compact
        .check(&leaf.key)
        .map_err(|_| Refusal::RequestSignature)?;
    let all = read(Parameters::of_token(payload));
    if all.text("wallet_nonce") != Some(want.wallet_nonce) {
        return Err(Refusal::RequestWalletNonce);
    }
    let (response_uri, url) = all.response_uri()?;
    let host = url.host_str().unwrap_or_default();
    if !is_safe(&url, want.policy) || !leaf.names.iter().any(|name| name == host) {
        return Err(Refusal::RequestResponseUri);
    }
    let client = Client {
        client_id: want.client_id.to_owned(),
        response_uri,
        certified: leaf.names,
    };
    all.request(client, now)
}

/// The certificate that the client is named by, once it leads to an anchor.
fn certified(
    compact: &Compact<'_>,
    payload: &serde_json::Map<String, Value>,
    want: &SignedWant<'_>,
    now: Timestamp,
) -> Result<x509::Leaf, Refusal> {
    const NO: Refusal = Refusal::RequestClient;
    let inner = payload.get("client_id").and_then(Value::as_str);
    if inner != Some(want.client_id) {
        return Err(NO);
    }
    let hash = want.client_id.strip_prefix(X509_HASH_PREFIX).ok_or(NO)?;
    let chain: Option<Vec<String>> = compact
        .header
        .raw
        .get("x5c")
        .and_then(Value::as_array)
        .and_then(|list| list.iter().map(|c| c.as_str().map(str::to_owned)).collect());
    let leaf = x509::Leaf::open(&chain.ok_or(NO)?, want.anchors, now)?;
    if leaf.hash == hash { Ok(leaf) } else { Err(NO) }
}

fn is_safe(url: &url::Url, policy: WalletPolicy) -> bool {
    url.scheme() == "https" || (policy.allow_loopback_http && address::is_loopback_http(url))
}
