//! The demo's one-click sign-in. Every door here asks for the value `Demo`, which only the demo has;
//! without it they do not exist.

use crate::{
    account::{self, New},
    acr::Acr,
    core::{Core, Shared},
    interaction::{self, Proven},
    page,
    params::Params,
    problem::{OAuthError, Refusal},
    session,
    staff::{self, Capability},
};
use axum::{
    Router,
    extract::{Request, State},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use host::db;
use kernel::{Handle, Timestamp};
use web::lang::Choice;

/// Personas who are staff: two of them, so that acts of two people can be tried.
const STAFF: [(&str, &[Capability]); 2] = [
    ("owner", &Capability::ALL),
    (
        "secretary",
        &[
            Capability::Read,
            Capability::Clients,
            Capability::Accounts,
            Capability::Keys,
            Capability::Invites,
        ],
    ),
];

/// The routes of this file.
pub(crate) fn routes(core: Shared) -> Router {
    Router::new()
        .route("/demo/as", post(sign_in_as))
        .with_state(core)
}

async fn sign_in_as(State(core): State<Shared>, choice: Choice, request: Request) -> Response {
    let now = core.ground.world.now();
    let headers = request.headers().clone();
    let signed_in = async {
        if core.ground.demo.is_none() {
            return Err(Refusal::NotFound);
        }
        let params = Params::of_strict_form(request)
            .await
            .map_err(|error| match error {
                OAuthError::Edge(problem) => Refusal::Edge(problem),
                _ => Refusal::Malformed,
            })?;
        prove(&core, &headers, &params, now).await
    };
    page::answer(&core, &choice, signed_in.await)
}

async fn prove(
    core: &Core,
    headers: &HeaderMap,
    params: &Params,
    now: Timestamp,
) -> Result<Response, Refusal> {
    let at = interaction::load(core, headers, params.get("ix").unwrap_or_default(), now).await?;
    let token = params.get("form_token").unwrap_or_default();
    let check = core.forms.check(
        headers,
        core.issuer(),
        at.browser.id(),
        &at.purpose(),
        token,
    );
    check.map_err(|_| Refusal::FormStale)?;
    if !at.state.awaits_proof() {
        return Ok(interaction::next(core, &at, None));
    }
    let persona = params.get("demo_as").unwrap_or_default();
    let named = core.config.personas.iter().any(|known| known == persona);
    let handle = handle(persona).filter(|_| named).ok_or(Refusal::NotFound)?;
    let draw = interaction::Draw::new(&core.ground.world);
    let old = session::shown(core, headers);
    let (at_ref, handle, draw, old) = (&at, handle.as_str(), &draw, old.as_deref());
    let login = core.ground.db.write(move |tx| {
        Box::pin(async move {
            let account = account::find(tx, handle).await?.filter(|a| a.active);
            let account = account.ok_or(Refusal::NotFound)?;
            let proven = Proven {
                account: account.id,
                epoch: account.epoch,
                acr: Acr::Phr,
                amr: Acr::Phr.amr(),
                card: None,
            };
            interaction::prove(tx, at_ref, &proven, draw, old, now).await
        })
    });
    let login = login.await?;
    Ok(interaction::next(core, &at, Some(&login)))
}

/// The handle of a persona: its name, marked, since plain words like `listener` are reserved.
pub(crate) fn handle(persona: &str) -> Option<Handle> {
    Handle::parse(&format!("demo-{persona}")).ok()
}

/// Makes the accounts of the personas that have none yet, and gives staff among them what they may do.
///
/// # Errors
/// The store's own.
pub(crate) async fn seed(core: &Core, now: Timestamp) -> Result<(), db::Error> {
    for handle in core
        .config
        .personas
        .iter()
        .filter_map(|persona| handle(persona))
    {
        let new = New::draw(&core.ground.world);
        let (new, handle) = (&new, &handle);
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move { account::create(tx, new, handle, now.day()).await })
        });
        write.await?;
    }
    let staff = |persona: &String| STAFF.iter().find(|(name, _)| name == persona);
    for (persona, capabilities) in core.config.personas.iter().filter_map(staff) {
        let handle = handle(persona).expect("personas were checked when configuration was read");
        let handle = handle.as_str();
        let write = core.ground.db.write(move |tx| {
            Box::pin(async move {
                let Some(account) = account::find(tx, handle).await? else {
                    return Ok(());
                };
                for capability in *capabilities {
                    staff::store::give(tx, &account.id, *capability, now).await?;
                }
                Ok::<_, db::Error>(())
            })
        });
        write.await?;
    }
    Ok(())
}
