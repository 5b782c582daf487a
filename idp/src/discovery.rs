//! Discovery: one document under two names. It lists what exists, and writes out what would bite
//! if left to its default.

use crate::{
    acr::Acr,
    authorize::request::Prompt,
    client::grants::GrantType,
    core::{Core, Shared},
    keys, scope,
};
use axum::{Router, body::Bytes, extract::State, response::Response, routing::get};
use serde_json::{Map, Value, json};

/// The routes of this file.
pub(crate) fn routes(core: &Shared) -> Router {
    // Made once: nothing in it changes while the process runs.
    let document = Bytes::from(document(core).to_string());
    Router::new()
        .route("/.well-known/openid-configuration", get(show))
        .route("/.well-known/oauth-authorization-server", get(show))
        .with_state(document)
}

async fn show(State(document): State<Bytes>) -> Response {
    keys::http::cached(document)
}

/// The document. The same bytes each time: names are sorted.
pub(crate) fn document(core: &Core) -> Value {
    let methods = [
        "private_key_jwt",
        "client_secret_basic",
        "client_secret_post",
        "none",
    ];
    let algs = ["ES256", "EdDSA", "RS256"];
    let mut document = json!({
        "issuer": core.issuer(),
        "authorization_endpoint": core.url("/authorize"),
        "token_endpoint": core.url("/token"),
        "userinfo_endpoint": core.url("/userinfo"),
        "jwks_uri": core.url("/jwks"),
        "pushed_authorization_request_endpoint": core.url("/par"),
        "require_pushed_authorization_requests": false,
        "registration_endpoint": core.url("/register"),
        "revocation_endpoint": core.url("/revoke"),
        "introspection_endpoint": core.url("/introspect"),
        "device_authorization_endpoint": core.url("/device_authorization"),
        "end_session_endpoint": core.url("/logout"),
        "scopes_supported": scope::KNOWN,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": GrantType::ALL.map(GrantType::as_str),
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": methods[..3],
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
    });
    let Some(members) = document.as_object_mut() else {
        return document;
    };
    members.extend(rest());
    document
}

fn rest() -> Map<String, Value> {
    let rest = json!({
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "claims_parameter_supported": true,
        "claim_types_supported": ["normal"],
        "claims_supported": [
            "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
            "name", "nickname", "preferred_username", "locale",
        ],
        "acr_values_supported": Acr::REACHABLE.map(Acr::as_str),
        "prompt_values_supported": Prompt::WORDS,
        "ui_locales_supported": ["en", "de"],
    });
    rest.as_object().cloned().unwrap_or_default()
}
