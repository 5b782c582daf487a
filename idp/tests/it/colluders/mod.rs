//! Two apps put everything together that they were given about two hundred people who use both, with
//! one login each, and try to say who is who. They do no better than by chance.

mod attack;

use crate::house::{Browser, House, authorize, basic, lend};
use attack::Row;
use axum::http::StatusCode;
use credential::jose;
use serde_json::{Value, json};

const PEOPLE: usize = 200;
/// Two apps with secrets, that ask for as much as an app can ask for.
const APPS: [(&str, &str, &str); 2] = [
    ("one", "secret-of-app-one", "https://one.example/cb"),
    ("two", "secret-of-app-two", "https://two.example/cb"),
];

fn apps() -> Vec<Value> {
    let app = |(id, secret, redirect): &(&str, &str, &str)| {
        json!({
            "client_id": id, "client_name": "App", "client_secret": secret,
            "redirect_uris": [redirect], "scope": "openid profile offline_access",
            "id_token_signed_response_alg": "ES256", "require_auth_time": true,
        })
    };
    APPS.iter().map(app).collect()
}

fn persona(n: usize) -> String {
    format!("p{n}")
}

/// Writes down every leaf of a document under its path.
fn note(row: &mut Row, path: &str, value: &Value) {
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| note(row, &format!("{path}.{name}"), value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, value)| note(row, &format!("{path}.{at}"), value)),
        Value::String(text) => drop(row.insert(path.to_owned(), text.clone())),
        other => drop(row.insert(path.to_owned(), other.to_string())),
    }
}

fn note_token(row: &mut Row, path: &str, token: &str) {
    let (header, claims) = jose::peek(token).unwrap();
    row.insert(format!("{path}.kid"), header.kid.unwrap_or_default());
    note(row, path, &Value::Object(claims));
}

/// One visit: all that the app gets from the redirect to the last question it may ask.
async fn visit(house: &House, browser: &mut Browser, app: usize, who: usize) -> Row {
    let (id, secret, redirect) = APPS[app];
    let request = [
        ("client_id", id),
        ("response_type", "code"),
        ("redirect_uri", redirect),
        ("scope", "openid profile offline_access"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", crate::house::CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let page = browser.open(house, &authorize(&request)).await;
    let code = if page.body.contains("name=\"demo_as\"") {
        browser.code(house, &request, &persona(who)).await
    } else {
        browser.agree(house, page).await
    };
    let mut row = Row::new();
    row.insert("code".to_owned(), code.clone());
    row.insert("arrival".to_owned(), house.now().seconds().to_string());
    let form = [
        ("grant_type", "authorization_code".to_owned()),
        ("code", code),
        ("redirect_uri", redirect.to_owned()),
        ("code_verifier", crate::house::VERIFIER.to_owned()),
    ];
    let app = basic(id, secret);
    let authorization = [("authorization", app.as_str())];
    let tokens = house.post("/token", &lend(&form), &authorization).await;
    assert_eq!(tokens.status, StatusCode::OK, "{tokens:?}");
    let tokens = tokens.json();
    note(&mut row, "token", &tokens);
    note_token(&mut row, "id_token", tokens["id_token"].as_str().unwrap());
    let access = tokens["access_token"].as_str().unwrap();
    let shown = format!("Bearer {access}");
    let claims = house
        .post("/userinfo", &[], &[("authorization", &shown)])
        .await;
    note(&mut row, "userinfo", &claims.json());
    let refresh = tokens["refresh_token"].as_str().unwrap();
    for (name, token) in [("access", access), ("refresh", refresh)] {
        let told = house
            .post("/introspect", &[("token", token)], &authorization)
            .await;
        assert_eq!(told.json()["active"], true);
        note(&mut row, &format!("introspect.{name}"), &told.json());
    }
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let again = house.post("/token", &form, &authorization).await;
    assert_eq!(again.status, StatusCode::OK, "{again:?}");
    note(&mut row, "refreshed", &again.json());
    let id_token = again.json()["id_token"].as_str().unwrap().to_owned();
    note_token(&mut row, "refreshed.id_token", &id_token);
    row
}

/// A row of numbers in an order that chance gave, the same each time.
fn shuffled(seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..PEOPLE).collect();
    let mut state = seed;
    for at in (1..PEOPLE).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let other = usize::try_from(state >> 33).unwrap() % (at + 1);
        order.swap(at, other);
    }
    order
}

/// How often each attack is right, best first. `truth[i]` is where row i of one stands in two.
fn scores(one: &[Row], two: &[Row], truth: &[usize]) -> Vec<(usize, String)> {
    let right = |guess: Vec<Option<usize>>| {
        let hits = guess.iter().zip(truth);
        hits.filter(|(guess, truth)| **guess == Some(**truth))
            .count()
    };
    let mut scores: Vec<_> = attack::all(one, two, 7)
        .into_iter()
        .map(|(name, guess)| (right(guess), name))
        .collect();
    scores.sort_by(|a, b| b.cmp(a));
    scores
}

#[tokio::test]
async fn two_apps_that_compare_notes_match_nobody_better_than_chance() {
    let house = House::of(apps(), (0..PEOPLE).map(persona).collect()).await;
    let mut browsers = vec![Browser::default(); PEOPLE];
    let mut rows = [Vec::new(), Vec::new()];
    // Everyone comes to one app in the morning and, by the same login, to the other later.
    let orders = [shuffled(1), shuffled(2)];
    for (app, order) in orders.iter().enumerate() {
        for who in order {
            let mut browser = browsers[*who].clone();
            rows[app].push(visit(&house, &mut browser, app, *who).await);
            browsers[*who] = browser;
            house.clock.advance(61 + i64::try_from(who % 97).unwrap());
        }
        house.clock.advance(3_600);
    }
    let [one, two] = rows;
    let place = |who: &usize| orders[1].iter().position(|other| other == who).unwrap();
    let truth: Vec<usize> = orders[0].iter().map(place).collect();
    assert!(
        one[0].len() > 40,
        "what apps are given was written down: {:?}",
        one[0]
    );

    let found = scores(&one, &two, &truth);
    let (attacks, sum) = (
        found.len(),
        found.iter().map(|(hits, _)| hits).sum::<usize>(),
    );
    println!(
        "{PEOPLE} people, {attacks} attacks; right by chance: 1; right on average: {}.{:02}; best: {:?}",
        sum / attacks,
        sum * 100 / attacks % 100,
        &found[..3]
    );
    // Chance is right once. Of some thousand attacks the luckiest is right seven or eight times; ten
    // times would happen by chance once in a thousand such tests.
    assert!(found[0].0 < 10, "{:?}", &found[..5]);
    assert!(
        sum < 2 * attacks,
        "on average they are right more than twice"
    );

    for leak in LEAKS {
        let (mut one, mut two) = (one.clone(), two.clone());
        // Beside one value of each, for the attack takes its time over all of them.
        for row in one.iter_mut().chain(&mut two) {
            row.retain(|name, _| name == "code");
        }
        for (at, row) in one.iter_mut().enumerate() {
            row.insert("leak".to_owned(), leak(at, false));
        }
        for (at, place) in truth.iter().enumerate() {
            two[*place].insert("leak".to_owned(), leak(at, true));
        }
        let (hits, name) = scores(&one, &two, &truth).remove(0);
        println!("with a leak planted: {hits} of {PEOPLE} by {name}");
        assert!(hits > PEOPLE * 9 / 10, "the attack would have found it");
    }
}

/// Leaks that the attack must find: an equal value, a hash of it, a common piece, a number nearly the
/// same, an order.
const LEAKS: [fn(usize, bool) -> String; 5] = [
    |who, _| format!("name-{who}"),
    |who, second| match second {
        false => format!("name-{who}"),
        true => {
            use base64ct::{Base64UrlUnpadded, Encoding};
            use sha2::{Digest, Sha256};
            Base64UrlUnpadded::encode_string(&Sha256::digest(format!("name-{who}")))
        }
    },
    |who, second| format!("{second}-{:06}-{second}-{:?}", who * 4_999, second),
    |who, second| (who * 50 + usize::from(second) * 7).to_string(),
    |who, second| format!("{}{:08}", if second { 'z' } else { 'a' }, who * 12_345),
];
