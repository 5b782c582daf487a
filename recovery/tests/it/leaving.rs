//! Deleting a vault: seven days, in which any device may take it back; and the 36 months.

use crate::{device::Device, house::Home};

#[tokio::test]
async fn a_vault_leaves_after_seven_days_and_any_device_may_cancel() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let mut kept = Device::stored(&home, 2).await;
    assert_eq!(device.write(&home, "second").await.status, 204);
    let asked = device.signed(&home, "DELETE", device.path()).await;
    assert_eq!(asked.status, 202, "{}", asked.text());
    let gone_at = asked.json()["gone_at"].as_i64().unwrap();
    assert_eq!(gone_at, home.now().plus_seconds(7 * 86_400).seconds());
    // A second wish does not move the date; each reader sees it.
    home.house.clock.advance(3_600);
    let again = device.signed(&home, "DELETE", device.path()).await;
    assert_eq!(again.json()["gone_at"], gone_at);
    let read = device.read(&home).await;
    assert_eq!(read.headers["vault-leaving"], gone_at.to_string());
    home.days(6).await;
    let stay = format!("{}/leaving", device.path());
    assert_eq!(device.signed(&home, "DELETE", stay).await.status, 204);
    home.days(30).await;
    assert!(
        device
            .read(&home)
            .await
            .headers
            .get("vault-leaving")
            .is_none()
    );

    let asked = device.signed(&home, "DELETE", device.path()).await;
    assert_eq!(asked.status, 202);
    home.days(8).await;
    assert_eq!(device.read(&home).await.status, 404);
    assert_eq!(device.write(&home, "too late").await.status, 404);
    assert!(!home.digest().await.contains("\"vault_id\":\"AQEB"));
    assert_eq!(kept.write(&home, "stays").await.status, 204);
    home.house.leave().await;
}

#[tokio::test]
async fn a_vault_is_gone_at_its_instant_though_the_job_has_not_run() {
    let home = Home::open().await;
    let device = Device::stored(&home, 1).await;
    assert_eq!(
        device.signed(&home, "DELETE", device.path()).await.status,
        202
    );
    home.house.clock.advance(7 * 86_400 - 1);
    assert_eq!(device.read(&home).await.status, 200);
    home.house.clock.advance(1);
    assert_eq!(device.read(&home).await.status, 404);
    home.jobs().await;
    home.house.leave().await;
}

#[tokio::test]
async fn what_nobody_reads_for_36_months_is_deleted_and_a_reading_counts() {
    let home = Home::open().await;
    let read = Device::stored(&home, 1).await;
    // More than one turn of the job takes at once.
    let many: Vec<Device> = (2..20).map(Device::new).collect();
    for device in &many {
        home.plant(device).await;
        assert_eq!(device.read(&home).await.status, 200);
    }
    home.days(1_000).await;
    assert_eq!(read.read(&home).await.status, 200);
    home.days(100).await;
    assert_eq!(read.read(&home).await.status, 200);
    for device in &many {
        assert_eq!(device.read(&home).await.status, 404);
    }
    home.days(1_099).await;
    assert_eq!(read.read(&home).await.status, 404);
    assert!(!home.digest().await.contains("resonate-vault/1"));
    home.house.leave().await;
}
