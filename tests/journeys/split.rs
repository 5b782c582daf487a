//! The same platform on two nodes: idp on one, streaming and payments on the other, two databases,
//! signed calls over HTTP between them. No demo: the commands an operator runs.

use super::{
    house::{APPS, Running, program},
    listener::tracks,
    steps,
    visitor::Visitor,
    wallet::Wallet,
};
use host_testing::Scratch;
use serde_json::Value;
use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Two nodes.
struct Split {
    folder: PathBuf,
    id: String,
    listen: String,
    nodes: Vec<Child>,
    // The databases live as long as the nodes.
    _databases: [Scratch; 2],
}

/// A port nobody uses now.
fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

fn resonate(arguments: &[&str], config: Option<&Path>) {
    let mut command = Command::new(program("resonate"));
    command.args(arguments);
    if let Some(config) = config {
        command.arg("--config").arg(config);
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
}

/// Ports and origins of both nodes.
struct Places {
    folder: PathBuf,
    id: String,
    listen: String,
    /// Of the provider's node: public, peers.
    first: [u16; 2],
    /// Of the listening node: public, peers.
    second: [u16; 2],
}

impl Places {
    fn new() -> Self {
        let name = format!("resonate-split-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        let (first, second) = ([port(), port()], [port(), port()]);
        let id = format!("http://localhost:{}", first[0]);
        let listen = format!("http://listen.localhost:{}", second[0]);
        Self {
            folder,
            id,
            listen,
            first,
            second,
        }
    }

    /// Writes the configuration of one node; `rest` is what only that node has.
    fn node(&self, modules: &str, ports: [u16; 2], url: &str, rest: &str) -> PathBuf {
        let (id, listen, front) = (&self.id, &self.listen, self.first[0]);
        let text = format!(
            "modules = [{modules}]\n\
             serve = {{ public = \"127.0.0.1:{}\", peer = \"127.0.0.1:{}\" }}\n\
             origins = {{ id = \"{id}\", wallet = \"http://wallet.localhost:{front}\", \
             listen = \"{listen}\", coop = \"http://coop.localhost:{front}\", \
             staff = \"http://staff.localhost:{front}\" }}\n\
             database = {{ url = \"{url}\" }}\n\
             keys = {{ kek_file = \"kek\", file = \"data.keys\" }}\n\
             objects = {{ dir = \"objects\" }}\n{rest}",
            ports[0], ports[1]
        );
        let path = self.folder.join(format!("node-{}.toml", ports[0]));
        fs::write(&path, text).unwrap();
        path
    }
}

fn peer(name: &str, port: u16) -> String {
    format!("[peers.{name}]\nbase = \"http://127.0.0.1:{port}/{name}\"\n")
}

/// The partner apps as an operator names them in the configuration.
fn apps() -> String {
    let app = |(id, secret): &(&str, &str)| {
        format!(
            "[[idp.clients]]\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\n\
             client_name = \"{id}\"\napplication_type = \"native\"\n\
             redirect_uris = [\"http://127.0.0.1/cb\"]\nscope = \"openid profile\"\n\
             grant_types = [\"authorization_code\"]\nresponse_types = [\"code\"]\n\
             token_endpoint_auth_method = \"client_secret_basic\"\n"
        )
    };
    APPS.iter().map(app).collect()
}

impl Split {
    async fn open() -> Self {
        let places = Places::new();
        let folder = places.folder.to_str().unwrap();
        resonate(&["init", "--domain", "coop.example", "--dir", folder], None);
        let databases = [Scratch::new(&[]).await, Scratch::new(&[]).await];
        let beside_idp =
            peer("streaming", places.second[1]) + &peer("payments", places.second[1]) + &apps();
        let beside_listen = peer("idp", places.first[1]) + &peer("recovery", places.first[1]);
        let modules = "\"streaming\", \"payments\"";
        let nodes = [
            places.node(
                "\"idp\", \"recovery\"",
                places.first,
                databases[0].url(),
                &beside_idp,
            ),
            places.node(modules, places.second, databases[1].url(), &beside_listen),
        ];
        for node in &nodes {
            resonate(&["migrate"], Some(node));
        }
        music(&places.folder);
        let import = places.folder.join("music");
        let import = [
            "import",
            import.to_str().unwrap(),
            "--party",
            "Rosa Voltaje",
            "--publish",
        ];
        resonate(&import, Some(&nodes[1]));
        let nodes = nodes.map(|config| serve(&config)).into();
        for url in [&places.id, &places.listen] {
            answers(url).await;
        }
        let Places {
            folder, id, listen, ..
        } = places;
        Self {
            folder,
            id,
            listen,
            nodes,
            _databases: databases,
        }
    }
}

fn serve(config: &Path) -> Child {
    let mut command = Command::new(program("resonate"));
    command
        .arg("serve")
        .arg("--config")
        .arg(config)
        .env("RESONATE_LOG", "warn");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

/// One piece of the demo's music, as an operator's folder.
fn music(folder: &Path) {
    let albums = music::albums();
    let (album, piece) = (&albums[1], &albums[1].pieces[0]);
    fs::create_dir_all(folder.join("music")).unwrap();
    fs::write(folder.join("music/01 Quorum.wav"), music::wav(album, piece)).unwrap();
    fs::write(folder.join("music/cover.png"), music::cover_png(2)).unwrap();
}

/// Waits until a node answers.
async fn answers(url: &str) {
    let address = url.rsplit(':').next().unwrap();
    for _ in 0..200 {
        if std::net::TcpStream::connect(format!("127.0.0.1:{address}")).is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("{url} does not answer");
}

impl Drop for Split {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            let _ = node.kill();
            let _ = node.wait();
        }
        if !std::thread::panicking() {
            fs::remove_dir_all(&self.folder).unwrap();
        }
    }
}

#[tokio::test]
async fn the_main_job_runs_on_two_nodes() {
    let split = Split::open().await;
    let wallet = Wallet::in_folder(&split.folder, "one");
    let joined = wallet.good(&["join", &split.id, "--handle", "calm-otter"]);
    assert_eq!(
        (&joined["handle"], &joined["cards"]),
        (&Value::from("calm-otter"), &Value::from(20))
    );

    let mut subjects = vec![];
    for (client_id, secret) in APPS {
        let mut command = Command::new(program("resonate-partner"));
        command.args([
            "--issuer",
            &split.id,
            "--client-id",
            client_id,
            "--client-secret",
            secret,
        ]);
        let app = Running::start(command);
        subjects.push(steps::by_wallet(&wallet, &app.url("url")).await["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);

    let order = wallet.good(&["topup", &split.listen, "--cents", "500"]);
    let mut visitor = Visitor::new();
    let paid = visitor
        .form(order["pay_url"].as_str().unwrap(), &[("act", "pay")])
        .await;
    assert!(paid.status.is_redirection(), "{}", paid.text());
    steps::credited(&wallet, &split.listen, 4_088_000).await;
    wallet.good(&["mandate", &split.listen]);
    let track = tracks(&mut visitor, &split.listen).await.remove(0);
    let url = format!("{}/tracks/{track}", split.listen);
    let out = split.folder.join("audio.opus");
    // No demo, no clock to move: 45 seconds pass.
    let played = wallet.good(&[
        "play",
        &url,
        "--out",
        out.to_str().unwrap(),
        "--seconds",
        "46",
    ]);
    assert_eq!(played["state"], "ended", "{played}");
    steps::credited(&wallet, &split.listen, 4_088_000 - 2_000).await;
}
