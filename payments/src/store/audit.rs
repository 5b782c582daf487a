//! Questions whose answer must be "none": the invariants I1 to I9 as statements over the rows.

use host::db::{self, Conn};
use sqlx::Row as _;

/// An invariant and the statement that finds what breaks it. Each row found is one finding.
pub(crate) struct Question {
    /// Its code and words.
    pub name: &'static str,
    sql: &'static str,
}

const LEDGERS: &str = "SELECT t.code AS what FROM payments_transfer t
    LEFT JOIN payments_account d ON d.id = t.debit AND d.ledger = t.ledger
    LEFT JOIN payments_account c ON c.id = t.credit AND c.ledger = t.ledger
    WHERE d.id IS NULL OR c.id IS NULL LIMIT 20";

const SUMS: &str = "SELECT x.name AS what FROM (
    SELECT a.name AS name,
    a.debits_posted - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t
        WHERE t.debit = a.id AND t.kind IN ('single', 'post')), 0) AS debit_gap,
    a.credits_posted - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t
        WHERE t.credit = a.id AND t.kind IN ('single', 'post')), 0) AS credit_gap,
    a.debits_pending - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t
        WHERE t.debit = a.id AND t.kind = 'pending'
        AND NOT EXISTS (SELECT 1 FROM payments_transfer s WHERE s.pending = t.id)), 0) AS debit_held_gap,
    a.credits_pending - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t
        WHERE t.credit = a.id AND t.kind = 'pending'
        AND NOT EXISTS (SELECT 1 FROM payments_transfer s WHERE s.pending = t.id)), 0) AS credit_held_gap
    FROM payments_account a WHERE a.rule = 'limited') x
    WHERE x.debit_gap <> 0 OR x.credit_gap <> 0 OR x.debit_held_gap <> 0 OR x.credit_held_gap <> 0
    LIMIT 20";

const OVERDRAWN: &str = "SELECT name AS what FROM payments_account WHERE rule = 'limited'
    AND debits_pending + debits_posted > credits_posted LIMIT 20";

const HOLDS: &str = "SELECT s.kind AS what FROM payments_transfer s
    LEFT JOIN payments_transfer h ON h.id = s.pending AND h.kind = 'pending'
    WHERE s.kind IN ('post', 'void')
    AND (h.id IS NULL OR s.amount > h.amount OR s.debit <> h.debit OR s.credit <> h.credit)
    LIMIT 20";

const TWICE: &str = "SELECT MIN(kind) AS what FROM payments_transfer WHERE pending IS NOT NULL
    GROUP BY pending HAVING COUNT(*) > 1 LIMIT 20";

// Every credit in circulation is backed by cents: both bridges stand for the same money.
const BACKED: &str = "SELECT 'bridge' AS what FROM (SELECT
    COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.debit
        WHERE a.ledger = 'UCR' AND a.name = 'bridge' AND t.kind IN ('single', 'post')), 0)
    - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.credit
        WHERE a.ledger = 'UCR' AND a.name = 'bridge' AND t.kind IN ('single', 'post')), 0) AS ucr,
    COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.credit
        WHERE a.ledger = 'EUR' AND a.name = 'bridge' AND t.kind IN ('single', 'post')), 0)
    - COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.debit
        WHERE a.ledger = 'EUR' AND a.name = 'bridge' AND t.kind IN ('single', 'post')), 0) AS cents) x
    WHERE x.ucr <> x.cents * 8176";

const DAYS: &str = "SELECT x.day AS what FROM (SELECT d.day AS day,
    COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.credit
        WHERE a.name = 'plays:' || d.day AND t.kind = 'post'), 0) AS come,
    COALESCE((SELECT SUM(t.amount) FROM payments_transfer t JOIN payments_account a ON a.id = t.debit
        WHERE a.name = 'plays:' || d.day AND t.kind = 'single'), 0) AS gone,
    COALESCE((SELECT SUM(f.ucr) FROM payments_fold f WHERE f.day = d.day), 0) AS folds,
    d.artists + d.coop AS shared
    FROM payments_day d WHERE d.state = 'folded') x
    WHERE x.come <> x.gone OR x.come <> x.folds OR x.come <> x.shared LIMIT 20";

const SHARES: &str = "SELECT track AS what FROM payments_fold
    WHERE artists + coop <> ucr OR artists * 10000 - ucr * 7000 NOT BETWEEN -10000 AND 10000 LIMIT 20";

const LINES: &str = "SELECT x.name AS what FROM (SELECT a.name AS name,
    COALESCE((SELECT SUM(t.amount) FROM payments_transfer t
        WHERE t.credit = a.id AND t.code = 'fold'), 0) AS moved,
    COALESCE((SELECT SUM(l.ucr) FROM payments_line l WHERE a.name = 'payee:' || l.payee), 0) AS told
    FROM payments_account a WHERE a.code = 'payee') x WHERE x.moved <> x.told LIMIT 20";

/// All of them, in order.
pub(crate) const QUESTIONS: &[Question] = &[
    Question {
        name: "I1 both sides of a transfer are accounts of its ledger",
        sql: LEDGERS,
    },
    Question {
        name: "I1 an account's sums are those of its transfers",
        sql: SUMS,
    },
    Question {
        name: "I2 no limited account is overdrawn",
        sql: OVERDRAWN,
    },
    Question {
        name: "I5 a post or void fits its hold",
        sql: HOLDS,
    },
    Question {
        name: "I5 a hold is settled once",
        sql: TWICE,
    },
    Question {
        name: "I6 every credit is backed by cents",
        sql: BACKED,
    },
    Question {
        name: "I7 a folded day's plays are shared out whole",
        sql: DAYS,
    },
    Question {
        name: "I8 each share is within one unit of the exact one",
        sql: SHARES,
    },
    Question {
        name: "I9 a payee's lines are its movement",
        sql: LINES,
    },
];

/// What breaks that invariant; at most twenty names.
pub(crate) async fn ask(conn: &mut Conn, question: &Question) -> Result<Vec<String>, db::Error> {
    let rows = sqlx::query(question.sql).fetch_all(conn).await?;
    rows.iter().map(|r| Ok(r.try_get("what")?)).collect()
}

pub(crate) const STATEMENTS: &[&str] = &[
    LEDGERS, SUMS, OVERDRAWN, HOLDS, TWICE, BACKED, DAYS, SHARES, LINES,
];
