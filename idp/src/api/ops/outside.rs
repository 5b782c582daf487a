//! Ways in by another device, and by an outside OpenID provider.

use crate::api::op::{Caller, Field, Gives, Op, delete, get, may, need, post};
use kernel::problem;

const FORM: Field = need("form_token", "From the page's own form.");
/// What a step of a sign-in can refuse.
const FLOW: &[&problem::Slug] = &[
    &problem::WRONG_BROWSER,
    &problem::FORM_STALE,
    &problem::FLOW_EXPIRED,
    &problem::CONFLICT,
];

pub(super) fn ops() -> Vec<Op> {
    let mut ops = by_picture();
    ops.extend(by_provider());
    ops.extend(attached());
    ops
}

fn by_picture() -> Vec<Op> {
    let next = "To the next page of the sign-in, or back to the app.";
    vec![
        get(
            "/interaction/{ix}/qr",
            "The picture for a wallet on another device.",
        )
        .page()
        .gives(303, Gives::Away, next)
        .refuses(&[&problem::WRONG_BROWSER, &problem::FLOW_EXPIRED]),
        post(
            "/interaction/{ix}/qr",
            "Draws the picture, or goes on when the wallet answered.",
        )
        .form(&[FORM, need("qr", "`show` or `go`.")])
        .away(next)
        .gives(200, Gives::Media("text/html"), "A page.")
        .refuses(FLOW),
        get(
            "/interaction/{ix}/poll",
            "Where the picture stands, as one word.",
        )
        .answers("Status", "The word.")
        .refuses(&[&problem::WRONG_BROWSER, &problem::FLOW_EXPIRED]),
        get("/vp/r/{request_id}", "What a picture names.")
            .gives(
                303,
                Gives::Away,
                "To the wallet, with a request of OpenID4VP.",
            )
            .refuses(&[&problem::NOT_FOUND]),
    ]
}

fn by_provider() -> Vec<Op> {
    let own = |path, says| {
        post(path, says)
            .by(Caller::Login)
            .form(&[FORM, need("provider", "Which.")])
            .away("To the provider, to a fresh proof, or to the page.")
            .refuses(&[
                &problem::FORM_STALE,
                &problem::NOT_FOUND,
                &problem::LAST_WAY_IN,
            ])
    };
    vec![
        post(
            "/interaction/{ix}/external/{provider}",
            "Signs in by an outside provider.",
        )
        .form(&[FORM])
        .away("To the provider, which does not learn the app.")
        .refuses(FLOW)
        .refuses(&[&problem::NOT_FOUND, &problem::EXTERNAL_REFUSED]),
        post(
            "/join/external/{provider}",
            "Asks an outside provider to vouch for somebody who joins.",
        )
        .form(&[FORM, may("ix", "The sign-in it belongs to.")])
        .away("To the provider, which does not learn what for.")
        .refuses(&[
            &problem::FORM_STALE,
            &problem::MALFORMED,
            &problem::NOT_FOUND,
            &problem::EXTERNAL_REFUSED,
        ]),
        get(
            "/external/{provider}/callback",
            "Where an outside provider sends the browser.",
        )
        .query(&[
            may("state", "As we sent it."),
            may("code", "The provider's."),
            may("iss", "The provider."),
            may("error", "The provider's no."),
        ])
        .page()
        .away("To the page it began at, or to the account.")
        .refuses(&[
            &problem::MALFORMED,
            &problem::WRONG_BROWSER,
            &problem::NOT_FOUND,
            &problem::EXTERNAL_UNKNOWN,
            &problem::EXTERNAL_USED,
            &problem::EXTERNAL_REFUSED,
        ]),
        get("/account/external", "Outside providers that are attached.")
            .by(Caller::Login)
            .page(),
        own("/account/external/attach", "Attaches an outside provider."),
        own("/account/external/detach", "Detaches it."),
    ]
}

/// The person's outside providers, as an API.
fn attached() -> Vec<Op> {
    let person = |op: Op| {
        op.by(Caller::Person).refuses(&[
            &problem::FORM_STALE,
            &problem::NOT_FOUND,
            &problem::LAST_WAY_IN,
            &problem::INSUFFICIENT_USER_AUTHENTICATION,
        ])
    };
    vec![
        person(get(
            "/api/account/external",
            "Outside providers that are attached.",
        ))
        .answers("Listed", "The providers."),
        person(post("/api/account/external", "Attaches one."))
            .json(&[need("provider", "Which.")])
            .answers("Place", "Where the browser goes."),
        person(delete("/api/account/external/{id}", "Detaches one.")).gives(
            204,
            Gives::Nothing,
            "Done.",
        ),
    ]
}
