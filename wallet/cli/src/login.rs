//! Coming to an issuer by the wallet's own key, without a page: push, authorize, answer, redeem.

use crate::{
    opened::Opened,
    person::Person,
    talk::{Content, Sent, Talk, good, refused},
};
use anyhow::{Context, bail};
use serde_json::Value;
use url::Url;
use wallet::{
    Failure,
    cards::{Login, private_json},
    jose::SigningKey,
    receive::{Begun, Wish, refreshed, work},
    request::Asked,
    siop,
};

/// Tokens of a login.
pub struct Tokens {
    pub key: SigningKey,
    pub access_token: String,
    pub refresh_token: Option<String>,
}

/// A port that is never listened on: the redirect is read, not fetched.
const REDIRECT: &str = "http://127.0.0.1:1/cb";

/// The issuer's metadata, with the identifier compared byte for byte.
pub async fn discover(talk: &Talk<'_>, issuer: &str) -> anyhow::Result<Value> {
    let url = format!("{issuer}/.well-known/openid-configuration");
    let metadata = good(&talk.http.get(&url).await?)?;
    if metadata["issuer"] != issuer {
        bail!(
            "{issuer} calls itself {}; nothing was sent",
            metadata["issuer"]
        );
    }
    Ok(metadata)
}

/// Solves the work that stands before joining.
pub async fn admission(talk: &Talk<'_>, issuer: &str, person: &Person) -> anyhow::Result<String> {
    let challenge = good(&talk.http.get(&format!("{issuer}/join/challenge")).await?)?;
    let text = challenge["challenge"]
        .as_str()
        .context("no challenge came")?
        .to_owned();
    let bits = u32::try_from(challenge["bits"].as_u64().unwrap_or(64)).unwrap_or(64);
    // Past 24 bits a server asks for more than it may.
    if bits > 24 {
        bail!("{issuer} asks for {bits} bits of work; 24 is the most");
    }
    person.stage("solving the work that stands before joining, about a second ..");
    let copy = text.clone();
    let n = tokio::task::spawn_blocking(move || work(&copy, bits)).await?;
    Ok(format!("pow:{text}:{n}"))
}

/// Logs in by the persona's self-issued key.
pub async fn by_key(
    talk: &Talk<'_>,
    opened: &Opened,
    metadata: &Value,
    wish: &Wish<'_>,
) -> anyhow::Result<Tokens> {
    let issuer = metadata["issuer"].as_str().context("issuer")?;
    let end = |name: &str| {
        metadata[name]
            .as_str()
            .map(str::to_owned)
            .with_context(|| format!("{issuer} has no {name}"))
    };
    let key = SigningKey::generate_es256(opened.world.entropy());
    let begun = Begun::new(issuer, REDIRECT, key, talk.world);
    let pushed = begun.pushed(wish);
    let par = end("pushed_authorization_request_endpoint")?;
    let sent = Sent {
        method: "POST",
        url: &par,
        content: Content::Form(&pushed),
        ..Sent::default()
    };
    let pushed = good(&talk.send(&begun.key, &sent).await?)?;
    let mut front = Url::parse(&end("authorization_endpoint")?)?;
    front
        .query_pairs_mut()
        .append_pair("client_id", wallet::receive::CLIENT_ID)
        .append_pair(
            "request_uri",
            pushed["request_uri"].as_str().context("no request_uri")?,
        );
    let back = walk(talk, opened, front).await?;
    let code = begun.code(&back)?;
    let form = begun.redeemed(&code, wish.resource);
    let token = end("token_endpoint")?;
    let sent = Sent {
        method: "POST",
        url: &token,
        content: Content::Form(&form),
        ..Sent::default()
    };
    let tokens = good(&talk.send(&begun.key, &sent).await?)?;
    read(begun.key, &tokens)
}

fn read(key: SigningKey, tokens: &Value) -> anyhow::Result<Tokens> {
    let text = |name: &str| tokens[name].as_str().map(str::to_owned);
    Ok(Tokens {
        key,
        access_token: text("access_token").context("no access token came")?,
        refresh_token: text("refresh_token"),
    })
}

/// Follows the redirects of one login; the request to this wallet is answered on the way.
async fn walk(talk: &Talk<'_>, opened: &Opened, front: Url) -> anyhow::Result<Url> {
    let mut answer = talk.http.get(front.as_str()).await?;
    let mut here = front;
    for _ in 0..12 {
        let Some(location) = answer.header("location").map(str::to_owned) else {
            let text = String::from_utf8_lossy(&answer.body);
            let heading = text.split("<h1>").nth(1).and_then(|t| t.split('<').next());
            bail!(
                "the issuer shows a page where none was expected: {} (status {})",
                heading.unwrap_or("no heading"),
                answer.status
            );
        };
        let next = here.join(&location)?;
        if next.as_str().starts_with(REDIRECT) {
            return Ok(next);
        }
        answer = if next.path() == "/present" {
            let code = self_issued(talk, opened, &next).await?;
            here = code.0;
            talk.http
                .form(here.as_str(), &[("response_code", &code.1)], vec![])
                .await?
        } else {
            let answer = talk.http.get(next.as_str()).await?;
            here = next;
            answer
        };
    }
    bail!("the issuer redirects without end")
}

/// Answers a request for a self-issued token; gives where to go on, and the code for it.
async fn self_issued(talk: &Talk<'_>, opened: &Opened, url: &Url) -> anyhow::Result<(Url, String)> {
    let now = talk.world.now();
    let asked = Asked::parse(url.as_str(), now)?;
    let seed = opened.seed("siop", &siop::context(&asked)?)?;
    let form = siop::answer(&asked, &seed, now)?;
    let (to, code) = post_answer(talk, &asked, &form).await?;
    Ok((to.context("no redirect_uri came back")?, code))
}

/// Posts an answer to the verifier; gives the URL to return to and the response code in it. For
/// another device there is nowhere to return to.
pub async fn post_answer(
    talk: &Talk<'_>,
    asked: &Asked,
    form: &[(&'static str, String)],
) -> anyhow::Result<(Option<Url>, String)> {
    let fields: Vec<(&str, &str)> = form.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let answer = talk
        .http
        .form(&asked.request().response_uri, &fields, vec![])
        .await?;
    if answer.status != 200 {
        return Err(match refused(&answer) {
            Failure::Server(words) => Failure::Refused(words),
            other => other,
        }
        .into());
    }
    let body = answer.json()?;
    if asked.request().other_device {
        return Ok((None, String::new()));
    }
    let mut to = Url::parse(
        body["redirect_uri"]
            .as_str()
            .context("no redirect_uri came back")?,
    )?;
    let fragment = to.fragment().unwrap_or("").to_owned();
    to.set_fragment(None);
    let code = url::form_urlencoded::parse(fragment.as_bytes())
        .find(|(k, _)| k == "response_code")
        .map(|(_, v)| v.into_owned());
    Ok((Some(to), code.unwrap_or_default()))
}

/// Tokens for taking cards: by the refresh token where there is one, else by the key.
pub async fn again(talk: &Talk<'_>, opened: &mut Opened, issuer: &str) -> anyhow::Result<Tokens> {
    let metadata = discover(talk, issuer).await?;
    let login = opened.holdings.login(issuer).cloned();
    if let Some(Login {
        key,
        refresh_token: Some(refresh),
        ..
    }) = login
    {
        let key = SigningKey::from_private_json(&key)?;
        let url = metadata["token_endpoint"]
            .as_str()
            .context("token_endpoint")?
            .to_owned();
        let form = refreshed(&refresh);
        let sent = Sent {
            method: "POST",
            url: &url,
            content: Content::Form(&form),
            ..Sent::default()
        };
        let answer = talk.send(&key, &sent).await?;
        if answer.status == 200 {
            let tokens = read(key, &answer.json()?)?;
            keep(opened, issuer, &tokens)?;
            return Ok(tokens);
        }
    }
    let wish = Wish {
        handle: None,
        admission: None,
        resource: None,
    };
    let tokens = by_key(talk, opened, &metadata, &wish).await?;
    keep(opened, issuer, &tokens)?;
    Ok(tokens)
}

/// Stores the login, so that cards can be taken again without the person.
pub fn keep(opened: &mut Opened, issuer: &str, tokens: &Tokens) -> anyhow::Result<()> {
    opened.holdings.keep_login(Login {
        issuer: issuer.to_owned(),
        key: private_json(&tokens.key),
        refresh_token: tokens.refresh_token.clone(),
    });
    opened.save_holdings()
}
