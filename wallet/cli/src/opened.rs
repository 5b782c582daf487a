//! A wallet that was opened: its vault, holdings and history, and how they are kept.

use crate::home::{CARDS, HISTORY, Home, VAULT};
use anyhow::{Context, ensure};
use kernel::{World, b64};
use wallet::{
    cards::Holdings,
    history::Disclosure,
    store,
    vault::{Day, DayKey, Document, Kdf, Persona, Root, VaultError, Way},
};

/// Shortest passphrase of one's own, in characters.
const SHORTEST: usize = 14;

/// The vault does not open with what was typed.
#[derive(Debug, thiserror::Error)]
#[error("this passphrase does not open the wallet; nothing was changed")]
pub struct WrongPassphrase;

/// An open wallet. Nothing here is written but by its own functions.
pub struct Opened {
    pub home: Home,
    pub world: World,
    document: Document,
    key: DayKey,
    pub day: Day,
    /// Which persona answers.
    pub persona: usize,
    pub holdings: Holdings,
    holdings_version: u64,
    pub history: Vec<Disclosure>,
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
        let (document, key) = Document::create(passphrase, kdf, &day, &root, world.entropy())?;
        home.write(VAULT, document.to_text().as_bytes())?;
        Ok(Self::of(home, world, document, key, day))
    }

    fn of(home: Home, world: World, document: Document, key: DayKey, day: Day) -> Self {
        Self {
            home,
            world,
            document,
            key,
            day,
            persona: 0,
            holdings: Holdings::default(),
            holdings_version: 0,
            history: vec![],
            history_version: 0,
        }
    }

    /// Opens the wallet with its passphrase.
    pub fn open(home: Home, world: World, passphrase: &str) -> anyhow::Result<Self> {
        ensure!(
            home.is_made(),
            "there is no wallet here yet; make one with: resonate-wallet init"
        );
        let document = home.read(VAULT, |text| Ok(Document::parse(text)?))?;
        let document = document.context("the vault is missing")?;
        let key = match document.unlock(&Way::Passphrase(passphrase)) {
            Ok(key) => key,
            Err(VaultError::Way) => return Err(WrongPassphrase.into()),
            Err(other) => return Err(other.into()),
        };
        let day = document.day(&key)?;
        let mut opened = Self::of(home, world, document, key, day);
        let read = |name: &'static str| {
            let key = &opened.key;
            opened.home.read(name, |file| {
                store::open(key, name, file).context("altered, or of another wallet")
            })
        };
        if let Some((version, plain)) = read(CARDS)? {
            opened.holdings = serde_json::from_slice(plain.expose()).context("cards")?;
            opened.holdings_version = version;
        }
        if let Some((version, plain)) = read(HISTORY)? {
            opened.history = serde_json::from_slice(plain.expose()).context("history")?;
            opened.history_version = version;
        }
        Ok(opened)
    }

    /// A guarded act wants the passphrase anew, and VK only for that moment.
    pub fn guard(&self, passphrase: &str) -> anyhow::Result<()> {
        match self.document.unlock_root(&Way::Passphrase(passphrase)) {
            Ok(root) => {
                self.document.root(&root, &self.day)?;
                Ok(())
            }
            Err(VaultError::Way) => Err(WrongPassphrase.into()),
            Err(other) => Err(other.into()),
        }
    }

    /// The persona that answers.
    pub fn me(&self) -> &Persona {
        &self.day.personas[self.persona]
    }

    /// The seed of a key of this persona.
    pub fn seed(&self, label: &str, context: &str) -> anyhow::Result<kernel::Secret<[u8; 32]>> {
        let day_seed = b64::decode_array(&self.day.day_seed).context("the vault's seed")?;
        let persona = self.me().bytes().context("the persona's id")?;
        Ok(wallet::derive::seed(&day_seed, label, &persona, context))
    }

    pub fn save_holdings(&mut self) -> anyhow::Result<()> {
        self.holdings_version += 1;
        let plain = kernel::Secret::new(serde_json::to_vec(&self.holdings)?);
        let entropy = self.world.entropy();
        let file = store::close(
            &self.key,
            CARDS,
            self.holdings_version,
            plain.expose(),
            entropy,
        );
        self.home.write(CARDS, &file)
    }

    pub fn save_history(&mut self) -> anyhow::Result<()> {
        self.history_version += 1;
        let plain = kernel::Secret::new(serde_json::to_vec(&self.history)?);
        let entropy = self.world.entropy();
        let file = store::close(
            &self.key,
            HISTORY,
            self.history_version,
            plain.expose(),
            entropy,
        );
        self.home.write(HISTORY, &file)
    }

    /// The vault as a backup file: it opens with the passphrase, anywhere.
    pub fn backup(&self) -> String {
        self.document.to_text()
    }
}

fn strong(passphrase: &str) -> anyhow::Result<()> {
    let long = passphrase.chars().count() >= SHORTEST;
    ensure!(
        long,
        "a passphrase has at least {SHORTEST} characters; six words are a good one"
    );
    Ok(())
}
