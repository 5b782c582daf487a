//! What `demo`, `serve` and `config` refuse, and that nothing is made or emptied then.

use crate::{Folder, is_empty, resonate, run};
use std::{fs, path::Path};

/// IN85: made-up people are served to this machine only.
#[test]
fn a_demo_is_never_shown_to_others() {
    let folder = Folder::new("others");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080", "10.0.0.1:1"] {
        let data = folder.path("data");
        let (code, said) = run(&["demo", "--data", &data, "--listen", address]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("is not a loopback address"), "{said}");
        assert!(!Path::new(&data).exists());
    }
    let tls = [
        "--tls",
        "--tls-listen",
        "0.0.0.0:0",
        "--listen",
        "127.0.0.1:0",
    ];
    let (code, said) = run(&[&["demo", "--data", &folder.path("data")], &tls[..]].concat());
    assert_eq!(code, 2, "{said}");
}

#[test]
fn a_folder_no_demo_made_is_neither_used_nor_emptied() {
    let folder = Folder::new("foreign");
    let thesis = folder.write("thesis.tex", "years of work");
    let data = folder.0.display().to_string();
    for fresh in [&[][..], &["--fresh"]] {
        let arguments = ["demo", "--data", &data, "--listen", "127.0.0.1:0"];
        let (code, said) = run(&[&arguments[..], fresh].concat());
        assert_eq!(code, 2, "{said}");
        assert!(said.contains("did not make"), "{said}");
        assert_eq!(fs::read_to_string(&thesis).unwrap(), "years of work");
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    }
}

#[test]
fn apps_that_are_refused_are_named_before_anything_is_made() {
    let folder = Folder::new("apps");
    let app = |id: &str, more: &str| {
        format!(r#"{{"client_id":"{id}","redirect_uris":["http://127.0.0.1:3000/cb"]{more}}}"#)
    };
    let secret = r#","client_secret":"correct horse battery""#;
    let rows = [
        ("not json".to_owned(), "this is not JSON"),
        (app("a", ""), "a JSON list is needed"),
        ("[{}]".to_owned(), "app 1 has no `client_id`"),
        (
            format!("[{},{}]", app("a", secret), app("a", secret)),
            "app 2: the client_id `a` stands twice",
        ),
        (
            format!("[{}]", app("a", r#","require_pkce":false"#)),
            "require_pkce is not allowed",
        ),
        (r#"[{"client_id":"a"}]"#.to_owned(), "invalid_redirect_uri"),
        (
            r#"[{"client_id":"a","client_id":"b"}]"#.to_owned(),
            "a name stands twice",
        ),
    ];
    for (text, want) in rows {
        let file = folder.write("apps.json", &text);
        let data = folder.path("data");
        let arguments = [
            "demo",
            "--data",
            &data,
            "--listen",
            "127.0.0.1:0",
            "--clients",
            &file,
        ];
        let (code, said) = run(&arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(want), "{said} lacks {want}");
        assert!(!Path::new(&data).exists() || is_empty(Path::new(&data)));
    }
    let (code, _) = run(&["demo", "--clients", &folder.path("absent.json")]);
    assert_eq!(code, 2);
}

#[test]
fn configuration_errors_name_key_line_and_remedy() {
    let folder = Folder::new("config");
    let sample =
        String::from_utf8(resonate(&["config", "sample"]).output().unwrap().stdout).unwrap();
    let good = sample.replace("https://listen.coop.example", "http://listen.localhost:1");
    let check = |text: &str| {
        let file = folder.write("resonate.toml", text);
        run(&["config", "check", "--config", &file])
    };
    let (code, said) = check(&good.replace("\npublic =", "\npubic ="));
    assert_eq!(code, 2);
    assert!(
        said.contains("line 8: unknown key `pubic`. Did you mean `public`?"),
        "{said}"
    );
    let (code, said) = check(&good.replace("[serve]", "[serve]\npeer = \"127.0.0.1:1\"\npeer = 2"));
    assert_eq!(code, 2);
    assert!(
        said.contains("resonate.toml line 8: duplicate key"),
        "{said}"
    );
    let (code, said) = check(&good);
    assert_eq!(code, 2);
    assert!(said.contains("keys.kek_file"), "{said}");

    let file = folder.path("resonate.toml");
    let checked = resonate(&["config", "check"])
        .env("RESONATE_CONFIG", &file)
        .env("RESONATE_SERVE__PUBLICK", "127.0.0.1:1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(
        said.contains("RESONATE_SERVE__PUBLICK: unknown key `publick`"),
        "{said}"
    );
}

/// IN85: among others, `serve` on the folder of a demo.
#[test]
fn serve_refuses_an_older_schema_open_keys_and_made_up_data() {
    let folder = Folder::new("serve");
    let dir = folder.0.display().to_string();
    let (code, said) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(&["init", "--domain", "coop.example", "--dir", &dir]);
    assert_eq!(code, 2, "nothing is overwritten: {said}");
    let (code, _) = run(&["init", "--domain", "coop", "--dir", &folder.path("other")]);
    assert_eq!(code, 2);

    let file = folder.path("resonate.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text
        .replace("https://listen.coop.example", "http://listen.localhost:1")
        .replace("127.0.0.1:8080", "127.0.0.1:0");
    fs::write(&file, text).unwrap();
    let serve = || run(&["serve", "--config", &file]);
    let (code, said) = serve();
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("run resonate migrate"), "{said}");

    let (code, said) = run(&["migrate", "--config", &file]);
    assert_eq!(code, 0, "{said}");
    let (code, said) = run(&["doctor", "--config", &file]);
    assert_eq!(code, 0, "{said}");

    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder.path("kek"), fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = serve();
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("can be read by others") && said.contains("chmod 600"),
        "{said}"
    );
    fs::set_permissions(folder.path("kek"), fs::Permissions::from_mode(0o600)).unwrap();

    fs::write(folder.0.join("data").join(host::demo::STAMP), "").unwrap();
    let (code, said) = serve();
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("was made by `resonate demo`"), "{said}");
}

/// The link for the first owner is printed, never kept: the file beside the keys holds its hash.
#[test]
fn an_installation_begins_with_a_link_for_its_first_owner() {
    let folder = Folder::new("owner");
    let dir = folder.0.display().to_string();
    let printed = |arguments: &[&str]| {
        let output = resonate(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let link = said.lines().last().unwrap_or_default();
        let token = link.strip_prefix("https://staff.coop.example/owner#owner_link=");
        token.unwrap_or_else(|| panic!("a link: {said}")).to_owned()
    };
    let first = printed(&["init", "--domain", "coop.example", "--dir", &dir]);
    let note = folder.path("owner.link");
    let kept = fs::read_to_string(&note).unwrap();
    assert!(!kept.contains(&first[6..]), "{kept}");
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(&note).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let file = folder.path("resonate.toml");
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace("https://listen.coop.example", "http://listen.localhost:1");
    fs::write(&file, text).unwrap();
    let (code, said) = run(&["migrate", "--config", &file]);
    assert_eq!(code, 0, "{said}");
    let second = printed(&["owner-link", "--config", &file]);
    assert_ne!(first, second);
}
