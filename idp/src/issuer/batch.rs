//! A batch: proofs checked, copies made, keys noted.
//!
//! All proofs of a request carry one nonce, spent once; each is by a key of its own that never had a
//! card. A refusal before the last step leaves the nonce unspent.

use super::{
    http::{Holder, Refusal},
    store,
};
use crate::{account::Account, core::Core, keyed};
use credential::{
    Verified,
    jose::Jwk,
    vc::{self, IssueParams},
    vci::{self, ProofWant, Proofs},
    vocab::cards::{LISTENER, quarter},
};
use host::{
    db,
    once::{self, spaces::C_NONCE},
};
use kernel::{Timestamp, b64, problem};
use serde_json::{Map, Value};

/// Copies in the order of the proofs, and their common end.
pub(super) struct Cards {
    pub(super) copies: Vec<String>,
    pub(super) expires: Timestamp,
}

fn bad_proof(why: &'static str) -> Refusal {
    Refusal::refused(&problem::INVALID_PROOF, why)
}

fn bad_nonce(why: &'static str) -> Refusal {
    Refusal::refused(&problem::INVALID_NONCE, why)
}

/// Checks the proofs of a request: their number, each of them, that no key stands twice, the one
/// nonce.
///
/// # Errors
/// `invalid_proof`, `invalid_nonce`.
pub(super) fn check(
    core: &Core,
    proofs: &[String],
    holder: &Holder,
    now: Timestamp,
) -> Result<Verified<Proofs>, Refusal> {
    let want = ProofWant {
        issuer: core.issuer(),
        client_id: &holder.client_id,
        accepts: &|nonce| core.nonces.accepts(nonce, now),
        now,
    };
    let proofs: Vec<&str> = proofs.iter().map(String::as_str).collect();
    vci::verify_proofs(&proofs, &want).map_err(|refusal| match refusal {
        credential::Refusal::InvalidNonce => bad_nonce("the nonce is missing, old or not ours"),
        _ => bad_proof("a key proof is not accepted"),
    })
}

/// Makes the copies: same claims, same end, a key, salts and decoys of its own each.
///
/// # Errors
/// The store's own.
pub(super) async fn make(
    core: &Core,
    account: &Account,
    proofs: &Proofs,
    now: Timestamp,
) -> Result<Cards, Refusal> {
    let ring = core.ring(now).await?;
    let (kid, signer) = ring.card_signer().ok_or(db::Error::Corrupt("idp_key"))?;
    let claims = claims(core, account);
    let expires = vc::expiry(&LISTENER, now);
    let copy = |cnf: &Jwk| {
        let params = IssueParams {
            issuer: core.issuer(),
            kid,
            card: &LISTENER,
            cnf,
            exp: expires,
            status: None,
            claims: &claims,
            now,
        };
        vc::issue(&params, signer, core.ground.world.entropy())
            .map_err(|_| bad_proof("no card can be bound to this key"))
    };
    let copies: Result<Vec<String>, Refusal> = proofs.keys.iter().map(copy).collect();
    Ok(Cards {
        copies: copies?,
        expires,
    })
}

/// What the card says. The name for the listening pages is the subject they know the person by.
fn claims(core: &Core, account: &Account) -> Map<String, Value> {
    let locale = account.locale.as_deref().unwrap_or("en");
    let claims = [
        ("handle", account.handle.as_str().into()),
        ("account", account.wallet_ref.as_str().into()),
        ("listener", core.listening_name(&account.id).into()),
        ("tier", "listener".into()),
        ("locale", locale.into()),
        ("age_over_16", true.into()),
        ("joined_quarter", quarter(account.created_day).into()),
    ];
    claims
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Spends the nonce and notes each key: of fifty requests at once with one nonce one gets through.
///
/// # Errors
/// `invalid_nonce` for a used nonce, `invalid_proof` for a key that had a card; the store's own.
pub(super) async fn record(
    core: &Core,
    proofs: &Proofs,
    expires: Timestamp,
    now: Timestamp,
) -> Result<(), Refusal> {
    // A nonce from a node whose clock is ahead lives a little longer than one of ours.
    let nonce_until = now.plus_seconds(2 * C_NONCE.life_s);
    let marks: Vec<String> = proofs.keys.iter().map(|key| mark(core, key)).collect();
    let marks = &marks;
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                if !once::first(tx, &C_NONCE, &proofs.nonce, nonce_until).await? {
                    return Err(bad_nonce("the nonce was used"));
                }
                for mark in marks {
                    if !store::issued(tx, mark, expires).await? {
                        return Err(bad_proof("a key has a card already"));
                    }
                }
                Ok(())
            })
        })
        .await
}

fn mark(core: &Core, key: &Jwk) -> String {
    let thumbprint = key.thumbprint();
    b64::encode(keyed::mac(
        &core.card_mac,
        "resonate/cnf/v1",
        &[thumbprint.as_bytes()],
    ))
}
