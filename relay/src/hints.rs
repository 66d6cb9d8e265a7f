//! Hints: a stream of server-sent events that says "there is something to pull".
//!
//! A hint carries no content, and losing one loses nothing: the phone pulls by its cursor. The stream ends when the relay does, when the
//! device is revoked, or when the phone goes.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use shopkeeper_protocol::Hint;
use tokio::sync::watch;

use crate::api::{Api, Caller};
use crate::store::HeadWatch;

/// A comment keeps the line open through address translators that forget a silent one.
const KEEP_ALIVE: Duration = Duration::from_secs(25);

struct Listener {
    api: Api,
    token_hash: Vec<u8>,
    heads: HeadWatch,
    alive: watch::Receiver<()>,
    begun: bool,
}

/// `GET /v1/hints`. The first hint comes at once.
pub(crate) async fn hints(State(api): State<Api>, caller: Caller) -> Response {
    let listener = Listener {
        heads: api.store.heads(),
        alive: api.alive.clone(),
        token_hash: caller.token_hash,
        api,
        begun: false,
    };
    let events = futures_util::stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, std::convert::Infallible>(event), listener))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return self.hint();
        }
        let moved = tokio::select! {
            biased;
            // Nothing is ever sent on it: it only closes.
            _ = self.alive.changed() => return None,
            () = self.heads.risen() => true,
            () = tokio::time::sleep(KEEP_ALIVE) => false,
        };
        let asked = self.token_hash.clone();
        let known = self.api.store.read(move |reader| reader.device_by_token(&asked)).await;
        if !known.is_ok_and(|known| known.is_some()) {
            return None;
        }
        if moved { self.hint() } else { Some(Bytes::from_static(b":\n\n")) }
    }

    fn hint(&mut self) -> Option<Bytes> {
        let head = self.heads.take();
        let hint = Hint { incarnation: self.api.store.incarnation(), head };
        let json = serde_json::to_string(&hint).ok()?;
        Some(Bytes::from(format!("data: {json}\n\n")))
    }
}
