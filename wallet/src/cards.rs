//! What the wallet holds besides its vault: copies of cards, and what lets it log in and play.

use credential::jose::SigningKey;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a copy stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Never used.
    Fresh,
    /// Chosen for an answer that was not yet sent. A crash leaves it here; it is not used again.
    Reserved,
    /// Sent once, whatever the answer.
    Shown,
}

/// One copy of a card, with the private key it is bound to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CardCopy {
    /// The SD-JWT with all its disclosures, ending in `~`.
    pub credential: String,
    /// Private JWK, P-256.
    pub key: Value,
    /// Its claims, all revealed, as they were when it came and was checked.
    pub claims: Map<String, Value>,
    /// Type of the card.
    pub vct: String,
    /// Who issued it.
    pub iss: String,
    /// End, in seconds since 1970.
    pub exp: i64,
    /// Where it stands.
    pub state: State,
}

/// How the wallet comes back to an issuer without its holder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Login {
    /// The issuer's identifier.
    pub issuer: String,
    /// Private JWK of the key the tokens are bound to.
    pub key: Value,
    /// The current refresh token.
    pub refresh_token: Option<String>,
}

/// What allows the wallet to play at one listening origin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Player {
    /// The origin.
    pub origin: String,
    /// Private JWK: proves the play session and signs intents.
    pub key: Value,
    /// End of the play session, seconds since 1970.
    pub session_until: i64,
    /// The mandate this key may spend under.
    pub mandate: Option<String>,
    /// Mandate whose key this is and which waits to be confirmed.
    pub pending: Option<String>,
}

/// Everything of one persona.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Holdings {
    /// Copies of all cards.
    pub copies: Vec<CardCopy>,
    /// One per issuer.
    pub logins: Vec<Login>,
    /// One per listening origin.
    pub players: Vec<Player>,
}

impl Holdings {
    /// How many copies of a type may still be shown at `now`.
    #[must_use]
    pub fn fresh(&self, vct: &str, now: i64) -> usize {
        self.copies
            .iter()
            .filter(|c| c.vct == vct && usable(c, now))
            .count()
    }

    /// Takes a fresh copy of the type and marks it reserved. The caller stores the holdings before
    /// it signs.
    pub fn reserve(&mut self, vct: &str, now: i64) -> Option<CardCopy> {
        let copy = self
            .copies
            .iter_mut()
            .find(|c| c.vct == vct && usable(c, now))?;
        copy.state = State::Reserved;
        Some(copy.clone())
    }

    /// Marks a copy as sent.
    pub fn shown(&mut self, credential: &str) {
        for copy in self
            .copies
            .iter_mut()
            .filter(|c| c.credential == credential)
        {
            copy.state = State::Shown;
        }
    }

    /// Forgets what cannot be used any more.
    pub fn sweep(&mut self, now: i64) {
        self.copies
            .retain(|c| c.state == State::Fresh && c.exp > now);
    }

    /// The login at an issuer.
    #[must_use]
    pub fn login(&self, issuer: &str) -> Option<&Login> {
        self.logins.iter().find(|l| l.issuer == issuer)
    }

    /// Keeps a login in place of an older one at the same issuer.
    pub fn keep_login(&mut self, login: Login) {
        self.logins.retain(|l| l.issuer != login.issuer);
        self.logins.push(login);
    }

    /// The player at an origin.
    #[must_use]
    pub fn player(&self, origin: &str) -> Option<&Player> {
        self.players.iter().find(|p| p.origin == origin)
    }

    /// Keeps a player in place of an older one at the same origin.
    pub fn keep_player(&mut self, player: Player) {
        self.players.retain(|p| p.origin != player.origin);
        self.players.push(player);
    }
}

/// A minute before its end a copy is no longer offered: it must still be good when it arrives.
fn usable(copy: &CardCopy, now: i64) -> bool {
    copy.state == State::Fresh && copy.exp > now + 60
}

/// A key's private JWK, to be stored in a sealed file.
#[must_use]
pub fn private_json(key: &SigningKey) -> Value {
    serde_json::from_str(key.private_json().expose()).expect("a private JWK is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(n: u8, exp: i64) -> CardCopy {
        CardCopy {
            credential: format!("c{n}~"),
            key: Value::Null,
            claims: Map::new(),
            vct: "v".into(),
            iss: "i".into(),
            exp,
            state: State::Fresh,
        }
    }

    #[test]
    fn a_copy_is_reserved_once_and_never_comes_back() {
        let copies = vec![copy(1, 1_000), copy(2, 1_000), copy(3, 100)];
        let mut held = Holdings {
            copies,
            ..Holdings::default()
        };
        assert_eq!(held.fresh("v", 90), 2);
        let first = held.reserve("v", 90).expect("a fresh one");
        held.shown(&first.credential);
        let second = held.reserve("v", 90).expect("another");
        assert_ne!(first.credential, second.credential);
        assert!(held.reserve("v", 90).is_none(), "the third has ended");
        held.sweep(90);
        assert_eq!(held.copies.len(), 1);
    }
}
