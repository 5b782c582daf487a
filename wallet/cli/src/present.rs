//! `present`: who asks, what is shown, a typed yes, and the answer.

use crate::{
    login::post_answer,
    opened::Opened,
    person::Person,
    talk::{Talk, refused},
};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use url::Url;
use wallet::{
    Failure,
    cards::CardCopy,
    history::{Disclosure, Outcome},
    present::{self, Offer},
    request::Asked,
    siop,
};

/// Where an answer leads: the page to open, with its code.
pub struct Shown {
    /// None where the request came from another device: that one goes on by itself.
    pub to: Option<Url>,
    pub code: String,
}

/// The address in a picture leads to the request itself; it is followed by one step, to the wallet's
/// own page and nowhere else.
async fn unfolded(talk: &Talk<'_>, url: &str) -> anyhow::Result<String> {
    let here = Url::parse(url).with_context(|| format!("{url} is no URL"))?;
    if !here.path().starts_with("/vp/r/") {
        return Ok(url.to_owned());
    }
    let answer = talk.http.get(url).await?;
    let Some(location) = answer.header("location") else {
        return Err(refused(&answer).into());
    };
    let asked = here.join(location)?;
    ensure!(
        asked.path() == "/present",
        "the address in the picture leads to no request; nothing was sent"
    );
    Ok(asked.into())
}

/// Answers the request in `url` after the person agreed. `listen` is the origin that may see the
/// fact `listener`.
pub async fn present(
    talk: &Talk<'_>,
    opened: &mut Opened,
    person: &Person,
    url: &str,
    listen: Option<&str>,
) -> anyhow::Result<Shown> {
    let now = talk.world.now();
    let asked = Asked::parse(&unfolded(talk, url).await?, now)?;
    if asked.query().is_none() {
        return sign_in(talk, opened, person, &asked).await;
    }
    let offers = present::offers(&asked, &opened.holdings, listen, now)?;
    let signed = asked.transactions()?;
    consent(opened, person, &asked, &offers, &signed)?;
    let number = asked.request().other_device.then(|| person.number());
    let number = number.transpose()?;
    // Reserved and stored before anything is signed: a crash leaves a copy unused, never used twice.
    let mut copies: Vec<CardCopy> = vec![];
    for offer in &offers {
        let copy = opened.holdings.reserve(&offer.vct, now.seconds());
        copies.push(copy.ok_or_else(|| Failure::NoCopy(offer.vct.clone()))?);
    }
    opened.save_holdings()?;
    let mut form = present::answer(&asked, &offers, &copies, now)?;
    form.extend(number.map(|number| ("number", number.to_string())));
    let facts = offers
        .iter()
        .flat_map(|o| o.facts.iter().map(|(name, _)| name.clone()))
        .collect();
    let cards: Vec<&str> = offers.iter().map(|o| o.vct.as_str()).collect();
    begin(opened, &asked, &cards.join(", "), facts, signed)?;
    for copy in &copies {
        opened.holdings.shown(&copy.credential);
    }
    let sent = post_answer(talk, &asked, &form).await;
    opened.save_holdings()?;
    end(opened, sent)
}

async fn sign_in(
    talk: &Talk<'_>,
    opened: &mut Opened,
    person: &Person,
    asked: &Asked,
) -> anyhow::Result<Shown> {
    let text = format!(
        "{} asks you to sign in with this wallet's own key.\n",
        asked.verifier
    );
    person.agree(&text)?;
    let seed = opened.seed("siop", &siop::context(asked)?)?;
    let form = siop::answer(asked, &seed, talk.world.now())?;
    begin(opened, asked, "", vec![], vec![])?;
    let sent = post_answer(talk, asked, &form).await;
    end(opened, sent)
}

/// Shows what will be sent. Money is a guarded act: the passphrase again, and `--yes` is not enough.
fn consent(
    opened: &Opened,
    person: &Person,
    asked: &Asked,
    offers: &[Offer],
    signed: &[String],
) -> anyhow::Result<()> {
    let known = opened.history.iter().any(|d| d.verifier == asked.verifier);
    let mark = if known { "" } else { " (for the first time)" };
    let mut text = format!("{} asks{mark} to see:\n", asked.verifier);
    for (name, value) in offers.iter().flat_map(|offer| &offer.facts) {
        text.push_str(&format!("  {name}: {}\n", shown(value)));
    }
    for line in signed {
        text.push_str(&format!("and you sign: {line}\n"));
    }
    text.push_str("Nothing else of your cards is shown.\n");
    if asked.request().other_device {
        text.push_str("The request came from a picture on another screen. Go on only if you look at that screen yourself.\n");
    }
    if asked.is_guarded() {
        person.agree_guarded(&text)?;
        let passphrase = person.passphrase("Passphrase, once more, for this act: ")?;
        return opened.guard(passphrase.expose()).map(drop);
    }
    person.agree(&text)
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The history is written before anything is sent.
fn begin(
    opened: &mut Opened,
    asked: &Asked,
    card: &str,
    facts: Vec<String>,
    signed: Vec<String>,
) -> anyhow::Result<()> {
    opened.history.push(Disclosure {
        at: opened.world.now().seconds(),
        verifier: asked.verifier.clone(),
        card: card.to_owned(),
        facts,
        signed,
        outcome: Outcome::Sent,
    });
    opened.save_history()
}

fn end(opened: &mut Opened, sent: anyhow::Result<(Option<Url>, String)>) -> anyhow::Result<Shown> {
    let outcome = match &sent {
        Ok(_) => Outcome::Accepted,
        Err(e) if e.is::<Failure>() => Outcome::Refused,
        Err(_) => Outcome::Unknown,
    };
    if let Some(last) = opened.history.last_mut() {
        last.outcome = outcome;
    }
    opened.save_history()?;
    match sent {
        Ok((to, code)) => Ok(Shown { to, code }),
        Err(e) if outcome == Outcome::Unknown => Err(e.context(Failure::NoAnswer)),
        Err(e) => Err(e),
    }
}

/// The outcome for a browser: the page to open there.
pub fn tell(person: &Person, shown: &Shown) {
    let Some(mut back) = shown.to.clone() else {
        let words = "Accepted. The screen with the picture goes on by itself.";
        return person.tell(words, &json!({ "redirect_uri": null }));
    };
    if !shown.code.is_empty() {
        back.set_fragment(Some(&format!("response_code={}", shown.code)));
    }
    let words = format!("Accepted. Open this in the browser where you started:\n{back}");
    person.tell(&words, &json!({ "redirect_uri": back.as_str() }));
}
