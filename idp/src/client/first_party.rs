//! Our own apps: one for the wallet, one for each origin with signed-in pages. They are as pairwise
//! as any other; only the consent page is left out.

use super::{
    AuthMethod, BackChannel, Client, LISTEN, STAFF, WALLET,
    grants::GrantType,
    powers::{Declared, Profile, Resource},
    redirect::Kind,
};
use crate::{scope, secrets};
use credential::jose::Alg;
use host::Origins;
use kernel::{Secret, b64};

/// The wallet: on its own origin and, for the terminal, on loopback at any port.
pub(crate) fn wallet(origins: &Origins) -> Client {
    let redirects = vec![
        format!("{}/cb", origins.wallet),
        "http://127.0.0.1/cb".to_owned(),
    ];
    let scopes = [
        scope::OPENID,
        scope::OFFLINE,
        scope::PLAY,
        scope::CREDENTIAL,
        scope::ACCOUNT,
    ];
    Client {
        kind: Kind::Native,
        auth: AuthMethod::None,
        grants: GrantType::DEFAULT.to_vec(),
        require_dpop: true,
        sector: host(&origins.wallet),
        ..own(WALLET, "Resonate wallet", redirects, &scopes)
    }
}

/// The listening pages. `key` is the secret they share with us outside the database.
pub(crate) fn listen(origins: &Origins, key: &Secret<[u8; 32]>) -> Client {
    let redirects = vec![format!("{}/cb", origins.listen)];
    Client {
        secret_h: Some(secrets::hash(&b64::encode(key.expose()))),
        post_logout: vec![format!("{}/", origins.listen)],
        back_channel: Some(BackChannel {
            uri: format!("{}/logout/backchannel", origins.listen),
            session_required: true,
        }),
        require_par: true,
        // Purse pages ask how old the proof is before they let money move.
        require_auth_time: true,
        // Apps play through tokens made for it.
        resource: Some(Resource {
            uri: origins.listen.clone(),
            alg: Alg::EdDsa,
            // What there is to open is playing.
            scopes: vec![Declared {
                word: scope::PLAY.to_owned(),
                text: [None, None],
            }],
        }),
        sector: host(&origins.listen),
        ..own(
            LISTEN,
            "Resonate",
            redirects,
            &[scope::OPENID, scope::PROFILE],
        )
    }
}

/// Our own pages: a name on the page of ways in. No code is ever made for it.
pub(crate) fn account(name: &str) -> Client {
    own(super::OWN, name, Vec::new(), &[])
}

/// The staff pages, which stand in the provider itself.
pub(crate) fn staff(origins: &Origins, key: &Secret<[u8; 32]>) -> Client {
    let redirects = vec![format!("{}/cb", origins.staff)];
    Client {
        secret_h: Some(secrets::hash(&b64::encode(key.expose()))),
        post_logout: vec![format!("{}/", origins.staff)],
        require_par: true,
        // Acts ask how old the proof is.
        require_auth_time: true,
        sector: host(&origins.staff),
        ..own(STAFF, "Resonate staff", redirects, &[scope::OPENID])
    }
}

fn own(id: &str, name: &str, redirects: Vec<String>, scopes: &[&str]) -> Client {
    Client {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: Kind::Web,
        redirects,
        post_logout: Vec::new(),
        back_channel: None,
        auth: AuthMethod::SecretBasic,
        secret_h: None,
        keys: Vec::new(),
        jwks_uri: None,
        assertion_alg: None,
        scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
        grants: vec![GrantType::Code],
        profile: Profile::Standard,
        resource: None,
        id_token_alg: Alg::EdDsa,
        require_pkce: true,
        nonce_for_pkce: false,
        require_par: false,
        require_dpop: false,
        first_party: true,
        verified: true,
        asks_always: false,
        sector: String::new(),
        default_max_age: None,
        default_acr: Vec::new(),
        require_auth_time: false,
        has_logo: false,
    }
}

/// The host of an origin, without port: what its subjects are made for.
pub(crate) fn host(origin: &str) -> String {
    let url = url::Url::parse(origin);
    url.ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}
