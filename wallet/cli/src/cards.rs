//! `cards`: taking a batch from the issuer, and what is there.

use crate::{
    login::Tokens,
    opened::Opened,
    person::Person,
    talk::{Content, Sent, Talk, good},
};
use anyhow::Context;
use serde_json::{Value, json};
use wallet::{
    jose,
    receive::{Batch, issuer_keys},
};

/// Copies asked for at once: what the issuer gives at most.
const BATCH: usize = 20;

/// Takes a batch of Listener cards and stores it before it says so.
pub async fn take(
    talk: &Talk<'_>,
    opened: &mut Opened,
    issuer: &str,
    tokens: &Tokens,
    person: &Person,
) -> anyhow::Result<usize> {
    person.stage("taking 20 copies of the Listener card ..");
    let metadata = good(
        &talk
            .http
            .get(&format!("{issuer}/.well-known/openid-credential-issuer"))
            .await?,
    )?;
    let end = |name: &str| {
        metadata[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| name.to_owned())
    };
    let configuration = &metadata["credential_configurations_supported"]["listener"];
    let vct = configuration["vct"]
        .as_str()
        .context("the issuer has no Listener card")?
        .to_owned();
    let copies = metadata["batch_credential_issuance"]["batch_size"]
        .as_u64()
        .unwrap_or(1);
    let copies = usize::try_from(copies).unwrap_or(1).min(BATCH);
    let keys = card_keys(talk, issuer).await?;
    let nonce_url = end("nonce_endpoint")?;
    let nonce = Sent {
        method: "POST",
        url: &nonce_url,
        ..Sent::default()
    };
    let nonce = good(&talk.send(&tokens.key, &nonce).await?)?;
    let nonce = nonce["c_nonce"].as_str().context("no c_nonce came")?;
    let batch = Batch::draw(copies, opened.world.entropy());
    let body = batch.request("listener", issuer, nonce, talk.world.now());
    let url = end("credential_endpoint")?;
    let sent = Sent {
        method: "POST",
        url: &url,
        content: Content::Json(&body),
        token: Some(&tokens.access_token),
        bound: false,
    };
    let answer = good(&talk.send(&tokens.key, &sent).await?)?;
    let cards = batch.take(&answer, issuer, &vct, &keys, talk.world.now())?;
    let count = cards.len();
    opened.holdings.sweep(talk.world.now().seconds());
    opened.holdings.copies.extend(cards);
    opened.save_holdings()?;
    notify(talk, tokens, &metadata, &answer).await;
    Ok(count)
}

/// The issuer's card keys, as it publishes them.
async fn card_keys(talk: &Talk<'_>, issuer: &str) -> anyhow::Result<Vec<jose::Jwk>> {
    let metadata = good(
        &talk
            .http
            .get(&format!("{issuer}/.well-known/jwt-vc-issuer"))
            .await?,
    )?;
    Ok(issuer_keys(&metadata, issuer)?)
}

/// Tells the issuer that the cards came. A courtesy: its failure changes nothing.
async fn notify(talk: &Talk<'_>, tokens: &Tokens, metadata: &Value, answer: &Value) {
    let (Some(url), Some(id)) = (
        metadata["notification_endpoint"].as_str(),
        answer["notification_id"].as_str(),
    ) else {
        return;
    };
    let body = json!({ "notification_id": id, "event": "credential_accepted" });
    let sent = Sent {
        method: "POST",
        url,
        content: Content::Json(&body),
        token: Some(&tokens.access_token),
        bound: false,
    };
    if let Err(e) = talk.send(&tokens.key, &sent).await {
        eprintln!("the issuer could not be told that the cards came ({e:#}); they are stored");
    }
}

/// What is there.
pub fn list(opened: &Opened, person: &Person) {
    let now = opened.world.now().seconds();
    let mut types: Vec<&str> = opened
        .holdings
        .copies
        .iter()
        .map(|c| c.vct.as_str())
        .collect();
    types.sort_unstable();
    types.dedup();
    let lines: Vec<Value> = types
        .iter()
        .map(|vct| {
            let ends = opened
                .holdings
                .copies
                .iter()
                .filter(|c| c.vct == *vct)
                .map(|c| c.exp)
                .max();
            json!({ "vct": vct, "fresh": opened.holdings.fresh(vct, now), "until": ends })
        })
        .collect();
    let words: Vec<String> = lines
        .iter()
        .map(|line| {
            format!(
                "{}: {} unused copies",
                line["vct"].as_str().unwrap_or(""),
                line["fresh"]
            )
        })
        .collect();
    let words = if words.is_empty() {
        "No cards yet. Take some with: resonate-wallet join <issuer>".to_owned()
    } else {
        words.join("\n")
    };
    person.tell(&words, &json!({ "cards": lines }));
}
