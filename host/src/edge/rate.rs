//! Rate buckets in memory, keyed by a hash whose key changes each day: nothing here names anyone.

use axum::extract::FromRequestParts;
use governor::{
    Quota, RateLimiter, clock::Clock as _, middleware::NoOpMiddleware, nanos::Nanos,
    state::keyed::DashMapStateStore,
};
use hmac::{Hmac, KeyInit, Mac};
use http::{Extensions, request::Parts};
use kernel::{Problem, World, problem};
use sha2::Sha256;
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Buckets kept before those that are full again are let go.
const KEPT: usize = 10_000;

/// A kind of request that is counted: at most `burst` at once, refilled over `period_s` seconds.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name, unique.
    pub name: &'static str,
    /// The most at once.
    pub burst: u32,
    /// Seconds in which the whole burst comes back.
    pub period_s: u64,
}

/// The limits written down for the platform.
pub mod classes {
    use super::Class;

    /// Joins of one prefix; beyond, more proof of work.
    pub const JOIN: Class = Class {
        name: "join",
        burst: 5,
        period_s: 3_600,
    };
    /// Sandbox clients of one prefix.
    pub const SANDBOX: Class = Class {
        name: "sandbox",
        burst: 10,
        period_s: 3_600,
    };
    /// Registrations of apps from one prefix, where anyone may register.
    pub const REGISTER: Class = Class {
        name: "register",
        burst: 60,
        period_s: 3_600,
    };
    /// Previews of one prefix.
    pub const PREVIEW: Class = Class {
        name: "preview",
        burst: 60,
        period_s: 3_600,
    };
    /// Searches of one prefix.
    pub const SEARCH: Class = Class {
        name: "search",
        burst: 120,
        period_s: 60,
    };
    /// Token calls of one client.
    pub const TOKEN: Class = Class {
        name: "token",
        burst: 6_000,
        period_s: 60,
    };
    /// Vaults made from one prefix; beyond, more proof of work.
    pub const VAULT_MAKE: Class = Class {
        name: "vault-make",
        burst: 5,
        period_s: 3_600,
    };
    /// Vaults and finders asked for from one prefix.
    pub const VAULT_READ: Class = Class {
        name: "vault-read",
        burst: 600,
        period_s: 60,
    };
    /// Writes by one key.
    pub const VAULT_WRITE: Class = Class {
        name: "vault-write",
        burst: 60,
        period_s: 60,
    };
    /// Failed client logins of one client.
    pub const CLIENT_LOGIN: Class = Class {
        name: "client-login",
        burst: 60,
        period_s: 60,
    };
}

/// Where a request comes from: a keyed hash of its /24 or /48, good for one day in one process.
/// As an extractor it never fails; a request that came through no socket has the zero source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source([u8; 16]);

impl Source {
    /// The source of requests made inside the process.
    pub const INSIDE: Self = Self([0; 16]);
}

impl Source {
    /// The source of a request, as the gate put it there.
    #[must_use]
    pub fn of(request: &Extensions) -> Self {
        request.get().copied().unwrap_or(Self::INSIDE)
    }
}

impl AsRef<[u8]> for Source {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Source {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.extensions))
    }
}

type Limiter = RateLimiter<[u8; 16], DashMapStateStore<[u8; 16]>, Ticks, NoOpMiddleware<Nanos>>;

/// Counts requests. Cloning shares the counts.
#[derive(Clone)]
pub struct Meter(Arc<Inner>);

struct Inner {
    world: World,
    day: Mutex<(i32, [u8; 32])>,
    limiters: Mutex<HashMap<&'static str, Arc<Limiter>>>,
    /// Buckets of failures that are empty, and until when.
    closed: Mutex<HashMap<[u8; 16], i64>>,
}

impl Meter {
    /// A meter with empty buckets.
    #[must_use]
    pub fn new(world: World) -> Self {
        let day = (world.now().day().number(), world.random());
        Self(Arc::new(Inner {
            world,
            day: Mutex::new(day),
            limiters: Mutex::default(),
            closed: Mutex::default(),
        }))
    }

    /// The source an address belongs to, today.
    #[must_use]
    pub fn source(&self, address: IpAddr) -> Source {
        let address = address.to_canonical();
        let prefix = match address {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
            }
            IpAddr::V6(v6) => {
                let [a, b, c, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
            }
        };
        Source(self.mark("source", prefix.to_string().as_bytes()))
    }

    /// Takes one from the bucket of `class` and `who` (a [`Source`], a client id).
    ///
    /// # Errors
    /// 429 `too-many` with `retry_after` in seconds.
    pub fn take(&self, class: &Class, who: impl AsRef<[u8]>) -> Result<(), Problem> {
        let key = self.mark(class.name, who.as_ref());
        self.spend(class, &key)
    }

    /// Whether `who` may still try where failures are what is counted: not while the bucket is
    /// empty. Asked before a secret is looked at, so that guessing is slowed and not only answered.
    ///
    /// # Errors
    /// As [`Meter::take`].
    pub fn may_try(&self, class: &Class, who: impl AsRef<[u8]>) -> Result<(), Problem> {
        let key = self.mark(class.name, who.as_ref());
        let now = self.0.world.tick();
        let closed = self.closed();
        match closed.get(&key).map(|until| until - now) {
            Some(wait) if wait > 0 => Err(too_many(wait.unsigned_abs().div_ceil(1_000_000))),
            _ => Ok(()),
        }
    }

    /// Counts a failure of `who`; the one that empties the bucket closes it for [`Meter::may_try`].
    ///
    /// # Errors
    /// As [`Meter::take`].
    pub fn failed(&self, class: &Class, who: impl AsRef<[u8]>) -> Result<(), Problem> {
        let key = self.mark(class.name, who.as_ref());
        self.spend(class, &key).inspect_err(|problem| {
            let wait = problem.members["retry_after"].as_i64().unwrap_or(1);
            let now = self.0.world.tick();
            let mut closed = self.closed();
            if closed.len() > KEPT {
                closed.retain(|_, until| *until > now);
            }
            closed.insert(key, now + wait * 1_000_000);
        })
    }

    fn spend(&self, class: &Class, key: &[u8; 16]) -> Result<(), Problem> {
        let limiter = self.limiter(class);
        if limiter.len() > KEPT {
            limiter.retain_recent();
        }
        limiter.check_key(key).map_err(|not_until| {
            too_many(not_until.wait_time_from(limiter.clock().now()).as_secs() + 1)
        })
    }

    fn closed(&self) -> MutexGuard<'_, HashMap<[u8; 16], i64>> {
        self.0.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limiter(&self, class: &Class) -> Arc<Limiter> {
        let mut all = self
            .0
            .limiters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let made = all.entry(class.name).or_insert_with(|| {
            let burst = NonZeroU32::new(class.burst).unwrap_or(NonZeroU32::MIN);
            let each = Duration::from_secs(class.period_s.max(1)) / burst.get();
            let quota = Quota::with_period(each)
                .expect("a period of at least a second over u32 is not zero for bursts below 1e9")
                .allow_burst(burst);
            let clock = Ticks(self.0.world.clone());
            Arc::new(RateLimiter::new(quota, DashMapStateStore::default(), clock))
        });
        made.clone()
    }

    fn mark(&self, purpose: &str, bytes: &[u8]) -> [u8; 16] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key_of_today())
            .expect("HMAC takes a key of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        let [first, ..] = *mac.finalize().into_bytes().as_chunks::<16>().0 else {
            return [0; 16];
        };
        first
    }

    fn key_of_today(&self) -> [u8; 32] {
        let today = self.0.world.now().day().number();
        let mut day = self.0.day.lock().unwrap_or_else(PoisonError::into_inner);
        if day.0 != today {
            *day = (today, self.0.world.random());
        }
        day.1
    }
}

fn too_many(wait_s: u64) -> Problem {
    Problem::new(&problem::TOO_MANY).with("retry_after", wait_s)
}

/// The house clock, for governor.
#[derive(Clone)]
struct Ticks(World);

impl governor::clock::Clock for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(self.0.tick().unsigned_abs().saturating_mul(1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::{Clock, Entropy, Timestamp};
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            Timestamp::from_micros(self.tick())
        }
        fn tick(&self) -> i64 {
            self.0.load(Ordering::SeqCst)
        }
    }

    impl Entropy for Hand {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(u8::try_from(self.0.load(Ordering::SeqCst) % 251).unwrap());
        }
    }

    #[test]
    fn a_bucket_empties_and_refills_and_a_source_lasts_a_day() {
        let hand = Arc::new(Hand(AtomicI64::new(1)));
        let meter = Meter::new(World::new(hand.clone(), hand.clone()));
        let here = meter.source("192.0.2.7".parse().unwrap());
        assert_eq!(
            here,
            meter.source("192.0.2.200".parse().unwrap()),
            "one /24"
        );
        assert_eq!(
            here,
            meter.source("::ffff:192.0.2.1".parse().unwrap()),
            "mapped"
        );
        assert_ne!(here, meter.source("192.0.3.7".parse().unwrap()));
        let six = meter.source("2001:db8:1:2::1".parse().unwrap());
        assert_eq!(
            six,
            meter.source("2001:db8:1:ffff::9".parse().unwrap()),
            "one /48"
        );

        for _ in 0..5 {
            meter.take(&classes::JOIN, here).unwrap();
        }
        let refused = meter.take(&classes::JOIN, here).unwrap_err();
        assert_eq!(refused.slug.slug, "too-many");
        let wait = refused.members["retry_after"].as_i64().unwrap();
        assert!((1..=721).contains(&wait), "{wait}");
        meter.take(&classes::JOIN, six).unwrap();
        meter.take(&classes::PREVIEW, here).unwrap();

        hand.0.fetch_add(wait * 1_000_000, Ordering::SeqCst);
        meter.take(&classes::JOIN, here).unwrap();
        hand.0.fetch_add(86_400 * 1_000_000, Ordering::SeqCst);
        assert_ne!(
            here,
            meter.source("192.0.2.7".parse().unwrap()),
            "another day"
        );
    }
    #[test]
    fn failures_close_a_door_and_time_opens_it() {
        let hand = Arc::new(Hand(AtomicI64::new(1)));
        let meter = Meter::new(World::new(hand.clone(), hand.clone()));
        let class = &classes::CLIENT_LOGIN;
        for _ in 0..60 {
            meter.may_try(class, "app").unwrap();
            meter.failed(class, "app").unwrap();
        }
        meter.may_try(class, "app").unwrap();
        let refused = meter.failed(class, "app").unwrap_err();
        let wait = refused.members["retry_after"].as_i64().unwrap();
        assert!((1..=2).contains(&wait), "{wait}");
        assert_eq!(meter.may_try(class, "app").unwrap_err(), refused);
        meter.may_try(class, "another").unwrap();
        hand.0.fetch_add(wait * 1_000_000, Ordering::SeqCst);
        meter.may_try(class, "app").unwrap();
        // One a second from here on, as the bucket fills.
        for _ in 0..wait {
            meter.failed(class, "app").unwrap();
        }
        meter.failed(class, "app").unwrap_err();
        meter.may_try(class, "app").unwrap_err();
    }
}
