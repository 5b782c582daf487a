//! What `/register` refuses, row by row: code, the members that are changed as JSON, the error. Each
//! row is sent as a new registration and as a change of one that exists.

pub const URIS: &[(&str, &str)] = &[
    ("IN60", r#"["JaVaScRiPt:alert(1)"]"#),
    ("IN60", r#"["data:text/html,x"]"#),
    ("IN60", r#"["vbscript:x"]"#),
    ("IN60", r#"["https://*.example/cb"]"#),
    ("IN60", r#"["https://user@app.example/cb"]"#),
    ("IN60", r#"["http://app.example/cb"]"#),
    ("IN60", r#"["https://app.example/cb#f"]"#),
    ("IN60", r#"["https://app.example/a/../cb"]"#),
    ("IN60", r#"[]"#),
    ("IN60", r#"null"#),
    ("IN60", r#"[7]"#),
    ("IN60", r#""https://app.example/cb""#),
];

pub const MEMBERS: &[(&str, &str)] = &[
    (
        "IN60",
        r#"{"post_logout_redirect_uris": ["javascript:alert(1)"]}"#,
    ),
    ("IN61", r#"{"grant_types": ["client_credentials"]}"#),
    ("IN61", r#"{"grant_types": ["password"]}"#),
    (
        "IN61",
        r#"{"grant_types": ["implicit", "authorization_code"]}"#,
    ),
    ("IN61", r#"{"resource": "https://app.example/api"}"#),
    ("IN61", r#"{"response_types": ["token"]}"#),
    ("IN61", r#"{"scope": "openid resonate.play"}"#),
    ("IN61", r#"{"scope": "resonate.credential"}"#),
    ("IN61", r#"{"scope": "resonate.account"}"#),
    ("IN61", r#"{"resonate_profile": "high"}"#),
    (
        "IN61",
        r#"{"token_endpoint_auth_method": "client_secret_jwt"}"#,
    ),
    (
        "IN61",
        r#"{"token_endpoint_auth_method": "none", "require_pkce": false}"#,
    ),
    ("IN61", r#"{"id_token_signed_response_alg": "none"}"#),
    ("IN61", r#"{"id_token_signed_response_alg": "HS256"}"#),
    (
        "IN62",
        r#"{"jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}]}}"#,
    ),
    (
        "IN62",
        r#"{"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}"#,
    ),
    ("IN62", r#"{"jwks": {"keys": []}}"#),
    (
        "IN62",
        r#"{"jwks_uri": "https://app.example/jwks", "jwks": {"keys": [{"kty": "OKP",
            "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}}"#,
    ),
    (
        "IN62",
        r#"{"token_endpoint_auth_method": "private_key_jwt"}"#,
    ),
    ("IN63", r#"{"logo_uri": "http://app.example/logo.png"}"#),
    ("IN63", r#"{"jwks_uri": "file:///etc/passwd"}"#),
    ("IN63", r#"{"jwks_uri": "https://user@app.example/jwks"}"#),
    ("IN63", r#"{"jwks_uri": "https://10.0.0.1/jwks"}"#),
    ("IN63", r#"{"logo_uri": "https://169.254.169.254/latest"}"#),
    (
        "IN63",
        r#"{"sector_identifier_uri": "https://[fd00::1]/list"}"#,
    ),
    (
        "IN64",
        r#"{"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]}"#,
    ),
    ("IN64", r#"{"subject_type": "public"}"#),
    ("RFC 7591", r#"{"client_name": 7}"#),
    ("RFC 7591", r#"{"client_name": "evil\u202egro"}"#),
    ("RFC 7591", r#"{"client_name": " "}"#),
    ("RFC 7591", r#"{"client_uri": "javascript:alert(1)"}"#),
    ("RFC 7591", r#"{"default_max_age": -1}"#),
    ("RFC 7591", r#"{"default_acr_values": ["loa4"]}"#),
    ("RFC 7591", r#"{"application_type": "desktop"}"#),
];
