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

/// Asks until something listens there, for 15 s at most.
async fn get(url: &str) -> Response<Bytes> {
    let client = HttpClient::peers().expect("a client");
    let mut beat = tokio::time::interval(Duration::from_millis(100));
    let mut answer = Err(host::http_client::Unanswered::Away);
    for _ in 0..150 {
        beat.tick().await;
        let (method, headers, body) = (Method::GET, HeaderMap::new(), Bytes::new());
        answer = client
            .send(Call {
                method,
                url,
                headers,
                body,
            })
            .await;
        if answer.is_ok() {
            break;
        }
    }
    answer.expect("the node answers in time")
}

async fn status(url: &str) -> u16 {
    get(url).await.status().as_u16()
}

/// One platform on two nodes: ports, and the configuration of each node.
struct Platform {
    id: u16,
    id_peer: u16,
    listen: u16,
    listen_peer: u16,
    first: String,
    second: String,
}

impl Platform {
    fn configure(folder: &Folder) -> Self {
        let [id, id_peer, listen, listen_peer] = ports();
        let dir = folder.0.display().to_string();
        let (code, said) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
        assert_eq!(code, 0, "{said}");
        let at = |name: &str, port: u16| format!("http://{name}localhost:{port}");
        let shared = format!(
            "[origins]\nid = {:?}\nwallet = {:?}\nlisten = {:?}\ncoop = {:?}\nstaff = {:?}\n\
             [keys]\nkek_file = \"kek\"\nfile = \"data.keys\"\n",
            at("", id),
            at("wallet.", id),
            at("listen.", listen),
            at("coop.", id),
            at("staff.", id),
        );
        let node = |name: &str, modules: &str, public: u16, peer: u16, others: &[(&str, u16)]| {
            let peers: String = others
                .iter()
                .map(|(name, port)| {
                    format!("[peers.{name}]\nbase = \"http://127.0.0.1:{port}/{name}\"\n")
                })
                .collect();
            let text = format!(
                "modules = {modules}\n[serve]\npublic = \"127.0.0.1:{public}\"\n\
                 peer = \"127.0.0.1:{peer}\"\n{shared}[database]\n\
                 url = \"sqlite:data/{name}.sqlite3\"\n{peers}"
            );
            let file = folder.write(&format!("{name}.toml"), &text);
            let (code, said) = run(&["migrate", "--config", &file]);
            assert_eq!(code, 0, "{said}");
            file
        };
        let others = [("streaming", listen_peer), ("payments", listen_peer)];
        let first = node("first", "[\"idp\", \"recovery\"]", id, id_peer, &others);
        let modules = "[\"streaming\", \"payments\"]";
        let others = [("idp", id_peer), ("recovery", id_peer)];
        let second = node("second", modules, listen, listen_peer, &others);
        Self {
            id,
            id_peer,
            listen,
            listen_peer,
            first,
            second,
        }
    }

    async fn is_ready(&self) {
        let modules = [
            (self.id_peer, "idp"),
            (self.id_peer, "recovery"),
            (self.listen_peer, "streaming"),
            (self.listen_peer, "payments"),
        ];
        for (port, module) in modules {
            let ready = get(&format!("http://127.0.0.1:{port}/readyz")).await;
            assert_eq!(ready.status(), 200, "{ready:?}");
            assert_eq!(
                status(&format!("http://127.0.0.1:{port}/{module}/jwks.json")).await,
                200
            );
            let metrics = get(&format!("http://127.0.0.1:{port}/metrics")).await;
            assert!(String::from_utf8_lossy(metrics.body()).contains("http_requests_total"));
        }
    }

    /// Each origin is answered by its own node only, and the peer surface by no public one.
    async fn keeps_apart(&self) {
        let (id, listen) = (self.id, self.listen);
        assert_eq!(status(&format!("http://localhost:{id}/healthz")).await, 200);
        assert_eq!(
            status(&format!("http://listen.localhost:{listen}/")).await,
            200
        );
        let challenge = format!("http://wallet.localhost:{id}/vault/challenge");
        assert_eq!(status(&challenge).await, 200);
        let elsewhere = format!("http://wallet.localhost:{listen}/vault/challenge");
        assert_eq!(status(&elsewhere).await, 421);
        assert_eq!(status(&format!("http://localhost:{listen}/")).await, 421);
        assert_eq!(status(&format!("http://listen.localhost:{id}/")).await, 421);
        for path in ["idp/jwks.json", "metrics", "readyz", "demo/clock"] {
            assert_eq!(
                status(&format!("http://localhost:{id}/{path}")).await,
                404,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn two_nodes_serve_one_platform_and_end_in_order() {
    let folder = Folder::new("split");
    let platform = Platform::configure(&folder);
    let mut first = Node::start(&platform.first);
    let mut second = Node::start(&platform.second);
    platform.is_ready().await;
    platform.keeps_apart().await;

    // The listen node pushes its sign-in to the provider's node.
    let login = get(&format!(
        "http://listen.localhost:{}/login",
        platform.listen
    ))
    .await;
    assert_eq!(login.status(), 303, "{login:?}");
    let to = login.headers()["location"].to_str().expect("an address");
    assert!(
        to.starts_with(&format!("http://localhost:{}/authorize?", platform.id)),
        "{to}"
    );

    let doctor = || run(&["doctor", "--config", &platform.second]);
    let (code, said) = doctor();
    assert_eq!(code, 0, "{said}");
    assert_eq!(first.end(), Some(0));
    let (code, said) = doctor();
    assert_eq!(code, 2, "a peer that is away is a warning: {said}");
    let home = format!("http://listen.localhost:{}/", platform.listen);
    assert_eq!(status(&home).await, 200, "the other node goes on");
    assert_eq!(second.end(), Some(0));
}
