//! HTTP/1.1 on one connection that stays open: no more than a browser and an app need here.

use anyhow::{Context, Result, bail, ensure};
use std::{collections::BTreeMap, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// One connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub location: Option<String>,
    pub cookies: Vec<(String, String)>,
    pub body: String,
}

impl Wire {
    pub async fn open(to: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(to).await.context("the server is away")?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(64 * 1024);
        Ok(Self { stream, buffer })
    }

    /// Sends a request that was written out before and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Reply> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
            self.more().await?;
        };
        let (mut reply, length) = read_head(&self.buffer[..head])?;
        while self.buffer.len() < head + length {
            self.more().await?;
        }
        ensure!(
            self.buffer.len() == head + length,
            "more than was asked for"
        );
        reply.body = String::from_utf8(self.buffer[head..].to_vec())?;
        Ok(reply)
    }

    async fn more(&mut self) -> Result<()> {
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(())
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|part| part == what)
}

/// The head of an answer, and how long its body is.
fn read_head(head: &[u8]) -> Result<(Reply, usize)> {
    let text = std::str::from_utf8(head)?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut reply = Reply {
        status: status.context("no status")?.parse()?,
        location: None,
        cookies: Vec::new(),
        body: String::new(),
    };
    let mut length = 0;
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse()?;
        } else if name.eq_ignore_ascii_case("location") {
            reply.location = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("set-cookie") {
            let pair = value.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without value")?;
            reply.cookies.push((name.to_owned(), value.to_owned()));
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            bail!("an answer in chunks: this client reads lengths only");
        }
    }
    Ok((reply, length))
}

/// A browser's cookies.
#[derive(Default)]
pub struct Jar(BTreeMap<String, String>);

impl Jar {
    pub fn keep(&mut self, reply: &mut Reply) {
        for (name, value) in reply.cookies.drain(..) {
            if value.is_empty() {
                self.0.remove(&name);
            } else {
                self.0.insert(name, value);
            }
        }
    }

    fn header(&self, into: &mut String) {
        for (at, (name, value)) in self.0.iter().enumerate() {
            into.push_str(if at == 0 { "Cookie: " } else { "; " });
            into.push_str(name);
            into.push('=');
            into.push_str(value);
        }
        if !self.0.is_empty() {
            into.push_str("\r\n");
        }
    }
}

/// Writes a GET out.
pub fn get(host: &str, path: &str, jar: &Jar) -> String {
    let mut text = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\n");
    jar.header(&mut text);
    text.push_str("\r\n");
    text
}

/// Writes a form of a page out, as a browser sends it.
pub fn page_form(host: &str, path: &str, jar: &Jar, form: &str) -> String {
    let mut text = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\n\
         Accept: text/html\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n",
        form.len()
    );
    jar.header(&mut text);
    text.push_str("\r\n");
    text.push_str(form);
    text
}

/// Writes an app's form out.
pub fn app_form(host: &str, path: &str, basic: &str, form: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {basic}\r\nAccept: application/json\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    )
}
