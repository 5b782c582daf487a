//! Apps that register themselves, and what their developers see of them.

use crate::api::op::{Caller, Field, Gives, Op, delete, get, may, need, post, preflight, put};
use kernel::problem;

const FORM: Field = need("form_token", "From the page's own form.");
const REGISTER: &[&problem::Slug] = &[
    &problem::INVALID_REDIRECT_URI,
    &problem::INVALID_CLIENT_METADATA,
];

pub(super) fn ops() -> Vec<Op> {
    let mut ops = registration();
    ops.extend(sandbox());
    ops
}

fn registration() -> Vec<Op> {
    let one = |op: Op| {
        op.by(Caller::Token)
            .oauth(&[&problem::INVALID_TOKEN, &problem::NOT_FOUND])
    };
    vec![
        post("/register", "Registers an app (RFC 7591).")
            .body("Client")
            .gives(
                201,
                Gives::Json("Client"),
                "All values, and the token that manages it.",
            )
            .oauth(REGISTER)
            .refuses(&[&problem::REGISTRATION_CLOSED, &problem::INVALID_TOKEN]),
        preflight("/register"),
        one(get(
            "/register/{client_id}",
            "An app's registration (RFC 7592).",
        ))
        .answers("Client", "All values."),
        one(put("/register/{client_id}", "Replaces it."))
            .body("Client")
            .answers("Client", "All values.")
            .refuses(REGISTER),
        one(delete("/register/{client_id}", "Removes the app.")).gives(
            204,
            Gives::Nothing,
            "Gone.",
        ),
        preflight("/register/{client_id}"),
        get(
            "/clients/{client_id}/logo",
            "An app's picture, as we serve it.",
        )
        .gives(200, Gives::Media("image/png"), "The picture.")
        .refuses(&[&problem::NOT_FOUND]),
    ]
}

fn sandbox() -> Vec<Op> {
    vec![
        post(
            "/developers/sandbox/clients",
            "An app of a day, for loopback.",
        )
        .form(&[need("redirect_uri", "On 127.0.0.1 or [::1].")])
        .gives(201, Gives::Json("Sandbox"), "The app.")
        .oauth(&[&problem::INVALID_REDIRECT_URI, &problem::SANDBOX_CLOSED]),
        preflight("/developers/sandbox/clients"),
        get("/developers/clients", "The person's own apps of a day.")
            .by(Caller::Login)
            .page(),
        post("/developers/clients", "Makes one.")
            .by(Caller::Login)
            .form(&[FORM, need("redirect_uri", "On 127.0.0.1 or [::1].")])
            .page()
            .gives(303, Gives::Away, "To the page.")
            .refuses(&[&problem::FORM_STALE, &problem::SANDBOX_CLOSED]),
        get(
            "/developers/clients/{client_id}/requests",
            "The app's last requests, masked.",
        )
        .page()
        .refuses(&[&problem::INSPECTION_REFUSED, &problem::LOGIN_NEEDED]),
        post(
            "/developers/clients/{client_id}/requests",
            "The same by the secret.",
        )
        .form(&[FORM, may("secret", "From the answer that made the app.")])
        .page()
        .gives(303, Gives::Away, "To the page.")
        .refuses(&[&problem::FORM_STALE, &problem::INSPECTION_REFUSED]),
    ]
}
