//! What wallets call: the issuer of cards (OpenID4VCI).

use crate::api::op::{Caller, Gives, Op, get, may, need, post, preflight};
use kernel::problem;

pub(super) fn ops() -> Vec<Op> {
    let opens = [
        &problem::INVALID_TOKEN,
        &problem::INSUFFICIENT_SCOPE,
        &problem::INVALID_DPOP_PROOF,
        &problem::USE_DPOP_NONCE,
    ];
    vec![
        get(
            "/.well-known/openid-credential-issuer",
            "Which cards are issued.",
        )
        .answers("IssuerMetadata", "The document."),
        get("/.well-known/jwt-vc-issuer", "The keys that sign cards.")
            .answers("IssuerKeys", "Issuer and keys."),
        get("/vct/listener/1", "The type of the Listener card.")
            .answers("CardType", "Its name and claims."),
        post("/nonce", "A fresh nonce for a proof of a key.").answers("CardNonce", "The nonce."),
        preflight("/nonce"),
        post("/credential", "Issues cards, each for one key.")
            .by(Caller::Token)
            .json(&[
                need("credential_configuration_id", "Which card."),
                may("proofs", "One proof for each key."),
            ])
            .answers("Cards", "The cards.")
            .oauth(&opens)
            .refuses(&[
                &problem::INVALID_CREDENTIAL_REQUEST,
                &problem::INVALID_PROOF,
                &problem::INVALID_NONCE,
                &problem::INVALID_ENCRYPTION_PARAMETERS,
                &problem::UNKNOWN_CREDENTIAL_CONFIGURATION,
                &problem::UNKNOWN_CREDENTIAL_IDENTIFIER,
            ]),
        preflight("/credential"),
        post("/deferred_credential", "Cards that were not ready at once.")
            .by(Caller::Token)
            .json(&[need("transaction_id", "From the first answer.")])
            .answers("Cards", "The cards.")
            .oauth(&opens)
            .refuses(&[&problem::INVALID_TRANSACTION_ID]),
        preflight("/deferred_credential"),
        post("/notification", "What became of the cards.")
            .by(Caller::Token)
            .json(&[
                need("notification_id", "From the answer with the cards."),
                need("event", "Accepted, deleted or failed."),
                may("event_description", "Why."),
            ])
            .gives(204, Gives::Nothing, "Noted.")
            .oauth(&opens)
            .refuses(&[
                &problem::INVALID_NOTIFICATION_REQUEST,
                &problem::INVALID_NOTIFICATION_ID,
            ]),
        preflight("/notification"),
    ]
}
