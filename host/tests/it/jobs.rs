//! Jobs: one node at a time, again after its period, sooner after a failure.

use host::{Ground, Job, JobError, Joined, Part, Routes, join};
use host_testing::{FixedClock, Scratch, ground_for_test};
use kernel::{Clock, Timestamp};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

fn part(runs: &Arc<AtomicUsize>, good: bool) -> Part {
    let runs = runs.clone();
    let count = Job::new("count", 3600, move |_| {
        let runs = runs.clone();
        async move {
            runs.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            if good {
                Ok(())
            } else {
                Err(JobError::from(std::io::Error::other("no")))
            }
        }
    });
    Part {
        name: "note",
        routes: Routes::default(),
        migrations: &crate::door::NOTES,
        jobs: vec![count],
        subscriptions: Vec::new(),
        checks: Vec::new(),
    }
}

async fn node(ground: &Ground, runs: &Arc<AtomicUsize>, good: bool) -> Joined {
    join(ground, vec![part(runs, good)])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_runs_once_under_two_nodes() {
    let scratch = Scratch::new(&[]).await;
    let clock = FixedClock::at("2026-11-21T09:00:00Z");
    let runs = Arc::new(AtomicUsize::new(0));
    let one = node(&ground_for_test(&scratch, &clock), &runs, true).await;
    let two = node(&ground_for_test(&scratch, &clock), &runs, true).await;
    for hour in 1..=5 {
        let now = clock.now();
        let (a, b) = tokio::join!(one.jobs.run_due(now), two.jobs.run_due(now));
        // The job of host itself is the other one.
        assert_eq!(a.unwrap() + b.unwrap(), 2);
        assert_eq!(runs.load(Ordering::SeqCst), hour);
        clock.advance(3599);
        assert_eq!(one.jobs.run_due(clock.now()).await.unwrap(), 0);
        clock.advance(1);
    }
}

#[tokio::test]
async fn a_failed_job_is_tried_again_within_a_minute() {
    let scratch = Scratch::new(&[]).await;
    let clock = FixedClock::at("2026-11-21T09:00:00Z");
    let runs = Arc::new(AtomicUsize::new(0));
    let node = node(&ground_for_test(&scratch, &clock), &runs, false).await;
    let at = |seconds: i64| -> Timestamp { clock.now().plus_seconds(seconds) };
    node.jobs.run_due(at(0)).await.unwrap();
    node.jobs.run_due(at(59)).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    node.jobs.run_due(at(60)).await.unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 2);
}
