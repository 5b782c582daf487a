//! Every kind of page carries the common headers and nothing inline.

use axum::{Json, Router, routing::get};
use host::{Origin, Part, Routes};
use host_testing::{House, Page};
use kernel::{Problem, problem};
use web::{
    Site,
    lang::{Choice, Lang},
    page::{self, SafeHtml, Shell},
};

/// What web gives, framed as the server frames it, and a page and an API answer of somebody else.
fn parts(ground: &host::Ground) -> Vec<Part> {
    let mut part = web::part(ground);
    let foreign = Router::new()
        .route(
            "/plain",
            get(|| async { axum::response::Html("<h1>plain</h1>") }),
        )
        .route("/api", get(|| async { Json(1) }));
    part.routes.public.push((Origin::Id, foreign.clone()));
    part.routes.public.push((Origin::Listen, foreign));
    let framed = part.routes.public.into_iter();
    let public =
        framed.map(|(origin, routes)| (origin, web::headers::frame(routes, origin, false)));
    part.routes = Routes {
        public: public.collect(),
        peer: Router::new(),
    };
    vec![part]
}

async fn house() -> House {
    House::open(&[&web::MIGRATIONS], parts).await
}

fn assert_common(url: &str, page: &Page) {
    let header = |name: &str| page.headers.get(name).map_or("", |v| v.to_str().unwrap());
    let csp = header("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'"] {
        assert!(csp.contains(part), "{url}: {csp}");
    }
    for unsafe_word in ["unsafe-inline", "unsafe-eval", "*"] {
        assert!(!csp.contains(unsafe_word), "{url}: {csp}");
    }
    let whole_schemes = csp
        .split([' ', ';'])
        .filter(|w| ["http:", "https:"].contains(w));
    assert_eq!(whole_schemes.count(), 0, "{url}: {csp}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{url}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{url}");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{url}");
    assert_eq!(
        header("cross-origin-resource-policy"),
        "same-origin",
        "{url}"
    );
    assert!(
        header("permissions-policy").contains("geolocation=()"),
        "{url}"
    );
    assert_eq!(header("cache-control"), "no-store", "{url}");
    assert_eq!(header("strict-transport-security"), "", "{url}: plain http");
    assert_eq!(
        header("set-cookie"),
        "",
        "{url}: no page sets a cookie by itself"
    );
}

fn assert_clean(url: &str, html: &str) {
    for bad in [
        " style=",
        "<style",
        "javascript:",
        " onclick=",
        " onload=",
        "//cdn",
    ] {
        assert!(!html.contains(bad), "{url} has {bad}");
    }
    for script in html.split("<script").skip(1) {
        assert!(
            script.starts_with(" type=\"module\" src=\"/assets/"),
            "{url}: {script:.60}"
        );
    }
    assert_eq!(html.matches("<h1>").count(), 1, "{url}: one h1");
    assert!(html.contains("<html lang=\""), "{url}");
    assert!(html.contains("/assets/style-"), "{url}: the style sheet");
}

#[tokio::test]
async fn every_page_kind_carries_the_common_headers() {
    let house = house().await;
    let mut browser = house.browser();
    let pages = [
        ("http://wallet.localhost:8080/", 200),
        ("http://wallet.localhost:8080/present", 400),
        ("http://wallet.localhost:8080/cb", 400),
        ("http://wallet.localhost:8080/cb?error=access_denied", 400),
        ("http://wallet.localhost:8080/cb?code=c&state=s", 200),
        ("http://coop.localhost:8080/", 200),
    ];
    for (url, status) in pages {
        let page = browser.get(url).await;
        assert_eq!(page.status, status, "{url}");
        assert_common(url, &page);
        assert_clean(url, &page.text());
    }
    house.leave().await;
}

#[tokio::test]
async fn what_a_module_leaves_out_the_frame_adds() {
    let house = house().await;
    let mut browser = house.browser();
    let url = "http://localhost:8080/plain";
    let page = browser.get(url).await;
    assert_common(url, &page);
    let csp = page.headers["content-security-policy"].to_str().unwrap();
    assert!(
        csp.contains("script-src 'self'") && csp.ends_with("trusted-types 'none'"),
        "{csp}"
    );
    let api = browser.get("http://listen.localhost:8080/api").await;
    assert_common("/api", &api);
    let csp = api.headers["content-security-policy"].to_str().unwrap();
    assert!(
        !csp.contains("script-src"),
        "an answer that is no page runs nothing: {csp}"
    );
    house.leave().await;
}

#[tokio::test]
async fn the_wallet_page_shows_the_request_and_the_command() {
    let house = house().await;
    let mut browser = house.browser();
    let dcql = r#"{"credentials":[{"id":"listener","format":"dc+sd-jwt","meta":{"vct_values":
        ["http://localhost:8080/vct/listener/1"]},"claims":[{"path":["<b>account"]}]}]}"#;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", "redirect_uri:http://localhost:8080/vp/s")
        .append_pair("response_type", "vp_token")
        .append_pair("response_uri", "http://localhost:8080/vp/s")
        .append_pair("nonce", "it's")
        .append_pair("dcql_query", dcql)
        .finish();
    let at = |query: &str| format!("http://wallet.localhost:8080/present?{query}");
    let page = browser.get(&at(&format!("{query}&lang=de"))).await;
    assert_eq!(page.status, 200);
    let html = page.text();
    assert_clean("/present", &html);
    assert!(html.contains("möchte eine Karte sehen"), "{html}");
    assert!(!html.contains("<b>account"), "what is asked is text");
    // One word for the shell, without the page's own parameter.
    let command = html.split("resonate-wallet present ").nth(1).unwrap();
    let command = command
        .split("</code>")
        .next()
        .unwrap()
        .replace("&#38;", "&");
    let inner = command.replace("&#39;", "'");
    assert!(
        inner.starts_with("'http://wallet.localhost:8080/present?client_id="),
        "{inner}"
    );
    assert_eq!(inner.matches('\'').count(), 2, "{inner}");
    assert!(!inner.contains("lang="), "{inner}");
    assert!(html.contains("class=\"learns\""), "{html}");
    house.leave().await;
}

#[tokio::test]
async fn pages_speak_the_language_that_was_asked_for() {
    let house = house().await;
    let mut browser = house.browser();
    let page = browser
        .get("http://coop.localhost:8080/?lang=de")
        .await
        .text();
    assert!(
        page.contains("<html lang=\"de\">") && page.contains("Genossenschaft"),
        "{page}"
    );
    assert!(page.contains("href=\"/?lang=en\""), "the switch: {page}");
    house.leave().await;
}

#[test]
fn a_refusal_says_what_happened_and_what_to_do() {
    let site = Site::new(Origin::Id, "https://id.example.coop");
    let problem = Problem::new(&problem::FORM_STALE).detail("typed <kept>");
    let page = page::refusal(&site, &Choice::fixed(Lang::En), &problem, Some("r-1"));
    for said in [
        "does not belong to this browser",
        problem.slug.fix,
        "form-stale",
        "r-1",
        "typed &#60;kept&#62;",
    ] {
        assert!(page.html.contains(said), "{said}: {}", page.html);
    }
    assert!(page.html.contains("Nothing was changed"));
    let broken = Problem::new(&problem::INTERNAL);
    let page = page::refusal(&site, &Choice::fixed(Lang::De), &broken, None);
    assert!(
        page.html.contains("Der Fehler liegt bei uns"),
        "{}",
        page.html
    );
}

#[tokio::test]
async fn a_page_leads_to_the_client_it_names_and_says_what_is_learnt() {
    use axum::response::IntoResponse;
    let site = Site::new(Origin::Id, "https://id.example.coop");
    let choice = Choice::fixed(Lang::En);
    let response = Shell::new(&site, &choice, "Allow <app>?")
        .leads_to("https://app.example.com/cb")
        .learns("that you allowed it", "your name")
        .script("passkey")
        .page_html(SafeHtml("<h1>Allow?</h1>".into()))
        .into_response();
    let csp = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(
        csp.contains("form-action 'self' https://app.example.com;"),
        "{csp}"
    );
    assert!(response.headers().contains_key("strict-transport-security"));
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    let html = String::from_utf8(body.to_vec()).unwrap();
    assert!(
        html.contains("The server learns: that you allowed it."),
        "{html}"
    );
    assert!(html.contains("It does not learn: your name."), "{html}");
    assert!(
        html.contains("<title>Allow &#60;app&#62;? · Resonate</title>"),
        "{html}"
    );
    assert!(html.contains("src=\"/assets/passkey-"), "{html}");
}
