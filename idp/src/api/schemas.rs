//! The bodies that are named.

use crate::core::Core;
use serde_json::Value;
use utoipa::openapi::{
    Components, ComponentsBuilder, ObjectBuilder, RefOr, Schema, SchemaFormat,
    schema::{AdditionalProperties, ArrayBuilder, SchemaType, Type},
};

/// Of which kind a member is.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
    Flag,
    Texts,
    Object,
    Objects,
    Address,
}
use Kind::{Address, Flag, Number, Object, Objects, Text, Texts};

/// Name, kind, whether it is always there, what it is.
type Member = (&'static str, Kind, bool, &'static str);

/// A named body.
type Named = (&'static str, &'static [Member]);

const NAMED: &[Named] = &[
    (
        "OAuthError",
        &[
            (
                "error",
                Text,
                true,
                "The code; its page is `/problems/{code}`.",
            ),
            ("error_description", Text, true, "A fixed sentence."),
            ("error_uri", Address, true, "The page of the code."),
        ],
    ),
    (
        "Problem",
        &[
            ("type", Address, true, "`/problems/{slug}`, its page."),
            ("title", Text, true, "A fixed sentence."),
            ("status", Number, true, "As the answer's."),
            ("detail", Text, false, "What is special this time."),
        ],
    ),
    (
        "Keys",
        &[(
            "keys",
            Objects,
            true,
            "Public keys as JWK, with `kid`, `alg` and `use`.",
        )],
    ),
    (
        "Pushed",
        &[
            (
                "request_uri",
                Text,
                true,
                "For `/authorize`, with `client_id`.",
            ),
            ("expires_in", Number, true, "Seconds."),
        ],
    ),
    (
        "Tokens",
        &[
            (
                "access_token",
                Text,
                true,
                "`rs_at_..`, or a JWT for a resource (RFC 9068).",
            ),
            ("token_type", Text, true, "`Bearer` or `DPoP`."),
            ("expires_in", Number, true, "Seconds."),
            ("scope", Text, true, "What it opens."),
            (
                "refresh_token",
                Text,
                false,
                "`rs_rt_..`, where `offline_access` was allowed.",
            ),
            ("id_token", Text, false, "A JWT, where `openid` was asked."),
        ],
    ),
    (
        "Device",
        &[
            ("device_code", Text, true, "For `/token`."),
            ("user_code", Text, true, "For the person, `XXXX-XXXX`."),
            (
                "verification_uri",
                Address,
                true,
                "Where the person enters it.",
            ),
            (
                "verification_uri_complete",
                Address,
                true,
                "The same with the code in it.",
            ),
            ("expires_in", Number, true, "Seconds."),
            ("interval", Number, true, "Seconds between two questions."),
        ],
    ),
    (
        "UserInfo",
        &[
            ("sub", Text, true, "The person at this app, and only here."),
            ("name", Text, false, "The nickname chosen at consent."),
            ("nickname", Text, false, "The same."),
            ("preferred_username", Text, false, "The same."),
            ("locale", Text, false, "Their language."),
        ],
    ),
    (
        "Introspection",
        &[
            (
                "active",
                Flag,
                true,
                "Whether the token is good; alone where it is not.",
            ),
            ("sub", Text, false, "The person, as the asker knows them."),
            ("client_id", Text, false, "The app it was given to."),
            ("scope", Text, false, "What it opens."),
            ("exp", Number, false, "Its end, Unix seconds."),
            ("iat", Number, false, "Its beginning, Unix seconds."),
            ("token_type", Text, false, "`Bearer` or `DPoP`."),
            ("cnf", Object, false, "The key it is bound to."),
        ],
    ),
    ("Ceremony", &[]),
    ("Nothing", &[]),
    (
        "Place",
        &[("location", Address, true, "Where the browser goes.")],
    ),
    (
        "Client",
        &[
            (
                "redirect_uris",
                Texts,
                true,
                "Where the app is returned to.",
            ),
            ("client_name", Text, false, "As people read it."),
            ("client_id", Text, false, "Ours to give."),
            ("client_secret", Text, false, "Told once."),
            ("registration_access_token", Text, false, "Manages the app."),
            ("registration_client_uri", Address, false, "Where."),
        ],
    ),
    (
        "Sandbox",
        &[
            ("client_id", Text, true, "The app: public, PKCE."),
            ("expires_at", Number, true, "Unix seconds."),
            (
                "inspection_secret",
                Text,
                true,
                "Opens the list of its requests.",
            ),
            ("inspection_uri", Address, true, "The list."),
        ],
    ),
    ("Status", &[("status", Text, true, "Where it stands.")]),
    (
        "Receipt",
        &[("receipt", Text, true, "A JWT: rows deleted, by kind.")],
    ),
    (
        "Export",
        &[
            ("iss", Address, true, "This issuer."),
            ("made", Text, true, "When."),
            ("data", Object, true, "Rows by table."),
            ("jws", Text, true, "The same, signed."),
        ],
    ),
    ("Listed", &[]),
    (
        "Account",
        &[
            ("handle", Text, true, "The name among members."),
            ("created", Text, true, "The day it began."),
            ("ways_in", Number, true, "How many ways in there are."),
            (
                "fresh",
                Flag,
                true,
                "Whether the last proof is fresh enough for changes.",
            ),
            ("form_token", Text, false, "For the header `Form-Token`."),
        ],
    ),
    (
        "Next",
        &[("next", Address, false, "Where the browser goes.")],
    ),
    (
        "Redirect",
        &[(
            "redirect_uri",
            Address,
            false,
            "Where the wallet leads the browser.",
        )],
    ),
    (
        "Challenge",
        &[
            ("challenge", Text, true, "What is worked on."),
            ("bits", Number, true, "How many leading zero bits."),
            ("expires_at", Number, true, "Unix seconds."),
        ],
    ),
    ("IssuerMetadata", &[]),
    (
        "IssuerKeys",
        &[
            ("issuer", Address, true, "This issuer."),
            ("jwks", Object, true, "Its keys."),
        ],
    ),
    ("CardType", &[]),
    ("CardNonce", &[("c_nonce", Text, true, "The nonce.")]),
    (
        "Cards",
        &[
            ("credentials", Objects, false, "The cards."),
            ("notification_id", Text, false, "For `/notification`."),
        ],
    ),
    ("OpenApi", &[]),
];

fn typed(of: Type) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(SchemaType::new(of))
}

fn member(kind: Kind, says: &str) -> RefOr<Schema> {
    let array = |item: Type| {
        let items = ArrayBuilder::new().items(typed(item));
        Schema::from(items.description(Some(says)).build())
    };
    let one = |of: Type| Schema::from(typed(of).description(Some(says)).build());
    RefOr::T(match kind {
        Text => one(Type::String),
        Number => one(Type::Integer),
        Flag => one(Type::Boolean),
        Object => one(Type::Object),
        Texts => array(Type::String),
        Objects => array(Type::Object),
        Address => {
            let format = SchemaFormat::Custom("uri-reference".to_owned());
            let address = typed(Type::String).format(Some(format));
            Schema::from(address.description(Some(says)).build())
        }
    })
}

fn object(members: &[Member]) -> ObjectBuilder {
    members.iter().fold(
        ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(true))),
        |object, (name, kind, always, says)| {
            let object = object.property(*name, member(*kind, says));
            if *always {
                object.required(*name)
            } else {
                object
            }
        },
    )
}

/// The discovery document describes itself: its members are those it has here.
fn discovery(core: &Core) -> ObjectBuilder {
    let document = crate::discovery::document(core);
    let members = document.as_object().into_iter().flatten();
    members.fold(ObjectBuilder::new(), |object, (name, value)| {
        let kind = match value {
            Value::Bool(_) => Flag,
            Value::Array(_) => Texts,
            Value::String(text) if text.starts_with("http") => Address,
            _ => Text,
        };
        object.property(name, member(kind, name)).required(name)
    })
}

/// All of them.
pub(super) fn components(core: &Core) -> Components {
    let named = NAMED
        .iter()
        .fold(ComponentsBuilder::new(), |components, (name, members)| {
            components.schema(*name, object(members).build())
        });
    named.schema("Discovery", discovery(core).build()).build()
}

/// Whether there is such a body.
#[cfg(test)]
pub(super) fn is_named(name: &str) -> bool {
    name == "Discovery" || NAMED.iter().any(|(named, _)| *named == name)
}
