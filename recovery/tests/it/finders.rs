//! Finders: a sheet of words finds the vault.

use crate::{
    device::Device,
    house::{Call, Home},
};
use kernel::b64;
use serde_json::{Value, json};

fn path(n: u8) -> String {
    format!("/vault/finders/{}", b64::encode([n; 16]))
}

async fn putting(home: &Home, device: &Device, path: String, body: &Value) -> Call {
    let call = device.call("PUT", path, body);
    device.sign(home, call, &json!({})).await
}

#[tokio::test]
async fn a_finder_is_read_by_its_name_and_written_by_the_vaults_key_alone() {
    let home = Home::open().await;
    let device = Device::stored(&home, 1).await;
    let other = Device::stored(&home, 2).await;
    let body = json!({"vault_id": b64::encode(device.id), "box": b64::encode([5; 76])});
    let call = putting(&home, &device, path(50), &body).await;
    assert_eq!(home.send(&call).await.status, 204);
    let read = other.read_at(&home, &path(50)).await;
    assert_eq!(read.json(), json!({"box": b64::encode([5; 76])}));
    let other_box = json!({"vault_id": b64::encode(device.id), "box": b64::encode([6; 76])});
    let call = putting(&home, &device, path(50), &other_box).await;
    assert_eq!(home.send(&call).await.status, 204);

    let theirs = json!({"vault_id": b64::encode(other.id), "box": b64::encode([7; 76])});
    let short = json!({"vault_id": b64::encode(device.id), "box": b64::encode([7; 75])});
    let more = json!({"vault_id": b64::encode(device.id), "box": b64::encode([7; 76]), "x": 1});
    let rows = [
        (true, path(51), body.clone(), 404, "another's vault"),
        (true, path(50), theirs, 409, "another's finder"),
        (false, path(52), short, 422, "a box of another size"),
        (false, path(52), more, 422, "one more member"),
        (
            false,
            "/vault/finders/x".into(),
            body.clone(),
            422,
            "no name",
        ),
    ];
    for (by_other, path, body, status, what) in rows {
        let who = if by_other { &other } else { &device };
        let call = putting(&home, who, path, &body).await;
        let before = home.digest().await;
        assert_eq!(home.send(&call).await.status, status, "{what}");
        assert_eq!(home.digest().await, before, "{what}");
    }
    // At most eight.
    for n in 60..67 {
        let call = putting(&home, &device, path(n), &body).await;
        assert_eq!(home.send(&call).await.status, 204);
    }
    let call = putting(&home, &device, path(67), &body).await;
    assert_eq!(home.send(&call).await.status, 422);

    assert_eq!(other.signed(&home, "DELETE", path(50)).await.status, 404);
    assert_eq!(device.signed(&home, "DELETE", path(99)).await.status, 404);
    assert_eq!(device.signed(&home, "DELETE", path(50)).await.status, 204);
    assert_eq!(device.read_at(&home, &path(50)).await.status, 404);
    // With the vault its finders go.
    assert_eq!(
        device.signed(&home, "DELETE", device.path()).await.status,
        202
    );
    home.days(8).await;
    assert_eq!(other.read_at(&home, &path(60)).await.status, 404);
    home.house.leave().await;
}
