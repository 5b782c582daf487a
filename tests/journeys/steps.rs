//! What several journeys do: sign in by the demo's button, consent, top up.

use super::{
    visitor::{Answer, Visitor},
    wallet::Wallet,
};
use url::Url;

/// Goes to `start`, signs in as `persona` where asked, allows where asked, and stops before the
/// first redirect that `stop` names or at the first page that asks nothing.
pub async fn sign_in_as(
    visitor: &mut Visitor,
    start: &str,
    persona: &str,
    stop: impl Fn(&Url) -> bool + Copy,
) -> Answer {
    let first = visitor.get(start).await;
    go_on(visitor, first, persona, stop).await
}

/// Goes on from an answer as [`sign_in_as`] does.
pub async fn go_on(
    visitor: &mut Visitor,
    first: Answer,
    persona: &str,
    stop: impl Fn(&Url) -> bool + Copy,
) -> Answer {
    let mut page = visitor.follow(first, stop).await;
    for _ in 0..4 {
        let text = page.text();
        let token = |page: &Answer, mark: &str| {
            let form = text[..text.find(mark).unwrap()].rfind("<form").unwrap();
            let part = Answer {
                status: page.status,
                headers: page.headers.clone(),
                body: text.as_bytes()[form..].to_vec(),
                url: page.url.clone(),
            };
            part.field("form_token")
        };
        let sent = if text.contains("name=\"demo_as\"") {
            let (action, ix) = (page.action("name=\"demo_as\""), page.field("ix"));
            let token = token(&page, "name=\"demo_as\"");
            let fields = [
                ("ix", ix.as_str()),
                ("form_token", &token),
                ("demo_as", persona),
            ];
            visitor.form(action.as_str(), &fields).await
        } else if text.contains("name=\"decision\"") {
            let action = page.action("name=\"decision\"");
            let token = token(&page, "name=\"decision\"");
            visitor
                .form(
                    action.as_str(),
                    &[("form_token", &token), ("decision", "allow")],
                )
                .await
        } else {
            return page;
        };
        assert!(
            sent.status.is_redirection(),
            "{}: {}",
            sent.status,
            sent.text()
        );
        page = visitor.follow(sent, stop).await;
        if page.location().is_some_and(|next| stop(&next)) {
            return page;
        }
    }
    panic!("the sign-in does not end: {}", page.url);
}

/// Logs in at a partner app and returns what the app saw.
pub async fn at_app(visitor: &mut Visitor, app: &str, persona: &str) -> serde_json::Value {
    let end = sign_in_as(visitor, app, persona, |_| false).await;
    assert_eq!(end.status, 200, "{}", end.text());
    end.json()
}

/// Tops the purse up at the fake provider's page and waits for the credit.
pub async fn top_up(visitor: &mut Visitor, listen: &str, minor: i64) {
    let purse = visitor.json(&format!("{listen}/purse")).await;
    let token = purse["form_token"]
        .as_str()
        .expect("a signed-in purse has a form token")
        .to_owned();
    let before = purse["available"].as_i64().unwrap();
    let minor_text = minor.to_string();
    let url = format!("{listen}/purse/topups");
    let opened = visitor
        .form(&url, &[("minor", &minor_text), ("form_token", &token)])
        .await;
    let pay = opened
        .location()
        .unwrap_or_else(|| panic!("{}: {}", opened.status, opened.text()));
    let page = visitor.get(pay.as_str()).await;
    assert_eq!(page.status, 200);
    let paid = visitor.form(pay.as_str(), &[("act", "pay")]).await;
    assert!(
        paid.status.is_redirection(),
        "{}: {}",
        paid.status,
        paid.text()
    );
    let expected = before + minor * 8_176;
    for _ in 0..100 {
        let now = visitor.json(&format!("{listen}/purse")).await["available"]
            .as_i64()
            .unwrap();
        if now == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the credit did not arrive within ten seconds");
}

/// Logs in at an app: the browser leads to the wallet's page, the command line answers it. A
/// stranger with the returned link gets nothing, and the browser that started begins anew.
pub async fn by_wallet(wallet: &Wallet, app: &str) -> serde_json::Value {
    let mut visitor = Visitor::new();
    let (back, code) = answered(&mut visitor, wallet, app).await;
    let mut stranger = Visitor::new();
    let refused = stranger.form(&back, &[("response_code", &code)]).await;
    assert_eq!(refused.status, 403, "{}", refused.text());
    let (back, code) = answered(&mut visitor, wallet, app).await;
    let sent = visitor.form(&back, &[("response_code", &code)]).await;
    let end = go_on(&mut visitor, sent, "nobody", |_| false).await;
    assert_eq!(end.status, 200, "{}", end.text());
    end.json()
}

/// Goes as far as the wallet's answer; gives the page to return to, and its code.
pub async fn answered(visitor: &mut Visitor, wallet: &Wallet, app: &str) -> (String, String) {
    let first = visitor.get(app).await;
    let chooser = visitor.follow(first, |_| false).await;
    let (action, token) = (
        chooser.action("name=\"wallet\""),
        chooser.field("form_token"),
    );
    let sent = visitor
        .form(
            action.as_str(),
            &[("form_token", &token), ("wallet", "here")],
        )
        .await;
    let request = sent.location().expect("the wallet's page");
    assert_eq!(request.path(), "/present");
    let page = visitor.get(request.as_str()).await;
    assert!(
        page.text().contains("resonate-wallet present"),
        "the page says what to run"
    );
    let shown = wallet.good(&["present", request.as_str()]);
    let mut back = url::Url::parse(shown["redirect_uri"].as_str().unwrap()).unwrap();
    let code = back
        .fragment()
        .unwrap()
        .strip_prefix("response_code=")
        .unwrap()
        .to_owned();
    back.set_fragment(None);
    (back.into(), code)
}

/// Waits until the purse holds exactly that, with nothing held.
pub async fn credited(wallet: &Wallet, listen: &str, ucr: i64) {
    for _ in 0..40 {
        let purse = wallet.good(&["purse", listen]);
        if purse["available"] == ucr && purse["held"] == 0 {
            return;
        }
    }
    panic!("the purse does not come to {ucr}");
}
