//! Commands about the vault itself: personas, ways in, backups, and what may be told when something
//! is wrong.

use crate::{
    home::Home,
    http::Http,
    opened::{self, Opened, Place},
    person::Person,
};
use anyhow::{Context, bail, ensure};
use kernel::{World, b64};
use serde_json::{Map, json};
use std::path::Path;
use wallet::{
    release::{self, Release},
    vault::{Document, Kdf, NewWay, merge},
};

/// `personas list`: the one place where two are seen together.
pub fn personas(opened: &Opened, person: &Person) {
    let me = &opened.me().id;
    let all = merge::personas(&opened.day);
    let line = |p: &wallet::vault::Persona| {
        let mark = if p.id == *me { "*" } else { " " };
        format!("{mark} {}", p.name)
    };
    let lines: Vec<String> = all.iter().map(line).collect();
    let told = all
        .iter()
        .map(|p| json!({"name": p.name, "open": p.id == *me}));
    let told: Vec<_> = told.collect();
    person.tell(&lines.join("\n"), &json!({ "personas": told }));
}

/// `personas add`: keys, handle and cards of its own.
pub fn add_persona(opened: &mut Opened, person: &Person, name: &str) -> anyhow::Result<()> {
    let name = name.trim();
    ensure!(
        (1..=64).contains(&name.chars().count()),
        "a name has 1 to 64 characters"
    );
    let taken = merge::personas(&opened.day).iter().any(|p| p.name == name);
    ensure!(!taken, "there is a persona of that name already");
    let id = b64::encode(opened.world.random::<16>());
    let value = Map::from_iter([("name".to_owned(), name.into())]);
    opened.remember("persona", id, value)?;
    let words = format!("{name} is there. Open it with: resonate-wallet personas use {name}");
    person.tell(&words, &json!({ "added": name }));
    Ok(())
}

/// `personas use`.
pub fn use_persona(opened: &mut Opened, person: &Person, name: &str) -> anyhow::Result<()> {
    let all = merge::personas(&opened.day);
    let found = all.into_iter().find(|p| p.name == name);
    let found = found.with_context(|| format!("there is no persona {name}"))?;
    opened.take(found)?;
    person.tell(&format!("{name} is open."), &json!({ "open": name }));
    Ok(())
}

/// `ways list`.
pub fn ways(opened: &Opened, person: &Person) {
    let ways = opened.document.ways();
    let lines: Vec<String> = ways
        .iter()
        .map(|(kind, id)| format!("{kind}  {id}"))
        .collect();
    let told: Vec<_> = ways
        .iter()
        .map(|(kind, id)| json!({"kind": kind, "id": id}))
        .collect();
    person.tell(&lines.join("\n"), &json!({ "ways": told }));
}

/// `ways add`: a further passphrase, with a read token of its own.
pub fn add_way(opened: &mut Opened, person: &Person, fd: Option<i32>) -> anyhow::Result<()> {
    person.agree_guarded(
        "A further passphrase will open this wallet, on every device it is synced to.\n",
    )?;
    let passphrase = person.passphrase("Passphrase, once more: ")?;
    let root = opened.guard(passphrase.expose())?;
    let new = person.new_passphrase(fd)?;
    opened::strong(new.expose())?;
    ensure!(
        !new.is(passphrase.expose().as_bytes()),
        "that is the passphrase there is already"
    );
    let way = NewWay::Passphrase {
        text: new.expose(),
        kdf: Kdf::standard(opened.world.random()),
    };
    let token: [u8; 32] = opened.world.random();
    let entropy = opened.world.entropy();
    opened.document.add_way(&root, &way, &token, entropy)?;
    opened.save_vault()?;
    let words = "Added. Run sync, so that other devices know it.";
    person.tell(words, &json!({ "ways": opened.document.ways().len() }));
    Ok(())
}

/// `import`: a backup file becomes this wallet's vault.
pub fn import(home: Home, world: World, person: &Person, file: &Path) -> anyhow::Result<()> {
    let document = read(file)?;
    let passphrase = person.passphrase("Passphrase of the backup: ")?;
    let place = Place::default();
    let opened = Opened::adopt(home, world, passphrase.expose(), document, place)?;
    let count = merge::personas(&opened.day).len();
    let words = format!("Opened. {count} personas are here; take their cards anew.");
    person.tell(&words, &json!({ "personas": count }));
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<Document> {
    let shown = || file.display().to_string();
    let size = std::fs::metadata(file).with_context(shown)?.len();
    ensure!(size <= 1 << 20, "{}: larger than any vault", shown());
    Ok(Document::parse(&std::fs::read(file).with_context(shown)?)?)
}

/// `verify`: whether a backup opens, to its last part. Nothing is written.
pub fn verify(person: &Person, file: &Path) -> anyhow::Result<()> {
    let document = read(file)?;
    let passphrase = person.passphrase("Passphrase of the backup: ")?;
    let key = opened::unlocked(&document, passphrase.expose())?;
    let day = document.day(&key)?;
    let way = wallet::vault::Way::Passphrase(passphrase.expose());
    document.root(&document.unlock_root(&way)?, &day)?;
    let (version, ways) = (document.version, document.ways().len());
    let personas = merge::personas(&day).len();
    let words = format!("It opens. Version {version}, {ways} ways in, {personas} personas.");
    let told = json!({"opens": true, "version": version, "ways": ways, "personas": personas});
    person.tell(&words, &told);
    Ok(())
}

/// `diag`: what may be copied into a question. No name, card, key or address.
pub fn diag(opened: &Opened, person: &Person) {
    let place = &opened.place;
    let age = (!place.origin.is_empty()).then(|| opened.world.now().seconds() - place.saved_at);
    let told = json!({
        "program": env!("CARGO_PKG_VERSION"),
        "vault": {"version": opened.document.version, "epoch": opened.document.epoch(),
                  "ways": opened.document.ways().len(), "records": opened.day.records.len()},
        "personas": merge::personas(&opened.day).len(),
        "copies": opened.holdings.copies.len(),
        "disclosures": opened.history.len(),
        "last_saved_elsewhere_s": age,
    });
    let words = serde_json::to_string_pretty(&told).unwrap_or_default();
    person.tell(&words, &told);
}

/// `check-web`: whether a wallet origin serves what its release says.
pub async fn check_web(http: &Http, person: &Person, url: &str) -> anyhow::Result<()> {
    let origin = url.trim_end_matches('/');
    let manifest = http.get(&format!("{origin}/release.json")).await?;
    ensure!(manifest.status == 200, "{origin} names no release");
    let release = Release::parse(&manifest.body).context("release.json is of another kind")?;
    let mut other = Vec::new();
    for path in release.files.keys() {
        let file = http.get(&format!("{origin}{path}")).await?;
        if file.status != 200 || !release.holds(path, &file.body) {
            other.push(path.clone());
        }
    }
    let hash = release::hash(&manifest.body);
    if !other.is_empty() {
        bail!(
            "{origin} serves other files than its release {} names: {}",
            release.version,
            other.join(", ")
        );
    }
    let (version, count) = (&release.version, release.files.len());
    let words = format!(
        "{origin} serves what its release {version} names: {count} files.\nCompare this hash with what others see: {hash}"
    );
    let told = json!({"version": version, "files": count, "hash": hash});
    person.tell(&words, &told);
    Ok(())
}
