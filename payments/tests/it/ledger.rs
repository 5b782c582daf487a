//! The ledger against its vectors, its model, and many at once.

use crate::{
    model::{self, Model, Op},
    vectors,
};
use host::db::{Conn, Db};
use host_testing::Scratch;
use kernel::{Amount, Timestamp};
use payments::{
    ids::{self, Bytes16},
    ledger::{self, Account, Act, Booked, Ledger, Refusal, Sums, Transfer, book},
};
use serde_json::Value;
use std::sync::Arc;

fn word(answer: &Result<Booked, Refusal>) -> &'static str {
    match answer {
        Ok(Booked::Done) => "ok",
        Ok(Booked::Same) => "same",
        Err(Refusal::Insufficient { .. }) => "insufficient",
        Err(Refusal::IdConflict) => "id-conflict",
        Err(Refusal::Amount) => "amount-not-positive",
        Err(Refusal::SameAccount) => "same-account",
        Err(Refusal::AccountKind) => "account-kind",
        Err(Refusal::NoHold) => "no-hold",
        Err(Refusal::AlreadyPosted) => "already-posted",
        Err(Refusal::AlreadyVoided) => "already-voided",
        Err(Refusal::ExceedsHold) => "exceeds-hold",
        Err(Refusal::HoldExpired) => "hold-expired",
        Err(Refusal::Store(error)) => panic!("{error}"),
    }
}

async fn one(db: &Db, entry: Transfer, now: i64) -> &'static str {
    let batch = &[entry];
    let now = Timestamp::from_seconds(now);
    loop {
        let done: Result<Vec<Booked>, Refusal> = db
            .write(move |tx| Box::pin(async move { book(tx, batch, now).await }))
            .await;
        // Nothing is stored then, so asking again is what a caller does.
        if !matches!(
            &done,
            Err(Refusal::Store(
                host::db::Error::Conflict | host::db::Error::Busy
            ))
        ) {
            return word(&done.map(|all| all[0]));
        }
    }
}

async fn sums(db: &Db, account: &Account) -> Sums {
    let mut conn = db.read().await.unwrap();
    let kept = ledger::sums(&mut conn, account).await.unwrap();
    assert_eq!(
        kept,
        ledger::counted(&mut conn, account).await.unwrap(),
        "kept = sum of entries"
    );
    kept
}

fn entry(id: Bytes16, act: Act) -> Transfer {
    Transfer {
        id,
        act,
        code: "test",
        reference: None,
        cause: None,
    }
}

fn account(name: &str) -> Account {
    Account::parse(Ledger::Ucr, name).unwrap()
}

/// A step of the vectors as the real ledger takes it.
fn act_of(step: &Value) -> Act {
    let id = |v: &Value| ids::transfer("vector", &[v.as_str().unwrap().as_bytes()]);
    let of = |v: &Value| match v.as_str().unwrap() {
        "bridge" => account("bridge"),
        "purse" => account("purse:p-1"),
        other => account(&format!("{other}:2026-11-21")),
    };
    let amount = || Amount::new(step["amount"].as_i64().unwrap());
    match step["op"].as_str().unwrap() {
        "single" => {
            let (debit, credit) = (of(&step["debit"]), of(&step["credit"]));
            Act::Single {
                debit,
                credit,
                amount: amount(),
            }
        }
        "hold" => Act::Hold {
            debit: of(&step["debit"]),
            credit: of(&step["credit"]),
            amount: amount(),
            until: Timestamp::from_seconds(step["until"].as_i64().unwrap()),
        },
        "post" => Act::Post {
            hold: id(&step["hold"]),
            amount: amount(),
        },
        _ => Act::Void {
            hold: id(&step["hold"]),
        },
    }
}

#[tokio::test]
async fn the_ledger_answers_as_the_vectors_say() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    for (i, step) in vectors::all()["ledger"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
    {
        let id = ids::transfer("vector", &[step["id"].as_str().unwrap().as_bytes()]);
        let now = step["now"].as_i64().unwrap_or(1);
        let said = one(&scratch.db(), entry(id, act_of(step)), now).await;
        assert_eq!(said, step["answer"].as_str().unwrap(), "step {i}: {step}");
        let purse = sums(&scratch.db(), &account("purse:p-1")).await;
        let want = &step["purse"];
        assert_eq!(
            Some(purse.debits_pending.minor()),
            want["debits_pending"].as_i64()
        );
        assert_eq!(
            Some(purse.debits_posted.minor()),
            want["debits_posted"].as_i64()
        );
        assert_eq!(
            Some(purse.credits_posted.minor()),
            want["credits_posted"].as_i64()
        );
        assert_eq!(Some(purse.available().minor()), want["available"].as_i64());
        let plays = sums(&scratch.db(), &account("plays:2026-11-21")).await;
        assert_eq!(
            Some(plays.credits_pending.minor()),
            step["plays"]["credits_pending"].as_i64()
        );
        assert_eq!(
            Some(plays.credits_posted.minor()),
            step["plays"]["credits_posted"].as_i64()
        );
    }
}

#[tokio::test]
async fn pa4_an_impossible_amount_never_wraps() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let (bridge, purse) = (account("bridge"), account("purse:p-1"));
    for (i, bad) in [0, -1, i64::MIN, i64::MAX, ledger::MOST.minor() + 1]
        .into_iter()
        .enumerate()
    {
        let act = Act::Single {
            debit: bridge.clone(),
            credit: purse.clone(),
            amount: Amount::new(bad),
        };
        let id = ids::transfer("pa4", &[&[u8::try_from(i).unwrap()]]);
        assert_eq!(
            one(&scratch.db(), entry(id, act), 1).await,
            "amount-not-positive",
            "{bad}"
        );
    }
    // A sum that would pass i64 is refused as well: 2^53 - 1 fits a thousand times, then no more.
    let mut fits = 0;
    for i in 0_u32..1_030 {
        let act = Act::Single {
            debit: bridge.clone(),
            credit: purse.clone(),
            amount: ledger::MOST,
        };
        match one(
            &scratch.db(),
            entry(ids::transfer("big", &[&i.to_be_bytes()]), act),
            1,
        )
        .await
        {
            "ok" => fits += 1,
            said => {
                assert_eq!(said, "amount-not-positive");
                break;
            }
        }
    }
    assert_eq!(fits, 1_024);
    let mut conn = scratch.db().read().await.unwrap();
    let kept = ledger::sums(&mut conn, &purse).await.unwrap();
    assert_eq!(kept.credits_posted.minor(), 1_024 * ledger::MOST.minor());
}

#[tokio::test]
async fn pa17_accounts_of_two_ledgers_or_of_no_kind_do_not_go_together() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let eur = Account::parse(Ledger::Eur, "bridge").unwrap();
    let amount = Amount::new(5);
    let until = Timestamp::from_seconds(100);
    for act in [
        Act::Single {
            debit: eur.clone(),
            credit: account("purse:p"),
            amount,
        },
        Act::Hold {
            debit: account("bridge"),
            credit: account("plays:2026-11-21"),
            amount,
            until,
        },
    ] {
        let id = ids::transfer("pa17", &[]);
        assert_eq!(one(&scratch.db(), entry(id, act), 1).await, "account-kind");
    }
    for (ledger, name) in [
        (Ledger::Eur, "purse:p"),
        (Ledger::Ucr, "psp:fake"),
        (Ledger::Ucr, "purse"),
        (Ledger::Ucr, "coop:x"),
        (Ledger::Ucr, "purse:"),
        (Ledger::Ucr, "purse:a b"),
        (Ledger::Ucr, "nothing"),
    ] {
        let refused = Account::parse(ledger, name);
        assert!(matches!(refused, Err(Refusal::AccountKind)), "{name}");
    }
    assert_eq!(
        sums(&scratch.db(), &account("purse:p")).await,
        Sums::default()
    );
}

#[tokio::test]
async fn a_batch_stands_whole_or_not_at_all() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let amount = Amount::new(7);
    let good = Act::Single {
        debit: account("bridge"),
        credit: account("purse:a"),
        amount,
    };
    let bad = Act::Single {
        debit: account("purse:b"),
        credit: account("coop"),
        amount,
    };
    let batch = &[
        entry(ids::transfer("batch", &[b"1"]), good),
        entry(ids::transfer("batch", &[b"2"]), bad),
    ];
    let now = Timestamp::from_seconds(1);
    let done: Result<Vec<Booked>, Refusal> = scratch
        .db()
        .write(move |tx| Box::pin(async move { book(tx, batch, now).await }))
        .await;
    assert!(matches!(done, Err(Refusal::Insufficient { .. })));
    assert_eq!(
        sums(&scratch.db(), &account("purse:a")).await,
        Sums::default()
    );
}

#[tokio::test]
async fn pa15_transfers_are_never_changed() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let amount = Amount::new(7);
    let act = Act::Single {
        debit: account("bridge"),
        credit: account("purse:a"),
        amount,
    };
    assert_eq!(
        one(&scratch.db(), entry(ids::transfer("x", &[]), act), 1).await,
        "ok"
    );
    for sql in [
        "UPDATE payments_transfer SET amount = 8",
        "DELETE FROM payments_transfer",
    ] {
        let done: Result<(), host::db::Error> = scratch
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let conn: &mut Conn = tx;
                    sqlx::query(sql).execute(conn).await?;
                    Ok(())
                })
            })
            .await;
        assert!(done.is_err(), "{sql}");
    }
    assert_eq!(
        sums(&scratch.db(), &account("purse:a"))
            .await
            .credits_posted,
        amount
    );
}

/// A small generator: the seed is printed, so a failure can be run again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % sides
    }
}

const ACCOUNTS: [&str; 10] = [
    "bridge",
    "plays:2026-11-21",
    "purse:1",
    "purse:2",
    "purse:3",
    "purse:4",
    "coop",
    "payee:1",
    "payee:2",
    "refunds",
];
const FOLDED: [model::N; 2] = [0, 1];

fn random_op(dice: &mut Dice, ids: u32) -> Op {
    let id = dice.roll(ids);
    let amount = i64::from(dice.roll(400)) - 4;
    let (debit, credit) = (dice.roll(10), dice.roll(10));
    match dice.roll(10) {
        0..=2 => Op::Single {
            id,
            debit: 0,
            credit: 2 + dice.roll(4),
            amount: amount * 10,
        },
        3 | 4 => Op::Single {
            id,
            debit,
            credit,
            amount,
        },
        5 | 6 => {
            let until = i64::from(dice.roll(100));
            Op::Hold {
                id,
                debit: 2 + dice.roll(8),
                credit,
                amount,
                until,
            }
        }
        7 | 8 => Op::Post {
            id,
            hold: dice.roll(ids),
            amount: amount / 2,
        },
        _ => Op::Void {
            id,
            hold: dice.roll(ids),
        },
    }
}

fn real(op: Op) -> Transfer {
    let id = |n: model::N| ids::transfer("model", &[&n.to_be_bytes()]);
    let of = |n: model::N| account(ACCOUNTS[n as usize]);
    let (own, act) = match op {
        Op::Single {
            id: own,
            debit,
            credit,
            amount,
        } => (
            own,
            Act::Single {
                debit: of(debit),
                credit: of(credit),
                amount: Amount::new(amount),
            },
        ),
        Op::Hold {
            id: own,
            debit,
            credit,
            amount,
            until,
        } => {
            let until = Timestamp::from_seconds(until);
            let amount = Amount::new(amount);
            (
                own,
                Act::Hold {
                    debit: of(debit),
                    credit: of(credit),
                    amount,
                    until,
                },
            )
        }
        Op::Post {
            id: own,
            hold,
            amount,
        } => (
            own,
            Act::Post {
                hold: id(hold),
                amount: Amount::new(amount),
            },
        ),
        Op::Void { id: own, hold } => (own, Act::Void { hold: id(hold) }),
    };
    entry(id(own), act)
}

async fn compare(db: &Db, model: &Model) {
    for (n, name) in (0..).zip(ACCOUNTS) {
        let real = sums(db, &account(name)).await;
        let want = model.sums.get(&n).copied().unwrap_or_default();
        let have = model::Sums {
            debits_pending: real.debits_pending.minor(),
            debits_posted: real.debits_posted.minor(),
            credits_pending: real.credits_pending.minor(),
            credits_posted: real.credits_posted.minor(),
        };
        assert_eq!(have, want, "{name}");
    }
}

#[tokio::test]
async fn four_thousand_random_operations_answer_as_the_model_does() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let seed = 0x5eed_0001;
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let mut model = Model::new(&FOLDED);
    for i in 0..4_000_u32 {
        let op = random_op(&mut dice, 1_500);
        let now = i64::from(i / 50);
        assert_eq!(
            one(&scratch.db(), real(op), now).await,
            model.run(op, now),
            "{i} {op:?}"
        );
    }
    compare(&scratch.db(), &model).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twelve_thousand_concurrent_operations_leave_every_balance_the_sum_of_its_entries() {
    let scratch = Arc::new(Scratch::new(&[&payments::MIGRATIONS]).await);
    let mut tasks = Vec::new();
    for worker in 0..32_u64 {
        let scratch = scratch.clone();
        tasks.push(tokio::spawn(async move {
            let mut dice = Dice(0x5eed_0002 ^ (worker << 32));
            let mut done = Vec::new();
            for _ in 0..375 {
                let op = random_op(&mut dice, 5_000);
                if one(&scratch.db(), real(op), 1).await == "ok" {
                    done.push(op);
                }
            }
            done
        }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.extend(task.await.unwrap());
    }
    // What was answered `ok` moved, whatever the order; a rich model repeats it without refusing.
    let mut model = Model::new(&(0..10).collect::<Vec<_>>());
    let settles = |op: &Op| matches!(op, Op::Post { .. } | Op::Void { .. });
    done.sort_by_key(settles);
    for op in &done {
        assert_eq!(model.run(*op, 1), "ok", "{op:?}");
    }
    println!("{} of 12000 moved", done.len());
    compare(&scratch.db(), &model).await;
    for (n, sums) in &model.sums {
        let within = sums.debits_pending + sums.debits_posted <= sums.credits_posted;
        assert!(
            FOLDED.contains(n) || within,
            "account {n} is overdrawn: {sums:?}"
        );
    }
}

#[tokio::test]
async fn every_statement_is_understood_by_the_engine() {
    let scratch = Scratch::new(&[&payments::MIGRATIONS]).await;
    let statements = payments::STATEMENTS.iter().copied().flatten();
    for sql in statements {
        let done: Result<(), host::db::Error> = scratch
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    let conn: &mut Conn = tx;
                    sqlx::Executor::prepare(conn, sqlx::SqlStr::from_static(sql)).await?;
                    Ok(())
                })
            })
            .await;
        assert!(done.is_ok(), "{done:?}: {sql}");
    }
}
