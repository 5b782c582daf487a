//! The wallet origin: one page for all screens, and files that are what the release says.

use host_testing::{Browser, House};
use serde_json::Value;
use sha2::{Digest, Sha256};

const WALLET: &str = "http://wallet.localhost:8080";

async fn house() -> House {
    House::open(&[&web::MIGRATIONS], |ground| vec![web::part(ground)]).await
}

async fn get(browser: &mut Browser, path: &str) -> host_testing::Page {
    browser.get(&format!("{WALLET}{path}")).await
}

fn header<'a>(page: &'a host_testing::Page, name: &str) -> &'a str {
    page.headers.get(name).map_or("", |v| v.to_str().unwrap())
}

#[tokio::test]
async fn every_screen_is_the_same_page_but_for_what_is_said_without_script() {
    let house = house().await;
    let mut browser = house.browser();
    let shell = get(&mut browser, "/shell").await.text();
    let (before, after) = shell.split_once("<!-- plain -->").unwrap();
    let routes: Vec<String> = serde_json::from_str(include_str!("../../pwa/routes.json")).unwrap();
    for path in &routes {
        let page = get(&mut browser, path).await;
        let html = page.text();
        let inside = html
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .unwrap_or_else(|| panic!("{path}: {html}"));
        assert!(
            inside.starts_with("<noscript>") && inside.ends_with("</noscript>"),
            "{path}"
        );
        let csp = header(&page, "content-security-policy");
        for part in [
            "connect-src 'self' http://localhost:8080 http://listen.localhost:8080 http://coop",
            "form-action 'none'",
            "worker-src 'self'",
            "trusted-types resonate-workers",
        ] {
            assert!(csp.contains(part), "{path}: {csp}");
        }
        assert!(
            header(&page, "permissions-policy").contains("camera=(self)"),
            "{path}"
        );
        assert_eq!(header(&page, "set-cookie"), "", "{path}");
    }
    house.leave().await;
}

#[tokio::test]
async fn each_file_has_the_hash_that_the_release_names_and_the_list_names_the_release() {
    let house = house().await;
    let mut browser = house.browser();
    let text = get(&mut browser, "/release.json").await.text();
    let release: Value = serde_json::from_str(&text).unwrap();
    let files = release["files"].as_object().unwrap();
    for needed in ["/shell", "/sw.js", "/argon.js"] {
        assert!(files.contains_key(needed), "{needed}");
    }
    assert!(files.keys().any(|path| path.starts_with("/assets/wallet-")));
    for (path, sum) in files {
        let page = get(&mut browser, path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(
            kernel::hex::encode(Sha256::digest(&page.body)),
            *sum,
            "{path}"
        );
    }
    let list = get(&mut browser, "/.well-known/resonate-wallet-releases").await;
    let list: Value = serde_json::from_str(&list.text()).unwrap();
    let sum = kernel::hex::encode(Sha256::digest(text.as_bytes()));
    assert_eq!(list["releases"][0]["sha256"], sum);
    assert_eq!(list["releases"][0]["version"], release["version"]);
    house.leave().await;
}

#[tokio::test]
async fn workers_are_asked_for_anew_and_may_ask_only_home() {
    let house = house().await;
    let mut browser = house.browser();
    for path in ["/sw.js", "/argon.js"] {
        let page = get(&mut browser, path).await;
        assert_eq!(
            header(&page, "content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(header(&page, "cache-control"), "no-cache", "{path}");
    }
    let worker = get(&mut browser, "/sw.js").await;
    let csp = header(&worker, "content-security-policy");
    assert_eq!(
        csp,
        "default-src 'none'; connect-src 'self'; frame-ancestors 'none'"
    );
    assert!(worker.text().lines().count() <= 120);
    house.leave().await;
}

#[tokio::test]
async fn the_app_is_named_in_the_language_of_the_device() {
    let house = house().await;
    let mut browser = house.browser();
    for (lang, name) in [("en", "Resonate wallet"), ("de", "Resonate-Wallet")] {
        let page = get(&mut browser, &format!("/manifest.webmanifest?lang={lang}")).await;
        assert_eq!(header(&page, "content-type"), "application/manifest+json");
        let manifest: Value = serde_json::from_str(&page.text()).unwrap();
        assert_eq!(manifest["name"], name);
        assert_eq!(
            (&manifest["start_url"], &manifest["scope"]),
            (&"/".into(), &"/".into())
        );
        for icon in manifest["icons"].as_array().unwrap() {
            let icon = get(&mut browser, icon["src"].as_str().unwrap()).await;
            assert_eq!(header(&icon, "content-type"), "image/png");
        }
    }
    let config = get(&mut browser, "/config.json").await;
    let config: Value = serde_json::from_str(&config.text()).unwrap();
    assert_eq!(config["id"], "http://localhost:8080");
    assert_eq!(config["listen"], "http://listen.localhost:8080");
    assert!(config["now"].is_i64());
    house.leave().await;
}
