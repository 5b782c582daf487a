//! People's own pages, and the same acts as an API: by the login cookie with a form token, or by a
//! bound token of scope `resonate.account`.

use crate::api::op::{Caller, Field, Gives, Op, delete, get, may, need, patch, post};
use kernel::problem;

const FORM: Field = need("form_token", "From the page's own form.");
/// What a fresh proof is needed for.
const FRESH: &[&problem::Slug] = &[&problem::INSUFFICIENT_USER_AUTHENTICATION];

pub(super) fn ops() -> Vec<Op> {
    let mut ops: Vec<Op> = api();
    ops.extend(pages());
    ops.extend(leaving());
    ops
}

/// An address of the API: its callers and what each of them can be refused.
fn own(op: Op) -> Op {
    op.by(Caller::Person).refuses(&[
        &problem::FORM_STALE,
        &problem::NOT_FOUND,
        &problem::CONFLICT,
    ])
}

fn api() -> Vec<Op> {
    let done = |op: Op| op.gives(204, Gives::Nothing, "Done.");
    let ops = vec![
        get(
            "/api/account",
            "The account, and the form token of this browser.",
        )
        .answers("Account", "Handle, ways in, whether the proof is fresh."),
        post("/api/account/confirm", "Begins a fresh proof.")
            .json(&[may("to", "The page to go on at.")])
            .answers("Ceremony", "The sign-in to prove at."),
        get("/api/account/passkeys", "The person's passkeys.").answers("Listed", "The passkeys."),
        post("/api/account/passkeys/options", "Begins to add a passkey.")
            .body("Nothing")
            .answers("Ceremony", "What the browser asks the authenticator.")
            .refuses(FRESH),
        post("/api/account/passkeys", "Adds the passkey.")
            .json(&[
                need("ceremony", "Which one this ends."),
                need("credential", "What the authenticator answered."),
                may("name", "How the person calls it."),
            ])
            .gives(201, Gives::Json("Next"), "Added.")
            .refuses(FRESH)
            .refuses(&[
                &problem::PASSKEY_REFUSED,
                &problem::PASSKEY_NOT_DISCOVERABLE,
            ]),
        done(
            patch("/api/account/passkeys/{id}", "Renames a passkey.")
                .json(&[need("name", "The new name.")]),
        ),
        done(delete("/api/account/passkeys/{id}", "Removes a passkey.").refuses(FRESH)),
        get("/api/account/logins", "Where the person is signed in.")
            .answers("Listed", "The logins."),
        done(
            post(
                "/api/account/logins/end",
                "Ends other logins, or all of them.",
            )
            .json(&[need("which", "`others` or `all`.")]),
        ),
        done(
            patch("/api/account/logins/{id}", "Names a login.")
                .json(&[need("label", "The new name.")]),
        ),
        done(delete("/api/account/logins/{id}", "Ends a login.")),
        get("/api/account/apps", "What the person allowed.").answers("Listed", "The apps."),
        done(delete(
            "/api/account/apps/{id}",
            "Takes back what an app was allowed.",
        )),
        get("/api/account/log", "What happened at this account.").answers("Listed", "The events."),
    ];
    ops.into_iter().map(own).collect()
}

fn pages() -> Vec<Op> {
    let shown = |path, says| {
        get(path, says)
            .by(Caller::Login)
            .page()
            .gives(303, Gives::Away, "To the sign-in.")
    };
    let sent = |path, says, fields: &[Field]| {
        post(path, says)
            .by(Caller::Login)
            .form(&[FORM])
            .form(fields)
            .away("To the page.")
            .refuses(&[
                &problem::FORM_STALE,
                &problem::NOT_FOUND,
                &problem::CONFLICT,
            ])
            .refuses(FRESH)
    };
    vec![
        shown("/account", "The person's own page."),
        shown("/account/passkeys", "Passkeys."),
        shown("/account/logins", "Where the person is signed in."),
        shown("/account/apps", "What the person allowed."),
        shown("/account/log", "What happened at this account."),
        sent("/account/later", "Puts off a second way in.", &[]),
        sent(
            "/account/confirm",
            "Begins a fresh proof.",
            &[may("to", "The page to go on at.")],
        ),
        sent(
            "/account/passkeys/rename",
            "Renames a passkey.",
            &[need("id", "Which."), need("name", "The new name.")],
        ),
        sent(
            "/account/passkeys/remove",
            "Removes a passkey.",
            &[need("id", "Which.")],
        ),
        sent(
            "/account/logins/label",
            "Names a login.",
            &[need("id", "Which."), need("label", "The new name.")],
        ),
        sent(
            "/account/logins/end",
            "Ends logins.",
            &[may("which", "Which of them.")],
        ),
        sent(
            "/account/apps/revoke",
            "Takes back what an app was allowed.",
            &[need("id", "Which.")],
        ),
    ]
}

/// Taking everything along, and closing the account.
fn leaving() -> Vec<Op> {
    let shown = |path, says| get(path, says).by(Caller::Login).page();
    vec![
        shown(
            "/account/data",
            "What is kept about the person, to take along.",
        ),
        post("/account/data", "The file of it.")
            .by(Caller::Login)
            .form(&[FORM, need("format", "`json` or `csv`.")])
            .page()
            .refuses(&[&problem::FORM_STALE]),
        own(post("/api/account/data", "The same file.")
            .json(&[need("format", "`json` or `csv`.")])
            .gives(
                200,
                Gives::Json("Export"),
                "All data, and the same signed; or a table.",
            )),
        shown("/account/close", "What closing the account deletes."),
        post("/account/close", "Closes the account.")
            .by(Caller::Login)
            .form(&[FORM, need("confirm", "`yes`.")])
            .page()
            .gives(303, Gives::Away, "To a fresh proof.")
            .refuses(&[&problem::FORM_STALE]),
        own(post("/api/account/close", "Closes the account.")
            .json(&[need("confirm", "true.")])
            .answers("Receipt", "What was deleted, signed.")
            .refuses(FRESH)),
    ]
}
