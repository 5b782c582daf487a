//! Every reason for which this crate says no, each with one fixed word.

use kernel::{Problem, problem};

/// Declares the refusals with the word each answers with.
macro_rules! refusals {
    ($($name:ident = $word:literal, $doc:literal;)*) => {
        /// Why a token, a proof, a request or an answer was refused. The word of each is part of
        /// the interface: it stands in answers, in the vectors and in the wallet's screens.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
        #[non_exhaustive]
        pub enum Refusal {
            $(#[doc = $doc] #[error($word)] $name,)*
        }

        impl Refusal {
            /// The word.
            #[must_use]
            pub const fn reason(&self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

refusals! {
    TooLarge = "too-large", "Over a limit of size, count or depth.";
    Malformed = "malformed", "Not the form it claims: parts, base64url, JSON.";
    DuplicateName = "duplicate-name", "A name stands twice in one JSON object.";
    Alg = "alg", "An algorithm that is not allowed here or does not fit the key.";
    Typ = "typ", "The `typ` header is absent or another one.";
    Header = "header", "A header member that would move the decision to the sender.";
    Key = "key", "A key that is private, off its curve, weak or of another kind.";
    Signature = "signature", "The signature does not verify.";
    Issuer = "issuer", "Nobody we trust: unknown `iss` or `kid`.";
    IssuerType = "issuer-type", "A trusted issuer, but not for this type; or distrusted.";
    SdAlg = "sd-alg", "`_sd_alg` unknown or nested.";
    SdShape = "sd-shape", "`_sd` or `...` in a form RFC 9901 does not know.";
    DigestTwice = "digest-twice", "A digest stands twice.";
    DisclosureUnreferenced = "disclosure-unreferenced", "A disclosure without its digest.";
    DisclosureShape = "disclosure-shape", "A disclosure that is not `[salt, (name,) value]`.";
    DisclosureName = "disclosure-name", "A disclosed claim named `_sd` or `...`.";
    ClaimCollision = "claim-collision", "A disclosed claim is there already.";
    SdForbidden = "sd-forbidden", "A claim that must be visible stands in a disclosure.";
    ClaimMissing = "claim-missing", "A claim the type needs is missing.";
    ClaimType = "claim-type", "A claim of another JSON type, or a float.";
    Expired = "expired", "Its end has passed.";
    NotYetValid = "not-yet-valid", "Its begin lies ahead.";
    Vct = "vct", "A valid card of a type nobody asked for.";
    Cnf = "cnf", "The holder's key is missing, private or no P-256 point.";
    KbMissing = "kb-missing", "No proof that the holder shows it.";
    KbUnexpected = "kb-unexpected", "A card arrives from its issuer with a proof of holding.";
    KbTyp = "kb-typ", "The key-binding token has another `typ`.";
    KbAlg = "kb-alg", "The key-binding token has another algorithm.";
    KbSignature = "kb-signature", "The key-binding token is not signed by the holder's key.";
    KbAud = "kb-aud", "The key-binding token was made for another verifier.";
    KbNonce = "kb-nonce", "The key-binding token was made for another request.";
    KbIat = "kb-iat", "The key-binding token is too old or from the future.";
    KbSdHash = "kb-sd-hash", "The key-binding token was made over other disclosures.";
    Revoked = "revoked", "The card was taken back.";
    StatusSub = "status-sub", "A status list of another address, or outside the issuer's own.";
    StatusExpired = "status-expired", "The status list has ended.";
    StatusSignature = "status-signature", "The status list is not signed by a status key of its issuer.";
    StatusRange = "status-range", "The card's place is past the end of its list.";
    StatusFormat = "status-format", "The status list is not of the form agreed on.";
    StatusBomb = "status-bomb", "The status list inflates past the size of a list.";
    StatusUnavailable = "status-unavailable", "No status list fresh enough is at hand.";
    ResponseShape = "response-shape", "The answer is not one presentation for each card asked.";
    ClaimNotPresented = "claim-not-presented", "An asked claim is missing or has another value.";
    TransactionData = "transaction-data", "The holder did not sign this transaction.";
    SiopSub = "siop-sub", "The subject is not the thumbprint of its own key.";
    SiopAud = "siop-aud", "The self-issued token was made for another verifier.";
    SiopNonce = "siop-nonce", "The self-issued token was made for another request.";
    SiopTime = "siop-time", "The self-issued token is too old, too long or from the future.";
    ResponseEncryption = "response-encryption", "An answer that is sealed otherwise than asked.";
    RequestTyp = "request-typ", "The signed request has another `typ`.";
    RequestSignature = "request-signature", "The signed request's signature does not verify.";
    RequestWalletNonce = "request-wallet-nonce", "The request was not signed for this wallet's call.";
    RequestEncryption = "request-encryption", "A sealed answer is asked for, but no usable key given.";
    RequestRedirected = "request-redirected", "The request or its answer is to go elsewhere.";
    RequestClient = "request-client", "The asker's name is of a kind not accepted here.";
    RequestRedirectUri = "request-redirect-uri", "`redirect_uri` does not go with direct_post.";
    RequestResponseUri = "request-response-uri", "The answer would go where it must not.";
    RequestNonce = "request-nonce", "The nonce is missing, short or of unsafe characters.";
    RequestQuery = "request-query", "Nothing well-formed is asked for.";
    RequestTime = "request-time", "The request is over or from the future.";
    RequestAud = "request-aud", "The request was made for another wallet.";
    RequestResponseMode = "request-response-mode", "Another response mode than direct_post.";
    RequestTransactionData = "request-transaction-data", "Transaction data the wallet cannot show.";
    Did = "did", "An identifier that is malformed or of a method not accepted.";
    Dpop = "invalid_dpop_proof", "The proof of the key is not for this request (RFC 9449).";
    UseDpopNonce = "use_dpop_nonce", "The proof needs the server's nonce.";
    InvalidProof = "invalid_proof", "A proof for issuing is wrong (OpenID4VCI 1.0 8.3.1).";
    InvalidNonce = "invalid_nonce", "A proof has no, an old or a foreign `c_nonce`.";
    InvalidCredentialRequest = "invalid_credential_request", "The request for cards is malformed.";
    InvalidClient = "invalid_client", "The client's assertion is wrong (RFC 7523).";
    InvalidGrant = "invalid_grant", "The PKCE verifier is wrong (RFC 7636).";
    InvalidRequest = "invalid_request", "Malformed, or of a form not known.";
    InvalidKey = "invalid_key", "An event's algorithm, key or signature is wrong (RFC 8935).";
    InvalidIssuer = "invalid_issuer", "An event's sender is unknown.";
    InvalidAudience = "invalid_audience", "An event is meant for another.";
    AccessDenied = "access_denied", "The sender may not say this.";
    State = "state", "The answer belongs to another request or another provider.";
    Denied = "denied", "The provider answered with an error.";
    IdToken = "id-token", "The ID token is not for this client and login.";
}

impl From<Refusal> for Problem {
    /// 401; the word stands in the member `reason`. Proofs of a key have slugs of their own.
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Dpop => Self::new(&problem::INVALID_DPOP_PROOF),
            Refusal::UseDpopNonce => Self::new(&problem::USE_DPOP_NONCE),
            other => Self::new(&problem::PRESENTATION_REFUSED).with("reason", other.reason()),
        }
    }
}
