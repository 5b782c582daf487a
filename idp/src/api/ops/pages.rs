//! Pages for people and developers.

use crate::api::op::{Gives, Op, get, may, post};
use kernel::problem;

pub(super) fn ops() -> Vec<Op> {
    let hint = [
        may(
            "id_token_hint",
            "An ID Token of this login: no question is asked then.",
        ),
        may(
            "post_logout_redirect_uri",
            "Byte for byte one that is registered.",
        ),
        may("client_id", "The app."),
        may("state", "Comes back as it is."),
    ];
    let left = "To the app, where an address of its own was given.";
    vec![
        get("/", "The first page.").page(),
        get("/join", "Joining, with a passkey.").page(),
        get(
            "/logout",
            "Ends the login (OpenID Connect RP-Initiated Logout).",
        )
        .query(&hint)
        .page()
        .gives(303, Gives::Away, left)
        .refuses(&[&problem::LOGOUT_HINT_REFUSED]),
        post(
            "/logout",
            "The same by a form, and the person's own yes or no.",
        )
        .form(&hint)
        .form(&[
            may("logout", "`yes` or `no`."),
            may("form_token", "From the page's own form."),
        ])
        .page()
        .gives(303, Gives::Away, left)
        .refuses(&[&problem::LOGOUT_HINT_REFUSED, &problem::FORM_STALE]),
        get("/problems", "Every refusal there is.").page(),
        get("/problems/{slug}", "What a refusal means and what to do.")
            .page()
            .refuses(&[&problem::NOT_FOUND]),
        get("/developers", "From nothing to a login in your app.").page(),
        get("/developers/api", "This interface, for reading and trying.").page(),
        get(
            "/openapi.json",
            "This interface, for programs (OpenAPI 3.1).",
        )
        .answers("OpenApi", "The document."),
    ]
}
