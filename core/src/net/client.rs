//! [`Relay`]: one paired relay, as calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use shopkeeper_protocol::{
    Answer, CommandId, CommandStatus, Cursor, HEADER_BUILD, HEADER_FIRST_SENT_TO, HEADER_PROTOCOL, Hello, PairAnswer,
    PairRequest, Refusal, Refused, Side, SweepAnswer, VERSION, path,
};
use tokio::sync::watch;

use super::{Lines, NetError, Read, unpack};
use crate::observer::lock;
use crate::ports::{EventStream, Transport, TransportError, Trust};
use crate::sensitive::Sensitive;
use crate::time::{Corrected, Instant};

/// A small answer: the relay only looks into its store.
const SMALL: Duration = Duration::from_secs(20);
/// A feed page over a weak network.
const PAGE: Duration = Duration::from_secs(60);
/// A sweep: the relay talks with the platform meanwhile.
const SWEEP: Duration = Duration::from_secs(120);

/// Where a relay is and whom we trust there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Without a slash at its end.
    pub(crate) url: String,
    pub(crate) trust: Trust,
}

/// A page of a feed: its first line read, the rest to be stored line by line.
#[derive(Debug, Clone)]
pub(crate) struct FeedPage {
    /// Unpacked JSON lines.
    pub(crate) text: Bytes,
}

/// One relay. Cloning shares everything.
#[derive(Clone)]
pub(crate) struct Relay(Arc<Inner>);

struct Inner {
    transport: Arc<dyn Transport>,
    clock: Corrected,
    build: String,
    peer: Mutex<Peer>,
    token: Mutex<Option<Sensitive<String>>>,
    /// Counts moves: whoever waits for an answer of the relay's old address waits no longer.
    moves: watch::Sender<u64>,
    hello: watch::Sender<Option<Arc<Hello>>>,
    /// No connection was lost since the last hello, so it still tells the relay's incarnation.
    hello_is_fresh: Mutex<bool>,
}

impl Relay {
    pub(crate) fn new(
        transport: Arc<dyn Transport>,
        clock: Corrected,
        build: String,
        peer: Peer,
        token: Option<Sensitive<String>>,
    ) -> Self {
        Self(Arc::new(Inner {
            transport,
            clock,
            build,
            peer: Mutex::new(peer),
            token: Mutex::new(token),
            moves: watch::Sender::new(0),
            hello: watch::Sender::new(None),
            hello_is_fresh: Mutex::new(false),
        }))
    }

    /// What the relay said of itself last, in this run; wakes its receivers with every answer that says something else.
    pub(crate) fn hello(&self) -> watch::Receiver<Option<Arc<Hello>>> {
        self.0.hello.subscribe()
    }

    pub(crate) fn last_hello(&self) -> Option<Arc<Hello>> {
        self.0.hello.borrow().clone()
    }

    /// The connection is gone: who answers next may be another life of the relay.
    pub(crate) fn forget_freshness(&self) {
        *lock(&self.0.hello_is_fresh) = false;
    }

    /// A new pairing of the same shop. Answers that are still awaited are given up, since nobody may be there any more to send them.
    pub(crate) fn moved(&self, peer: Peer, token: Sensitive<String>) {
        *lock(&self.0.peer) = peer;
        *lock(&self.0.token) = Some(token);
        self.forget_freshness();
        self.0.moves.send_modify(|moves| *moves += 1);
    }

    /// A hello not older than the connection.
    pub(crate) async fn fresh_hello(&self) -> Result<Arc<Hello>, NetError> {
        let fresh = *lock(&self.0.hello_is_fresh);
        match self.last_hello().filter(|_| fresh) {
            Some(hello) => Ok(hello),
            None => self.say_hello().await,
        }
    }

    /// Asks for a hello and nothing else.
    pub(crate) async fn say_hello(&self) -> Result<Arc<Hello>, NetError> {
        let request = self.request(Method::GET, path::HELLO)?;
        let (hello, _): (_, serde::de::IgnoredAny) = self.ask(request, SMALL).await?;
        Ok(hello)
    }

    /// Hands a code over. The only request without a token.
    pub(crate) async fn pair(&self, body: &PairRequest) -> Result<(Arc<Hello>, PairAnswer), NetError> {
        let bytes = serde_json::to_vec(body).map_err(|_| NetError::Unreadable("the pairing request".to_owned()))?;
        let request = self.bare(Method::POST, path::PAIR)?;
        self.ask(with_json(request, bytes.into()), SMALL).await
    }

    /// A page of the first sync.
    pub(crate) async fn first(&self, from: Option<&str>, limit: usize) -> Result<FeedPage, NetError> {
        let from = from.map(|from| format!("&from={}", escape(from))).unwrap_or_default();
        self.feed(&format!("{}?limit={limit}{from}", path::FIRST)).await
    }

    /// A page of changes.
    pub(crate) async fn changes(&self, after: &Cursor, limit: usize) -> Result<FeedPage, NetError> {
        let incarnation = escape(after.incarnation.as_str());
        self.feed(&format!("{}?incarnation={incarnation}&seq={}&limit={limit}", path::CHANGES, after.seq)).await
    }

    /// Asks the relay to compare itself with the platform now.
    pub(crate) async fn sweep(&self) -> Result<SweepAnswer, NetError> {
        let request = self.request(Method::POST, path::SWEEP)?;
        Ok(self.ask(request, SWEEP).await?.1)
    }

    /// Hands a command over: `body` are the bytes made at the tap.
    pub(crate) async fn command(
        &self,
        body: &str,
        first_sent_to: &str,
    ) -> Result<(Arc<Hello>, CommandStatus), NetError> {
        let mut request = self.request(Method::POST, path::COMMANDS)?;
        request.headers_mut().insert(HEADER_FIRST_SENT_TO, header(first_sent_to)?);
        self.ask(with_json(request, Bytes::copy_from_slice(body.as_bytes())), SMALL).await
    }

    /// What became of a command.
    pub(crate) async fn command_status(&self, id: &CommandId) -> Result<(Arc<Hello>, CommandStatus), NetError> {
        let request = self.request(Method::GET, &path::COMMAND.replace("{id}", id.as_str()))?;
        self.ask(request, SMALL).await
    }

    /// Opens the stream of hints.
    pub(crate) async fn hints(&self) -> Result<Box<dyn EventStream>, NetError> {
        let mut request = self.request(Method::GET, path::HINTS)?;
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        let trust = lock(&self.0.peer).trust.clone();
        Ok(self.awaited(self.0.transport.listen(&trust, request), SMALL).await?)
    }

    async fn feed(&self, path_and_query: &str) -> Result<FeedPage, NetError> {
        let mut request = self.request(Method::GET, path_and_query)?;
        request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        let sent = self.0.clock.phone();
        let response = self.send(request, PAGE).await?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(&response, sent));
        }
        let text = unpack(response.body())?;
        match Lines::from(&text, 0).next() {
            Some(Read::Hello(hello)) => {
                self.take(hello, sent)?;
                Ok(FeedPage { text })
            }
            _ => Err(NetError::Unreadable("a feed that does not begin with hello".to_owned())),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        request: Request<Bytes>,
        limit: Duration,
    ) -> Result<(Arc<Hello>, T), NetError> {
        let sent = self.0.clock.phone();
        let response = self.send(request, limit).await?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(&response, sent));
        }
        let answer: Answer<T> =
            serde_json::from_slice(response.body()).map_err(|error| unreadable(&response, &error))?;
        Ok((self.take(answer.hello, sent)?, answer.body))
    }

    async fn send(&self, request: Request<Bytes>, limit: Duration) -> Result<Response<Bytes>, NetError> {
        let trust = lock(&self.0.peer).trust.clone();
        let answer = self.awaited(self.0.transport.send(&trust, request), limit).await;
        answer.map_err(|error| {
            self.forget_freshness();
            error.into()
        })
    }

    /// An answer, unless it takes too long or the relay moves meanwhile.
    async fn awaited<T>(
        &self,
        answer: impl Future<Output = Result<T, TransportError>>,
        limit: Duration,
    ) -> Result<T, TransportError> {
        let mut moves = self.0.moves.subscribe();
        tokio::select! {
            biased;
            answer = answer => answer,
            // The sender is ours, so this ends with a move and nothing else.
            _ = moves.changed() => Err(TransportError::Lost),
            () = tokio::time::sleep(limit) => Err(TransportError::Lost),
        }
    }

    fn refusal(&self, response: &Response<Bytes>, sent: Instant) -> NetError {
        match serde_json::from_slice::<Refused>(response.body()) {
            Ok(refused) => match self.take(refused.hello, sent) {
                Ok(_) => NetError::Refused(refused.refusal),
                Err(upgrade) => upgrade,
            },
            Err(error) => unreadable(response, &error),
        }
    }

    /// Takes an answer's hello.
    ///
    /// # Errors
    /// [`Refusal::UpgradeNeeded`] if the relay does not speak this build's major: whatever else it said means nothing.
    fn take(&self, hello: Hello, sent: Instant) -> Result<Arc<Hello>, NetError> {
        self.0.clock.correct(Instant::from_ms(hello.server_time), sent);
        if !hello.speaks.speaks(VERSION) {
            let side = if hello.speaks.min.major > VERSION.major { Side::Phone } else { Side::Relay };
            return Err(NetError::Refused(Refusal::UpgradeNeeded { side }));
        }
        let hello = Arc::new(hello);
        *lock(&self.0.hello_is_fresh) = true;
        self.0.hello.send_if_modified(|last| {
            let news = last.as_ref().is_none_or(|last| !same_but_for_the_time(last, &hello));
            *last = Some(Arc::clone(&hello));
            news
        });
        Ok(hello)
    }

    fn request(&self, method: Method, path_and_query: &str) -> Result<Request<Bytes>, NetError> {
        let mut request = self.bare(method, path_and_query)?;
        let token = lock(&self.0.token).clone().ok_or(NetError::NoToken)?;
        let mut bearer = header(&format!("Bearer {}", token.expose()))?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        Ok(request)
    }

    fn bare(&self, method: Method, path_and_query: &str) -> Result<Request<Bytes>, NetError> {
        let url = format!("{}{path_and_query}", lock(&self.0.peer).url);
        Request::builder()
            .method(method)
            .uri(url)
            .header(HEADER_PROTOCOL, VERSION.to_string())
            .header(HEADER_BUILD, header(&self.0.build)?)
            .body(Bytes::new())
            .map_err(|_| NetError::Unreadable("the relay's address".to_owned()))
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("peer", &*lock(&self.0.peer)).finish_non_exhaustive()
    }
}

/// Two hellos that differ in the clock only are no news.
fn same_but_for_the_time(a: &Hello, b: &Hello) -> bool {
    a.incarnation == b.incarnation
        && a.held == b.held
        && a.role == b.role
        && a.shop == b.shop
        && a.capabilities == b.capabilities
        && a.speaks == b.speaks
}

fn with_json(mut request: Request<Bytes>, body: Bytes) -> Request<Bytes> {
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *request.body_mut() = body;
    request
}

fn header(text: &str) -> Result<HeaderValue, NetError> {
    HeaderValue::from_str(text).map_err(|_| NetError::Unreadable("a header that cannot travel".to_owned()))
}

/// Says what came instead of the protocol: enough for a log, nothing of the content.
fn unreadable(response: &Response<Bytes>, error: &serde_json::Error) -> NetError {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no type");
    let kind: String = kind.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
    NetError::Unreadable(format!(
        "status {}, {kind}, {} bytes, {:?} at line {} column {}",
        response.status().as_u16(),
        response.body().len(),
        error.classify(),
        error.line(),
        error.column()
    ))
}

/// Percent-encodes everything but the characters that never mean anything in a query.
fn escape(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_continuation_travels_whole() {
        assert_eq!(super::escape("a1:2|店&x=%"), "a1%3A2%7C%E5%BA%97%26x%3D%25");
    }
}
