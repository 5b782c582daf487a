//! What apps call: discovery, requests, tokens, claims, logout.

use crate::api::op::{Caller, Field, Gives, Op, get, may, need, post, preflight};
use kernel::problem;

/// The parameters of a request for a login.
const REQUEST: &[Field] = &[
    need("client_id", "The app."),
    need("response_type", "`code`."),
    need(
        "redirect_uri",
        "Byte for byte one that is registered; a native app's loopback port is free.",
    ),
    may("scope", "Words with spaces; `openid` for a login."),
    may("state", "Comes back as it is, at most 2 kB."),
    may("response_mode", "`query` or `form_post`."),
    may("nonce", "Comes back in the ID Token."),
    may(
        "code_challenge",
        "PKCE; needed unless the app was registered without.",
    ),
    may("code_challenge_method", "`S256`."),
    may("prompt", "none, login, consent, select_account, create."),
    may("max_age", "Seconds since the last proof; 0 means login."),
    may("acr_values", "Wished strength; discovery lists them."),
    may("claims", "OpenID Connect 5.5, at most 4 kB."),
    may("id_token_hint", "Whom the app expects."),
    may("login_hint", "A handle wish, for joining."),
    may("ui_locales", "Languages of the pages."),
    may("resource", "For whom the access token is (RFC 8707)."),
    may("dpop_jkt", "The key the code is bound to (RFC 9449)."),
];

const TOKEN: &[Field] = &[
    need(
        "grant_type",
        "authorization_code, refresh_token, or another the app registered.",
    ),
    may(
        "code",
        "From the answer of `/authorize`; once, within 60 seconds.",
    ),
    may("redirect_uri", "As it was in the request."),
    may("code_verifier", "PKCE."),
    may("refresh_token", "The last one given."),
    may("scope", "Fewer words than were granted."),
    may("resource", "As it was granted."),
    may("device_code", "RFC 8628."),
];

const ABOUT_TOKEN: &[Field] = &[
    need("token", "The token."),
    may("token_type_hint", "`access_token` or `refresh_token`."),
];

pub(super) fn ops() -> Vec<Op> {
    let mut ops = discovery();
    ops.extend(requests());
    ops.extend(tokens());
    ops.extend(devices());
    ops
}

fn discovery() -> Vec<Op> {
    let says = "What this provider can do (OpenID Connect Discovery, RFC 8414).";
    vec![
        get("/.well-known/openid-configuration", says).answers("Discovery", "The document."),
        get("/.well-known/oauth-authorization-server", says)
            .answers("Discovery", "The same bytes under the name of RFC 8414."),
        get("/jwks", "The public keys that verify our tokens.")
            .answers("Keys", "Keys; cache them for as long as the answer says."),
    ]
}

fn requests() -> Vec<Op> {
    let refused = [
        &problem::CLIENT_UNKNOWN,
        &problem::CLIENT_DISABLED,
        &problem::PARAMETER_REPEATED,
        &problem::REDIRECT_UNREGISTERED,
        &problem::REQUEST_URI_DEAD,
    ];
    let away = "To the sign-in, or back to the app with `code` or `error`, `state` and `iss`.";
    let pushed = may("request_uri", "The name of a pushed request.");
    vec![
        get("/authorize", "Begins a login in a person's browser.")
            .query(REQUEST)
            .query(&[pushed])
            .away(away)
            .gives(
                200,
                Gives::Media("text/html"),
                "The answer as a form, for `form_post`.",
            )
            .refuses(&refused),
        post("/authorize", "The same by a form.")
            .form(REQUEST)
            .form(&[pushed])
            .away("To the same request by GET.")
            .refuses(&refused),
        post("/par", "Pushes a request (RFC 9126).")
            .by(Caller::Client)
            .form(REQUEST)
            .gives(201, Gives::Json("Pushed"), "Its name, good for 90 seconds.")
            .oauth(&[
                &problem::INVALID_SCOPE,
                &problem::INVALID_TARGET,
                &problem::UNSUPPORTED_RESPONSE_TYPE,
                &problem::REQUEST_NOT_SUPPORTED,
                &problem::REGISTRATION_NOT_SUPPORTED,
                &problem::INVALID_DPOP_PROOF,
                &problem::USE_DPOP_NONCE,
            ]),
        preflight("/par"),
    ]
}

fn tokens() -> Vec<Op> {
    let opens = [
        &problem::INVALID_TOKEN,
        &problem::INSUFFICIENT_SCOPE,
        &problem::INVALID_DPOP_PROOF,
        &problem::USE_DPOP_NONCE,
    ];
    let claims = "What the app may know of the person.";
    vec![
        post(
            "/token",
            "Gives tokens against a code, a refresh token or a device code.",
        )
        .by(Caller::Client)
        .form(TOKEN)
        .answers("Tokens", "The tokens.")
        .oauth(&[
            &problem::INVALID_GRANT,
            &problem::ACCESS_DENIED,
            &problem::AUTHORIZATION_PENDING,
            &problem::SLOW_DOWN,
            &problem::EXPIRED_TOKEN,
            &problem::INVALID_SCOPE,
            &problem::INVALID_TARGET,
            &problem::UNAUTHORIZED_CLIENT,
            &problem::UNSUPPORTED_GRANT_TYPE,
            &problem::INVALID_DPOP_PROOF,
            &problem::USE_DPOP_NONCE,
        ]),
        preflight("/token"),
        get("/userinfo", claims)
            .by(Caller::Token)
            .answers("UserInfo", "The claims.")
            .oauth(&opens),
        post("/userinfo", claims)
            .by(Caller::Token)
            .form(&[may("access_token", "In place of the header.")])
            .answers("UserInfo", "The claims.")
            .oauth(&opens),
        preflight("/userinfo"),
        post("/revoke", "Ends a token and what hangs on it (RFC 7009).")
            .by(Caller::Client)
            .form(ABOUT_TOKEN)
            .gives(200, Gives::Nothing, "Done, or there was nothing to do.")
            .oauth(&[&problem::UNSUPPORTED_TOKEN_TYPE]),
        preflight("/revoke"),
        post(
            "/introspect",
            "Whether a token is good (RFC 7662); for apps with a secret or key.",
        )
        .by(Caller::Client)
        .form(ABOUT_TOKEN)
        .answers("Introspection", "`active` alone where it is not.")
        .oauth(&[]),
    ]
}

fn devices() -> Vec<Op> {
    vec![
        post(
            "/device_authorization",
            "Asks for the codes of a device (RFC 8628).",
        )
        .by(Caller::Client)
        .form(&[may("scope", "Words with spaces.")])
        .answers("Device", "The codes.")
        .oauth(&[&problem::INVALID_SCOPE, &problem::UNAUTHORIZED_CLIENT]),
        preflight("/device_authorization"),
        get("/device", "Where a person enters the code of a device.")
            .by(Caller::Login)
            .query(&[may("user_code", "The code, where the device shows a link.")])
            .page()
            .gives(303, Gives::Away, "To the sign-in."),
        post("/device", "Finds the device, or decides on it.")
            .by(Caller::Login)
            .form(&[
                need("form_token", "From the page's own form."),
                may("user_code", "The code."),
                may("decision", "`allow` or `deny`."),
            ])
            .page()
            .gives(303, Gives::Away, "To the sign-in.")
            .refuses(&[
                &problem::FORM_STALE,
                &problem::USER_CODE_UNKNOWN,
                &problem::CONFLICT,
            ]),
    ]
}
