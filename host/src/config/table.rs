//! Each key once, as data: from it come the sample file and the JSON schema.

use serde_json::{Map, Value, json};
use std::fmt::Write;

/// One key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Dotted path; `*` stands for any name.
    pub path: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Whether the file must hold it.
    pub needed: bool,
    /// The value in the sample, as TOML.
    pub example: &'static str,
    /// One sentence for the operator.
    pub what: &'static str,
}

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A path, relative to the configuration file.
    Path,
    /// A whole number.
    Number,
    /// true or false.
    Flag,
    /// A list of texts.
    Texts,
    /// A list of tables whose members are checked elsewhere.
    Tables,
}

/// The keys of the ground.
pub const HOST_KEYS: &[Key] = &[
    key(
        "modules",
        Kind::Texts,
        true,
        "[\"idp\", \"streaming\", \"payments\", \"recovery\"]",
        "The modules that run on this node.",
    ),
    key(
        "serve.public",
        Kind::Text,
        true,
        "\"127.0.0.1:8080\"",
        "The public listener; a TLS proxy stands before it.",
    ),
    key(
        "serve.peer",
        Kind::Text,
        false,
        "\"127.0.0.1:9090\"",
        "The listener for other nodes, /readyz and /metrics. Never public.",
    ),
    key(
        "serve.proxies",
        Kind::Texts,
        false,
        "[\"127.0.0.1\"]",
        "Proxies whose X-Forwarded-For counts.",
    ),
    key(
        "origins.id",
        Kind::Text,
        true,
        "\"https://id.coop.example\"",
        "The identity provider, which is also the issuer.",
    ),
    key(
        "origins.wallet",
        Kind::Text,
        true,
        "\"https://wallet.coop.example\"",
        "The browser wallet.",
    ),
    key(
        "origins.listen",
        Kind::Text,
        true,
        "\"https://listen.coop.example\"",
        "Listening, purse and studio.",
    ),
    key(
        "origins.coop",
        Kind::Text,
        true,
        "\"https://coop.coop.example\"",
        "The co-op's pages for members.",
    ),
    key(
        "origins.staff",
        Kind::Text,
        true,
        "\"https://staff.coop.example\"",
        "Staff pages.",
    ),
    key(
        "database.url",
        Kind::Text,
        false,
        "\"sqlite:data/resonate.sqlite3\"",
        "sqlite:PATH or postgres://..; or give url_file.",
    ),
    key(
        "database.url_file",
        Kind::Path,
        false,
        "\"database.url\"",
        "A private file holding the URL, for one with a password.",
    ),
    key(
        "keys.kek_file",
        Kind::Path,
        true,
        "\"kek\"",
        "The key-encryption key: 32 bytes in base64url, mode 0600.",
    ),
    key(
        "keys.file",
        Kind::Path,
        true,
        "\"data.keys\"",
        "The wrapped keys; kept beside the data, not in its backup.",
    ),
    key(
        "objects.dir",
        Kind::Path,
        false,
        "\"data/objects\"",
        "A folder for audio and covers; or give a bucket.",
    ),
    key(
        "objects.bucket",
        Kind::Text,
        false,
        "\"resonate\"",
        "A bucket of S3 or a store like it.",
    ),
    key(
        "objects.region",
        Kind::Text,
        false,
        "\"eu-central-1\"",
        "The bucket's region.",
    ),
    key(
        "objects.endpoint",
        Kind::Text,
        false,
        "\"https://s3.example\"",
        "The endpoint, for stores other than AWS.",
    ),
    key(
        "objects.access_key",
        Kind::Text,
        false,
        "\"AKIA..\"",
        "The access key's id.",
    ),
    key(
        "objects.secret_key_file",
        Kind::Path,
        false,
        "\"s3.secret\"",
        "A private file holding the secret key.",
    ),
    key(
        "peers.*.base",
        Kind::Text,
        false,
        "\"https://payments.inner.example/payments\"",
        "The peer surface of a module on another node; http on loopback only.",
    ),
];

const fn key(
    path: &'static str,
    kind: Kind,
    needed: bool,
    example: &'static str,
    what: &'static str,
) -> Key {
    Key {
        path,
        kind,
        needed,
        example,
        what,
    }
}

/// A commented configuration file. What is not needed stands behind `#`.
#[must_use]
pub fn sample(keys: &[Key]) -> String {
    let mut out = String::from(
        "# Resonate's configuration. A variable RESONATE_SERVE__PUBLIC sets the key serve.public.\n",
    );
    let mut section = "";
    for key in keys {
        let (table, name) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        if table != section {
            section = table;
            // A header alone would demand the section's needed keys, so it is a comment too
            // where none is needed.
            let needed = keys.iter().any(|k| k.needed && k.path.starts_with(table));
            let mark = if needed || table == "database" {
                ""
            } else {
                "# "
            };
            let _ = write!(
                out,
                "\n{mark}[{}]\n",
                table.replace('*', example_name(table))
            );
        } else {
            out.push('\n');
        }
        let mark = if key.needed || key.path == "database.url" {
            ""
        } else {
            "# "
        };
        let _ = writeln!(out, "# {}\n{mark}{name} = {}", key.what, key.example);
    }
    out
}

/// What stands in the sample where a name of one's own goes.
fn example_name(table: &str) -> &'static str {
    if table.starts_with("peers") {
        "payments"
    } else {
        "example"
    }
}

/// The JSON schema (2020-12) of the configuration.
#[must_use]
pub fn schema(keys: &[Key]) -> Value {
    let mut root = table_schema();
    for key in keys {
        let mut at = &mut root;
        let steps: Vec<&str> = key.path.split('.').collect();
        let Some((name, tables)) = steps.split_last() else {
            continue;
        };
        for step in tables {
            at = inside(at, step, key.needed);
        }
        let leaf = leaf(key);
        if let Some(properties) = at["properties"].as_object_mut() {
            properties.insert((*name).to_owned(), leaf);
        }
        if key.needed {
            need(at, name);
        }
    }
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "resonate.toml".into();
    root
}

fn table_schema() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

fn inside<'a>(at: &'a mut Value, step: &str, needed: bool) -> &'a mut Value {
    if step == "*" {
        if !at["additionalProperties"].is_object() {
            at["additionalProperties"] = table_schema();
        }
        return &mut at["additionalProperties"];
    }
    if needed {
        need(at, step);
    }
    let properties = &mut at["properties"];
    if properties[step].is_null() {
        properties[step] = table_schema();
    }
    &mut properties[step]
}

fn need(at: &mut Value, name: &str) {
    if !at["required"].is_array() {
        at["required"] = json!([]);
    }
    if let Some(all) = at["required"].as_array_mut()
        && !all.iter().any(|n| n == name)
    {
        all.push(name.into());
    }
}

fn leaf(key: &Key) -> Value {
    let mut leaf = Map::new();
    let kind = match key.kind {
        Kind::Text | Kind::Path => "string",
        Kind::Number => "integer",
        Kind::Flag => "boolean",
        Kind::Texts | Kind::Tables => "array",
    };
    leaf.insert("type".into(), kind.into());
    match key.kind {
        Kind::Texts => leaf.insert("items".into(), json!({ "type": "string" })),
        Kind::Tables => leaf.insert("items".into(), json!({ "type": "object" })),
        Kind::Text | Kind::Path | Kind::Number | Kind::Flag => None,
    };
    leaf.insert("description".into(), key.what.into());
    Value::Object(leaf)
}
