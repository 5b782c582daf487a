//! VS1: whether a vault is there cannot be told by how long the no takes.

use crate::{device::Device, house::Home};
use std::time::{Duration, Instant};

const EACH: usize = 300;

#[expect(
    clippy::disallowed_methods,
    reason = "how long an answer takes is what this test is about"
)]
async fn time(home: &Home, device: &Device) -> Duration {
    let begun = Instant::now();
    assert_eq!(device.read(home).await.status, 404);
    begun.elapsed()
}

#[tokio::test]
async fn vs1_no_vault_and_a_wrong_token_take_the_same_time() {
    let home = Home::open().await;
    // A large vault: reading it would show.
    let mut wrong = Device::new(1);
    let document = wrong.document(&"x".repeat(300_000));
    let call = wrong.making(&home, &document).await;
    assert_eq!(home.send(&call).await.status, 201);
    wrong.token = [9; 32];
    let unknown = Device::new(2);
    let mut times = [Vec::new(), Vec::new()];
    // Turn about, so that whatever else this machine does falls on both.
    for _ in 0..EACH {
        times[0].push(time(&home, &wrong).await);
        times[1].push(time(&home, &unknown).await);
        home.house.clock.advance(1);
    }
    let [wrong, unknown] = times.map(|mut all| {
        all.sort_unstable();
        all[EACH / 2]
    });
    let (less, more) = (wrong.min(unknown), wrong.max(unknown));
    assert!(more < less * 3 / 2, "{wrong:?} against {unknown:?}");
    home.house.leave().await;
}
