//! One operation of the interface as data: from it come the document and the page about it.

use kernel::problem::Slug;
pub(super) use utoipa::openapi::HttpMethod as Method;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the query.
    Query,
    /// In a form.
    Form,
    /// In a JSON object.
    Json,
}

/// A value that is sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) needed: bool,
    pub(super) says: &'static str,
}

/// A value that must be sent.
pub(super) const fn need(name: &'static str, says: &'static str) -> Field {
    Field {
        name,
        needed: true,
        says,
    }
}

/// A value that may be sent.
pub(super) const fn may(name: &'static str, says: &'static str) -> Field {
    Field {
        name,
        needed: false,
        says,
    }
}

/// The shape of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `error`, `error_description`, `error_uri`.
    OAuth,
    /// RFC 9457.
    Problem,
    /// A page for people.
    Page,
}

/// What is given when all is well.
#[derive(Clone, Copy, Debug)]
pub(super) enum Gives {
    /// JSON of a named schema.
    Json(&'static str),
    /// Another media type.
    Media(&'static str),
    /// No body.
    Nothing,
    /// 303 to another address.
    Away,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Anybody.
    Any,
    /// An app that proves itself as registered; public apps by their id alone.
    Client,
    /// The holder of an access token.
    Token,
    /// A person's browser that is signed in.
    Login,
    /// A person, by browser or by token.
    Person,
}

/// One operation.
pub(super) struct Op {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) says: &'static str,
    pub(super) caller: Caller,
    pub(super) fields: Vec<(Place, Field)>,
    /// The named schema of a JSON body, where its members are not listed here.
    pub(super) body: Option<&'static str>,
    pub(super) gives: Vec<(u16, Gives, &'static str)>,
    pub(super) shape: Shape,
    pub(super) refuses: Vec<&'static Slug>,
}

impl Op {
    fn new(method: Method, path: &'static str, says: &'static str) -> Self {
        Self {
            method,
            path,
            says,
            caller: Caller::Any,
            fields: Vec::new(),
            body: None,
            gives: Vec::new(),
            shape: Shape::Problem,
            refuses: Vec::new(),
        }
    }

    pub(super) fn by(mut self, caller: Caller) -> Self {
        self.caller = caller;
        self
    }

    fn fields(mut self, place: Place, fields: &[Field]) -> Self {
        self.fields
            .extend(fields.iter().map(|field| (place, *field)));
        self
    }

    pub(super) fn query(self, fields: &[Field]) -> Self {
        self.fields(Place::Query, fields)
    }

    pub(super) fn form(self, fields: &[Field]) -> Self {
        self.fields(Place::Form, fields)
    }

    pub(super) fn json(self, fields: &[Field]) -> Self {
        self.fields(Place::Json, fields)
    }

    pub(super) fn body(mut self, schema: &'static str) -> Self {
        self.body = Some(schema);
        self
    }

    pub(super) fn gives(mut self, status: u16, what: Gives, says: &'static str) -> Self {
        self.gives.push((status, what, says));
        self
    }

    /// 200 with JSON of a named schema.
    pub(super) fn answers(self, schema: &'static str, says: &'static str) -> Self {
        self.gives(200, Gives::Json(schema), says)
    }

    /// 200 with a page; refusals are pages too.
    pub(super) fn page(mut self) -> Self {
        self.shape = Shape::Page;
        self.gives(200, Gives::Media("text/html"), "A page.")
    }

    /// 303; refusals are pages.
    pub(super) fn away(mut self, says: &'static str) -> Self {
        self.shape = Shape::Page;
        self.gives(303, Gives::Away, says)
    }

    pub(super) fn refuses(mut self, slugs: &[&'static Slug]) -> Self {
        self.refuses.extend(slugs);
        self
    }

    /// Refusals in the shape of OAuth.
    pub(super) fn oauth(mut self, slugs: &[&'static Slug]) -> Self {
        self.shape = Shape::OAuth;
        self.refuses(slugs)
    }

    /// Whether anything stands in a body.
    pub(super) fn has_body(&self) -> bool {
        let inside = |(place, _): &(Place, Field)| matches!(place, Place::Form | Place::Json);
        self.body.is_some() || self.fields.iter().any(inside)
    }

    /// The names in braces of its path.
    pub(super) fn in_path(&self) -> impl Iterator<Item = &'static str> {
        self.path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

pub(super) fn get(path: &'static str, says: &'static str) -> Op {
    Op::new(Method::Get, path, says)
}

pub(super) fn post(path: &'static str, says: &'static str) -> Op {
    Op::new(Method::Post, path, says)
}

pub(super) fn patch(path: &'static str, says: &'static str) -> Op {
    Op::new(Method::Patch, path, says)
}

pub(super) fn put(path: &'static str, says: &'static str) -> Op {
    Op::new(Method::Put, path, says)
}

pub(super) fn delete(path: &'static str, says: &'static str) -> Op {
    Op::new(Method::Delete, path, says)
}

/// What a browser asks before another origin's script may call.
pub(super) fn preflight(path: &'static str) -> Op {
    Op::new(
        Method::Options,
        path,
        "Tells a browser that scripts of any origin may call.",
    )
    .gives(204, Gives::Nothing, "Yes.")
}
