//! `/device`: the page on which a signed-in person types the code of a device and decides.

use super::{
    decision::{self, Decision, Looked, Seen},
    kept,
    user_code::UserCode,
};
use crate::{
    browser::{self, Browser},
    consent,
    core::{Core, Shared},
    interaction,
    page::{self, Say},
    params::Params,
    people,
    problem::{OAuthError, Refusal},
    scope,
    session::{self, Login},
};
use askama::Template;
use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use kernel::Timestamp;
use std::sync::LazyLock;
use web::{lang::Choice, page::Page, words::Words};

/// The words of these pages.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        include_str!("../../words/device_en.ftl"),
        include_str!("../../words/device_de.ftl"),
    )
});
/// What the form for a code is for, as form tokens name it.
const LOOK: &str = "device";
/// When a wrong code no longer counts, for who cannot work.
const LATER: HeaderValue = HeaderValue::from_static("600");

/// The routes of this file.
pub(super) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/device", get(show).post(act))
        .with_state(core)
}

/// What the form of a decision is for. Only who looked the code up is given its token, so deciding is
/// no second way to try codes.
fn purpose(core: &Core, code: &UserCode) -> String {
    format!("{LOOK}:{}", code.hash(&core.user_code_key))
}

async fn show(
    State(core): State<Shared>,
    choice: Choice,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let now = core.ground.world.now();
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    let shown = async {
        params.strict().map_err(|_| Refusal::Malformed)?;
        let login = session::current(&core, &headers, now).await?;
        let browser = browser::current_or_new(&core, &headers);
        let kept = params.get("kept").and_then(|kept| kept::open(&core, kept));
        let typed = kept.or_else(|| params.text("user_code"));
        let page = match (login, typed) {
            (Some(login), Some(typed)) => {
                let from = From {
                    browser: &browser,
                    login: &login,
                    params: &params,
                };
                looked(&core, &choice, &from, &typed, now).await?
            }
            // Looking is for who is signed in; the form leads there and keeps the code.
            (_, typed) => {
                let typed = typed.unwrap_or_default();
                entry(&core, &choice, &browser, &typed, Notice::None)
            }
        };
        let mut answer = page.into_response();
        browser.set_cookie(&core, answer.headers_mut());
        Ok(answer)
    };
    page::answer(&core, &choice, shown.await)
}

async fn act(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let acted = async {
        let params = Params::of_strict_form(request)
            .await
            .map_err(|error| match error {
                OAuthError::Edge(problem) => Refusal::Edge(problem),
                _ => Refusal::Malformed,
            })?;
        let browser = browser::current(&core, &headers).ok_or(Refusal::FormStale)?;
        let allows = match params.get("decision") {
            None => None,
            Some("allow") => Some(true),
            Some("deny") => Some(false),
            Some(_) => return Err(Refusal::Malformed),
        };
        let code = UserCode::parse(params.get("user_code").unwrap_or_default());
        let purpose = match (allows, &code) {
            (None, _) => LOOK.to_owned(),
            (Some(_), Some(code)) => purpose(&core, code),
            (Some(_), None) => return Err(Refusal::UserCodeUnknown),
        };
        let token = params.get("form_token").unwrap_or_default();
        let check = core
            .forms
            .check(&headers, core.issuer(), browser.id(), &purpose, token);
        check.map_err(|_| Refusal::FormStale)?;
        let typed = params.get("user_code").unwrap_or_default();
        let Some(login) = session::current(&core, &headers, now).await? else {
            let to = kept::path(&core, typed);
            let at = people::sign_in(&core, &headers, &to, now).await?;
            return Ok(interaction::next(&core, &at, None));
        };
        let (Some(allows), Some(code)) = (allows, code) else {
            let from = From {
                browser: &browser,
                login: &login,
                params: &params,
            };
            let page = looked(&core, &choice, &from, typed, now).await?;
            return Ok(page.into_response());
        };
        let decision = Decision {
            login: &login,
            code: &code,
            allows,
            nickname: params.get("nickname").and_then(consent::nickname),
        };
        decision::decide(&core, &decision, now).await?;
        Ok(done(&core, &choice, allows).into_response())
    };
    page::answer(&core, &choice, acted.await)
}

/// Who looks.
struct From<'a> {
    browser: &'a Browser,
    login: &'a Login,
    params: &'a Params,
}

async fn looked(
    core: &Core,
    choice: &Choice,
    from: &From<'_>,
    typed: &str,
    now: Timestamp,
) -> Result<Page, Refusal> {
    let looked = decision::look(core, from.login, typed, from.params, now).await?;
    Ok(match looked {
        Looked::Found(seen) => {
            let waiting = &seen.waiting;
            let wanted = consent::wanted(&waiting.scope, waiting.resource.as_deref());
            let mut conn = core.ground.db.read().await?;
            let said = consent::sentences(core, &mut conn, choice.lang, &wanted, now).await?;
            ask(core, choice, from.browser, &seen, said)
        }
        Looked::Unknown => entry(core, choice, from.browser, typed, Notice::Unknown),
        Looked::CostsWork => entry(core, choice, from.browser, typed, Notice::CostsWork),
    })
}

/// What stands above the field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notice {
    None,
    Unknown,
    CostsWork,
}

#[derive(Template)]
#[template(path = "device.html")]
struct Entry<'a> {
    title: &'a str,
    lead: &'a str,
    notice: Option<&'a str>,
    work: bool,
    working: &'a str,
    label: &'a str,
    hint: &'a str,
    button: &'a str,
    typed: &'a str,
    form_token: String,
}

fn entry(core: &Core, choice: &Choice, browser: &Browser, typed: &str, notice: Notice) -> Page {
    let say = |key| WORDS.say(choice.lang, key);
    let work = notice == Notice::CostsWork;
    let fragment = Entry {
        title: say("device-title"),
        lead: say("device-lead"),
        notice: match notice {
            Notice::None => None,
            Notice::Unknown => Some(say("device-unknown")),
            Notice::CostsWork => Some(say("device-work")),
        },
        work,
        working: say("device-working"),
        label: say("device-code"),
        hint: say("device-hint"),
        button: say("device-look"),
        typed,
        form_token: core.forms.token(browser.id(), LOOK),
    };
    let shell = page::shell(core, choice, fragment.title)
        .learns(say("device-learns"), say("device-learns-not"));
    let shell = if work { shell.script("device") } else { shell };
    let page = shell.page(&fragment);
    match notice {
        Notice::None => page,
        Notice::Unknown => page.status(StatusCode::NOT_FOUND),
        Notice::CostsWork => page
            .status(StatusCode::TOO_MANY_REQUESTS)
            .header(header::RETRY_AFTER, LATER),
    }
}

#[derive(Template)]
#[template(path = "device_ask.html")]
struct Ask<'a> {
    w: Say,
    title: &'a str,
    question: &'a str,
    facts: Vec<(&'a str, String)>,
    learns: &'a str,
    sentences: Vec<String>,
    nickname: Option<&'a str>,
    code: String,
    deny: &'a str,
    allow: &'a str,
    form_token: String,
}

fn ask(
    core: &Core,
    choice: &Choice,
    browser: &Browser,
    seen: &Seen,
    sentences: Vec<String>,
) -> Page {
    let say = |key| WORDS.say(choice.lang, key);
    let w = Say(choice.lang);
    let app = [("app", seen.client.name.as_str())];
    let title = WORDS.fill(choice.lang, "device-ask-title", &app);
    let known = if seen.client.verified || seen.client.first_party {
        "consent-verified"
    } else {
        "consent-unverified"
    };
    let profile = scope::has(&seen.waiting.scope, scope::PROFILE);
    let fragment = Ask {
        w,
        title: &title,
        question: say("device-question"),
        facts: vec![
            (say("device-fact-code"), seen.code.shown()),
            (say("device-fact-began"), instant(seen.waiting.began)),
            (w.say("consent-known"), w.say(known).to_owned()),
        ],
        learns: w.say("consent-app-learns"),
        sentences,
        nickname: profile.then(|| seen.nickname.as_deref().unwrap_or_default()),
        code: seen.code.shown(),
        deny: say("device-deny"),
        allow: say("device-allow"),
        form_token: core.forms.token(browser.id(), &purpose(core, &seen.code)),
    };
    page::shell(core, choice, &title)
        .learns(w.say("consent-learns"), w.say("consent-learns-not"))
        .page(&fragment)
}

/// Day and minute, with its zone.
fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    match text.split_once('T') {
        Some((day, time)) => format!("{day}, {} UTC", time.get(..5).unwrap_or(time)),
        None => text,
    }
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct Done<'a> {
    title: &'a str,
    lead: &'a str,
}

fn done(core: &Core, choice: &Choice, allowed: bool) -> Page {
    let say = |key| WORDS.say(choice.lang, key);
    let (title, lead) = if allowed {
        ("device-allowed-title", "device-allowed-lead")
    } else {
        ("device-denied-title", "device-denied-lead")
    };
    let fragment = Done {
        title: say(title),
        lead: say(lead),
    };
    page::shell(core, choice, fragment.title).page(&fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_stands_in_every_language() {
        assert_eq!(WORDS.missing(), Vec::<&str>::new());
    }
}
