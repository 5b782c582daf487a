//! Earlier copies: the last five, and one a day for thirty days.

use crate::{device::Device, house::Home};
use serde_json::Value;

async fn versions(home: &Home, device: &Device) -> Vec<i64> {
    let list = device
        .read_at(home, &format!("{}/old", device.path()))
        .await;
    assert_eq!(list.status, 200, "{}", list.text());
    let old = list.json()["old"].as_array().unwrap().clone();
    old.iter()
        .map(|copy| copy["version"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn earlier_copies_can_be_read_and_thin_out() {
    let home = Home::open().await;
    let mut device = Device::stored(&home, 1).await;
    let first = device.read(&home).await.text();
    // Three writings a day for 40 days.
    for day in 0..40 {
        for n in 0..3 {
            assert_eq!(device.write(&home, &format!("{day} {n}")).await.status, 204);
        }
        if day == 2 {
            let copy = device
                .read_at(&home, &format!("{}/old/1", device.path()))
                .await;
            assert_eq!(
                copy.status, 404,
                "the first is none of the last five and not the day's last"
            );
            let last = device
                .read_at(&home, &format!("{}/old/3", device.path()))
                .await;
            assert_eq!(
                (last.status.as_u16(), last.headers["etag"].to_str().unwrap()),
                (200, "\"3\"")
            );
            assert_ne!(last.text(), first);
        }
        home.days(1).await;
    }
    let stay = versions(&home, &device).await;
    assert_eq!(&stay[..5], [120, 119, 118, 117, 116]);
    assert!((33..=35).contains(&stay.len()), "{stay:?}");
    assert!(
        stay[5..].iter().all(|version| version % 3 == 0),
        "the last of each day: {stay:?}"
    );
    // Nobody writes for a long time: five stay, and the job alone thins.
    home.days(60).await;
    assert_eq!(versions(&home, &device).await, [120, 119, 118, 117, 116]);
    let copy = device
        .read_at(&home, &format!("{}/old/116", device.path()))
        .await;
    let document: Value = serde_json::from_str(&copy.text()).unwrap();
    assert_eq!(document["version"], 116);
    home.house.leave().await;
}
