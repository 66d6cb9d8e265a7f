//! The real [`Transport`]: HTTP/1.1 over TLS, and plain only to this machine.
//!
//! One client per [`Trust`], so that a connection which one trust opened is never lent to another. Proxies, redirects, cookies and
//! retries are all off: a request is one exchange with one server, or an error that says whether it may have had an effect.

mod events;
mod key;

use std::error::Error as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use rustls::{ClientConfig, RootCertStore};

use super::trust::is_loopback;
use crate::observer::lock;
use crate::ports::{EventStream, Transport, TransportError, Trust};

/// The largest answer that is read, as it travels. A packed page of 2,000 orders is below 1 MB.
const BODY_CAP: usize = 32 * 1024 * 1024;
/// Until the connection stands. The whole exchange is limited by whoever asks for it.
const CONNECT: Duration = Duration::from_secs(15);
/// Idle connections are closed before a mobile network's middle boxes forget them.
const IDLE: Duration = Duration::from_secs(25);
/// Finds out that the other side of an open stream is gone.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Pairings that one run of the app talks with; beyond that the oldest client is dropped.
const CLIENTS: usize = 4;

/// Talks with relays over the network.
#[derive(Default)]
pub struct HttpTransport {
    clients: Mutex<Vec<(Trust, reqwest::Client)>>,
}

impl HttpTransport {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn client(&self, trust: &Trust) -> Result<reqwest::Client, TransportError> {
        let mut clients = lock(&self.clients);
        if let Some((_, client)) = clients.iter().find(|(of, _)| of == trust) {
            return Ok(client.clone());
        }
        let client = build(trust)?;
        if clients.len() >= CLIENTS {
            clients.remove(0);
        }
        clients.push((trust.clone(), client.clone()));
        Ok(client)
    }

    async fn open(&self, trust: &Trust, request: http::Request<Bytes>) -> Result<reqwest::Response, TransportError> {
        let plain = request.uri().scheme_str() != Some("https");
        let here = request.uri().host().is_some_and(is_loopback);
        // A plain connection proves no key, so it never serves a trust that names one.
        if plain && !(here && *trust == Trust::PublicRoots) {
            return Err(TransportError::Untrusted);
        }
        let client = self.client(trust)?;
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError::NotConnected)?;
        client.execute(request).await.map_err(|error| sort(&error))
    }
}

impl std::fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpTransport")
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(
        &self,
        trust: &Trust,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut response = self.open(trust, request).await?;
        let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if told > BODY_CAP {
            return Err(TransportError::TooLarge);
        }
        let mut body = BytesMut::with_capacity(told);
        while let Some(chunk) = response.chunk().await.map_err(|_| TransportError::Lost)? {
            if body.len().saturating_add(chunk.len()) > BODY_CAP {
                return Err(TransportError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::new(body.freeze());
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole)
    }

    async fn listen(
        &self,
        trust: &Trust,
        request: http::Request<Bytes>,
    ) -> Result<Box<dyn EventStream>, TransportError> {
        let response = self.open(trust, request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(TransportError::Lost);
        }
        Ok(Box::new(events::Events::new(response)))
    }
}

fn build(trust: &Trust) -> Result<reqwest::Client, TransportError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| TransportError::NotConnected)?;
    let config = match trust {
        Trust::PairedKey(hash) => {
            let verifier = key::PairedKey::new(hash, &provider).ok_or(TransportError::Untrusted)?;
            config.dangerous().with_custom_certificate_verifier(Arc::new(verifier))
        }
        Trust::PublicRoots => {
            let mut roots = RootCertStore::empty();
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
            config.with_root_certificates(roots)
        }
    };
    reqwest::Client::builder()
        .tls_backend_preconfigured(config.with_no_client_auth())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(KEEPALIVE)
        .build()
        .map_err(|_| TransportError::NotConnected)
}

/// What an error of the client says about the effect.
fn sort(error: &reqwest::Error) -> TransportError {
    if !error.is_connect() {
        return if error.is_builder() { TransportError::NotConnected } else { TransportError::Lost };
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(tls) = inner.downcast_ref::<rustls::Error>() {
            let about_the_key =
                matches!(tls, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented);
            return if about_the_key { TransportError::Untrusted } else { TransportError::NotConnected };
        }
        // An io::Error hides what it was made from unless asked for it.
        cause = match inner.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(held) => Some(held),
            None => inner.source(),
        };
    }
    TransportError::NotConnected
}

#[cfg(test)]
mod tests;
