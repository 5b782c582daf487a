//! What staff see and do, at the staff origin. By the login there; what changes something carries the
//! form token that `me` gives.

use crate::api::op::{Caller, Gives, Op, get, may, need, post};
use kernel::problem;

/// An address at the staff origin: who may call, and what each can be refused.
fn own(op: Op) -> Op {
    op.by(Caller::Login).refuses(&[
        &problem::LOGIN_NEEDED,
        &problem::FORBIDDEN,
        &problem::NOT_FOUND,
    ])
}

/// A list that is looked at.
fn list(path: &'static str, says: &'static str, gives: &'static str) -> Op {
    own(get(path, says).answers("Listed", gives))
}

pub(super) fn ops() -> Vec<Op> {
    let mut ops = seen();
    ops.extend(done());
    ops
}

fn seen() -> Vec<Op> {
    let before = may("before", "Acts older than this, microseconds.");
    vec![
        list(
            "/staff/idp/me",
            "Who is signed in at the staff origin.",
            "Handle, capabilities, form token.",
        ),
        list("/staff/idp/clients", "All apps.", "The apps."),
        list("/staff/idp/clients/{id}", "One app.", "The app."),
        list("/staff/idp/keys", "Keys by state.", "Public facts of keys."),
        list(
            "/staff/idp/accounts/{look}",
            "An account that was looked up; its owner is told of the look.",
            "Its state and counts, no subject.",
        ),
        list("/staff/idp/invites", "Invitations by count.", "The list."),
        list("/staff/idp/people", "Who may do what.", "The list."),
        list("/staff/idp/acts", "What staff did.", "The acts.").query(&[before]),
    ]
}

fn done() -> Vec<Op> {
    let token = need("form_token", "From `me`.");
    let reason = need("reason", "8 to 500 characters.");
    let refused = |op: Op| {
        own(op).refuses(&[
            &problem::FORM_STALE,
            &problem::REASON_MISSING,
            &problem::SECOND_PERSON,
            &problem::INSUFFICIENT_USER_AUTHENTICATION,
            &problem::CONFLICT,
        ])
    };
    vec![
        refused(
            post(
                "/staff/idp/acts",
                "Does an act, or asks a second person for it.",
            )
            .json(&[
                need("act", "Which."),
                may("target", "What it is about."),
                may("detail", "What the act needs besides."),
                reason,
                token,
            ])
            .answers("Listed", "Done.")
            .gives(
                202,
                Gives::Json("Listed"),
                "It waits for a second person, for 24 hours.",
            ),
        ),
        refused(
            post("/staff/idp/acts/{id}", "Confirms, refuses or withdraws.")
                .json(&[need("decision", "Which of the three."), reason, token])
                .answers("Listed", "What became of it."),
        ),
    ]
}
