//! SQL: what may stand in migrations and statements.

use crate::source;

/// `(module, path, text)` of each SQL constant in the sources of served crates.
pub fn statements() -> Vec<(String, String, String)> {
    let mut found = vec![];
    for path in source::files(&[".rs"]) {
        let Some(module) = path
            .split_once("/src/")
            .map(|(module, _)| module.to_owned())
        else {
            continue;
        };
        let text = source::read(&path);
        let code = text.split("#[cfg(test)]").next().unwrap_or("");
        let mut rest = code;
        while let Some(at) = rest.find("&str = ") {
            rest = &rest[at + 7..];
            let Some(sql) = literal(rest.trim_start()) else {
                continue;
            };
            let first = sql.split_whitespace().next().unwrap_or("");
            if ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].contains(&first) {
                found.push((module.clone(), path.clone(), sql));
            }
        }
    }
    assert!(!found.is_empty(), "no SQL constant was found");
    found
}

/// The Rust string literal at the start of `text`: plain or raw.
fn literal(text: &str) -> Option<String> {
    if let Some(raw) = text.strip_prefix("r#\"") {
        return raw.split_once("\"#").map(|(sql, _)| sql.to_owned());
    }
    let mut out = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(out),
            '\\' => match chars.next()? {
                // A line continued: the break and the leading spaces of the next line go.
                '\n' => {
                    let after = chars.as_str().trim_start();
                    chars = after.chars();
                }
                other => out.push(other),
            },
            other => out.push(other),
        }
    }
    None
}

#[test]
fn statements_stay_in_the_portable_subset() {
    let mut faults = vec![];
    for (_, path, sql) in statements() {
        let upper = sql.to_ascii_uppercase();
        for word in [
            "SELECT *",
            "->>",
            " LIKE ",
            "NOW()",
            "LOWER(",
            "SKIP LOCKED",
            "AUTOINCREMENT",
        ] {
            if upper.contains(word) {
                faults.push(format!("{path}: {word}: {sql}"));
            }
        }
        if sql.contains('?') {
            faults.push(format!("{path}: write $1, not ?: {sql}"));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn each_statement_names_only_its_own_tables_and_the_hosts() {
    let modules = ["idp", "streaming", "payments", "recovery", "web"];
    let mut faults = vec![];
    for (module, path, sql) in statements() {
        for word in sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let owner = modules.iter().find(|m| word.starts_with(&format!("{m}_")));
            if let Some(owner) = owner.filter(|owner| **owner != module) {
                faults.push(format!("{path}: {word} belongs to {owner}"));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn migrations_use_three_types_and_say_what_each_column_holds() {
    let classes = [
        "public",
        "operational",
        "pseudonymous",
        "personal",
        "sealed",
        "secret",
        "special",
    ];
    let mut faults = vec![];
    for path in source::files(&[".sql"]) {
        for (i, line) in source::read(&path).lines().enumerate() {
            let Some((name, kind)) = column(line) else {
                continue;
            };
            if !["TEXT", "BIGINT", "BYTEA"].contains(&kind) && !path.ends_with(".sqlite.sql") {
                faults.push(format!("{path}:{}: {name} is {kind}", i + 1));
            }
            let class = line
                .split_once("-- ")
                .and_then(|(_, c)| c.split('/').next())
                .unwrap_or("");
            if !classes.contains(&class) {
                faults.push(format!("{path}:{}: {name} has no class comment", i + 1));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The name and type of a column line: indented, a lower-case name, then a type in capitals.
fn column(line: &str) -> Option<(&str, &str)> {
    let mut words = line.strip_prefix("    ")?.split_whitespace();
    let (name, kind) = (words.next()?, words.next()?);
    let kind = kind.trim_end_matches(',');
    let is_name = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_kind = kind.len() > 2 && kind.chars().all(|c| c.is_ascii_uppercase());
    (is_name && is_kind).then_some((name, kind))
}
