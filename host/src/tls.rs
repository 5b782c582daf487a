//! TLS for the demo: a self-signed certificate for loopback names, kept so that it is accepted
//! once. In production a proxy ends TLS.

use kernel::Secret;
use rcgen::{CertificateParams, DnType, KeyPair, SanType};
use rustls::{
    ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs, io,
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Ends TLS on accepted connections: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
#[derive(Clone)]
pub struct Acceptor(TlsAcceptor);

impl Acceptor {
    /// From a certificate chain and its key.
    ///
    /// # Errors
    /// The key does not belong to the certificate, or either is not well-formed.
    pub fn new(chain_pem: &str, key_pem: &Secret<String>) -> io::Result<Self> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(chain_pem.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(io::Error::other)?;
        let key =
            PrivateKeyDer::from_pem_slice(key_pem.expose().as_bytes()).map_err(io::Error::other)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(io::Error::other)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    /// The handshake of one connection.
    ///
    /// # Errors
    /// The client does not agree.
    pub async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.0.accept(stream).await
    }
}

/// The demo's certificate in `folder`, made at the first call; gives its path too.
///
/// # Errors
/// The folder cannot be written, or what lies there is not a certificate with its key.
pub fn loopback(folder: &Path) -> io::Result<(Acceptor, PathBuf)> {
    let (chain, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    if !chain.exists() || !key.exists() {
        fs::create_dir_all(folder)?;
        make(&chain, &key)?;
    }
    let key_pem = Secret::new(fs::read_to_string(&key)?);
    Ok((
        Acceptor::new(&fs::read_to_string(&chain)?, &key_pem)?,
        chain,
    ))
}

fn make(chain: &Path, key: &Path) -> io::Result<()> {
    let names = [
        "localhost",
        "*.localhost",
        "wallet.localhost",
        "listen.localhost",
        "coop.localhost",
        "staff.localhost",
    ];
    let names: Vec<String> = names.map(str::to_owned).into();
    let mut params = CertificateParams::new(names).map_err(io::Error::other)?;
    let loopback = [
        IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST),
    ];
    params
        .subject_alt_names
        .extend(loopback.map(SanType::IpAddress));
    params
        .distinguished_name
        .push(DnType::CommonName, "Resonate demo on this machine");
    let pair = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = params.self_signed(&pair).map_err(io::Error::other)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(key)?
        .write_all(Secret::new(pair.serialize_pem()).expose().as_bytes())?;
    fs::write(chain, certificate.pem())
}
