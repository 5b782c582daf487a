//! What `/authorize` refuses, row by row: a good request with one parameter changed.

/// A row that ends at a page: nobody is told.
pub struct Page {
    pub code: &'static str,
    /// Whose good request is changed.
    pub app: &'static str,
    pub name: &'static str,
    /// What the parameter becomes; none takes it away, two repeat it.
    pub values: &'static [&'static str],
    pub slug: &'static str,
}

/// A row that is told to the app.
pub struct Told {
    pub code: &'static str,
    pub name: &'static str,
    pub values: &'static [&'static str],
    pub error: &'static str,
}

const fn page(
    code: &'static str,
    app: &'static str,
    name: &'static str,
    values: &'static [&'static str],
    slug: &'static str,
) -> Page {
    Page {
        code,
        app,
        name,
        values,
        slug,
    }
}

const fn told(
    code: &'static str,
    name: &'static str,
    values: &'static [&'static str],
    error: &'static str,
) -> Told {
    Told {
        code,
        name,
        values,
        error,
    }
}

pub const PAGES: &[Page] = &[
    page(
        "IN1",
        "web",
        "redirect_uri",
        &["https://app.example@evil.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN2",
        "web",
        "redirect_uri",
        &["https://a@b@app.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN3",
        "web",
        "redirect_uri",
        &["https://app.example.evil.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN3",
        "web",
        "redirect_uri",
        &["https://evil-app.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN4",
        "web",
        "redirect_uri",
        &["https://app.example/cb/..;/x"],
        "redirect-unregistered",
    ),
    page(
        "IN4",
        "web",
        "redirect_uri",
        &["https://app.example/cb/../open"],
        "redirect-unregistered",
    ),
    page(
        "IN4",
        "web",
        "redirect_uri",
        &["https://app.example/cb/%2e%2e/open"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example/cb#f"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example/cb?x=1"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example/cb/"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example/CB"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["HTTPS://app.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example:443/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example./cb"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://\u{430}pp.example/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN5",
        "web",
        "redirect_uri",
        &["https://app.example/cb\0"],
        "redirect-unregistered",
    ),
    page(
        "IN6",
        "web",
        "redirect_uri",
        &["http://127.0.0.1/cb"],
        "redirect-unregistered",
    ),
    page(
        "N9",
        "web",
        "redirect_uri",
        &["JAVASCRIPT:alert(1)"],
        "redirect-unregistered",
    ),
    page(
        "N9",
        "web",
        "redirect_uri",
        &["data:text/html,x"],
        "redirect-unregistered",
    ),
    page(
        "IN6",
        "app",
        "redirect_uri",
        &["http://127.0.0.1:51004/cb2"],
        "redirect-unregistered",
    ),
    page(
        "IN6",
        "app",
        "redirect_uri",
        &["http://127.0.0.1:0/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN6",
        "app",
        "redirect_uri",
        &["http://127.0.0.2:51004/cb"],
        "redirect-unregistered",
    ),
    page(
        "IN6",
        "app",
        "redirect_uri",
        &["http://localhost:51004/cb"],
        "redirect-unregistered",
    ),
    page("IN7", "web", "redirect_uri", &[], "redirect-unregistered"),
    page(
        "IN8",
        "web",
        "client_id",
        &["web", "web"],
        "parameter-repeated",
    ),
    page(
        "IN8",
        "web",
        "redirect_uri",
        &["https://app.example/cb", "https://app.example/cb"],
        "parameter-repeated",
    ),
    page(
        "IN8",
        "web",
        "scope",
        &["openid", "openid"],
        "parameter-repeated",
    ),
    page("IN9", "web", "client_id", &["nobody"], "client-unknown"),
    page(
        "IN19",
        "web",
        "request_uri",
        &["urn:ietf:params:oauth:request_uri:AAAA"],
        "request-uri-dead",
    ),
    page(
        "IN19",
        "web",
        "request_uri",
        &["urn:resonate:front:AAAA"],
        "request-uri-dead",
    ),
];

pub const TOLD: &[Told] = &[
    told(
        "IN11",
        "response_type",
        &["token"],
        "unsupported_response_type",
    ),
    told(
        "IN11",
        "response_type",
        &["code id_token"],
        "unsupported_response_type",
    ),
    told(
        "IN11",
        "response_type",
        &["none"],
        "unsupported_response_type",
    ),
    told("IN12", "response_type", &[], "invalid_request"),
    told("IN12", "response_mode", &["fragment"], "invalid_request"),
    told("IN12", "response_mode", &["query.jwt"], "invalid_request"),
    told("IN13", "code_challenge", &[], "invalid_request"),
    told(
        "IN13",
        "code_challenge_method",
        &["plain"],
        "invalid_request",
    ),
    told(
        "IN13",
        "code_challenge_method",
        &["s256"],
        "invalid_request",
    ),
    told("IN13", "code_challenge_method", &[], "invalid_request"),
    told(
        "IN14",
        "code_challenge",
        &["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"],
        "invalid_request",
    ),
    told(
        "IN14",
        "code_challenge",
        &["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"],
        "invalid_request",
    ),
    told("IN16", "scope", &["openid resonate.play"], "invalid_scope"),
    told("IN16", "scope", &["openid\r\nx"], "invalid_scope"),
    told(
        "IN17",
        "request",
        &["eyJhbGciOiJub25lIn0.e30."],
        "request_not_supported",
    ),
    told(
        "IN18",
        "request_uri",
        &["http://169.254.169.254/"],
        "request_uri_not_supported",
    ),
    told(
        "IN18",
        "request_uri",
        &["file:///etc/passwd"],
        "request_uri_not_supported",
    ),
    told(
        "IN18",
        "request_uri",
        &["https://evil.example/r"],
        "request_uri_not_supported",
    ),
    told("IN21", "prompt", &["none"], "login_required"),
    told("IN22", "prompt", &["none login"], "invalid_request"),
    told("IN22", "max_age", &["-1"], "invalid_request"),
    told("IN22", "max_age", &["ten"], "invalid_request"),
    told(
        "IN22",
        "max_age",
        &["9223372036854775808"],
        "invalid_request",
    ),
    told("IN23", "claims", &["{"], "invalid_request"),
    told(
        "IN23",
        "claims",
        &["{\"id_token\":{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{}}}}}}}}}"],
        "invalid_request",
    ),
    told(
        "IN23",
        "claims",
        &["{\"id_token\":{},\"id_token\":{}}"],
        "invalid_request",
    ),
    told(
        "IN24",
        "id_token_hint",
        &["eyJhbGciOiJub25lIn0.e30."],
        "invalid_request",
    ),
    told(
        "IN24",
        "id_token_hint",
        &["rs_at_ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"],
        "invalid_request",
    ),
    told(
        "IN26",
        "claims",
        &["{\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"urn:resonate:acr:member\"]}}}"],
        "unmet_authentication_requirements",
    ),
    told("N11", "nonce", &["n", "m"], "invalid_request"),
    told(
        "RFC 8707",
        "resource",
        &["https://evil.example"],
        "invalid_target",
    ),
    told("RFC 9449", "dpop_jkt", &["short"], "invalid_request"),
];
