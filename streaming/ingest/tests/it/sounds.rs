//! Files to hand in: made here, so that nobody's music is needed.

use ingest::Tools;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// A folder of this test alone, removed at its end.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("resonate-ingest-{}-{n}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn work(&self) -> PathBuf {
        let work = self.at("work");
        fs::create_dir_all(&work).unwrap();
        work
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

pub fn tools() -> Tools {
    Tools::find(env!("CARGO_BIN_EXE_resonate-ingest").into(), false).unwrap()
}

/// A swelling chord of that many seconds, encoded by what `ffmpeg` says of the ending.
pub fn chord(path: &Path, seconds: u32, extra: &[&str]) {
    let source = format!(
        "aevalsrc=0.3*sin(2*PI*220*t)*sin(t)+0.2*sin(2*PI*331*t)|0.3*sin(2*PI*275*t):s=44100:d={seconds}"
    );
    ffmpeg(&["-f", "lavfi", "-i", &source], extra, path);
}

pub fn ffmpeg(input: &[&str], extra: &[&str], out: &Path) {
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"])
        .args(input)
        .args(extra)
        .arg(out)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
