//! The module through its doors, on SQLite and, where `RESONATE_TEST_POSTGRES` is set, PostgreSQL.

mod ledger;
mod model;
mod vectors;
