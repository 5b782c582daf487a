//! Two nodes by configuration alone: the provider on one, streaming and payments on the other.

use crate::{Folder, resonate, run};
use bytes::Bytes;
use host::http_client::{Call, HttpClient};
use http::{HeaderMap, Method, Response};
use std::{
    net::TcpListener,
    process::{Child, Stdio},
    time::Duration,
};

/// A node's process; asked to end when dropped.
struct Node(Child);

impl Node {
    fn start(config: &str) -> Self {
        let child = resonate(&["serve", "--config", config])
            .env("RESONATE_LOG", "warn")
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the node starts");
        Self(child)
    }

    /// Asks it to end as systemd does; answers its exit code.
    fn end(&mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .ok()?;
        self.0.wait().ok()?.code()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports nobody uses now.
fn ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    std::array::from_fn(|i| held[i].local_addr().expect("a bound port").port())
}

async fn get(url: &str) -> Response<Bytes> {
    let client = HttpClient::peers().expect("a client");
    let mut beat = tokio::time::interval(Duration::from_millis(100));
    for _ in 0..150 {
        beat.tick().await;
        let (method, headers, body) = (Method::GET, HeaderMap::new(), Bytes::new());
        if let Ok(answer) = client
            .send(Call {
                method,
                url,
                headers,
                body,
            })
            .await
        {
            return answer;
        }
    }
    panic!("{url} does not answer");
}

#[tokio::test]
async fn two_nodes_serve_one_platform_and_end_in_order() {
    let folder = Folder::new("split");
    let [id, id_peer, listen, listen_peer] = ports();
    let dir = folder.0.display().to_string();
    let (code, said) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
    assert_eq!(code, 0, "{said}");
    let origins = format!(
        "[origins]\nid = \"http://localhost:{id}\"\nwallet = \"http://wallet.localhost:{id}\"\n\
         listen = \"http://listen.localhost:{listen}\"\ncoop = \"http://coop.localhost:{id}\"\n\
         staff = \"http://staff.localhost:{id}\"\n[keys]\nkek_file = \"kek\"\nfile = \"data.keys\"\n"
    );
    let node = |name: &str, modules: &str, public: u16, peer: u16, peers: &str| {
        let text = format!(
            "modules = {modules}\n[serve]\npublic = \"127.0.0.1:{public}\"\n\
             peer = \"127.0.0.1:{peer}\"\n{origins}[database]\n\
             url = \"sqlite:data/{name}.sqlite3\"\n{peers}"
        );
        folder.write(&format!("{name}.toml"), &text)
    };
    let first = node(
        "first",
        "[\"idp\"]",
        id,
        id_peer,
        &format!(
            "[peers.streaming]\nbase = \"http://127.0.0.1:{listen_peer}/streaming\"\n\
             [peers.payments]\nbase = \"http://127.0.0.1:{listen_peer}/payments\"\n"
        ),
    );
    let peers = format!("[peers.idp]\nbase = \"http://127.0.0.1:{id_peer}/idp\"\n");
    let second = node(
        "second",
        "[\"streaming\", \"payments\"]",
        listen,
        listen_peer,
        &peers,
    );
    for config in [&first, &second] {
        let (code, said) = run(&["migrate", "--config", config]);
        assert_eq!(code, 0, "{said}");
    }
    let mut one = Node::start(&first);
    let mut two = Node::start(&second);

    for (port, module) in [
        (id_peer, "idp"),
        (listen_peer, "streaming"),
        (listen_peer, "payments"),
    ] {
        let ready = get(&format!("http://127.0.0.1:{port}/readyz")).await;
        assert_eq!(ready.status(), 200, "{ready:?}");
        let keys = get(&format!("http://127.0.0.1:{port}/{module}/jwks.json")).await;
        assert_eq!(keys.status(), 200);
        let metrics = get(&format!("http://127.0.0.1:{port}/metrics")).await;
        assert!(String::from_utf8_lossy(metrics.body()).contains("http_requests_total"));
    }
    // Each origin is answered by its own node only, and the peer surface by no public one.
    assert_eq!(
        get(&format!("http://localhost:{id}/healthz"))
            .await
            .status(),
        200
    );
    assert_eq!(
        get(&format!("http://listen.localhost:{listen}/"))
            .await
            .status(),
        200
    );
    assert_eq!(
        get(&format!("http://localhost:{listen}/")).await.status(),
        421
    );
    assert_eq!(
        get(&format!("http://listen.localhost:{id}/"))
            .await
            .status(),
        421
    );
    for path in ["idp/jwks.json", "metrics", "readyz", "demo/clock"] {
        assert_eq!(
            get(&format!("http://localhost:{id}/{path}")).await.status(),
            404,
            "{path}"
        );
    }
    // The listen node pushes its sign-in to the provider's node.
    let login = get(&format!("http://listen.localhost:{listen}/login")).await;
    assert_eq!(login.status(), 303, "{login:?}");
    let to = login.headers()["location"].to_str().expect("an address");
    assert!(
        to.starts_with(&format!("http://localhost:{id}/authorize?")),
        "{to}"
    );

    let (code, said) = run(&["doctor", "--config", &second]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(one.end(), Some(0));
    // A peer that is away is a warning, and the node goes on.
    let (code, said) = run(&["doctor", "--config", &second]);
    assert_eq!(code, 2, "{said}");
    assert_eq!(
        get(&format!("http://listen.localhost:{listen}/"))
            .await
            .status(),
        200
    );
    assert_eq!(two.end(), Some(0));
}
