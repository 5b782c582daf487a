//! Requests to a wallet on this device: an address of the wallet with everything in it.
//!
//! The client id is `redirect_uri:` and the address of the answer, so nothing is signed: a form for
//! loopback hosts, where wallet and issuer share the machine (OpenID4VP 1.0 section 5.9.3).

use super::{LIFE, Mode, OURSELVES, Refusal, Status, Transaction, store};
use crate::{
    client,
    core::Core,
    interaction::{self, Interaction},
};
use credential::{
    dcql::Query,
    versions::REDIRECT_URI_PREFIX,
    vocab::{Purpose, purpose},
    vp::{Ask, Request},
};
use kernel::{Timestamp, World, b64};

/// The purpose of a sign-in.
pub(super) const LOGIN: &str = "login.listener";

/// Where wallets answer.
fn response_uri(core: &Core) -> String {
    core.url("/vp/s")
}

/// How this verifier calls itself.
pub(super) fn client_id(core: &Core) -> String {
    format!("{REDIRECT_URI_PREFIX}{}", response_uri(core))
}

/// The query of a purpose, for cards of this issuer.
pub(super) fn query(core: &Core, purpose: &Purpose) -> Query {
    let text = purpose.dcql(core.issuer()).to_string();
    Query::parse(&text).expect("the vocabulary's queries are well-formed")
}

/// Begins the wallet's way into a sign-in and gives the wallet's address to go to. Our own wallet
/// comes with its key, since it may hold no card yet; for every other app a Listener card is shown.
///
/// # Errors
/// `Flow(FlowMoved)` where no proof is awaited any more; the store's own.
pub(crate) async fn begin(
    core: &Core,
    at: &Interaction,
    now: Timestamp,
) -> Result<String, Refusal> {
    let mode = match at.request.client_id.as_str() {
        client::WALLET => Mode::SelfIssued,
        _ => Mode::Card,
    };
    let purpose = purpose::find(LOGIN).ok_or(Refusal::Purpose("no such purpose"))?;
    let of = Transaction {
        ix: Some(at.ix.clone()),
        mode,
        back: core.url(&format!("{}/back", at.path())),
        ..blank(&core.ground.world, purpose, OURSELVES, now)
    };
    let row = &of;
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                store::insert(tx, row).await?;
                interaction::proving(tx, at).await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(wallet_url(core, purpose, &of))
}

/// A request with its random names, still without a way back.
pub(super) fn blank(world: &World, purpose: &Purpose, asker: &str, now: Timestamp) -> Transaction {
    Transaction {
        request_id: b64::encode(world.random::<32>()),
        asker: asker.to_owned(),
        ix: None,
        purpose: purpose.name.to_owned(),
        mode: Mode::Card,
        nonce: b64::encode(world.random::<32>()),
        back: String::new(),
        data: Vec::new(),
        status: Status::Open,
        until: now.plus_seconds(LIFE),
        number: None,
    }
}

/// The wallet's address with the request in it.
pub(super) fn wallet_url(core: &Core, purpose: &Purpose, of: &Transaction) -> String {
    let ask = match of.mode {
        Mode::Card => Ask::Cards {
            query: query(core, purpose),
            transaction_data: of.data.clone(),
        },
        Mode::SelfIssued => Ask::SelfIssued,
    };
    let request = Request::new(&response_uri(core), &of.nonce, &of.request_id, ask);
    let request = match of.number {
        Some(_) => request.on_other_device(),
        None => request,
    };
    request.wallet_url(&format!("{}/present", core.ground.origins.wallet))
}
