//! From PostgreSQL's spelling to SQLite's, by substitution: the subset we write allows it.

/// Strips comments, names SQLite's types, and makes every table STRICT.
#[must_use]
pub fn render(postgres: &str) -> String {
    let mut out = String::with_capacity(postgres.len());
    for line in postgres.lines() {
        let code = line.split("--").next().unwrap_or("").trim_end();
        if !code.is_empty() {
            out.push_str(&words(code));
            out.push('\n');
        }
    }
    out.replace("\n);", "\n) STRICT;")
}

/// Replaces whole words only: `BIGINT_count` stays.
fn words(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rest = code;
    while !rest.is_empty() {
        let end = rest.find(|c| !part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        out.push_str(match word {
            "BIGINT" => "INTEGER",
            "BYTEA" => "BLOB",
            other => other,
        });
        let next = after.find(part).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_strict_and_types_sqlite_s() {
        let text = "-- about\nCREATE TABLE a_b (\n    key BYTEA NOT NULL PRIMARY KEY, -- secret/x\n    \
            n BIGINT CHECK (n IN (0,1)), -- BIGINT in a comment\n    BIGINTS TEXT\n);\n";
        assert_eq!(
            render(text),
            "CREATE TABLE a_b (\n    key BLOB NOT NULL PRIMARY KEY,\n    \
             n INTEGER CHECK (n IN (0,1)),\n    BIGINTS TEXT\n) STRICT;\n"
        );
    }
}
