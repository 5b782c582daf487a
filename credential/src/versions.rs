//! Every constant that hangs on a draft or a version, with the document that fixes it.

/// SD-JWT VC draft 18 section 2.1: the media type of a card. The older `vc+sd-jwt` is refused.
pub const CARD_TYP: &str = "dc+sd-jwt";
/// OpenID4VP 1.0 appendix B.3: the format name of a card in queries and metadata.
pub const CARD_FORMAT: &str = "dc+sd-jwt";
/// RFC 9901 section 4.3: the media type of the key-binding token.
pub const KB_TYP: &str = "kb+jwt";
/// OpenID4VCI 1.0 appendix F.1.
pub const VCI_PROOF_TYP: &str = "openid4vci-proof+jwt";
/// RFC 9449 section 4.2.
pub const DPOP_TYP: &str = "dpop+jwt";
/// RFC 9068 section 2.1.
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";
/// RFC 8417 section 2.3.
pub const EVENT_TYP: &str = "secevent+jwt";
/// Ours: the body of a call between modules, and its answer.
pub const PEER_TYP: &str = "resonate-peer+jwt";
/// Ours: what a presentation proved, told by the identity provider to a module.
pub const PRESENTATION_TYP: &str = "resonate-presentation+jwt";
/// Token Status List draft 20 section 5.1.
pub const STATUS_TYP: &str = "statuslist+jwt";
/// Ours: the list of who may issue, send and ask.
pub const TRUST_TYP: &str = "resonate-trust+jwt";
/// SIOPv2 draft 13 section 11: what a bare key calls itself.
pub const THUMBPRINT_URN: &str = "urn:ietf:params:oauth:jwk-thumbprint:sha-256:";
/// OpenID4VP 1.0 section 5.8: the audience of a request nobody is named in.
pub const SELF_ISSUED_AUD: &str = "https://self-issued.me/v2";
/// OpenID4VP 1.0 section 5.9.3: the prefix of an unsigned request's client.
pub const REDIRECT_URI_PREFIX: &str = "redirect_uri:";
/// OpenID4VP 1.0 section 5.9.3: the prefix of a client named by its certificate.
pub const X509_HASH_PREFIX: &str = "x509_hash:";
/// RFC 9101 section 10.8: the media type of a signed request.
pub const REQUEST_TYP: &str = "oauth-authz-req+jwt";

/// Seconds that `exp` and `nbf` may be out, for clocks that disagree.
pub const LEEWAY_S: i64 = 60;
/// Seconds that `iat` of a proof may lie behind.
pub const IAT_PAST_S: i64 = 300;
/// Seconds that `iat` of a proof may lie ahead.
pub const IAT_AHEAD_S: i64 = 60;
/// Bytes of a token with its disclosures.
pub const TOKEN_MAX: usize = 64 * 1024;
/// Bytes of a signed status list: one of 2^20 single bits that no compressor can shorten, encoded
/// twice.
pub const STATUS_TOKEN_MAX: usize = 256 * 1024;
/// Bytes of a header, as base64url.
pub const HEADER_MAX: usize = 8 * 1024;
/// Bytes of one disclosure, as base64url.
pub const DISCLOSURE_MAX: usize = 8 * 1024;
/// Disclosures of one presentation.
pub const DISCLOSURES_MAX: usize = 256;
/// Levels of arrays and objects within each other.
pub const DEPTH_MAX: usize = 32;
