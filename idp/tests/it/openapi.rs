//! The document of the interface: what is served is described, what is described is served.

use crate::house::House;
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use host::Origin;
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The committed document.
const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");

/// Method and path, as `post /token`.
type Operations = BTreeSet<String>;

/// What the router serves. Axum tells it to nobody but its debug output: ids of routes with the
/// methods they allow, and ids of routes with their paths.
fn served(house: &House) -> Operations {
    let mut all = Operations::new();
    let public = house.idp.part().routes.public;
    for (origin, router) in public {
        let text = format!("{router:?}");
        let mut methods = BTreeMap::new();
        let mut paths = BTreeMap::new();
        // The second router in it holds what is answered where no route is.
        let routes = text.split("fallback_router: ").next().unwrap();
        for part in routes.split("RouteId(").skip(1) {
            let (id, rest) = part.split_once("): ").unwrap_or_default();
            if let Some(path) = rest.strip_prefix('"') {
                paths.insert(id, path.split('"').next().unwrap());
            } else if rest.starts_with("MethodRouter") {
                let allow = rest.split("allow_header: Bytes(b\"").nth(1).unwrap();
                methods.insert(id, allow.split('"').next().unwrap());
            }
        }
        assert!(!paths.is_empty(), "axum's debug output has changed: {text}");
        // Staff have an origin of their own; its pages are for people, its API is described.
        let ours = |path: &str| origin == Origin::Id || path.starts_with("/staff/idp/");
        for (id, path) in paths.into_iter().filter(|(_, path)| ours(path)) {
            let words = methods[id].split(',').filter(|word| *word != "HEAD");
            all.extend(words.map(|word| format!("{} {path}", word.to_ascii_lowercase())));
        }
    }
    all
}

async fn document(house: &House) -> Value {
    let answer = house.get("/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.json()
}

fn described(document: &Value) -> Operations {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect()
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_served() {
    let house = House::new().await;
    let (served, described) = (served(&house), described(&document(&house).await));
    let silent: Vec<_> = served.difference(&described).collect();
    let absent: Vec<_> = described.difference(&served).collect();
    assert!(
        silent.is_empty() && absent.is_empty(),
        "served and not described (add them to idp/src/api/ops): {silent:#?}\n\
         described and not served: {absent:#?}"
    );
}

#[tokio::test]
async fn the_committed_document_is_the_one_served() {
    let house = House::new().await;
    let now = document(&house).await;
    let then = fs::read(SNAPSHOT).unwrap_or_default();
    let then: Value = serde_json::from_slice(&then).unwrap_or_default();
    if now != then {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        fs::write(&new, format!("{now:#}\n")).unwrap();
        panic!(
            "docs/openapi.json is another one; look at {}, then copy it there",
            new.display()
        );
    }
}

#[tokio::test]
async fn the_document_is_openapi_and_every_reference_leads_somewhere() {
    let house = House::new().await;
    let document = document(&house).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"][0]["url"], "http://localhost:8080");
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
    let schemes = document["components"]["securitySchemes"]
        .as_object()
        .unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(names.insert(id.to_owned()), "{id} stands twice");
            let answers = operation["responses"].as_object().unwrap();
            let good = answers.keys().any(|status| status.starts_with(['2', '3']));
            assert!(good, "{method} {path} never answers well");
            for need in operation["security"].as_array().into_iter().flatten() {
                for name in need.as_object().unwrap().keys() {
                    assert!(schemes.contains_key(name), "{name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_answer_has_a_status_that_is_described() {
    let house = House::new().await;
    let document = document(&house).await;
    let mut faults = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let real = path
            .replace("{ix}", "unknown")
            .replace("{slug}", "unknown")
            .replace("{client_id}", "unknown")
            .replace("{provider}", "unknown")
            .replace(['{', '}'], "");
        for (method, operation) in item.as_object().unwrap() {
            let verb = Method::from_bytes(method.to_ascii_uppercase().as_bytes()).unwrap();
            let request = Request::builder().method(verb).uri(&real);
            let answer = house.send(request.body(Body::empty()).unwrap()).await;
            let status = answer.status.as_str();
            let answers = operation["responses"].as_object().unwrap();
            if !answers.contains_key(status) {
                faults.push(format!("{method} {path} answered {status}"));
            }
        }
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test]
async fn the_pages_for_developers_name_every_operation_and_need_no_script() {
    let house = House::new().await;
    let page = house.get("/developers/api").await;
    assert_eq!(page.status, StatusCode::OK);
    for operation in described(&document(&house).await) {
        let (method, path) = operation.split_once(' ').unwrap();
        let named = format!("<code>{} {path}</code>", method.to_ascii_uppercase());
        assert!(page.body.contains(&named), "{named}");
    }
    assert!(
        page.body
            .contains("<form method=\"get\" action=\"/authorize\">")
    );
    for language in ["en", "de"] {
        let start = house.get(&format!("/developers?lang={language}")).await;
        assert_eq!(start.status, StatusCode::OK);
        assert!(
            start
                .body
                .contains("http://localhost:8080/developers/sandbox/clients")
        );
    }
}
