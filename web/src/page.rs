//! The frame of every page: head, header, language switch, what the server learns, footer.
//!
//! A page is made from a fragment, mostly an askama template of the module that owns it. The frame adds
//! no script of its own and the headers come with it, so that no page can be sent without them.

use crate::{
    Site, assets, headers,
    lang::Choice,
    problems::{self, Told},
    words::SHELL,
};
use askama::Template;
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use host::Origin;
use kernel::Problem;

/// HTML that is trusted as it stands. Only templates and this crate's own text become this.
#[derive(Clone, Debug)]
pub struct SafeHtml(pub String);

impl SafeHtml {
    /// Renders a fragment.
    #[must_use]
    pub fn of(template: &impl Template) -> Self {
        Self(
            template
                .render()
                .expect("a template over values in memory renders"),
        )
    }
}

/// What a page that sends something says about it.
#[derive(Clone, Debug)]
struct Learns {
    learns: String,
    not: String,
}

/// A page being made. Every text given to it is already in the language of the request.
#[derive(Clone, Debug)]
pub struct Shell<'a> {
    site: &'a Site,
    choice: &'a Choice,
    title: String,
    learns: Option<Learns>,
    scripts: Vec<&'static str>,
    extra: headers::Extra,
    wide: bool,
    session: Option<Option<String>>,
}

impl<'a> Shell<'a> {
    /// A one-column page of `site` in the language of `choice`.
    #[must_use]
    pub fn new(site: &'a Site, choice: &'a Choice, title: impl Into<String>) -> Self {
        let title = title.into();
        let (learns, scripts, extra) = (None, Vec::new(), headers::Extra::default());
        Self {
            site,
            choice,
            title,
            learns,
            scripts,
            extra,
            wide: false,
            session: None,
        }
    }

    /// What the server learns from sending this page's form, and what it does not.
    #[must_use]
    pub fn learns(mut self, learns: impl Into<String>, not: impl Into<String>) -> Self {
        self.learns = Some(Learns {
            learns: learns.into(),
            not: not.into(),
        });
        self
    }

    /// Loads a script entry of the build, with its style sheets.
    #[must_use]
    pub fn script(mut self, entry: &'static str) -> Self {
        self.scripts.push(entry);
        self
    }

    /// Lets a form of this page lead to the origin of `url`.
    #[must_use]
    pub fn leads_to(mut self, url: impl Into<String>) -> Self {
        self.extra.form_action.push(url.into());
        self
    }

    /// For lists and tables: as wide as the layout allows.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Shows "Sign out", with the form token for it, or "Sign in".
    #[must_use]
    pub fn signed_in(mut self, logout_token: Option<&str>) -> Self {
        self.session = Some(logout_token.map(str::to_owned));
        self
    }

    /// The page around a template's fragment.
    #[must_use]
    pub fn page(self, fragment: &impl Template) -> Page {
        let body = SafeHtml::of(fragment);
        self.page_html(body)
    }

    /// The page around a fragment.
    #[must_use]
    pub fn page_html(self, body: SafeHtml) -> Page {
        let html = SafeHtml::of(&Frame::of(&self, body)).0;
        let headers = headers::common(self.site.origin, self.site.https, &self.extra);
        Page {
            status: StatusCode::OK,
            headers,
            html,
        }
    }
}

/// A page ready to be sent.
#[derive(Clone, Debug)]
pub struct Page {
    status: StatusCode,
    headers: HeaderMap,
    /// The whole document.
    pub html: String,
}

impl Page {
    /// A document that was made whole elsewhere, with the headers of its origin.
    pub(crate) fn whole(site: &Site, extra: &headers::Extra, html: String) -> Self {
        Self {
            status: StatusCode::OK,
            headers: headers::common(site.origin, site.https, extra),
            html,
        }
    }

    /// With another status than 200.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// With one more header; replaces one of the same name.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With one more `Set-Cookie`.
    #[must_use]
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.headers.append(header::SET_COOKIE, cookie);
        self
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = HeaderValue::from_static("text/html; charset=utf-8");
        let mut response = (self.status, self.html).into_response();
        for (name, value) in &self.headers {
            if name == header::SET_COOKIE {
                response.headers_mut().append(name, value.clone());
            } else {
                response.headers_mut().insert(name, value.clone());
            }
        }
        response.headers_mut().insert(header::CONTENT_TYPE, html);
        response
    }
}

/// The page of a refusal: what happened, whose side, what to do, its code and the request id.
#[must_use]
pub fn refusal(site: &Site, choice: &Choice, problem: &Problem, request: Option<&str>) -> Page {
    let status =
        StatusCode::from_u16(problem.slug.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let say = |key| SHELL.say(choice.lang, key);
    let told = problems::told(choice.lang, problem.slug);
    let fragment = RefusalPage {
        ours: problem.slug.status >= 500,
        told,
        problem,
        side_ours: say("refusal-side-ours"),
        side_yours: say("refusal-side-yours"),
        do_next: say("refusal-next"),
        code: say("refusal-code"),
        request_word: say("refusal-request"),
        home_word: say("refusal-home"),
        home: choice.link("/"),
        request,
    };
    Shell::new(site, choice, told.title)
        .page(&fragment)
        .status(status)
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct RefusalPage<'a> {
    problem: &'a Problem,
    told: Told,
    ours: bool,
    side_ours: &'static str,
    side_yours: &'static str,
    do_next: &'static str,
    code: &'static str,
    request_word: &'static str,
    home_word: &'static str,
    home: String,
    request: Option<&'a str>,
}

struct Link {
    href: String,
    text: &'static str,
    here: bool,
}

#[derive(Template)]
#[template(path = "shell.html")]
struct Frame<'a> {
    lang: &'static str,
    title: &'a str,
    place: &'static str,
    home: String,
    body: SafeHtml,
    wide: bool,
    learns: Option<String>,
    learns_not: String,
    styles: Vec<String>,
    scripts: Vec<String>,
    icon: Option<String>,
    nav: Vec<Link>,
    session: Option<Option<&'a str>>,
    sign_in: &'static str,
    sign_in_href: String,
    sign_out: &'static str,
    skip: &'static str,
    nav_label: &'static str,
    lang_label: &'static str,
    foot: &'static str,
    others: Vec<OtherLang>,
}

struct OtherLang {
    tag: &'static str,
    name: &'static str,
    href: String,
}

impl<'a> Frame<'a> {
    fn of(shell: &'a Shell<'a>, body: SafeHtml) -> Self {
        let choice = shell.choice;
        let say = |key| SHELL.say(choice.lang, key);
        let style = assets::path("style").into_iter();
        let learns = shell.learns.as_ref();
        let fill = |key, value| SHELL.fill(choice.lang, key, &[("what", value)]);
        Self {
            lang: choice.lang.tag(),
            title: &shell.title,
            place: say(place(shell.site.origin)),
            home: choice.link("/"),
            body,
            wide: shell.wide,
            learns: learns.map(|l| fill("shell-learns", &l.learns)),
            learns_not: learns
                .map(|l| fill("shell-learns-not", &l.not))
                .unwrap_or_default(),
            styles: style
                .chain(shell.scripts.iter().flat_map(|s| assets::styles(s)))
                .collect(),
            scripts: shell
                .scripts
                .iter()
                .filter_map(|s| assets::path(s))
                .collect(),
            icon: assets::path("icon"),
            nav: nav(shell),
            session: shell.session.as_ref().map(Option::as_deref),
            sign_in: say("shell-sign-in"),
            sign_in_href: choice.link("/login"),
            sign_out: say("shell-sign-out"),
            skip: say("shell-skip"),
            nav_label: say("shell-nav"),
            lang_label: say("shell-lang"),
            foot: say("shell-foot"),
            others: choice
                .others()
                .into_iter()
                .map(|(lang, href)| OtherLang {
                    tag: lang.tag(),
                    name: lang.name(),
                    href,
                })
                .collect(),
        }
    }
}

fn nav(shell: &Shell<'_>) -> Vec<Link> {
    let places: &[(&str, &'static str)] = match shell.site.origin {
        Origin::Listen => &[("/", "shell-nav-music"), ("/purse", "shell-nav-purse")],
        Origin::Id | Origin::Wallet | Origin::Coop | Origin::Staff => &[],
    };
    let link = |(path, key): &(&str, &'static str)| Link {
        href: shell.choice.link(path),
        text: SHELL.say(shell.choice.lang, key),
        here: shell.choice.is_at(path),
    };
    places.iter().map(link).collect()
}

const fn place(origin: Origin) -> &'static str {
    match origin {
        Origin::Id => "shell-place-id",
        Origin::Wallet => "shell-place-wallet",
        Origin::Listen => "shell-place-listen",
        Origin::Coop => "shell-place-coop",
        Origin::Staff => "shell-place-staff",
    }
}
