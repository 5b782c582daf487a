//! What our own pages call in a person's browser: the steps of a sign-in, joining.

use crate::api::op::{Field, Gives, Op, get, may, need, post};
use kernel::problem;

const FORM: Field = need("form_token", "From the page's own form.");

pub(super) fn ops() -> Vec<Op> {
    let mut ops = steps();
    ops.extend(wallets());
    ops.extend(joining());
    ops
}

/// What a step of a sign-in can refuse.
const FLOW: &[&problem::Slug] = &[
    &problem::WRONG_BROWSER,
    &problem::FORM_STALE,
    &problem::FLOW_EXPIRED,
    &problem::CONFLICT,
];
const NEXT: &str = "To the next page of the sign-in, or back to the app.";

fn steps() -> Vec<Op> {
    vec![
        get("/interaction/{ix}", "The page a sign-in has come to.")
            .page()
            .gives(303, Gives::Away, NEXT)
            .refuses(&[&problem::WRONG_BROWSER, &problem::FLOW_EXPIRED]),
        post("/interaction/{ix}/consent", "Decides what an app learns.")
            .form(&[
                FORM,
                need("decision", "`allow` or `deny`."),
                may("nickname", "What the app may call the person."),
            ])
            .away(NEXT)
            .refuses(FLOW),
        post("/interaction/{ix}/cancel", "Ends a sign-in.")
            .form(&[FORM])
            .away("Back to the app with `access_denied`.")
            .refuses(FLOW),
        post(
            "/interaction/{ix}/passkey/options",
            "Begins a sign-in by passkey.",
        )
        .body("Nothing")
        .answers("Ceremony", "What the browser asks the authenticator.")
        .refuses(FLOW),
        post("/interaction/{ix}/passkey", "Ends a sign-in by passkey.")
            .body("Ceremony")
            .answers("Next", "Where the browser goes.")
            .refuses(FLOW)
            .refuses(&[&problem::PASSKEY_REFUSED]),
    ]
}

fn wallets() -> Vec<Op> {
    vec![
        post(
            "/interaction/{ix}/wallet",
            "Asks the person's wallet on this device.",
        )
        .form(&[FORM])
        .away("To the wallet, with a request of OpenID4VP.")
        .refuses(FLOW),
        get(
            "/interaction/{ix}/siop",
            "Asks the wallet for a token of its own (SIOPv2).",
        )
        .away("To the wallet.")
        .refuses(&[&problem::WRONG_BROWSER, &problem::FLOW_EXPIRED]),
        get(
            "/interaction/{ix}/back",
            "Where the wallet sends the browser.",
        )
        .page()
        .refuses(&[&problem::WRONG_BROWSER, &problem::FLOW_EXPIRED]),
        post(
            "/interaction/{ix}/back",
            "Redeems what the wallet left, once.",
        )
        .form(&[FORM, need("response_code", "From the wallet's answer.")])
        .away(NEXT)
        .refuses(FLOW)
        .refuses(&[&problem::WALLET_REFUSED, &problem::WALLET_UNKNOWN]),
        post(
            "/vp/s",
            "Takes the answer of a wallet (OpenID4VP `direct_post`).",
        )
        .form(&[
            need("state", "The request it answers."),
            may("vp_token", "Presentations, as JSON."),
            may("id_token", "A self-issued token."),
            may("error", "The wallet's no."),
        ])
        .answers("Redirect", "Where the wallet leads the browser.")
        .oauth(&[&problem::WALLET_REFUSED]),
        post(
            "/demo/as",
            "Signs in as one of the demo's people; in the demo only.",
        )
        .form(&[
            FORM,
            need("ix", "The sign-in."),
            need("demo_as", "The name."),
        ])
        .away(NEXT)
        .refuses(FLOW)
        .refuses(&[&problem::NOT_FOUND]),
    ]
}

fn joining() -> Vec<Op> {
    vec![
        get("/join/challenge", "Work to solve before joining.")
            .answers("Challenge", "The work and its end."),
        post("/passkey/join/options", "Begins to join with a passkey.")
            .json(&[
                need("handle", "The name among members."),
                need("admission", "`pow:<challenge>:<n>` or `invite:<token>`."),
                may("ix", "The sign-in to go on with."),
            ])
            .answers("Ceremony", "What the browser asks the authenticator.")
            .refuses(&[
                &problem::ADMISSION_NEEDED,
                &problem::POW_REFUSED,
                &problem::INVITE_REFUSED,
                &problem::HANDLE_TAKEN,
                &problem::HANDLE_REFUSED,
            ]),
        post(
            "/passkey/join",
            "Joins: account, passkey and login in one step.",
        )
        .body("Ceremony")
        .gives(201, Gives::Json("Next"), "Where the browser goes.")
        .refuses(&[
            &problem::PASSKEY_REFUSED,
            &problem::PASSKEY_NOT_DISCOVERABLE,
            &problem::POW_REFUSED,
            &problem::HANDLE_TAKEN,
        ]),
    ]
}
