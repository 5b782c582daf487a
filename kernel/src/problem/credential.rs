//! Refusals of `credential`, as problems: presentations and proofs shown straight to a module.

super::slugs! { CREDENTIAL:
    PRESENTATION_REFUSED = "presentation-refused", 401, "The card that was shown is not accepted", "A check of the presented card failed; the reason member names it.", "Show another copy of the card, or fetch fresh ones.";
    PRESENTATION_SPENT = "presentation-spent", 401, "This copy of the card was shown before", "Each copy of a one-time card is accepted once.", "Show another copy; the wallet fetches more when few are left.";
    INVALID_DPOP_PROOF = "invalid_dpop_proof", 401, "The proof of the key is not accepted", "The DPoP proof is missing, malformed, old, repeated, or for another request or key.", "Make a fresh proof for exactly this request (RFC 9449).";
    USE_DPOP_NONCE = "use_dpop_nonce", 401, "A proof with the server's nonce is needed", "The DPoP proof has no nonce, or an old one. The DPoP-Nonce header of this answer holds the next.", "Repeat the request with that nonce in the proof.";
    INVALID_TOKEN = "invalid_token", 401, "The access token is not accepted", "It is unknown, over, ended, for another audience or scope, or bound to a key that was not shown.", "Get a new token for this address and scope; show a bound one with the DPoP scheme and its proof.";
}
