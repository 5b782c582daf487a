//! The ledger once more, in memory and without SQL: what the real one is compared with.

use std::collections::BTreeMap;

/// An id or an account, by number.
pub type N = u32;

/// What is asked of both.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Single {
        id: N,
        debit: N,
        credit: N,
        amount: i64,
    },
    Hold {
        id: N,
        debit: N,
        credit: N,
        amount: i64,
        until: i64,
    },
    Post {
        id: N,
        hold: N,
        amount: i64,
    },
    Void {
        id: N,
        hold: N,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub debits_pending: i64,
    pub debits_posted: i64,
    pub credits_pending: i64,
    pub credits_posted: i64,
}

#[derive(Clone, Copy)]
struct Held {
    debit: N,
    credit: N,
    amount: i64,
    until: i64,
}

#[derive(Default)]
pub struct Model {
    pub folded: Vec<N>,
    pub sums: BTreeMap<N, Sums>,
    bodies: BTreeMap<N, String>,
    holds: BTreeMap<N, Held>,
    settled: BTreeMap<N, &'static str>,
}

impl Model {
    pub fn new(folded: &[N]) -> Self {
        Self {
            folded: folded.to_vec(),
            ..Self::default()
        }
    }

    /// Does it, or says why not, in the words of the shared vectors.
    pub fn run(&mut self, op: Op, now: i64) -> &'static str {
        match op {
            Op::Single {
                id,
                debit,
                credit,
                amount,
            } => {
                let body = format!("single {debit} {credit} {amount}");
                self.open(id, &body, (debit, credit, amount), None)
            }
            Op::Hold {
                id,
                debit,
                credit,
                amount,
                until,
            } => {
                let body = format!("hold {debit} {credit} {amount}");
                self.open(id, &body, (debit, credit, amount), Some(until))
            }
            Op::Post { id, hold, amount } => self.settle(id, hold, Some(amount), now),
            Op::Void { id, hold } => self.settle(id, hold, None, now),
        }
    }

    fn open(
        &mut self,
        id: N,
        body: &str,
        (debit, credit, amount): (N, N, i64),
        until: Option<i64>,
    ) -> &'static str {
        if amount <= 0 {
            return "amount-not-positive";
        }
        if debit == credit {
            return "same-account";
        }
        if let Some(known) = self.bodies.get(&id) {
            return if known == body { "same" } else { "id-conflict" };
        }
        let from = self.sums.entry(debit).or_default();
        let available = from.credits_posted - from.debits_pending - from.debits_posted;
        if !self.folded.contains(&debit) && amount > available {
            return "insufficient";
        }
        self.bodies.insert(id, body.to_owned());
        let from = self.sums.entry(debit).or_default();
        if until.is_some() {
            from.debits_pending += amount;
        } else {
            from.debits_posted += amount;
        }
        let to = self.sums.entry(credit).or_default();
        if let Some(until) = until {
            to.credits_pending += amount;
            self.holds.insert(
                id,
                Held {
                    debit,
                    credit,
                    amount,
                    until,
                },
            );
        } else {
            to.credits_posted += amount;
        }
        "ok"
    }

    fn settle(&mut self, id: N, hold: N, amount: Option<i64>, now: i64) -> &'static str {
        let Some(held) = self.holds.get(&hold).copied() else {
            return "no-hold";
        };
        if amount.is_some_and(|a| a <= 0) {
            return "amount-not-positive";
        }
        let body = format!("{hold} {amount:?}");
        if let Some(known) = self.bodies.get(&id) {
            return if *known == body {
                "same"
            } else {
                "id-conflict"
            };
        }
        if let Some(how) = self.settled.get(&hold) {
            return how;
        }
        if amount.is_some_and(|a| a > held.amount) {
            return "exceeds-hold";
        }
        if amount.is_some() && now >= held.until {
            return "hold-expired";
        }
        self.bodies.insert(id, body);
        self.settled.insert(
            hold,
            if amount.is_some() {
                "already-posted"
            } else {
                "already-voided"
            },
        );
        let taken = amount.unwrap_or(0);
        let from = self.sums.entry(held.debit).or_default();
        from.debits_pending -= held.amount;
        from.debits_posted += taken;
        let to = self.sums.entry(held.credit).or_default();
        to.credits_pending -= held.amount;
        to.credits_posted += taken;
        "ok"
    }
}
