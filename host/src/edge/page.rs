//! A problem as a page, for people who came by a link or a form.

use crate::answer::Refused;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, header};
use kernel::Problem;

/// Whether this is a navigation by a person, not a script's fetch.
pub(super) fn wanted(method: &Method, headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("");
    let fetch = headers
        .get("sec-fetch-mode")
        .is_some_and(|mode| mode != "navigate");
    let reads = *method == Method::GET || *method == Method::HEAD || *method == Method::POST;
    reads && !fetch && accept.contains("text/html")
}

/// Replaces a problem's JSON by a page; other answers pass.
pub(super) fn for_people(response: Response, page: impl FnOnce(&Problem) -> Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_some_and(|kind| kind == "application/problem+json");
    let refused = response
        .extensions()
        .get::<Refused>()
        .filter(|_| is_json)
        .cloned();
    let Some(Refused(problem)) = refused else {
        return response;
    };
    let (mut old, _) = response.into_parts();
    for name in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CACHE_CONTROL,
    ] {
        old.headers.remove(name);
    }
    let (page, body) = page(&problem).into_parts();
    // The page's own policy wins; what the problem said (Retry-After, cookies) stays.
    old.headers.extend(page.headers);
    Response::from_parts(old, body)
}

/// A page without style, for where no origin gives a better one.
pub(super) fn plain(problem: &Problem, id: &str) -> Response {
    let slug = problem.slug;
    let detail = problem.detail.as_deref().unwrap_or("");
    let [title, cause, detail, fix] = [slug.title, slug.cause, detail, slug.fix].map(escape);
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <main><h1>{title}</h1><p>{cause}</p><p>{detail}</p><p>{fix}</p>\
         <p><small>{name} · {id}</small></p></main></html>",
        name = slug.slug,
    );
    let mut response = Html(html).into_response();
    let headers = response.headers_mut();
    let policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(policy),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
