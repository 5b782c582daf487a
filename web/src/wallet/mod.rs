//! The wallet origin: one page for all screens of the browser wallet, and the files beside it.
//!
//! The page is the same bytes wherever it is opened, but for one `noscript` element: who has no script
//! reads there what is asked, and the command that answers it (see [`plain`]).

mod plain;
mod release;
mod request;

use crate::{Site, assets, headers::Extra, page::Page};
use axum::{Json, Router, body::Bytes, extract::State, routing::get};
use host::{Ground, Origin};
use http::{Request, StatusCode};
use kernel::b64;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

/// What the pages of this origin know.
struct Pages {
    site: Site,
    id: String,
    listen: String,
    coop: String,
    ground: Ground,
}

/// The page of the browser wallet, as the build wrote it.
static SHELL: LazyLock<String> = LazyLock::new(|| {
    assets::text("wallet/shell.html").expect("scripts/web-build writes the wallet's page")
});

/// Where what is said without script stands in the page.
const PLAIN: &str = "<!-- plain -->";

/// The paths of the screens: the service worker keeps the same list.
static ROUTES: LazyLock<Vec<String>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../pwa/routes.json")).expect("a list of paths")
});

/// Every route of the wallet origin but the vault store's.
pub fn wallet_pages(ground: &Ground) -> Router {
    let origins = &ground.origins;
    let pages = Pages {
        site: Site::of(ground, Origin::Wallet),
        id: origins.id.clone(),
        listen: origins.listen.clone(),
        coop: origins.coop.clone(),
        ground: ground.clone(),
    };
    let own = ["/present", "/cb"];
    let screens = ROUTES.iter().filter(|path| !own.contains(&path.as_str()));
    let routes = Router::new()
        .route("/present", get(plain::present))
        .route("/cb", get(plain::callback))
        .route("/shell", get(shell))
        .route("/config.json", get(config));
    screens
        .fold(routes, |routes, path| routes.route(path, get(plain::home)))
        .with_state(Arc::new(pages))
        .merge(release::routes())
}

impl Pages {
    /// The wallet's page, with `noscript` for who runs no script.
    fn shell(&self, noscript: &str) -> Page {
        self.whole(SHELL.replacen(PLAIN, &format!("<noscript>{noscript}</noscript>"), 1))
    }

    fn whole(&self, html: String) -> Page {
        let extra = Extra {
            form_action: Vec::new(),
            connect: vec![self.id.clone(), self.listen.clone(), self.coop.clone()],
        };
        Page::whole(&self.site, &extra, html)
    }
}

/// The page without what is said to those without script: these are the bytes the release names.
async fn shell(State(pages): State<Arc<Pages>>) -> Page {
    pages.whole(SHELL.clone())
}

/// Where this co-op's other origins are, the anchors of its requests, and its time in seconds.
async fn config(State(pages): State<Arc<Pages>>) -> Json<Value> {
    let anchors: Vec<String> = pages.anchor().await.into_iter().collect();
    Json(json!({
        "id": pages.id,
        "listen": pages.listen,
        "coop": pages.coop,
        "anchors": anchors,
        "loopback": !pages.site.https,
        "now": pages.ground.world.now().seconds(),
    }))
}

impl Pages {
    /// The certificate above those of the co-op's own requests, DER in base64url; nothing while the
    /// issuer cannot be asked.
    async fn anchor(&self) -> Option<String> {
        let request = Request::get("/vp/anchor").body(Bytes::new()).ok()?;
        let answer = self.ground.peers.origin(Origin::Id, request).await.ok()?;
        (answer.status() == StatusCode::OK).then(|| b64::encode(answer.body()))
    }
}
