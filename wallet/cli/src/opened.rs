//! A wallet that was opened: its vault, holdings and history, and how they are kept.

use crate::home::{CARDS, HISTORY, Home, VAULT};
use anyhow::{Context, bail, ensure};
use kernel::{Secret, World, b64};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wallet::{
    cards::Holdings,
    history::Disclosure,
    store,
    vault::{Day, DayKey, Document, Kdf, Persona, Root, RootKey, VaultError, Way, merge},
};

/// Shortest passphrase of one's own, in characters.
const SHORTEST: usize = 14;

/// The vault does not open with what was typed.
#[derive(Debug, thiserror::Error)]
#[error("this passphrase does not open the wallet; nothing was changed")]
pub struct WrongPassphrase;

/// Where the vault is stored besides here.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Place {
    /// The wallet origin that keeps it; empty before the first time.
    pub origin: String,
    /// This device's read token, base64url.
    pub token: String,
    /// The highest version seen there.
    pub version: u64,
    /// When it was last the same here and there, in seconds since 1970.
    pub saved_at: i64,
}

/// What this device keeps in `cards.bin`.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// This device's name in records.
    device: String,
    /// The persona that is open.
    open: String,
    place: Place,
    /// By persona.
    own: BTreeMap<String, Holdings>,
}

/// An open wallet. Nothing here is written but by its own functions.
pub struct Opened {
    pub home: Home,
    pub world: World,
    pub document: Document,
    pub key: DayKey,
    pub day: Day,
    me: Persona,
    pub place: Place,
    device: String,
    pub holdings: Holdings,
    others: BTreeMap<String, Holdings>,
    holdings_version: u64,
    pub history: Vec<Disclosure>,
    told: BTreeMap<String, Vec<Disclosure>>,
    history_version: u64,
}

impl Opened {
    /// Makes a wallet with one persona.
    pub fn create(home: Home, world: World, passphrase: &str, name: &str) -> anyhow::Result<Self> {
        ensure!(
            !home.is_made(),
            "there is a wallet already; use --name for another"
        );
        strong(passphrase)?;
        let day = Day::new(world.random(), world.random(), name);
        let root = Root::new(world.random());
        let kdf = Kdf::standard(world.random());
        let token = world.random();
        let entropy = world.entropy();
        let (document, key) = Document::create(passphrase, kdf, &token, (&day, &root), entropy)?;
        home.write(VAULT, document.to_text().as_bytes())?;
        let mut opened = Self::of(home, world, document, key, day)?;
        opened.place.token = b64::encode(token);
        opened.save_holdings()?;
        Ok(opened)
    }

    /// Makes a wallet of a vault that came from elsewhere, once it opened with the passphrase.
    pub fn adopt(
        home: Home,
        world: World,
        passphrase: &str,
        document: Document,
        place: Place,
    ) -> anyhow::Result<Self> {
        ensure!(
            !home.is_made(),
            "there is a wallet already; use --name for another"
        );
        let key = unlocked(&document, passphrase)?;
        let day = document.day(&key)?;
        document.root(&document.unlock_root(&Way::Passphrase(passphrase))?, &day)?;
        home.write(VAULT, document.to_text().as_bytes())?;
        let mut opened = Self::of(home, world, document, key, day)?;
        opened.place = place;
        opened.save_holdings()?;
        Ok(opened)
    }

    fn of(
        home: Home,
        world: World,
        document: Document,
        key: DayKey,
        day: Day,
    ) -> anyhow::Result<Self> {
        let me = merge::personas(&day).into_iter().next();
        Ok(Self {
            device: b64::encode(world.random::<16>()),
            home,
            world,
            document,
            key,
            me: me.context("the vault holds no persona")?,
            day,
            place: Place::default(),
            holdings: Holdings::default(),
            others: BTreeMap::new(),
            holdings_version: 0,
            history: vec![],
            told: BTreeMap::new(),
            history_version: 0,
        })
    }

    /// Opens the wallet with its passphrase.
    pub fn open(home: Home, world: World, passphrase: &str) -> anyhow::Result<Self> {
        ensure!(
            home.is_made(),
            "there is no wallet here yet; make one with: resonate-wallet init"
        );
        let document = home.read(VAULT, |text| Ok(Document::parse(text)?))?;
        let document = document.context("the vault is missing")?;
        let key = unlocked(&document, passphrase)?;
        let day = document.day(&key)?;
        let mut opened = Self::of(home, world, document, key, day)?;
        if let Some((version, kept)) = opened.read::<Kept>(CARDS)? {
            opened.holdings_version = version;
            opened.others = kept.own;
            opened.place = kept.place;
            opened.device = kept.device;
            let all = merge::personas(&opened.day);
            if let Some(persona) = all.into_iter().find(|persona| persona.id == kept.open) {
                opened.me = persona;
            }
        }
        opened.holdings = opened.others.remove(&opened.me.id).unwrap_or_default();
        if let Some((version, told)) = opened.read(HISTORY)? {
            opened.history_version = version;
            opened.told = told;
        }
        opened.history = opened.told.remove(&opened.me.id).unwrap_or_default();
        Ok(opened)
    }

    fn read<T: DeserializeOwned>(&self, name: &'static str) -> anyhow::Result<Option<(u64, T)>> {
        self.home.read(name, |file| {
            let (version, plain) =
                store::open(&self.key, name, file).context("altered, or of another wallet")?;
            Ok((version, serde_json::from_slice(plain.expose())?))
        })
    }

    /// A guarded act wants the passphrase anew, and VK only for that moment.
    pub fn guard(&self, passphrase: &str) -> anyhow::Result<RootKey> {
        match self.document.unlock_root(&Way::Passphrase(passphrase)) {
            Ok(root) => {
                self.document.root(&root, &self.day)?;
                Ok(root)
            }
            Err(VaultError::Way) => Err(WrongPassphrase.into()),
            Err(other) => Err(other.into()),
        }
    }

    /// The persona that answers.
    pub fn me(&self) -> &Persona {
        &self.me
    }

    /// Opens another persona, from the next command on too.
    pub fn take(&mut self, persona: Persona) -> anyhow::Result<()> {
        let holdings = self.others.remove(&persona.id).unwrap_or_default();
        let history = self.told.remove(&persona.id).unwrap_or_default();
        let me = std::mem::replace(&mut self.me, persona);
        let before = std::mem::replace(&mut self.holdings, holdings);
        self.others.insert(me.id.clone(), before);
        let before = std::mem::replace(&mut self.history, history);
        self.told.insert(me.id, before);
        self.save_holdings()
    }

    /// The seed of a key of this persona.
    pub fn seed(&self, label: &str, context: &str) -> anyhow::Result<Secret<[u8; 32]>> {
        let day_seed = b64::decode_array(&self.day.day_seed).context("the vault's seed")?;
        let persona = self.me.bytes().context("the persona's id")?;
        Ok(wallet::derive::seed(&day_seed, label, &persona, context))
    }

    /// Writes one more record into the vault.
    pub fn remember(
        &mut self,
        kind: &str,
        id: String,
        value: Map<String, Value>,
    ) -> anyhow::Result<()> {
        let record = merge::Record {
            clock: merge::next_clock(&self.day.records),
            device: self.device.clone(),
            kind: kind.to_owned(),
            gone: None,
            id,
            value,
        };
        let now = self.world.now().seconds();
        let all = merge::records(&[&self.day.records, &[record]]);
        self.day.records = merge::pruned(&all, now);
        self.document
            .put_day(&self.key, &self.day, self.world.entropy())?;
        self.save_vault()
    }

    /// Puts a merged vault in place of this one.
    pub fn replace(&mut self, document: Document) -> anyhow::Result<()> {
        self.day = document.day(&self.key)?;
        self.document = document;
        self.save_vault()
    }

    pub fn save_vault(&self) -> anyhow::Result<()> {
        self.home.write(VAULT, self.document.to_text().as_bytes())
    }

    pub fn save_holdings(&mut self) -> anyhow::Result<()> {
        self.holdings_version += 1;
        let mut own = self.others.clone();
        own.insert(self.me.id.clone(), self.holdings.clone());
        let kept = Kept {
            device: self.device.clone(),
            open: self.me.id.clone(),
            place: self.place.clone(),
            own,
        };
        self.write(CARDS, self.holdings_version, &kept)
    }

    pub fn save_history(&mut self) -> anyhow::Result<()> {
        self.history_version += 1;
        let mut told = self.told.clone();
        told.insert(self.me.id.clone(), self.history.clone());
        self.write(HISTORY, self.history_version, &told)
    }

    fn write(&self, name: &str, version: u64, value: &impl Serialize) -> anyhow::Result<()> {
        let plain = Secret::new(serde_json::to_vec(value)?);
        let entropy = self.world.entropy();
        let file = store::close(&self.key, name, version, plain.expose(), entropy);
        self.home.write(name, &file)
    }

    /// The vault as a backup file: it opens with the passphrase, anywhere.
    pub fn backup(&self) -> String {
        self.document.to_text()
    }
}

/// The day key, by the passphrase.
pub fn unlocked(document: &Document, passphrase: &str) -> anyhow::Result<DayKey> {
    match document.unlock(&Way::Passphrase(passphrase)) {
        Ok(key) => Ok(key),
        Err(VaultError::Way) => Err(WrongPassphrase.into()),
        Err(other) => bail!(other),
    }
}

/// Refuses a passphrase that is too short.
pub fn strong(passphrase: &str) -> anyhow::Result<()> {
    let long = passphrase.chars().count() >= SHORTEST;
    ensure!(
        long,
        "a passphrase has at least {SHORTEST} characters; six words are a good one"
    );
    Ok(())
}
