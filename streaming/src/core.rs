//! What all parts of the module share.

use crate::{
    config::Config,
    events,
    issuer::IssuerKeys,
    media::{
        body::Pool,
        files::Files,
        grant::{self, Class, Grant, GrantKeys},
    },
    names::Names,
    plays::{
        Play, PlayRow, State,
        end::Ending,
        live::{Live, Lives},
        qualify,
    },
    seen::{Seen, Starts},
    store,
};
use credential::dpop::NonceKey;
use host::{Ground, Origin, db, proof::Door};
use kernel::{Id, Timestamp, b64};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};
use web::{Site, form::FormKey};

/// A clock set back by more than this stops the bytes.
const SET_BACK_S: i64 = 30;

pub(crate) struct Core {
    pub ground: Ground,
    pub config: Config,
    pub site: Site,
    pub names: Names,
    pub grants: GrantKeys,
    pub lives: Lives,
    pub files: Files,
    pub pool: Arc<Pool>,
    pub door: Door,
    pub seen: Seen,
    pub starts: Starts,
    pub issuer: IssuerKeys,
    pub forms: FormKey,
    highest: AtomicI64,
    remembers: AtomicBool,
}

impl Core {
    pub fn new(ground: &Ground, config: Config) -> Self {
        let site = Site::of(ground, Origin::Listen);
        let key = |name: &str| ground.secrets.key(name);
        Self {
            names: Names::new(&key("streaming/listeners")),
            grants: GrantKeys::new(key("streaming/grants"), &config.edge),
            lives: Lives::default(),
            files: Files::new(ground.objects.clone()),
            pool: Arc::default(),
            door: Door::new(
                NonceKey::new(key("streaming/nonces")),
                site.base.clone(),
                "streaming",
            ),
            seen: Seen::default(),
            starts: Starts::default(),
            issuer: IssuerKeys::new(ground),
            forms: FormKey::of(ground),
            highest: AtomicI64::new(i64::MIN),
            remembers: AtomicBool::new(false),
            ground: ground.clone(),
            config,
            site,
        }
    }

    /// Payments' name as the audience of an intent.
    pub fn payments_aud(&self) -> String {
        format!("{}/payments", self.site.base)
    }

    /// Our own name as an issuer.
    pub fn issuer_name(&self) -> String {
        format!("{}/streaming", self.site.base)
    }

    /// Whether the clock can be believed: it was not set back behind the highest time seen, else
    /// grants that have expired would revive (ST9).
    pub fn clock_holds(&self, now: Timestamp) -> bool {
        let before = self.highest.fetch_max(now.micros(), Ordering::Relaxed);
        now.micros() >= before.saturating_sub(SET_BACK_S * kernel::time::SECOND)
    }

    /// After a start of the process: time was at least that of the latest play that is stored.
    pub async fn remember_time(&self) -> Result<(), db::Error> {
        if !self.remembers.swap(true, Ordering::Relaxed) {
            let latest = store::play::latest(&mut *self.ground.db.read().await?).await?;
            self.highest.fetch_max(latest.micros(), Ordering::Relaxed);
        }
        Ok(())
    }

    /// An address at which the rendition can be read.
    pub fn media_url(
        &self,
        hash: &[u8; 32],
        class: Class,
        gate_s: Option<u16>,
        (play, exp_s): (&[u8; 16], u32),
        now: Timestamp,
    ) -> String {
        let grant = Grant {
            exp_s,
            class,
            gate_s,
            play: *play,
        };
        format!(
            "/m/{}?g={}",
            b64::encode(hash),
            self.grants.issue(&grant, hash, now)
        )
    }

    /// The address of a preview or another file that anyone may read, good for half an hour.
    pub fn open_url(&self, hash: &[u8; 32], now: Timestamp) -> (String, u32) {
        let exp = u32::try_from(now.seconds() + grant::LONGEST_S).unwrap_or(u32::MAX);
        (
            self.media_url(hash, Class::Preview, None, (&[0; 16], exp), now),
            exp,
        )
    }

    /// The play as it is read here, from memory or else from the store; `None` if there is none.
    pub async fn live(
        &self,
        play: Id<Play>,
        now: Timestamp,
    ) -> Result<Option<Arc<Live>>, db::Error> {
        if let Some(live) = self.lives.get(play.bytes()) {
            return Ok(Some(live));
        }
        let mut conn = self.ground.db.read().await?;
        let Some(row) = store::play::by_id(&mut conn, play).await? else {
            return Ok(None);
        };
        let terms = terms_of(&mut conn, &row).await?;
        Ok(Some(self.lives.add(Live::of(&row, terms, now))))
    }

    /// How an open play is to end, with what this node knows of it.
    pub async fn ending(
        &self,
        row: &PlayRow,
        state: State,
        why: &'static str,
        now: Timestamp,
    ) -> Result<Ending, db::Error> {
        let live = self.live(row.play, now).await?;
        let unwritten = live.as_ref().map_or(0, |live| live.unwritten().0);
        let terms = live.map_or(
            qualify::Terms {
                qualify_ms: 0,
                qualify_bytes: 0,
            },
            |l| l.terms,
        );
        let served = u64::try_from(row.served)
            .unwrap_or(0)
            .saturating_add(unwritten);
        Ok(Ending {
            state,
            why,
            terms,
            served,
            event: events::draw(&self.ground.world),
        })
    }
}

/// What a stored play must reach to count.
pub(crate) async fn terms_of(
    conn: &mut db::Conn,
    row: &PlayRow,
) -> Result<qualify::Terms, db::Error> {
    let track = store::track::by_id(conn, row.track).await?;
    let file = store::rendition::by_hash(conn, &row.rendition).await?;
    let (Some(track), Some((_, file))) = (track, file) else {
        return Ok(qualify::Terms {
            qualify_ms: 0,
            qualify_bytes: 0,
        });
    };
    let qualify_bytes = qualify::bytes(track.qualify_ms, file.bytes, file.ms);
    Ok(qualify::Terms {
        qualify_ms: track.qualify_ms,
        qualify_bytes,
    })
}
