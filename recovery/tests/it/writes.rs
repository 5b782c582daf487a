//! Keeping, reading, writing: what works, and that of many at once one wins.

use crate::{device::Device, house::Home};
use credential::jose::SigningKey;
use serde_json::json;
use std::sync::Arc;

#[tokio::test]
async fn a_vault_is_read_back_byte_for_byte_and_the_same_one_is_kept_once() {
    let home = Home::open().await;
    let device = Device::new(1);
    let text = device.document("first").to_string();
    let call = device.making(&home, &json!(text)).await;
    let made = home.send(&call).await;
    assert_eq!(
        (made.status.as_u16(), made.headers["etag"].to_str().unwrap()),
        (201, "\"1\"")
    );
    let read = device.read(&home).await;
    assert_eq!((read.status.as_u16(), read.text()), (200, text.clone()));
    assert_eq!(read.headers["etag"], "\"1\"");
    assert_eq!(read.headers["cache-control"], "no-store");
    assert!(read.headers.get("set-cookie").is_none());
    assert!(read.headers.get("access-control-allow-origin").is_none());

    // The answer was lost: the same again, with the same work, in a proof of its own.
    let before = home.digest().await;
    let work = call
        .headers
        .iter()
        .find(|(name, _)| *name == "vault-work")
        .unwrap();
    let again = device.call("POST", "/vault".into(), &json!(text));
    let again = device.sign(&home, again, &json!({})).await;
    let again = home.send(&again.header("vault-work", &work.1)).await;
    assert_eq!((again.status.as_u16(), again.json()), (201, made.json()));
    let rows = |digest: &str| digest.lines().filter(|l| !l.starts_with("seen")).count();
    assert_eq!(rows(&home.digest().await), rows(&before));

    // Another document under that name is refused, whoever's key it is.
    let mut other = Device::new(2);
    other.id = device.id;
    for who in [other, Device::new(1)] {
        let document = who.document("another");
        let call = who.making(&home, &document).await;
        let before = home.digest().await;
        let taken = home.send(&call).await;
        assert_eq!(
            taken.json()["type"],
            "/problems/conflict",
            "{}",
            taken.text()
        );
        assert_eq!(home.digest().await, before);
    }
    home.house.leave().await;
}

#[tokio::test]
async fn a_writing_follows_the_one_it_names_and_may_come_twice() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let call = device.writing(&home, "second").await;
    let done = home.send(&call).await;
    assert_eq!(
        (done.status.as_u16(), done.headers["etag"].to_str().unwrap()),
        (204, "\"2\"")
    );
    // The answer was lost: the same document once more, in a proof of its own.
    let again = device.sign(&home, call, &json!({})).await;
    let before = device.read(&home).await.text();
    assert_eq!(home.send(&again).await.status, 204);
    assert_eq!(device.read(&home).await.text(), before);
    home.house.leave().await;
}

#[tokio::test]
async fn of_fifty_writings_at_once_one_is_stored() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let mut calls = Vec::new();
    for n in 0..50 {
        calls.push(device.writing(&home, &format!("device {n}")).await);
        device.version = 1;
    }
    let home = Arc::new(home);
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let home = home.clone();
            tokio::spawn(async move { home.send(&call).await })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        let page = task.await.unwrap();
        if page.status == 412 {
            assert_eq!(page.json()["type"], "/problems/vault-behind");
            assert_eq!(page.json()["version"], 2);
        }
        told.push(page.status.as_u16());
    }
    told.sort_unstable();
    assert_eq!(told, [vec![204], vec![412; 49]].concat());
    assert_eq!(device.read(&home).await.headers["etag"], "\"2\"");
    let old = device
        .read_at(&home, &format!("{}/old", device.path()))
        .await;
    assert_eq!(old.json()["old"].as_array().unwrap().len(), 1);
    Arc::into_inner(home).unwrap().house.leave().await;
}

#[tokio::test]
async fn of_fifty_makers_at_once_one_makes() {
    let home = Home::open().await;
    let mut calls = Vec::new();
    let work = home.work().await;
    for n in 0..50 {
        let device = Device::new(1);
        let document = device.document(&format!("device {n}"));
        let call = device.call("POST", "/vault".into(), &document);
        let claims = json!({"jti": format!("race-{n}")});
        let call = device.sign(&home, call, &claims).await;
        calls.push(call.header("vault-work", work.clone()));
    }
    let home = Arc::new(home);
    let tasks: Vec<_> = calls
        .into_iter()
        .map(|call| {
            let home = home.clone();
            tokio::spawn(async move { home.send(&call).await.status.as_u16() })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    told.sort_unstable();
    assert_eq!(told, [vec![201], vec![409; 49]].concat());
    Arc::into_inner(home).unwrap().house.leave().await;
}

#[tokio::test]
async fn a_renewal_hands_the_vault_to_the_next_key() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let next = SigningKey::ed25519_from_seed(&[99; 32]);
    let call = device.renewing(&home, &next).await;
    assert_eq!(home.send(&call).await.status, 204);
    // Its answer was lost.
    let again = device
        .sign(&home, call, &json!({"next": next.public().public_json()}))
        .await;
    assert_eq!(home.send(&again).await.status, 204);
    // The old key writes no more; the new one does.
    let before = device.read(&home).await.text();
    let refused = device.write(&home, "by the old key").await;
    assert_eq!(refused.json()["type"], "/problems/not-found");
    assert_eq!(device.read(&home).await.text(), before);
    device.version = 2;
    device.key = next;
    assert_eq!(device.write(&home, "by the new key").await.status, 204);
    home.house.leave().await;
}
