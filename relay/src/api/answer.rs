//! How answers and refusals look.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use shopkeeper_protocol::{Answer, Hello, Refusal, Refused};

use super::Api;
use crate::store::StoreError;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const LINES: HeaderValue = HeaderValue::from_static("application/x-ndjson");

/// A refusal with the hello that goes before it.
#[derive(Debug)]
pub(crate) struct No(Box<Refused>);

impl No {
    pub(crate) fn new(hello: &Hello, refusal: Refusal) -> Self {
        Self(Box::new(Refused { hello: hello.clone(), refusal }))
    }

    pub(super) fn bad_request(hello: &Hello, what: impl Into<String>) -> Self {
        Self::new(hello, Refusal::BadRequest { what: what.into() })
    }

    /// The relay's own fault: it is in the log, not in the answer.
    pub(crate) fn store(hello: &Hello, error: &StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        Self::new(hello, Refusal::Internal)
    }
}

impl IntoResponse for No {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        tracing::debug!(status = status.as_u16(), refusal = %self.0.refusal, "refused");
        json(status, &*self.0)
    }
}

/// A good answer.
pub(super) fn yes<T: Serialize>(hello: Hello, body: T) -> Response {
    json(StatusCode::OK, &Answer { hello, body })
}

/// A page of a feed, packed as [`Packing`] says.
pub(super) fn page(packing: Packing, bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, LINES);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if packing == Packing::Gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(bytes) = serde_json::to_vec(body) else {
        tracing::error!("an answer could not be written as JSON");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whatever address or method there is not.
pub(super) async fn unknown_path(State(api): State<Api>) -> No {
    No::new(&api.hello(), Refusal::UnknownPath)
}

/// How a feed travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
}

impl Packing {
    /// Gzip, if the client says it can take that.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let said = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let gzip = said.flat_map(|value| value.split(',')).any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        });
        if gzip { Self::Gzip } else { Self::Plain }
    }
}
