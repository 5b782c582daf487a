//! Apps: what each may ask for, and how it proves that it is itself.

pub(crate) mod auth;
pub(crate) mod first_party;
pub(crate) mod grants;
pub(crate) mod keys;
pub(crate) mod members;
pub(crate) mod metadata;
pub(crate) mod powers;
pub(crate) mod redirect;
pub(crate) mod store;

use crate::acr::Acr;
use credential::jose::{Alg, Jwk};
use grants::GrantType;
use host::db::{self, Conn};
use kernel::Timestamp;
use metadata::{Facts, SectorList};
use powers::{Profile, Resource};
use redirect::Kind;
use std::collections::HashMap;

/// Our own wallet.
pub(crate) const WALLET: &str = "resonate-wallet";
/// The listening pages.
pub(crate) const LISTEN: &str = "listen";
/// The staff pages.
pub(crate) const STAFF: &str = "staff";

/// Our own pages, where they ask for a sign-in. Nobody else can ask in this name: it is no app that
/// [`Clients`] knows, and no registration takes a slash.
pub(crate) const OWN: &str = "resonate/account";

/// How an app proves at the token endpoint that it is itself. One method per app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthMethod {
    /// It cannot: a public app.
    None,
    /// Its secret in the `Authorization` header.
    SecretBasic,
    /// Its secret in the form.
    SecretPost,
    /// A JWT signed by its key (RFC 7523).
    PrivateKeyJwt,
}

impl AuthMethod {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "none" => Some(Self::None),
            "client_secret_basic" => Some(Self::SecretBasic),
            "client_secret_post" => Some(Self::SecretPost),
            "private_key_jwt" => Some(Self::PrivateKeyJwt),
            _ => None,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Whether it proves itself by a shared secret.
    pub(crate) const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

/// Where an app is told of ended logins (OpenID Connect Back-Channel Logout 1.0 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BackChannel {
    /// The address that takes logout tokens.
    pub(crate) uri: String,
    /// Whether each token must name the login (`sid`).
    pub(crate) session_required: bool,
}

/// One app.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// Its id.
    pub(crate) id: String,
    /// The name people see.
    pub(crate) name: String,
    /// Where it runs.
    pub(crate) kind: Kind,
    /// Where it may be returned to.
    pub(crate) redirects: Vec<String>,
    /// Where a logout may lead.
    pub(crate) post_logout: Vec<String>,
    /// Where it is told of ended logins.
    pub(crate) back_channel: Option<BackChannel>,
    /// How it proves itself.
    pub(crate) auth: AuthMethod,
    /// Hash of its secret.
    pub(crate) secret_h: Option<String>,
    /// Its keys, for `private_key_jwt`.
    pub(crate) keys: Vec<Jwk>,
    /// Where its keys are, where it did not register them themselves.
    pub(crate) jwks_uri: Option<String>,
    /// The algorithm of its assertions; without one, that of the fetched key they name.
    pub(crate) assertion_alg: Option<Alg>,
    /// Scope words it may ask for.
    pub(crate) scopes: Vec<String>,
    /// What it may bring to the token endpoint.
    pub(crate) grants: Vec<GrantType>,
    /// How strictly it is dealt with.
    pub(crate) profile: Profile,
    /// What it takes tokens for, if it does.
    pub(crate) resource: Option<Resource>,
    /// Signature of its ID Tokens.
    pub(crate) id_token_alg: Alg,
    /// Whether it must send a PKCE challenge.
    pub(crate) require_pkce: bool,
    /// Whether a missing challenge must be made up for by a nonce.
    pub(crate) nonce_for_pkce: bool,
    /// Whether it must push its requests.
    pub(crate) require_par: bool,
    /// Whether its tokens must be bound to a key.
    pub(crate) require_dpop: bool,
    /// One of our own: no consent page.
    pub(crate) first_party: bool,
    /// Whether the co-op looked at it.
    pub(crate) verified: bool,
    /// Whether it came by itself and nobody of the co-op looked at it: it asks its people each time.
    pub(crate) asks_always: bool,
    /// Where its subjects are made.
    pub(crate) sector: String,
    /// `max_age` where it sends none.
    pub(crate) default_max_age: Option<i64>,
    /// `acr_values` where it sends none.
    pub(crate) default_acr: Vec<Acr>,
    /// Whether its ID Tokens always say `auth_time`.
    pub(crate) require_auth_time: bool,
    /// Whether we keep a picture of it.
    pub(crate) has_logo: bool,
}

impl Client {
    /// Whether it has no secret of its own.
    pub(crate) fn is_public(&self) -> bool {
        self.auth == AuthMethod::None
    }

    /// Whether it is registered for this grant type.
    pub(crate) fn may(&self, kind: GrantType) -> bool {
        self.grants.contains(&kind)
    }

    /// Whether it may be returned to at `uri`.
    pub(crate) fn returns_to(&self, uri: &str) -> bool {
        self.redirects
            .iter()
            .any(|known| redirect::matches(known, self.kind, uri))
    }
}

/// An app and whether it may be used.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The app.
    pub(crate) client: Client,
    /// Whether staff have left it enabled.
    pub(crate) enabled: bool,
    /// An app of a day, for trying out.
    pub(crate) sandbox: bool,
}

/// Apps that configuration names: our own and those of `--clients`.
pub(crate) struct Clients {
    fixed: HashMap<String, Client>,
    policy: metadata::Policy,
}

impl Clients {
    pub(crate) fn new(fixed: Vec<Client>, policy: metadata::Policy) -> Self {
        Self {
            fixed: fixed.into_iter().map(|c| (c.id.clone(), c)).collect(),
            policy,
        }
    }

    /// The app of that id: from configuration, or registered. The table alone says whether it may
    /// be used: the same question at the start of a sign-in and at each redemption.
    ///
    /// # Errors
    /// The store's own; `Corrupt` for a registration that no longer holds.
    pub(crate) async fn find(
        &self,
        conn: &mut Conn,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Found>, db::Error> {
        let row = store::find(conn, id).await?;
        self.found(id, row, now)
    }

    /// As [`Clients::find`], where the app's row was read together with others.
    ///
    /// # Errors
    /// `Corrupt` for a registration that no longer holds.
    pub(crate) fn found(
        &self,
        id: &str,
        row: Option<store::Stored>,
        now: Timestamp,
    ) -> Result<Option<Found>, db::Error> {
        let Some(row) = row else {
            let fixed = self.fixed.get(id).cloned();
            return Ok(fixed.map(|client| Found {
                client,
                enabled: true,
                sandbox: false,
            }));
        };
        if row.gone {
            return Ok(None);
        }
        let enabled = row.enabled && row.until.is_none_or(|until| now < until);
        let client = match row.metadata {
            None => self.fixed.get(id).cloned(),
            Some(text) => Some(self.registered(id, &text, row.secret_h.as_deref())?),
        };
        let sandbox = row.until.is_some();
        let marked = client.map(|mut client| {
            client.verified |= row.verified;
            client.asks_always = row.stranger && !client.verified;
            // An app that changed so that it can no longer be held to its profile gets nothing.
            let holds = !row.high || powers::lacks(&client).is_none();
            Found {
                client: if row.high {
                    powers::raised(client)
                } else {
                    client
                },
                enabled: enabled && holds,
                sandbox,
            }
        });
        Ok(marked)
    }

    /// Whether configuration names that app.
    pub(crate) fn is_fixed(&self, id: &str) -> bool {
        self.fixed.contains_key(id)
    }

    /// The ids that configuration names.
    pub(crate) fn fixed_ids(&self) -> Vec<String> {
        self.fixed.keys().cloned().collect()
    }

    /// Every app there is, enabled or not.
    ///
    /// # Errors
    /// As [`Clients::find`].
    pub(crate) async fn all(
        &self,
        conn: &mut Conn,
        now: Timestamp,
    ) -> Result<Vec<Found>, db::Error> {
        let mut ids = self.fixed_ids();
        ids.extend(store::ids(conn).await?);
        ids.sort_unstable();
        ids.dedup();
        let mut all = Vec::with_capacity(ids.len());
        for id in ids {
            all.extend(self.find(conn, &id, now).await?);
        }
        Ok(all)
    }

    /// The app of that id if it may be used.
    ///
    /// # Errors
    /// As [`Clients::find`].
    pub(crate) async fn enabled(
        &self,
        conn: &mut Conn,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Client>, db::Error> {
        let found = self.find(conn, id, now).await?;
        Ok(found
            .filter(|found| found.enabled)
            .map(|found| found.client))
    }

    /// The app that takes tokens for `uri`, if it may be used.
    ///
    /// # Errors
    /// As [`Clients::find`].
    pub(crate) async fn resource(
        &self,
        conn: &mut Conn,
        uri: &str,
        now: Timestamp,
    ) -> Result<Option<Client>, db::Error> {
        if let Some(app) = self.fixed_resource(uri) {
            return self.enabled(conn, &app.id, now).await;
        }
        match store::of_resource(conn, uri).await? {
            Some(id) => self.enabled(conn, &id, now).await,
            None => Ok(None),
        }
    }

    /// The app of that id and the one that takes tokens for `resource`, each if it may be used. Apps
    /// that ask for tokens by themselves ask often, so it is one question.
    ///
    /// # Errors
    /// As [`Clients::find`].
    pub(crate) async fn enabled_with(
        &self,
        conn: &mut Conn,
        id: &str,
        resource: &str,
        now: Timestamp,
    ) -> Result<[Option<Client>; 2], db::Error> {
        let fixed = self.fixed_resource(resource).map(|app| app.id.as_str());
        let rows = store::with_resource(conn, [id, fixed.unwrap_or(id)], resource).await?;
        let enabled = |id: &str| {
            let row = rows.iter().find(|one| one.id == id);
            let found = self.found(id, row.map(|one| one.row.clone()), now)?;
            let found = found.filter(|found| found.enabled);
            Ok::<_, db::Error>(found.map(|found| found.client))
        };
        let of_table = || {
            rows.iter()
                .find(|one| one.resource.as_deref() == Some(resource))
        };
        let taker = fixed.or_else(|| of_table().map(|one| one.id.as_str()));
        Ok([enabled(id)?, taker.map(enabled).transpose()?.flatten()])
    }

    /// The app of the configuration that is the resource of that address.
    pub(crate) fn fixed_resource(&self, uri: &str) -> Option<&Client> {
        let is_it = |app: &&Client| app.resource.as_ref().is_some_and(|r| r.uri == uri);
        self.fixed.values().find(is_it)
    }

    /// The app that is to be told of ended logins: one that may be used, or one that left and was in
    /// use until then.
    ///
    /// # Errors
    /// As [`Clients::find`].
    pub(crate) async fn to_tell(
        &self,
        conn: &mut Conn,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Client>, db::Error> {
        let row = store::find(conn, id).await?.filter(|row| row.gone);
        match row.and_then(|row| row.metadata) {
            // It proves nothing to us any more, so any hash will do.
            Some(text) => self.registered(id, &text, Some("")).map(Some),
            None => self.enabled(conn, id, now).await,
        }
    }

    /// What the table holds was checked when it was written; it is read by the same function.
    fn registered(
        &self,
        id: &str,
        text: &str,
        secret_h: Option<&str>,
    ) -> Result<Client, db::Error> {
        let corrupt = || db::Error::Corrupt("idp");
        let value = credential::json::parse(text.as_bytes()).map_err(|_| corrupt())?;
        let facts = Facts {
            id: Some(id),
            secret_h,
            sector_list: SectorList::Checked,
        };
        metadata::parse(&value, &facts, &self.policy).map_err(|_| corrupt())
    }
}
