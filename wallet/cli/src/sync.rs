//! `sync`: the vault is kept at a wallet origin too, sealed; and a new device opens it from there.

use crate::{
    http::{Answer, Ask, Http},
    opened::{Opened, Place},
    person::Person,
    talk::{good, refused},
};
use anyhow::{Context, bail, ensure};
use kernel::{World, b64};
use serde_json::json;
use wallet::vault::{Document, VaultError, sync};

/// How often a device that is behind merges and writes again.
const TRIES: u32 = 5;

/// Saves the vault at `origin`, or where it was saved before, and takes what other devices saved.
pub async fn sync(
    http: &Http,
    opened: &mut Opened,
    person: &Person,
    origin: Option<&str>,
) -> anyhow::Result<()> {
    settle_where(&mut opened.place, origin)?;
    let mut what = "saved";
    for turn in 0.. {
        ensure!(turn < TRIES, "other devices write all the time; try again");
        let stored = read(http, opened).await?;
        let Some((document, leaving)) = stored else {
            ensure!(
                opened.place.version == 0,
                "the vault is no longer at {}; what is here stays here",
                opened.place.origin
            );
            make(http, opened, person).await?;
            break;
        };
        if let Some(at) = leaving {
            person.stage(&format!("this vault is to be deleted there at {at}"));
        }
        let known = opened.place.version;
        let (here, key, entropy) = (&opened.document, &opened.key, opened.world.entropy());
        match sync::reconcile(here, &document, key, known, entropy) {
            Ok(sync::Next::Nothing) => what = "unchanged",
            Ok(sync::Next::Adopt(document)) => {
                opened.replace(*document)?;
                what = "taken";
            }
            Ok(sync::Next::Write { document, follows }) => {
                opened.replace(*document)?;
                if !write(http, opened, follows).await? {
                    continue;
                }
            }
            Err(VaultError::Way) => bail!(
                "a way in was removed on another device: bring this one in anew with init --from"
            ),
            Err(other) => return Err(other.into()),
        }
        break;
    }
    opened.place.version = opened.document.version;
    opened.place.saved_at = opened.world.now().seconds();
    opened.save_holdings()?;
    let code = code(opened)?;
    let words = format!(
        "{what} at {}, version {}.\nAnother device finds the vault by this line (it opens nothing without your passphrase):\n{code}",
        opened.place.origin, opened.document.version
    );
    let told = json!({
        "did": what, "at": opened.place.origin, "version": opened.document.version, "code": code,
    });
    person.tell(&words, &told);
    Ok(())
}

/// The origin that was named, or the one the vault was saved at before; never a second one.
fn settle_where(place: &mut Place, origin: Option<&str>) -> anyhow::Result<()> {
    if let Some(origin) = origin {
        let origin = origin.trim_end_matches('/');
        ensure!(
            place.origin.is_empty() || place.origin == origin,
            "this vault is saved at {}; nothing was sent to {origin}",
            place.origin
        );
        place.origin = origin.to_owned();
    }
    ensure!(
        !place.origin.is_empty(),
        "say where: resonate-wallet sync <the wallet's address>"
    );
    Ok(())
}

/// What another device needs to find the vault.
pub fn code(opened: &Opened) -> anyhow::Result<String> {
    let vault = b64::decode_array(opened.document.id()).context("the vault's id")?;
    let token = b64::decode_array(&opened.place.token).context("this vault came from a file")?;
    Ok(sync::code(&vault, &token))
}

/// Fetches the vault that a code names.
pub async fn find(http: &Http, origin: &str, code: &str) -> anyhow::Result<(Document, Place)> {
    let (vault, token) = sync::read_code(code).context("that is no code of a vault")?;
    let mut place = Place {
        origin: origin.trim_end_matches('/').to_owned(),
        token: b64::encode(token),
        ..Place::default()
    };
    let answer = get(http, &place, &b64::encode(vault)).await?;
    ensure!(answer.status != 404, "there is no such vault at {origin}");
    good(&answer)?;
    let document = Document::parse(&answer.body)?;
    ensure!(
        document.id() == b64::encode(vault),
        "{origin} sent another vault; nothing was stored"
    );
    place.version = document.version;
    Ok((document, place))
}

async fn get(http: &Http, place: &Place, vault: &str) -> anyhow::Result<Answer> {
    let ask = Ask {
        method: "GET",
        url: format!("{}/vault/{vault}", place.origin),
        headers: vec![("vault-read", place.token.clone())],
        body: None,
    };
    http.send(ask).await
}

/// The stored vault, and when it is to be deleted; `None` where there is none.
async fn read(http: &Http, opened: &Opened) -> anyhow::Result<Option<(Document, Option<String>)>> {
    let answer = get(http, &opened.place, opened.document.id()).await?;
    if answer.status == 404 {
        return Ok(None);
    }
    good(&answer)?;
    let leaving = answer.header("vault-leaving").map(str::to_owned);
    Ok(Some((Document::parse(&answer.body)?, leaving)))
}

async fn make(http: &Http, opened: &Opened, person: &Person) -> anyhow::Result<()> {
    let work = work(http, &opened.place.origin, person).await?;
    let url = format!("{}/vault", opened.place.origin);
    let headers = vec![("vault-work", work)];
    let answer = send(http, opened, "POST", &url, headers).await?;
    good(&answer).map(|_| ())
}

/// Writes the vault after `follows`; no when another device was first.
async fn write(http: &Http, opened: &Opened, follows: u64) -> anyhow::Result<bool> {
    let url = format!("{}/vault/{}", opened.place.origin, opened.document.id());
    let headers = vec![("if-match", format!("\"{follows}\""))];
    let answer = send(http, opened, "PUT", &url, headers).await?;
    match answer.status {
        204 => Ok(true),
        412 => Ok(false),
        _ => Err(refused(&answer).into()),
    }
}

async fn send(
    http: &Http,
    opened: &Opened,
    method: &'static str,
    url: &str,
    headers: Vec<(&'static str, String)>,
) -> anyhow::Result<Answer> {
    let body = opened.document.to_text().into_bytes();
    let nonce = nonce(http, &opened.place.origin).await?;
    let written = sync::Written {
        method,
        url,
        nonce: &nonce,
        body: &body,
    };
    let world: &World = &opened.world;
    let proof = sync::proof(&opened.key, &opened.document, &written, world);
    let mut all = vec![
        ("dpop", proof),
        ("content-type", "application/json".to_owned()),
    ];
    all.extend(headers);
    let ask = Ask {
        method,
        url: url.to_owned(),
        headers: all,
        body: Some(body),
    };
    http.send(ask).await
}

async fn nonce(http: &Http, origin: &str) -> anyhow::Result<String> {
    let answer = http.get(&format!("{origin}/vault/challenge")).await?;
    let nonce = answer.header("dpop-nonce").map(str::to_owned);
    nonce.with_context(|| format!("{origin} keeps no vaults"))
}

async fn work(http: &Http, origin: &str, person: &Person) -> anyhow::Result<String> {
    let challenge = good(&http.get(&format!("{origin}/vault/challenge")).await?)?;
    let text = challenge["challenge"]
        .as_str()
        .context("no challenge came")?;
    let bits = u32::try_from(challenge["bits"].as_u64().unwrap_or(64)).unwrap_or(64);
    ensure!(
        bits <= 24,
        "{origin} asks for {bits} bits of work; 24 is the most"
    );
    person.stage("solving the work that a new vault costs, about a second ..");
    let copy = text.to_owned();
    let n = tokio::task::spawn_blocking(move || wallet::receive::work(&copy, bits)).await?;
    Ok(format!("pow:{text}:{n}"))
}
