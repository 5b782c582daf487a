//! What presentations are asked for. A purpose fixes who may ask, the query, and the device.

use super::{cards::LISTENER, transaction};
use serde_json::{Value, json};

/// One purpose.
#[derive(Debug, PartialEq, Eq)]
pub struct Purpose {
    /// Its name.
    pub name: &'static str,
    /// The modules that may ask.
    pub askers: &'static [&'static str],
    /// The id of the card in the query.
    pub id: &'static str,
    /// The claims that must be disclosed.
    pub claims: &'static [&'static str],
    /// The type of the transaction data signed along; none where none is.
    pub transaction: Option<&'static str>,
    /// Whether the answer must come from the device the person sits at.
    pub same_device: bool,
}

/// All purposes of today.
pub const PURPOSES: &[Purpose] = &[
    Purpose {
        name: "login.listener",
        askers: &["idp"],
        id: "listener",
        claims: &["account"],
        transaction: None,
        same_device: false,
    },
    Purpose {
        name: "mandate",
        askers: &["payments"],
        id: transaction::PAYER,
        claims: &["listener"],
        transaction: Some(transaction::MANDATE),
        same_device: true,
    },
    Purpose {
        name: "payment",
        askers: &["payments"],
        id: transaction::PAYER,
        claims: &["listener"],
        transaction: Some(transaction::PAYMENT),
        same_device: true,
    },
];

/// The purpose of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Purpose> {
    PURPOSES.iter().find(|purpose| purpose.name == name)
}

impl Purpose {
    /// Whether that module may ask.
    #[must_use]
    pub fn may_ask(&self, module: &str) -> bool {
        self.askers.contains(&module)
    }

    /// The query, for cards of `issuer` (OpenID4VP 1.0 section 6).
    #[must_use]
    pub fn dcql(&self, issuer: &str) -> Value {
        let claims: Vec<Value> = self
            .claims
            .iter()
            .map(|name| json!({"path": [name]}))
            .collect();
        json!({"credentials": [{
            "id": self.id,
            "format": crate::versions::CARD_FORMAT,
            "meta": {"vct_values": [LISTENER.vct(issuer)]},
            "claims": claims,
        }]})
    }
}
