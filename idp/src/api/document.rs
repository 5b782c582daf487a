//! The document of the interface (OpenAPI 3.1), made from the operations.

use super::{
    op::{Caller, Field, Gives, Op, Place, Shape},
    ops, schemas,
};
use crate::core::Core;
use kernel::problem::{self, Slug};
use std::collections::BTreeMap;
use utoipa::openapi::{
    Content, Info, ObjectBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required, Response,
    ResponseBuilder, Schema, Server,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn},
    request_body::{RequestBody, RequestBodyBuilder},
    schema::{SchemaType, Type},
    security::{
        ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, OpenIdConnect, SecurityRequirement,
        SecurityScheme,
    },
    tag::TagBuilder,
};

/// What an app proves itself with, besides the header.
const PROOF: [Field; 4] = [
    super::op::may(
        "client_id",
        "The app, where it does not stand in the header.",
    ),
    super::op::may(
        "client_secret",
        "Its secret, if it registered to send it so.",
    ),
    super::op::may(
        "client_assertion_type",
        "For a signed assertion (RFC 7523).",
    ),
    super::op::may("client_assertion", "The assertion."),
];

/// The whole document.
pub(super) fn whole(core: &Core) -> OpenApi {
    let mut info = Info::new("Resonate identity provider", env!("CARGO_PKG_VERSION"));
    let about = "OpenID Connect for apps, ways in for people, cards for wallets. Refusals carry a \
                 slug; each has a page at /problems/{slug}.";
    info.description = Some(about.to_owned());
    let rooms = ops::all();
    let tags = rooms
        .iter()
        .map(|(room, _)| TagBuilder::new().name(*room).build());
    let tags: Vec<_> = tags.collect();
    let mut paths = Paths::new();
    for (room, op) in rooms
        .iter()
        .flat_map(|(room, ops)| ops.iter().map(|op| (*room, op)))
    {
        paths.add_path_operation(op.path, vec![op.method.clone()], operation(room, op));
    }
    let mut components = schemas::components(core);
    for (name, scheme) in schemes(core) {
        components.add_security_scheme(name, scheme);
    }
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([Server::new(core.issuer())]))
        .tags(Some(tags))
        .paths(paths)
        .components(Some(components))
        .build()
}

fn schemes(core: &Core) -> [(&'static str, SecurityScheme); 5] {
    let http = |scheme, says: &str| {
        let http = HttpBuilder::new().scheme(scheme);
        SecurityScheme::Http(http.description(Some(says)).build())
    };
    let cookie = if core.is_https() { "__Host-si" } else { "si" };
    [
        (
            "client",
            http(
                HttpAuthScheme::Basic,
                "client_secret_basic; other ways stand in the form.",
            ),
        ),
        (
            "token",
            http(
                HttpAuthScheme::Bearer,
                "An access token; a bound one under the scheme DPoP.",
            ),
        ),
        (
            "proof",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("DPoP"))),
        ),
        (
            "login",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(cookie))),
        ),
        (
            "openid",
            SecurityScheme::OpenIdConnect(OpenIdConnect::new(
                core.url("/.well-known/openid-configuration"),
            )),
        ),
    ]
}

fn operation(room: &str, op: &Op) -> Operation {
    let mut made = OperationBuilder::new()
        .tag(room)
        .summary(Some(op.says))
        .operation_id(Some(id(op)));
    for name in op.in_path() {
        let parameter = ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path);
        made = made.parameter(parameter.required(Required::True).schema(Some(text(""))));
    }
    for (_, field) in op.fields.iter().filter(|(place, _)| *place == Place::Query) {
        let parameter = ParameterBuilder::new()
            .name(field.name)
            .parameter_in(ParameterIn::Query)
            .required(if field.needed {
                Required::True
            } else {
                Required::False
            })
            .description(Some(field.says));
        made = made.parameter(parameter.schema(Some(text(""))));
    }
    if let Some(security) = security(op.caller) {
        made = made.securities(Some(security));
    }
    for (status, what, says) in &op.gives {
        made = made.response(status.to_string(), given(*what, says));
    }
    for (status, slugs) in refusals(op) {
        made = made.response(status.to_string(), refused(op.shape, &slugs));
    }
    made.request_body(body(op)).build()
}

/// A name made of method and path: `post_token`.
fn id(op: &Op) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let path: String = op.path.chars().map(word).collect();
    format!("{}{path}", method(op))
}

/// The method, in lower case.
pub(super) fn method(op: &Op) -> String {
    let word = serde_json::to_value(&op.method).ok();
    word.and_then(|word| word.as_str().map(str::to_owned))
        .expect("a method is written as a word")
}

fn text(says: &str) -> Schema {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let says = (!says.is_empty()).then_some(says);
    text.description(says).build().into()
}

fn security(caller: Caller) -> Option<Vec<SecurityRequirement>> {
    let one = |name: &str| SecurityRequirement::new(name, Vec::<String>::new());
    match caller {
        Caller::Any => None,
        Caller::Client => Some(vec![one("client"), SecurityRequirement::default()]),
        Caller::Token => Some(vec![
            one("token"),
            one("token").add("proof", Vec::<String>::new()),
        ]),
        Caller::Login => Some(vec![one("login")]),
        Caller::Person => Some(vec![
            one("login"),
            one("token").add("proof", Vec::<String>::new()),
        ]),
    }
}

fn body(op: &Op) -> Option<RequestBody> {
    if let Some(name) = op.body {
        return Some(sent("application/json", Ref::from_schema_name(name).into()));
    }
    if !op.has_body() {
        return None;
    }
    let json = op.fields.iter().any(|(place, _)| *place == Place::Json);
    let inside = op.fields.iter().filter(|(place, _)| *place != Place::Query);
    let proof = PROOF.iter().filter(|_| op.caller == Caller::Client);
    let fields = inside.map(|(_, field)| field).chain(proof);
    let object = fields.fold(ObjectBuilder::new(), |object, field| {
        let object = object.property(field.name, text(field.says));
        if field.needed {
            object.required(field.name)
        } else {
            object
        }
    });
    let media = if json {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    Some(sent(media, RefOr::T(object.build().into())))
}

fn sent(media: &str, schema: RefOr<Schema>) -> RequestBody {
    let body = RequestBodyBuilder::new().content(media, Content::new(Some(schema)));
    body.required(Some(Required::True)).build()
}

fn given(what: Gives, says: &str) -> Response {
    let answer = ResponseBuilder::new().description(says);
    match what {
        Gives::Nothing | Gives::Away => answer.build(),
        Gives::Media(media) => answer.content(media, Content::new(Some(text("")))).build(),
        Gives::Json(name) => {
            let schema = Ref::from_schema_name(name);
            answer
                .content("application/json", Content::new(Some(schema)))
                .build()
        }
    }
}

fn refused(shape: Shape, slugs: &[&Slug]) -> Response {
    let says: Vec<String> = slugs
        .iter()
        .map(|slug| format!("`{}`: {}", slug.slug, slug.title))
        .collect();
    let answer = ResponseBuilder::new().description(says.join(" "));
    let (media, schema): (_, RefOr<Schema>) = match shape {
        Shape::OAuth => (
            "application/json",
            Ref::from_schema_name("OAuthError").into(),
        ),
        Shape::Problem => (
            "application/problem+json",
            Ref::from_schema_name("Problem").into(),
        ),
        Shape::Page => ("text/html", RefOr::T(text(""))),
    };
    answer.content(media, Content::new(Some(schema))).build()
}

/// What an operation can refuse, by status: its own, and what goes with its caller and body.
pub(super) fn refusals(op: &Op) -> BTreeMap<u16, Vec<&'static Slug>> {
    let mut slugs = op.refuses.clone();
    if op.has_body() {
        slugs.extend([&problem::TOO_LARGE, &problem::MEDIA_TYPE]);
        slugs.push(match op.shape {
            Shape::OAuth => &problem::INVALID_REQUEST,
            Shape::Problem | Shape::Page => &problem::MALFORMED,
        });
        let json = op.fields.iter().any(|(place, _)| *place == Place::Json);
        if json && op.shape == Shape::Problem {
            slugs.extend([&problem::UNKNOWN_FIELD, &problem::INVALID_FIELD]);
        }
    }
    slugs.extend::<&[&Slug]>(match op.caller {
        Caller::Any => &[],
        Caller::Client => &[&problem::INVALID_CLIENT],
        Caller::Token => &[&problem::INVALID_TOKEN],
        Caller::Login => &[&problem::LOGIN_NEEDED],
        Caller::Person => &[&problem::LOGIN_NEEDED, &problem::INVALID_TOKEN],
    });
    slugs.extend([&problem::HOST_UNKNOWN, &problem::TOO_MANY]);
    slugs.extend([&problem::INTERNAL, &problem::BUSY]);
    let mut by_status: BTreeMap<u16, Vec<&'static Slug>> = BTreeMap::new();
    for slug in slugs {
        let all = by_status.entry(status(op, slug)).or_default();
        if !all.contains(&slug) {
            all.push(slug);
        }
    }
    by_status
}

/// The status of a refusal here: at an app's own door a bad proof is 400, at a resource 401.
fn status(op: &Op, slug: &Slug) -> u16 {
    let proof = [
        problem::INVALID_DPOP_PROOF.slug,
        problem::USE_DPOP_NONCE.slug,
    ];
    if op.caller == Caller::Client && proof.contains(&slug.slug) {
        400
    } else {
        slug.status
    }
}
