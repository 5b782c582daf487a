//! `POST /logout/backchannel`: the provider says that a login ended (OpenID Connect Back-Channel
//! Logout 1.0 section 2.5). No cookie is read; the token alone counts.

use super::{door::SignInDoor, end_sid};
use axum::{
    extract::{FromRequest, Request, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use host::{Fault, Form, db};
use kernel::{Problem, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
struct Told {
    logout_token: String,
}

pub(super) async fn told(State(door): State<Arc<SignInDoor>>, request: Request) -> Response {
    let now = door.ground.world.now();
    let heard = async {
        let Form(form) = Form::<Told>::from_request(request, &()).await?;
        end(&door, &form.logout_token, now).await.map_err(Fault)
    };
    let mut answer = match heard.await {
        Ok(()) => ().into_response(),
        Err(fault) => fault.into_response(),
    };
    let headers = answer.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Ends what is known by the name in the token. A name that is not known is heard too: its login
/// ended here before.
async fn end(door: &SignInDoor, token: &str, now: Timestamp) -> Result<(), Problem> {
    let sid = &door.provider.ended(token, now).await?;
    let origin = door.origin;
    let write = door
        .ground
        .db
        .write(move |tx| Box::pin(end_sid(tx, origin, sid)));
    write
        .await
        .map_err(|error: db::Error| Problem::from(error))?;
    Ok(())
}
