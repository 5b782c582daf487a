//! Joining at an issuer and taking cards (OpenID4VCI 1.0, authorization code with PAR, PKCE, DPoP).

use crate::{
    Failure,
    cards::{CardCopy, State, private_json},
};
use credential::{
    Trust,
    jose::{Jwk, SigningKey},
    pkce, vc, vci,
};
use kernel::{Entropy, Timestamp, World, b64};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The wallet's name at every issuer.
pub const CLIENT_ID: &str = "resonate-wallet";
/// What joining asks for: to log in silently later, and to take cards.
const SCOPE: &str = "openid offline_access resonate.credential";

/// A login that has begun.
pub struct Begun {
    /// The issuer's identifier.
    pub issuer: String,
    /// Where the code comes back.
    pub redirect_uri: String,
    /// The key all tokens will be bound to.
    pub key: SigningKey,
    state: String,
    verifier: String,
}

/// What a login is for.
pub struct Wish<'a> {
    /// Join with this handle where the key is unknown; `None` signs in only.
    pub handle: Option<&'a str>,
    /// Proof of work or invite, for joining.
    pub admission: Option<&'a str>,
    /// A listening origin, to get a token for it instead of cards.
    pub resource: Option<&'a str>,
}

impl Begun {
    /// Begins a login at `issuer` with a key of its own.
    #[must_use]
    pub fn new(issuer: &str, redirect_uri: &str, key: SigningKey, world: &World) -> Self {
        Self {
            issuer: issuer.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            key,
            state: b64::encode(world.random::<32>()),
            verifier: pkce::draw_verifier(world.entropy()),
        }
    }

    /// The form to push to `/par`.
    #[must_use]
    pub fn pushed(&self, wish: &Wish) -> Vec<(&'static str, String)> {
        let scope = if wish.resource.is_some() {
            "openid resonate.play"
        } else {
            SCOPE
        };
        let mut form = vec![
            ("client_id", CLIENT_ID.to_owned()),
            ("response_type", "code".to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("scope", scope.to_owned()),
            ("state", self.state.clone()),
            ("code_challenge", pkce::challenge(&self.verifier)),
            ("code_challenge_method", "S256".to_owned()),
            ("acr_values", "urn:resonate:acr:wallet".to_owned()),
            ("dpop_jkt", self.key.thumbprint()),
            // Always: the wallet's own key answers without a page, and a known one merely signs in.
            ("prompt", "create".to_owned()),
        ];
        let optional = [
            ("login_hint", wish.handle),
            ("resonate_admission", wish.admission),
            ("resource", wish.resource),
        ];
        form.extend(
            optional
                .into_iter()
                .filter_map(|(k, v)| v.map(|v| (k, v.to_owned()))),
        );
        form
    }

    /// Reads the redirect that ends the login; answers the code.
    ///
    /// # Errors
    /// What the issuer said, or that the answer belongs to another login.
    pub fn code(&self, location: &url::Url) -> Result<String, Failure> {
        let get = |name: &str| {
            location
                .query_pairs()
                .find(|(k, _)| k == name)
                .map(|(_, v)| v.into_owned())
        };
        if get("iss").as_deref() != Some(&self.issuer)
            || get("state").as_deref() != Some(&self.state)
        {
            return Err(Failure::Server(
                "the answer belongs to another login".into(),
            ));
        }
        if let Some(error) = get("error") {
            let text = get("error_description").unwrap_or_default();
            return Err(Failure::Server(format!("{error}: {text}")));
        }
        get("code").ok_or_else(|| Failure::Server("no code came back".into()))
    }

    /// The form that redeems the code at `/token`.
    #[must_use]
    pub fn redeemed(&self, code: &str, resource: Option<&str>) -> Vec<(&'static str, String)> {
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", CLIENT_ID.to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", self.redirect_uri.clone()),
            ("code_verifier", self.verifier.clone()),
        ];
        form.extend(resource.map(|r| ("resource", r.to_owned())));
        form
    }
}

/// The form that refreshes a token.
#[must_use]
pub fn refreshed(refresh_token: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", CLIENT_ID.to_owned()),
        ("refresh_token", refresh_token.to_owned()),
    ]
}

/// The smallest number that answers a challenge: SHA-256(challenge ":" n) begins with that many
/// zero bits.
#[must_use]
pub fn work(challenge: &str, bits: u32) -> u64 {
    let zeros = |digest: &[u8]| {
        let mut count = 0;
        for byte in digest {
            count += byte.leading_zeros();
            if *byte != 0 {
                break;
            }
        }
        count
    };
    let good = |n: &u64| zeros(&Sha256::digest(format!("{challenge}:{n}"))) >= bits;
    (0..)
        .find(good)
        .expect("every challenge has an answer below 2^64")
}

/// The card keys an issuer publishes at `/.well-known/jwt-vc-issuer`.
///
/// # Errors
/// F19 when the document is another issuer's, or names its keys in two ways or none.
pub fn issuer_keys(metadata: &Value, issuer: &str) -> Result<Vec<Jwk>, Failure> {
    Ok(vci::read_issuer_keys(metadata, issuer)?)
}

/// Fresh keys for a batch and the request for it.
pub struct Batch {
    keys: Vec<SigningKey>,
}

impl Batch {
    /// Draws one key for each copy.
    #[must_use]
    pub fn draw(copies: usize, entropy: &dyn Entropy) -> Self {
        Self {
            keys: (0..copies)
                .map(|_| SigningKey::generate_es256(entropy))
                .collect(),
        }
    }

    /// The body for `/credential`: one proof a key, all with the same nonce.
    #[must_use]
    pub fn request(&self, configuration: &str, issuer: &str, nonce: &str, now: Timestamp) -> Value {
        let proof = |key: &SigningKey| vci::make_proof(key, issuer, Some(CLIENT_ID), nonce, now);
        let proofs: Vec<String> = self.keys.iter().map(proof).collect();
        json!({ "credential_configuration_id": configuration, "proofs": { "jwt": proofs } })
    }

    /// Checks what came and makes copies of it: each card is of the issuer and of the type, bound to
    /// the key it was asked for, and passes the holder's door.
    ///
    /// # Errors
    /// F19 with the word of what is wrong; then none is kept.
    pub fn take(
        self,
        answer: &Value,
        issuer: &str,
        vct: &str,
        keys: &[Jwk],
        now: Timestamp,
    ) -> Result<Vec<CardCopy>, Failure> {
        let wrong = |what: &str| Failure::Card(what.to_owned());
        let cards = answer["credentials"]
            .as_array()
            .ok_or_else(|| wrong("no cards came"))?;
        if cards.len() != self.keys.len() {
            return Err(wrong("another number of cards than keys"));
        }
        let trust = Trust::in_issuer(issuer, &[vct], keys.to_vec());
        let one = |(card, key): (&Value, &SigningKey)| {
            let token = card["credential"]
                .as_str()
                .ok_or_else(|| wrong("no card in its place"))?;
            let checked = vc::verify_issued(token, &trust, now)?;
            if checked.vct != vct || checked.cnf.thumbprint() != key.thumbprint() {
                return Err(wrong("a card of another type or for another key"));
            }
            Ok(CardCopy {
                credential: token.to_owned(),
                key: private_json(key),
                claims: checked.claims.clone(),
                vct: checked.vct.clone(),
                iss: checked.iss.clone(),
                exp: checked.exp.seconds(),
                state: State::Fresh,
            })
        };
        cards.iter().zip(&self.keys).map(one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_is_that_of_the_vector() {
        // 18 bits would take a second in a debug build; the law is the same with 8.
        let n = work("AAECAwQFBgcICQoLDA0ODw", 8);
        let digest = Sha256::digest(format!("AAECAwQFBgcICQoLDA0ODw:{n}"));
        assert_eq!(digest[0], 0);
    }
}
