//! One gate for costly work: passkey ceremonies, presentations, pictures. As much at once as there
//! are cores, twice as much waiting; what comes beyond is told to come again (503), at once and for
//! nothing. So a flood of costly requests slows only itself.

use kernel::{Problem, problem};
use std::{num::NonZero, sync::Arc, thread::available_parallelism};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Seconds after which a refused caller may come again.
const AGAIN_S: u64 = 1;
/// How many may wait for each that works.
const WAITING: usize = 2;

/// The gate of one process. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Heavy {
    /// Who is inside, working or waiting.
    places: Arc<Semaphore>,
    /// Who works.
    cores: Arc<Semaphore>,
    at_once: usize,
    most: usize,
}

/// A turn at the gate; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _core: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Heavy {
    /// A gate for this machine's cores.
    #[must_use]
    pub fn of_this_machine() -> Self {
        Self::new(available_parallelism().map_or(1, NonZero::get))
    }

    /// A gate for so many at once.
    #[must_use]
    pub fn new(cores: usize) -> Self {
        let at_once = cores.max(1);
        let most = at_once * (1 + WAITING);
        Self {
            places: Arc::new(Semaphore::new(most)),
            cores: Arc::new(Semaphore::new(at_once)),
            at_once,
            most,
        }
    }

    /// How many wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let (idle, free) = (
            self.cores.available_permits(),
            self.places.available_permits(),
        );
        self.most - free - (self.at_once - idle)
    }

    /// Waits for a turn. Call it when the request's body is there: a turn held while a slow client
    /// sends would let one client hold them all. A caller that is dropped while it waits leaves.
    ///
    /// # Errors
    /// 503 `busy` with `retry_after` where too many wait already.
    pub async fn enter(&self) -> Result<Turn, Problem> {
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        let core = self.cores.clone().acquire_owned().await;
        Ok(Turn {
            _core: core.map_err(|_| busy())?,
            _place: place,
        })
    }

    /// Runs `work`, which awaits nothing, on a thread of its own: what takes milliseconds must not
    /// stand in the way of other requests.
    ///
    /// # Errors
    /// As [`Heavy::enter`]; 500 where `work` panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.enter().await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|_| Problem::new(&problem::INTERNAL))
    }
}

fn busy() -> Problem {
    Problem::new(&problem::BUSY).with("retry_after", AGAIN_S)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::Pin, task::Poll};

    type Waiting = Pin<Box<dyn Future<Output = Result<Turn, Problem>>>>;

    async fn is_ready(waiting: &mut Waiting) -> Option<Result<Turn, Problem>> {
        std::future::poll_fn(|context| match waiting.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    fn knock(heavy: &Heavy) -> Waiting {
        let heavy = heavy.clone();
        Box::pin(async move { heavy.enter().await })
    }

    #[tokio::test]
    async fn one_works_for_each_core_two_wait_and_the_rest_is_told_when_to_come_again() {
        for cores in [1, 2, 3, 8] {
            let heavy = Heavy::new(cores);
            let mut working = vec![];
            for _ in 0..cores {
                let turn = is_ready(&mut knock(&heavy)).await;
                working.push(turn.expect("no wait").expect("a turn"));
            }
            let mut queue: Vec<Waiting> = (0..2 * cores).map(|_| knock(&heavy)).collect();
            for waiting in &mut queue {
                assert!(is_ready(waiting).await.is_none(), "{cores}: waits");
            }
            assert_eq!(heavy.waiting(), 2 * cores);
            for _ in 0..3 {
                let refused = is_ready(&mut knock(&heavy)).await.expect("at once");
                let refused = refused.unwrap_err();
                assert_eq!(refused.slug.slug, "busy");
                assert_eq!(refused.slug.status, 503);
                assert_eq!(refused.members["retry_after"], 1);
            }
            // One leaves: the first in the queue works, and one more may wait.
            working.pop();
            let first = is_ready(&mut queue[0]).await.expect("its turn");
            let mut late = knock(&heavy);
            assert!(is_ready(&mut late).await.is_none(), "{cores}: a free place");
            // One who waits goes away: its place is free again.
            drop(late);
            assert!(is_ready(&mut knock(&heavy)).await.is_none());
            drop(first);
        }
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let heavy = Heavy::new(1);
        let broken = heavy.run(|| assert_eq!(1, 2, "broken")).await;
        assert_eq!(broken.unwrap_err().slug.slug, "internal");
        assert_eq!(heavy.run(|| 7).await.unwrap(), 7);
    }
}
