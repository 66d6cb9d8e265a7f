//! Serving over TCP, with the relay's own key or without.
//!
//! Plain HTTP is for loopback, or behind a proxy that ends TLS: a device token must never cross a network in the clear.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

use crate::relay::{Relay, RelayError};

/// Connections at the same time; one more waits in the system's queue.
const CONNECTIONS: usize = 512;
const HANDSHAKE: Duration = Duration::from_secs(10);
const HEADERS: Duration = Duration::from_secs(20);
/// After this, connections that still answer are cut.
const GRACE: Duration = Duration::from_secs(10);
/// After a failed accept (no file descriptors left, mostly): it would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// A relay that answers at an address. Dropping it is a crash: nothing is finished.
#[derive(Debug)]
pub struct RunningRelay {
    /// Where it answers; of a bind to port 0 the port that the system chose.
    pub addr: SocketAddr,
    relay: Relay,
    closing: watch::Sender<bool>,
    server: JoinHandle<()>,
    abort: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl RunningRelay {
    #[must_use]
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Takes no new connections, ends the streams of hints, lets answers under way finish, then ends the relay.
    pub async fn shutdown(self) {
        self.closing.send_replace(true);
        // Streams of hints end with the relay; the answers under way are waited for after that.
        self.relay.shutdown().await;
        let _ = tokio::time::timeout(GRACE, self.server).await;
        drop(self.abort);
    }
}

/// Serves a relay, and starts its tasks. With `bind` on port 0 the system chooses the port.
///
/// # Errors
/// If the address cannot be bound, or would carry plain HTTP over a network.
pub async fn serve(relay: Relay, bind: SocketAddr) -> Result<RunningRelay, RelayError> {
    let tls = relay.tls().map(TlsAcceptor::from);
    if tls.is_none() && !bind.ip().is_loopback() && !relay.is_behind_proxy() {
        return Err(RelayError::PlainHttp { bind });
    }
    let refused = |source| RelayError::Bind { bind, source };
    let listener = TcpListener::bind(bind).await.map_err(refused)?;
    let addr = listener.local_addr().map_err(refused)?;
    relay.start();
    let (closing, closes) = watch::channel(false);
    let server = tokio::spawn(accept(listener, tls, relay.router(), closes));
    let abort = AbortOnDrop(server.abort_handle());
    tracing::info!(%addr, "serving");
    Ok(RunningRelay { addr, relay, closing, server, abort })
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router, mut closes: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    // Owned here, so that whoever ends this task ends them all.
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            biased;
            _ = closes.changed() => break,
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await.ok()?;
                Some((listener.accept().await, permit))
            } => accepted,
        };
        match accepted {
            Some((Ok((stream, _)), permit)) => {
                let (tls, router, closes) = (tls.clone(), router.clone(), closes.clone());
                connections.spawn(async move {
                    let _permit = permit;
                    connection(stream, tls, router, closes).await;
                });
            }
            Some((Err(error), _)) => {
                tracing::warn!(%error, "accepting a connection failed");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            None => break,
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router, closes: watch::Receiver<bool>) {
    // Answers are written whole; waiting to fill packets would only delay hints.
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else {
        return speak(stream, router, closes).await;
    };
    match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => speak(stream, router, closes).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS came about"),
        Err(_) => tracing::debug!("no TLS came about in time"),
    }
}

async fn speak<S>(stream: S, router: Router, mut closes: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router);
    let mut http = http1::Builder::new();
    let serving = http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    let serving = serving.serve_connection(TokioIo::new(stream), service);
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        biased;
        _ = closes.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
        ended = serving.as_mut() => ended,
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

#[cfg(test)]
mod tests;
