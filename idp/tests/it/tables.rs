//! The provider's tables as its migrations make them, for digests of what they hold.

pub fn cell(row: &sqlx::any::AnyRow, at: usize, kind: &str) -> Vec<u8> {
    use sqlx::Row;
    let bytes = match kind {
        "BIGINT" => row
            .try_get::<Option<i64>, _>(at)
            .unwrap()
            .map(|n| n.to_be_bytes().to_vec()),
        "BYTEA" => row.try_get::<Option<Vec<u8>>, _>(at).unwrap(),
        _ => row
            .try_get::<Option<String>, _>(at)
            .unwrap()
            .map(String::into_bytes),
    };
    bytes.unwrap_or_else(|| b"\0null".to_vec())
}

/// Tables and their columns, read from the migrations.
pub fn tables() -> Vec<(String, Vec<(String, String)>)> {
    let mut tables: Vec<(String, Vec<(String, String)>)> = vec![(
        "host_once".into(),
        vec![
            ("bound".into(), "TEXT".into()),
            ("body".into(), "TEXT".into()),
        ],
    )];
    for line in idp::MIGRATIONS
        .steps
        .iter()
        .flat_map(|step| step.postgres.lines())
    {
        if let Some(rest) = line.strip_prefix("ALTER TABLE ") {
            let mut words = rest.split(';').next().unwrap().split(' ');
            let name = words.next().unwrap();
            let table = tables.iter_mut().find(|(known, _)| known == name);
            // ADD COLUMN name kind
            let mut words = words.skip(2).map(str::to_owned);
            table
                .unwrap()
                .1
                .push((words.next().unwrap(), words.next().unwrap()));
            continue;
        }
        if let Some(gone) = line.strip_prefix("DROP TABLE ") {
            tables.retain(|(name, _)| name != gone.trim_end_matches(';'));
            continue;
        }
        if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
            tables.push((rest.split(' ').next().unwrap().to_owned(), Vec::new()));
            continue;
        }
        let mut words = line.trim().split([' ', ',']);
        let (Some(name), Some(kind)) = (words.next(), words.next()) else {
            continue;
        };
        if line.starts_with("  ") && ["TEXT", "BIGINT", "BYTEA"].contains(&kind) {
            tables
                .last_mut()
                .unwrap()
                .1
                .push((name.to_owned(), kind.to_owned()));
        }
    }
    tables
}
