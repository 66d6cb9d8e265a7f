//! [`Airplane`]: a network that can be switched off, and that can lose an answer on request.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use shopkeeper_core::ports::{Connectivity, EventStream, Link, Transport, TransportError, Trust};
use shopkeeper_protocol::path;
use tokio::sync::watch;

/// A [`Transport`] behind a switch, and the [`Connectivity`] that the switch makes.
pub struct Airplane {
    inner: Arc<dyn Transport>,
    link: watch::Sender<Link>,
    lose_next: AtomicBool,
    lost: AtomicU64,
}

impl Airplane {
    /// Switched off: everything goes through to `inner`.
    #[must_use]
    pub fn around(inner: Arc<dyn Transport>) -> Self {
        Self {
            inner,
            link: watch::Sender::new(Link::Online),
            lose_next: AtomicBool::new(false),
            lost: AtomicU64::new(0),
        }
    }

    /// Airplane mode on or off. On, nothing is sent, answers on their way are lost and open streams break.
    pub fn set(&self, on: bool) {
        self.link.send_replace(if on { Link::Offline } else { Link::Online });
    }

    #[must_use]
    pub fn is_on(&self) -> bool {
        *self.link.borrow() == Link::Offline
    }

    /// The link and its changes.
    #[must_use]
    pub fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    /// The relay takes the next command that is handed over, and its answer never arrives. Other requests are left alone: losing
    /// one of those costs a repetition and proves nothing.
    pub fn lose_next_reply(&self) {
        self.lose_next.store(true, Ordering::Release);
    }

    /// Answers lost on request so far.
    #[must_use]
    pub fn replies_lost(&self) -> u64 {
        self.lost.load(Ordering::Acquire)
    }

    /// Whether the answer to this request is the one to be lost.
    fn loses(&self, request: &http::Request<Bytes>) -> bool {
        request.method() == http::Method::POST
            && request.uri().path().ends_with(path::COMMANDS)
            && self.lose_next.swap(false, Ordering::AcqRel)
    }
}

impl std::fmt::Debug for Airplane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Airplane").field("on", &self.is_on()).finish_non_exhaustive()
    }
}

impl Connectivity for Airplane {
    fn watch(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }
}

#[async_trait]
impl Transport for Airplane {
    async fn send(
        &self,
        trust: &Trust,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, TransportError> {
        let mut link = self.link.subscribe();
        if self.is_on() {
            return Err(TransportError::NotConnected);
        }
        let loses = self.loses(&request);
        let answer = tokio::select! {
            biased;
            () = until_off(&mut link) => Err(TransportError::Lost),
            answer = self.inner.send(trust, request) => answer,
        }?;
        if loses {
            self.lost.fetch_add(1, Ordering::AcqRel);
            return Err(TransportError::Lost);
        }
        Ok(answer)
    }

    async fn listen(
        &self,
        trust: &Trust,
        request: http::Request<Bytes>,
    ) -> Result<Box<dyn EventStream>, TransportError> {
        let mut link = self.link.subscribe();
        if self.is_on() {
            return Err(TransportError::NotConnected);
        }
        let stream = tokio::select! {
            biased;
            () = until_off(&mut link) => Err(TransportError::Lost),
            stream = self.inner.listen(trust, request) => stream,
        }?;
        Ok(Box::new(Cut { stream: Some(stream), link }))
    }
}

/// Returns when airplane mode is on.
async fn until_off(link: &mut watch::Receiver<Link>) {
    if link.wait_for(|link| *link == Link::Offline).await.is_err() {
        // The switch is gone, and nobody can turn it any more.
        std::future::pending::<()>().await;
    }
}

/// A stream that breaks when airplane mode comes, for good: nothing connects it again.
struct Cut {
    stream: Option<Box<dyn EventStream>>,
    link: watch::Receiver<Link>,
}

#[async_trait]
impl EventStream for Cut {
    async fn next(&mut self) -> Option<Result<String, TransportError>> {
        let stream = self.stream.as_mut()?;
        tokio::select! {
            biased;
            () = until_off(&mut self.link) => {
                self.stream = None;
                Some(Err(TransportError::NotConnected))
            }
            event = stream.next() => event,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Notify;

    use super::*;

    /// Answers when it is let, and counts what arrived.
    #[derive(Default)]
    struct Far {
        arrived: AtomicU64,
        answers: Notify,
    }

    #[async_trait]
    impl Transport for Far {
        async fn send(&self, _: &Trust, _: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
            self.arrived.fetch_add(1, Ordering::AcqRel);
            self.answers.notified().await;
            Ok(http::Response::new(Bytes::from_static(b"{}")))
        }

        async fn listen(&self, _: &Trust, _: http::Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
            Ok(Box::new(Silent))
        }
    }

    struct Silent;

    #[async_trait]
    impl EventStream for Silent {
        async fn next(&mut self) -> Option<Result<String, TransportError>> {
            std::future::pending().await
        }
    }

    fn asks(method: http::Method, path: &str) -> http::Request<Bytes> {
        let url = format!("http://127.0.0.1:1{path}");
        http::Request::builder().method(method).uri(url).body(Bytes::new()).unwrap()
    }

    fn network() -> (Arc<Far>, Arc<Airplane>) {
        let far = Arc::new(Far::default());
        (Arc::clone(&far), Arc::new(Airplane::around(far)))
    }

    #[tokio::test]
    async fn switched_on_nothing_leaves_and_what_was_under_way_loses_its_answer() {
        let (far, airplane) = network();
        let flying = Arc::clone(&airplane);
        let under_way =
            tokio::spawn(async move { flying.send(&Trust::PublicRoots, asks(http::Method::GET, path::HELLO)).await });
        let mut stream = airplane.listen(&Trust::PublicRoots, asks(http::Method::GET, path::HINTS)).await.unwrap();
        let broken = tokio::spawn(async move { [stream.next().await, stream.next().await] });
        while far.arrived.load(Ordering::Acquire) == 0 {
            tokio::task::yield_now().await;
        }
        airplane.set(true);
        assert_eq!(under_way.await.unwrap().map(drop), Err(TransportError::Lost));
        assert_eq!(broken.await.unwrap(), [Some(Err(TransportError::NotConnected)), None]);

        let refused = airplane.send(&Trust::PublicRoots, asks(http::Method::GET, path::HELLO)).await;
        assert_eq!(refused.map(drop), Err(TransportError::NotConnected));
        let refused = airplane.listen(&Trust::PublicRoots, asks(http::Method::GET, path::HINTS)).await;
        assert_eq!(refused.map(drop), Err(TransportError::NotConnected));
        assert_eq!(far.arrived.load(Ordering::Acquire), 1, "nothing more arrived");

        airplane.set(false);
        far.answers.notify_one();
        airplane.send(&Trust::PublicRoots, asks(http::Method::GET, path::HELLO)).await.unwrap();
    }

    #[tokio::test]
    async fn a_reply_is_lost_after_the_command_arrived_once_and_no_other_request_pays_for_it() {
        let (far, airplane) = network();
        airplane.lose_next_reply();
        far.answers.notify_one();
        airplane.send(&Trust::PublicRoots, asks(http::Method::GET, path::HELLO)).await.unwrap();
        assert_eq!(airplane.replies_lost(), 0);
        far.answers.notify_one();
        let lost = airplane.send(&Trust::PublicRoots, asks(http::Method::POST, path::COMMANDS)).await;
        assert_eq!(lost.map(drop), Err(TransportError::Lost));
        assert_eq!((far.arrived.load(Ordering::Acquire), airplane.replies_lost()), (2, 1));
        far.answers.notify_one();
        airplane.send(&Trust::PublicRoots, asks(http::Method::POST, path::COMMANDS)).await.unwrap();
    }
}
