//! A phone's way to the network, with a hand on it: the real transport, which a test can cut, and which can lose a reply.
//!
//! What is lost is really lost: a reply lost *after* its effect has been to the relay and back before it is dropped, one lost *before* never
//! left. The phone is told the same in both cases, which is the point.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use shopkeeper_core::net::http::HttpTransport;
use shopkeeper_core::ports::{Connectivity, EventStream, Link, Transport, TransportError, Trust};
use tokio::sync::watch;

/// Which half of an exchange is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lose {
    /// The request: nothing happens at the other end.
    Request,
    /// The reply: everything happened.
    Reply,
    /// The reply, and the link with it: the phone cannot ask what became of its request.
    ReplyAndLink,
}

/// One phone's connection.
pub(crate) struct Wire {
    real: HttpTransport,
    link: watch::Sender<Link>,
    /// What is still to be lost: the beginning of a path, and which half.
    to_lose: Mutex<Vec<(String, Lose)>>,
    /// Exchanges whose path begins so take this much longer.
    slow: Mutex<Option<(String, Duration)>>,
    /// Paths of the requests that left, in order.
    sent: Mutex<Vec<String>>,
    /// Events that came over streams of hints.
    hints: Arc<AtomicUsize>,
}

impl Wire {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            real: HttpTransport::new(),
            link: watch::Sender::new(Link::Online),
            to_lose: Mutex::default(),
            slow: Mutex::default(),
            sent: Mutex::default(),
            hints: Arc::default(),
        })
    }

    /// Cuts the link and tells the phone, as its system would.
    pub(crate) fn cut(&self) {
        self.link.send_replace(Link::Offline);
    }

    pub(crate) fn join(&self) {
        self.link.send_replace(Link::Online);
    }

    /// The next exchange whose path begins so loses this half.
    pub(crate) fn lose_next(&self, path: &str, half: Lose) {
        lock(&self.to_lose).push((path.to_owned(), half));
    }

    /// From now on exchanges whose path begins so take this much longer, so that a way is long on any machine.
    pub(crate) fn slow_down(&self, path: &str, by: Duration) {
        *lock(&self.slow) = Some((path.to_owned(), by));
    }

    fn slowness(&self, path: &str) -> Option<Duration> {
        lock(&self.slow).as_ref().filter(|(scope, _)| path.starts_with(scope)).map(|(_, by)| *by)
    }

    /// How many losses have not happened yet.
    pub(crate) fn still_to_lose(&self) -> usize {
        lock(&self.to_lose).len()
    }

    /// How many requests to paths that begin so have left.
    pub(crate) fn sent_to(&self, path: &str) -> usize {
        lock(&self.sent).iter().filter(|sent| sent.starts_with(path)).count()
    }

    /// Paths of all requests that left, in order, over all lives of the phone.
    pub(crate) fn sent(&self) -> Vec<String> {
        lock(&self.sent).clone()
    }

    /// How many hints have come.
    pub(crate) fn hints(&self) -> usize {
        self.hints.load(Ordering::Relaxed)
    }

    fn is_cut(&self) -> bool {
        *self.link.borrow() == Link::Offline
    }

    fn strike(&self, path: &str) -> Option<Lose> {
        let mut to_lose = lock(&self.to_lose);
        let at = to_lose.iter().position(|(scope, _)| path.starts_with(scope))?;
        Some(to_lose.remove(at).1)
    }

    /// Gives up an exchange when the link is cut under it.
    async fn while_joined<T>(
        &self,
        work: impl Future<Output = Result<T, TransportError>>,
    ) -> Result<T, TransportError> {
        let mut link = self.link.subscribe();
        tokio::select! {
            biased;
            _ = link.wait_for(|link| *link == Link::Offline) => Err(TransportError::Lost),
            done = work => done,
        }
    }
}

#[async_trait]
impl Transport for Wire {
    async fn send(&self, trust: &Trust, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if self.is_cut() {
            return Err(TransportError::NotConnected);
        }
        let path = request.uri().path().to_owned();
        let loss = self.strike(&path);
        if loss == Some(Lose::Request) {
            return Err(TransportError::Lost);
        }
        let slowness = self.slowness(&path);
        lock(&self.sent).push(path);
        if let Some(by) = slowness {
            tokio::time::sleep(by).await;
        }
        let reply = self.while_joined(self.real.send(trust, request)).await?;
        match loss {
            None | Some(Lose::Request) => Ok(reply),
            Some(Lose::Reply) => Err(TransportError::Lost),
            Some(Lose::ReplyAndLink) => {
                self.cut();
                Err(TransportError::Lost)
            }
        }
    }

    async fn listen(&self, trust: &Trust, request: Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        if self.is_cut() {
            return Err(TransportError::NotConnected);
        }
        let events = self.while_joined(self.real.listen(trust, request)).await?;
        Ok(Box::new(Events { events, link: self.link.subscribe(), hints: Arc::clone(&self.hints) }))
    }
}

impl Connectivity for Wire {
    fn watch(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }
}

/// A stream of hints that breaks when the link is cut.
struct Events {
    events: Box<dyn EventStream>,
    link: watch::Receiver<Link>,
    hints: Arc<AtomicUsize>,
}

#[async_trait]
impl EventStream for Events {
    async fn next(&mut self) -> Option<Result<String, TransportError>> {
        let event = tokio::select! {
            biased;
            _ = self.link.wait_for(|link| *link == Link::Offline) => return Some(Err(TransportError::Lost)),
            event = self.events.next() => event,
        };
        if let Some(Ok(_)) = event {
            self.hints.fetch_add(1, Ordering::Relaxed);
        }
        event
    }
}

/// What is locked is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
