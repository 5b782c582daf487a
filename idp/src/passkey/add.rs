//! A further passkey for an account: asked for after a fresh proof, and finished by whoever asked.

use super::{LIFE, NAMELESS, Options, Refusal, store};
use crate::{core::Core, events, people::Who, problem as flow};
use host::{
    db::Tx,
    once::{self, Taken, spaces::CEREMONY},
};
use kernel::{Timestamp, b64};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{CredentialID, PasskeyRegistration, Uuid};

/// What the second step must know, kept by us until then.
#[derive(Serialize, Deserialize)]
struct Ceremony {
    state: PasskeyRegistration,
    account: String,
}

/// Gives the options for the browser's dialogue. Devices that hold a passkey of this account already
/// are left out.
///
/// # Errors
/// `ProofNeeded` without a fresh proof; the store's own.
pub(crate) async fn begin(core: &Core, who: &Who, now: Timestamp) -> Result<Options, Refusal> {
    who.proven(now)?;
    let known = {
        let mut conn = core.ground.db.read().await?;
        store::listed(&mut conn, &who.account.id).await?
    };
    let known = known.iter().filter_map(|key| b64::decode(&key.id));
    let user = b64::decode_array(&who.account.user_handle)
        .map(Uuid::from_bytes)
        .ok_or(Refusal::Refused)?;
    let known: Vec<CredentialID> = known.collect();
    let (options, state) = core.passkeys.begin_join(user, &who.account.handle, known)?;
    let secret = b64::encode(core.ground.world.random::<32>());
    let account = who.account.id.clone();
    let body = json!(Ceremony { state, account }).to_string();
    let (secret_ref, body, until) = (&secret, &body, now.plus_seconds(LIFE));
    core.ground
        .db
        .write(move |tx| {
            Box::pin(async move {
                once::issue(
                    tx, &CEREMONY, secret_ref, &who.place, body, &who.place, until,
                )
                .await?;
                Ok::<_, Refusal>(())
            })
        })
        .await?;
    Ok(Options {
        ceremony: format!("{}~{secret}", who.place),
        public_key: json!(options.public_key),
    })
}

/// What finishing needs, chance included.
struct Adding<'a> {
    core: &'a Core,
    who: &'a Who,
    secret: &'a str,
    credential: &'a Value,
    name: &'a str,
    line: events::New,
    now: Timestamp,
}

/// Stores the passkey that the dialogue made.
///
/// # Errors
/// `WrongBrowser` for the ceremony of another browser, `TicketUsed` for one that was finished
/// before, `ProofNeeded` where the proof is no longer fresh; a passkey's own.
pub(crate) async fn finish(
    core: &Core,
    who: &Who,
    ceremony: &str,
    credential: &Value,
    name: Option<&str>,
    now: Timestamp,
) -> Result<(), Refusal> {
    who.proven(now)?;
    let turn = core.ground.heavy.enter().await;
    let _turn = turn.map_err(flow::Refusal::Edge)?;
    let (place, secret) = ceremony.split_once('~').ok_or(Refusal::Refused)?;
    if place != who.place {
        return Err(flow::Refusal::WrongBrowser.into());
    }
    let name = name.unwrap_or(NAMELESS);
    let line = events::New::draw(&core.ground.world, events::PASSKEY_ADDED);
    let adding = &Adding {
        core,
        who,
        secret,
        credential,
        name,
        line: line.about(json!({ "name": name })),
        now,
    };
    core.ground
        .db
        .write(move |tx| Box::pin(write(tx, adding)))
        .await
}

async fn write(tx: &mut Tx<'_>, add: &Adding<'_>) -> Result<(), Refusal> {
    let who = add.who;
    let body = match once::take(tx, &CEREMONY, add.secret, &who.place, add.now).await? {
        Taken::Body(body) => body,
        Taken::Spent(_) => return Err(flow::Refusal::TicketUsed.into()),
        Taken::Unknown => return Err(Refusal::Refused),
    };
    let ceremony: Ceremony = serde_json::from_str(&body).map_err(|_| Refusal::Refused)?;
    if ceremony.account != who.account.id {
        return Err(Refusal::Refused);
    }
    who.still(tx, add.now).await?;
    let passkey = add
        .core
        .passkeys
        .finish_join(add.credential, &ceremony.state)?;
    let id = b64::encode(passkey.cred_id());
    let day = add.now.day();
    if !store::insert(tx, &id, &who.account.id, &passkey, add.name, day).await? {
        return Err(Refusal::Refused);
    }
    events::write(tx, &who.account.id, &add.line, add.now).await?;
    Ok(())
}
