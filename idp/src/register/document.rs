//! One registration document: checked, what it names fetched, ready to be written.

use super::{about, logo, store};
use crate::{
    client::{
        self, Client,
        keys::{fetch, get},
        metadata::{self, Facts, Invalid, Policy, SectorList},
    },
    core::Core,
    problem::OAuthError,
    secrets,
};
use credential::jose::Jwk;
use host::db::{self, Tx};
use kernel::Timestamp;
use serde_json::{Map, Value, json};

/// A secret drawn for an app, or the hash of the one it has.
pub(super) enum Secret {
    /// Told once, in the answer.
    New(String),
    /// Known to the app alone.
    Kept(String),
}

impl Secret {
    pub(super) fn draw(core: &Core) -> Self {
        Self::New(secrets::token("rs_cs_", &core.ground.world))
    }

    fn hash(&self) -> String {
        match self {
            Self::New(secret) => secrets::hash(secret),
            Self::Kept(hash) => hash.clone(),
        }
    }
}

/// A registration that holds.
pub(super) struct Draft {
    pub(super) client: Client,
    whole: Map<String, Value>,
    keys: Option<Vec<Jwk>>,
    logo: Option<Vec<u8>>,
}

/// Checks a document, then fetches what it names: list of its sector, keys, picture. Nothing is
/// fetched for a document that does not hold by itself.
///
/// # Errors
/// [`Invalid`]; an address that gives no good answer is refused by the name of its member, whatever
/// was found there.
pub(super) async fn check(
    core: &Core,
    mut document: Value,
    id: &str,
    secret: &Secret,
    policy: &Policy,
) -> Result<Draft, OAuthError> {
    let members = document
        .as_object_mut()
        .ok_or(Invalid::Metadata("the document"))?;
    members.retain(|_, value| !value.is_null());
    members.remove("client_secret");
    let method = members.entry("token_endpoint_auth_method");
    method.or_insert_with(|| "client_secret_basic".into());
    let hash = secret.hash();
    let mut facts = Facts {
        id: Some(id),
        secret_h: Some(&hash),
        sector_list: SectorList::Checked,
    };
    let mut client = metadata::parse(&document, &facts, policy)?;
    let named = |name: &str| document.get(name).and_then(Value::as_str);
    if let Some(uri) = named("sector_identifier_uri") {
        let refused = Invalid::Metadata("sector_identifier_uri");
        let listed = sector_list(core, uri).await.ok_or(refused)?;
        facts.sector_list = SectorList::Read(&listed);
        client = metadata::parse(&document, &facts, policy)?;
    }
    let keys = match &client.jwks_uri {
        Some(uri) => {
            let keys = fetch(&core.outside, uri).await;
            Some(keys.ok_or(Invalid::Metadata("jwks_uri"))?)
        }
        None => None,
    };
    let logo = match named("logo_uri") {
        Some(uri) => Some(
            logo::fetch(core, uri)
                .await
                .ok_or(Invalid::Metadata("logo_uri"))?,
        ),
        None => None,
    };
    Ok(Draft {
        whole: metadata::complete(&document, &client),
        client,
        keys,
        logo,
    })
}

/// A list of texts at the address of a sector.
async fn sector_list(core: &Core, uri: &str) -> Option<Vec<String>> {
    let body = get(&core.outside, uri).await?;
    let list = credential::json::parse(&body).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    list.as_array()?.iter().map(text).collect()
}

impl Draft {
    fn text(&self) -> String {
        Value::Object(self.whole.clone()).to_string()
    }

    /// Writes a new app; `false` where its id or its resource is taken.
    pub(super) async fn insert(
        &self,
        tx: &mut Tx<'_>,
        row: &store::Registration,
    ) -> Result<bool, db::Error> {
        let new = client::store::New {
            id: &self.client.id,
            metadata: &self.text(),
            secret_h: self.client.secret_h.as_deref(),
            resource: self.client.resource.as_ref().map(|one| one.uri.as_str()),
            // Whoever manages it by a token made it without an operator.
            stranger: row.token_h.is_some(),
            until: None,
        };
        if !client::store::insert(tx, &new).await? {
            return Ok(false);
        }
        store::insert(tx, new.id, row).await?;
        self.put_logo(tx).await?;
        Ok(true)
    }

    /// Replaces what an app registered; `false` where it may not be used any more.
    pub(super) async fn replace(&self, tx: &mut Tx<'_>) -> Result<bool, db::Error> {
        let (id, secret_h) = (&self.client.id, self.client.secret_h.as_deref());
        if !client::store::replace(tx, id, &self.text(), secret_h).await? {
            return Ok(false);
        }
        store::delete_logo(tx, id).await?;
        self.put_logo(tx).await?;
        Ok(true)
    }

    async fn put_logo(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        match &self.logo {
            Some(png) => store::put_logo(tx, &self.client.id, png).await,
            None => Ok(()),
        }
    }

    /// The keys that were fetched need not be fetched again.
    pub(super) fn keep_keys(&self, core: &Core, now: Timestamp) {
        if let (Some(uri), Some(keys)) = (&self.client.jwks_uri, &self.keys) {
            core.fetched_keys.keep(uri, keys, now);
        }
    }

    /// What the app is told: all it registered with defaults, and once the secret that was drawn.
    pub(super) fn told(
        &self,
        core: &Core,
        token: Option<&str>,
        secret: Option<&Secret>,
        created: Timestamp,
    ) -> Map<String, Value> {
        let mut told = tell(core, &self.client, self.whole.clone(), created);
        if let Some(token) = token {
            told.insert("registration_access_token".to_owned(), token.into());
        }
        if let Some(Secret::New(secret)) = secret
            && self.client.auth.has_secret()
        {
            told.insert("client_secret".to_owned(), json!(secret));
        }
        told
    }
}

/// A registration with what we add to it (RFC 7591 section 3.2.1).
pub(super) fn tell(
    core: &Core,
    client: &Client,
    mut whole: Map<String, Value>,
    created: Timestamp,
) -> Map<String, Value> {
    whole.extend(about(core, &client.id, created));
    if client.auth.has_secret() {
        whole.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    whole
}
