//! `purse`, `topup`, `mandate`, `play`: at a listening origin, with a token or a shown card.

use crate::{
    login::{Tokens, by_key, discover},
    opened::Opened,
    person::Person,
    present,
    talk::{Content, Sent, Talk, good},
};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use wallet::{
    Failure,
    cards::{Player, private_json},
    jose::SigningKey,
    receive::Wish,
    request::shown,
};

/// A listening origin and the issuer behind it.
pub struct Place {
    pub origin: String,
    pub issuer: String,
}

/// The keys and leaves this wallet has at a place; made when first needed.
pub fn player(opened: &mut Opened, place: &Place) -> anyhow::Result<(Player, SigningKey)> {
    if let Some(player) = opened.holdings.player(&place.origin).cloned() {
        let key = SigningKey::from_private_json(&player.key)?;
        return Ok((player, key));
    }
    let key = SigningKey::generate_es256(opened.world.entropy());
    let player = Player {
        origin: place.origin.clone(),
        key: private_json(&key),
        session_until: 0,
        mandate: None,
        pending: None,
    };
    opened.holdings.keep_player(player.clone());
    opened.save_holdings()?;
    Ok((player, key))
}

/// A token for the place: purse pages want one.
pub async fn token(talk: &Talk<'_>, opened: &Opened, place: &Place) -> anyhow::Result<Tokens> {
    let metadata = discover(talk, &place.issuer).await?;
    let wish = Wish {
        handle: None,
        admission: None,
        resource: Some(&place.origin),
    };
    by_key(talk, opened, &metadata, &wish).await
}

/// `purse`: balance, leaves, last days.
pub async fn purse(
    talk: &Talk<'_>,
    opened: &Opened,
    place: &Place,
    person: &Person,
) -> anyhow::Result<()> {
    let tokens = token(talk, opened, place).await?;
    let purse = get(talk, &tokens, &format!("{}/purse", place.origin)).await?;
    let number = |name: &str| purse[name].as_i64().unwrap_or(0);
    let mandates = purse["mandates"].as_array().map_or(0, Vec::len);
    let words = format!(
        "{} credits, {} held, {mandates} active mandates",
        shown(number("available")),
        shown(number("held"))
    );
    person.tell(&words, &purse);
    Ok(())
}

async fn get(talk: &Talk<'_>, tokens: &Tokens, url: &str) -> anyhow::Result<Value> {
    let sent = Sent {
        method: "GET",
        url,
        token: Some(&tokens.access_token),
        ..Sent::default()
    };
    good(&talk.send(&tokens.key, &sent).await?)
}

async fn post(talk: &Talk<'_>, tokens: &Tokens, url: &str, body: &Value) -> anyhow::Result<Value> {
    let sent = Sent {
        method: "POST",
        url,
        content: Content::Json(body),
        token: Some(&tokens.access_token),
        bound: true,
    };
    good(&talk.send(&tokens.key, &sent).await?)
}

/// `topup`: opens an order and says where to pay.
pub async fn top_up(
    talk: &Talk<'_>,
    opened: &Opened,
    place: &Place,
    cents: i64,
    person: &Person,
) -> anyhow::Result<()> {
    let tokens = token(talk, opened, place).await?;
    let url = format!("{}/purse/topups", place.origin);
    let order = post(talk, &tokens, &url, &json!({ "minor": cents })).await?;
    let page = order["pay_url"]
        .as_str()
        .context("no page to pay at came")?;
    let words = format!(
        "Pay EUR {}.{:02} for {} credits at:\n{page}\nThe credit arrives by itself afterwards.",
        cents / 100,
        cents % 100,
        shown(order["ucr"].as_i64().unwrap_or(0))
    );
    person.tell(&words, &order);
    Ok(())
}

/// `mandate`: lets this wallet's player key spend, by a shown card.
pub async fn mandate(
    talk: &Talk<'_>,
    opened: &mut Opened,
    place: &Place,
    person: &Person,
) -> anyhow::Result<()> {
    let (mut player, key) = player(opened, place)?;
    let tokens = token(talk, opened, place).await?;
    let url = format!("{}/purse/mandates", place.origin);
    let body = json!({ "jwk": key.public().public_json(), "via": "wallet" });
    let asked = post(talk, &tokens, &url, &body).await?;
    let id = asked["id"]
        .as_str()
        .context("no mandate id came")?
        .to_owned();
    let wallet_url = asked["wallet_url"].as_str().context("no request came")?;
    let shown = present::present(talk, opened, person, wallet_url, Some(&place.origin)).await?;
    let confirm = format!("{url}/{id}/confirm");
    let mandate = post(
        talk,
        &tokens,
        &confirm,
        &json!({ "response_code": shown.code }),
    )
    .await?;
    player.mandate = Some(id);
    opened.holdings.keep_player(player);
    opened.save_holdings()?;
    person.tell(
        "This wallet may now pay for plays, within the limits you signed.",
        &mandate,
    );
    Ok(())
}

/// Opens a play session by one copy of the Listener card, where none is open.
pub async fn session(
    talk: &Talk<'_>,
    opened: &mut Opened,
    place: &Place,
) -> anyhow::Result<(Player, SigningKey)> {
    let (mut player, key) = player(opened, place)?;
    let now = talk.world.now();
    if player.session_until > now.seconds() + 60 {
        return Ok((player, key));
    }
    let url = format!("{}/play/session", place.origin);
    if talk.nonce(&url).is_none() {
        // The card is bound to the server's nonce, so one must be known before it is signed.
        let empty = json!({ "presentation": "" });
        talk.send(
            &key,
            &Sent {
                method: "POST",
                url: &url,
                content: Content::Json(&empty),
                token: None,
                bound: true,
            },
        )
        .await?;
    }
    let nonce = talk
        .nonce(&url)
        .context("the listening server gave no nonce")?;
    let vct = format!("{}/vct/listener/1", place.issuer);
    let copy = opened
        .holdings
        .reserve(&vct, now.seconds())
        .ok_or(Failure::NoCopy(vct))?;
    opened.save_holdings()?;
    let presentation = wallet::present::to_listen(&copy, &url, &nonce, now)?;
    opened.holdings.shown(&copy.credential);
    let body = json!({ "presentation": presentation });
    let sent = Sent {
        method: "POST",
        url: &url,
        content: Content::Json(&body),
        token: None,
        bound: true,
    };
    let answer = talk.send(&key, &sent).await;
    opened.save_holdings()?;
    let answer = good(&answer?)?;
    player.session_until = answer["until"]
        .as_i64()
        .context("no end of the session came")?;
    opened.holdings.keep_player(player.clone());
    opened.save_holdings()?;
    Ok((player, key))
}

/// Refuses an origin that is another than the wallet has seen, before anything is sent to it.
pub fn place(track: &url::Url, issuer: Option<&str>, opened: &Opened) -> anyhow::Result<Place> {
    let origin = track.origin().ascii_serialization();
    let issuer = match issuer {
        Some(issuer) => issuer.to_owned(),
        None => match opened.holdings.logins.as_slice() {
            [only] => only.issuer.clone(),
            [] => bail!("this wallet has joined nowhere yet: resonate-wallet join <issuer>"),
            _ => bail!("this wallet has joined at several issuers: say which with --issuer"),
        },
    };
    Ok(Place { origin, issuer })
}
