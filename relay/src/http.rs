//! The real [`PlatformHttp`]: one exchange with the platform over TLS, plain only to this machine.
//!
//! Proxies, redirects and retries are off: a request is one exchange, or an error that says whether it may have had an effect.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use rustls::{ClientConfig, RootCertStore};

use crate::ports::{PlatformHttp, PlatformHttpError};

/// The largest answer that is read; an order is a few kilobytes.
const BODY_CAP: usize = 4 * 1024 * 1024;
/// Until the connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// For the whole exchange.
const EXCHANGE: Duration = Duration::from_secs(30);
/// Shorter than what the platform's front keeps, so that a request seldom meets a closing connection.
const IDLE: Duration = Duration::from_secs(20);

/// Talks with the platform over the network.
pub struct HttpPlatform {
    client: reqwest::Client,
}

/// TLS cannot be set up on this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no HTTP client: {0}")]
pub struct NoHttp(String);

impl std::fmt::Debug for HttpPlatform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HttpPlatform")
    }
}

impl HttpPlatform {
    /// A client that trusts the public roots.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new() -> Result<Self, NoHttp> {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| NoHttp(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(EXCHANGE)
            .pool_idle_timeout(IDLE)
            .build()
            .map_err(|error| NoHttp(error.to_string()))?;
        Ok(Self { client })
    }
}

#[async_trait]
impl PlatformHttp for HttpPlatform {
    async fn call(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, PlatformHttpError> {
        let uri = request.uri();
        // The secret and the token travel in it.
        if uri.scheme_str() != Some("https") && !uri.host().is_some_and(is_this_machine) {
            return Err(PlatformHttpError::NotConnected);
        }
        let request = reqwest::Request::try_from(request).map_err(|_| PlatformHttpError::NotConnected)?;
        let mut response = self.client.execute(request).await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                PlatformHttpError::NotConnected
            } else {
                PlatformHttpError::Lost
            }
        })?;
        let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if told > BODY_CAP {
            return Err(PlatformHttpError::TooLarge);
        }
        let mut body = BytesMut::with_capacity(told);
        while let Some(chunk) = response.chunk().await.map_err(|_| PlatformHttpError::Lost)? {
            if body.len().saturating_add(chunk.len()) > BODY_CAP {
                return Err(PlatformHttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = http::Response::new(body.freeze());
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole)
    }
}

/// Whether a host is this machine, without asking a resolver: `localhost` is taken by its name.
pub(crate) fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
