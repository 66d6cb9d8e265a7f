//! The network of a simulated world: in-process calls that can be slow, cut, or lose what they carry.
//!
//! A call passes four gates, each of which may end it: the link at departure (cut: nothing was sent), the way there (lost: no
//! effect), the server (crashed while it worked: the effect is whatever it had stored by then), the way back (lost: full effect).
//! The caller cannot tell the last three apart, which is the point.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use shopkeeper_core::ports::{EventStream, Transport, TransportError, Trust};
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::dice::{Dice, Trace};
use super::script::{Script, When};

/// After how long a caller gives an answer up.
const GIVES_UP: Duration = Duration::from_secs(10);

/// How a link behaves.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    pub cut: bool,
    /// Per mille of calls that never arrive.
    pub lose_there: u64,
    /// Per mille of answers that never return.
    pub lose_back: u64,
    /// Longest one-way delay in milliseconds.
    pub slow: u64,
    /// Longest delay, in milliseconds after the caller has given up, with which half of what never arrives arrives all the same.
    /// 0: never.
    pub late: u64,
}

impl Weather {
    pub const CLEAR: Self = Self { cut: false, lose_there: 0, lose_back: 0, slow: 5, late: 0 };
}

/// Why a call has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    NotConnected,
    Lost,
}

/// A server that can crash and come back; the router is what answers while it is up. Whoever waits for an answer is told of a crash
/// in the order in which they came.
#[derive(Debug, Clone)]
pub struct Server(Arc<Machine>);

#[derive(Debug)]
struct Machine {
    life: Mutex<Life>,
    crashed: Notify,
}

#[derive(Debug)]
struct Life {
    number: u64,
    router: Option<Router>,
}

impl Server {
    pub fn down() -> Self {
        Self(Arc::new(Machine { life: Mutex::new(Life { number: 0, router: None }), crashed: Notify::new() }))
    }

    pub fn up(&self, router: Router) {
        lock(&self.0.life).router = Some(router);
    }

    pub fn crash(&self) {
        let mut life = lock(&self.0.life);
        life.number += 1;
        life.router = None;
        self.0.crashed.notify_waiters();
    }

    /// What answers now, and the number of this life.
    fn now(&self) -> Option<(Router, u64)> {
        let life = lock(&self.0.life);
        life.router.clone().map(|router| (router, life.number))
    }

    /// Returns when this life is over.
    async fn crashed(&self, life: u64) {
        let mut told = pin!(self.0.crashed.notified());
        // Waits from here on, so that no crash is missed between the look and the wait.
        told.as_mut().enable();
        if lock(&self.0.life).number == life {
            told.await;
        }
    }
}

/// All links of a world. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Net {
    dice: Dice,
    trace: Trace,
    /// What is lost on purpose, beside what the weather loses.
    pub script: Script,
    links: Arc<Mutex<BTreeMap<String, watch::Sender<Weather>>>>,
    fuse: Arc<Mutex<Option<Fuse>>>,
    /// Requests that arrive although their callers have given up.
    late: Arc<Mutex<JoinSet<()>>>,
}

/// Gates that are still to be passed, and who is told then.
#[derive(Debug)]
struct Fuse {
    left: u64,
    end: oneshot::Sender<()>,
}

impl Net {
    pub fn new(dice: Dice, trace: Trace) -> Self {
        Self {
            dice,
            trace,
            script: Script::default(),
            links: Arc::default(),
            fuse: Arc::default(),
            late: Arc::default(),
        }
    }

    pub fn set(&self, link: &str, weather: Weather) {
        self.trace.note(format!("net {link} {weather:?}"));
        self.with(link, |sender| sender.send_replace(weather));
    }

    pub fn weather(&self, link: &str) -> Weather {
        self.with(link, |sender| *sender.borrow())
    }

    fn with<T>(&self, link: &str, act: impl FnOnce(&watch::Sender<Weather>) -> T) -> T {
        let mut links = lock(&self.links);
        act(links.entry(link.to_owned()).or_insert_with(|| watch::Sender::new(Weather::CLEAR)))
    }

    /// Tells when so many more gates have been passed, by whatever calls. Whoever passes the last one is held there for a moment, so
    /// that a crash finds the call in its middle.
    pub fn light_fuse(&self, gates: u64) -> oneshot::Receiver<()> {
        let (end, told) = oneshot::channel();
        *lock(&self.fuse) = Some(Fuse { left: gates, end });
        told
    }

    async fn gate(&self) {
        let burnt = {
            let mut fuse = lock(&self.fuse);
            match fuse.as_mut() {
                Some(burning) if burning.left > 0 => {
                    burning.left -= 1;
                    None
                }
                _ => fuse.take(),
            }
        };
        if burnt.is_some_and(|fuse| fuse.end.send(()).is_ok()) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn travel(&self, slow: u64) {
        tokio::time::sleep(Duration::from_millis(1 + self.dice.below(slow.max(1)))).await;
    }

    /// Carries one request to a server and its whole answer back.
    pub async fn call(
        &self,
        link: &str,
        server: &Server,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Failed> {
        let what = format!("{} {}", request.method(), request.uri().path());
        let outcome = self.carry(link, server, request).await;
        match &outcome {
            Ok(answer) => self.trace.note(format!("{link} {what} -> {} {}B", answer.status(), answer.body().len())),
            Err(failed) => self.trace.note(format!("{link} {what} -> {failed:?}")),
        }
        outcome
    }

    async fn carry(
        &self,
        link: &str,
        server: &Server,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<Bytes>, Failed> {
        let weather = self.weather(link);
        if weather.cut {
            return Err(Failed::NotConnected);
        }
        let path = request.uri().path().to_owned();
        self.gate().await;
        self.travel(weather.slow).await;
        if self.weather(link).cut || self.script.loses(link, &path, When::There) || self.dice.chance(weather.lose_there)
        {
            tokio::time::sleep(GIVES_UP).await;
            if weather.late > 0 && self.dice.chance(500) {
                self.arrive_late(weather.late, server, request);
            }
            return Err(Failed::Lost);
        }
        let Some((router, life)) = server.now() else { return Err(Failed::NotConnected) };
        self.gate().await;
        // A crash drops the handler at whatever await it stands.
        let answer = tokio::select! {
            biased;
            () = server.crashed(life) => Err(Failed::Lost),
            answer = answer(router, request) => answer,
        }?;
        self.gate().await;
        self.travel(weather.slow).await;
        if self.weather(link).cut || self.script.loses(link, &path, When::Back) || self.dice.chance(weather.lose_back) {
            tokio::time::sleep(GIVES_UP).await;
            return Err(Failed::Lost);
        }
        self.gate().await;
        Ok(answer)
    }

    /// The caller was told that nothing is known of its request; it comes to the server a moment later, and nobody hears the answer.
    fn arrive_late(&self, late: u64, server: &Server, request: http::Request<Bytes>) {
        let (wait, server, trace) = (Duration::from_millis(self.dice.below(late)), server.clone(), self.trace.clone());
        lock(&self.late).spawn(async move {
            tokio::time::sleep(wait).await;
            trace.note(format!("{} {} arrives late", request.method(), request.uri().path()));
            if let Some((router, _)) = server.now() {
                let _ = answer(router, request).await;
            }
        });
    }

    async fn open(&self, link: &str, server: &Server, request: http::Request<Bytes>) -> Result<Events, Failed> {
        if self.weather(link).cut {
            return Err(Failed::NotConnected);
        }
        self.travel(self.weather(link).slow).await;
        let Some((router, life)) = server.now() else { return Err(Failed::NotConnected) };
        let answer = tokio::select! {
            biased;
            () = server.crashed(life) => return Err(Failed::Lost),
            answer = router.oneshot(request.map(axum::body::Body::from)) => answer.unwrap_or_else(|never| match never {}),
        };
        if !answer.status().is_success() {
            return Err(Failed::Lost);
        }
        let chunks = StreamExt::boxed(answer.into_body().into_data_stream());
        let weather = self.with(link, watch::Sender::subscribe);
        Ok(Events { chunks, text: String::new(), server: server.clone(), life, weather })
    }
}

/// The whole answer of a server. A body that breaks off is an answer that was lost.
async fn answer(router: Router, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, Failed> {
    let answer = router.oneshot(request.map(axum::body::Body::from)).await.unwrap_or_else(|never| match never {});
    let (parts, body) = answer.into_parts();
    let body = body.collect().await.map_err(|_| Failed::Lost)?.to_bytes();
    Ok(http::Response::from_parts(parts, body))
}

/// What is locked is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An open hint stream; ends when the link is cut or the server crashes.
struct Events {
    chunks: futures_util::stream::BoxStream<'static, Result<Bytes, axum::Error>>,
    text: String,
    server: Server,
    life: u64,
    weather: watch::Receiver<Weather>,
}

#[async_trait]
impl EventStream for Events {
    async fn next(&mut self) -> Option<Result<String, TransportError>> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let event: String = self.text.drain(..end + 2).collect();
                let data: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data:")).collect();
                if !data.is_empty() {
                    return Some(Ok(data.join("\n").trim().to_owned()));
                }
                continue;
            }
            let cut = async {
                let _ = self.weather.wait_for(|weather| weather.cut).await;
            };
            let chunk = tokio::select! {
                biased;
                () = cut => return Some(Err(TransportError::Lost)),
                () = self.server.crashed(self.life) => return Some(Err(TransportError::Lost)),
                chunk = self.chunks.next() => chunk,
            };
            match chunk {
                Some(Ok(bytes)) => self.text.push_str(&String::from_utf8_lossy(&bytes)),
                Some(Err(_)) => return Some(Err(TransportError::Lost)),
                None => return None,
            }
        }
    }
}

/// A phone's way to the relay.
pub struct PhoneTransport {
    pub net: Net,
    pub link: String,
    pub relay: Server,
}

#[async_trait]
impl Transport for PhoneTransport {
    async fn send(&self, _: &Trust, request: http::Request<Bytes>) -> Result<http::Response<Bytes>, TransportError> {
        self.net.call(&self.link, &self.relay, request).await.map_err(Into::into)
    }

    async fn listen(&self, _: &Trust, request: http::Request<Bytes>) -> Result<Box<dyn EventStream>, TransportError> {
        let events = self.net.open(&self.link, &self.relay, request).await?;
        Ok(Box::new(events))
    }
}

impl From<Failed> for TransportError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::NotConnected => Self::NotConnected,
            Failed::Lost => Self::Lost,
        }
    }
}
