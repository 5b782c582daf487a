//! One login, from a browser without cookies to verified tokens.

use crate::{
    Ask, Unit,
    http::{Jar, Wire, app_form, get, page_form},
    page::form_with,
    verify::Verifier,
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use url::form_urlencoded::Serializer;

/// RFC 7636 appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Where every app of the bench is returned to.
const REDIRECT: &str = "https://app.example/cb";
/// Redirects and pages after which a login is given up.
const MOST_STEPS: usize = 16;

/// What a login gave.
pub struct Got {
    pub access: String,
}

/// Logs somebody in at the app of `unit`.
pub async fn login(wire: &mut Wire, ask: &Ask, unit: Unit, verifier: &Verifier) -> Result<Got> {
    let app = &ask.apps[unit.number % ask.apps.len()];
    let nonce = format!("n{}", unit.number);
    let query = Serializer::new(String::new())
        .append_pair("client_id", &app.id)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("response_type", "code")
        .append_pair("scope", "openid")
        .append_pair("prompt", "consent")
        .append_pair("state", "s")
        .append_pair("nonce", &nonce)
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .finish();
    let code = browse(wire, ask, &format!("{}?{query}", ask.authorize), unit).await?;
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "authorization_code")
        .append_pair("code", &code)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("code_verifier", VERIFIER)
        .finish();
    let request = app_form(&ask.host, &ask.token, &app.basic, &form);
    let reply = wire.send(request.as_bytes()).await?;
    ensure!(
        reply.status == 200,
        "token {}: {}",
        reply.status,
        reply.body
    );
    let tokens: Value = serde_json::from_str(&reply.body)?;
    let says = |name: &str| tokens[name].as_str().context("a token is missing");
    let id_token = says("id_token")?;
    if unit.is_checked() {
        verifier.id_token(id_token, &app.id, &nonce)?;
    }
    Ok(Got {
        access: says("access_token")?.to_owned(),
    })
}

/// Follows redirects and fills in forms until the app is reached; the code.
async fn browse(wire: &mut Wire, ask: &Ask, start: &str, unit: Unit) -> Result<String> {
    let mut jar = Jar::default();
    let mut request = get(&ask.host, start, &jar);
    for _ in 0..MOST_STEPS {
        let mut reply = wire.send(request.as_bytes()).await?;
        jar.keep(&mut reply);
        match (reply.status, &reply.location) {
            (302 | 303, Some(to)) if to.starts_with(REDIRECT) => return code_of(to),
            (302 | 303, Some(to)) => request = get(&ask.host, path_of(to), &jar),
            (200, _) => {
                let (action, form) = fill_in(&reply.body, unit)?;
                request = page_form(&ask.host, path_of(&action), &jar, &form);
            }
            (status, _) => bail!("{status}: {}", reply.body),
        }
    }
    bail!("the login does not come to an end")
}

fn code_of(to: &str) -> Result<String> {
    let url = url::Url::parse(to)?;
    let code = url.query_pairs().find(|(name, _)| name == "code");
    Ok(code
        .with_context(|| format!("no code: {to}"))?
        .1
        .into_owned())
}

fn path_of(address: &str) -> &str {
    match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => address,
    }
}

/// The form of a page, as a person would send it. A page of ways in has a button for a made-up
/// person, or fields for a name; a page of consent has a button, or nothing but itself.
fn fill_in(page: &str, unit: Unit) -> Result<(String, String)> {
    let person = format!("person{}", unit.number);
    let known: [(&str, &[(&str, &str)]); 4] = [
        ("name=\"demo_as\"", &[("demo_as", "listener")]),
        ("name=\"decision\"", &[("decision", "allow")]),
        (
            "name=\"login\"",
            &[("login", &person), ("password", "secret")],
        ),
        ("value=\"consent\"", &[]),
    ];
    for (mark, typed) in known {
        if let Some(form) = form_with(page, mark) {
            let mut body = Serializer::new(String::new());
            for (name, value) in &form.fields {
                body.append_pair(name, value);
            }
            body.extend_pairs(typed);
            return Ok((form.action, body.finish()));
        }
    }
    bail!("a page without a form we know: {page}")
}
