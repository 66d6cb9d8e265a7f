//! The envelope of every answer: HTTP 200 and `errcode`, whatever happened.

use axum::body::Body;
use axum::response::Response;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::faults::ReplyLost;
use crate::world::Refusal;

/// An answer with `errcode` 0 and these fields.
pub(super) fn success(fields: Value) -> Value {
    let mut answer = json!({ "errcode": 0, "errmsg": "ok" });
    if let (Some(answer), Value::Object(fields)) = (answer.as_object_mut(), fields) {
        answer.extend(fields);
    }
    answer
}

/// A refusal. `rid` is the trace id that the platform appends.
pub(super) fn refusal(refusal: &Refusal, rid: &str) -> Value {
    json!({ "errcode": refusal.code, "errmsg": format!("{} rid: {rid}", refusal.reason) })
}

pub(super) fn json_response(status: StatusCode, body: &Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; encoding=utf-8"));
    response
}

/// A picture, the one kind of answer that is not JSON.
pub(super) fn picture(bytes: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("image/png"));
    response
}

/// A gateway's page: neither JSON nor 200.
pub(super) fn server_error(status: StatusCode) -> Response {
    let mut response = Response::new(Body::from(format!("<html><body><h1>{status}</h1></body></html>")));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

/// An answer that says nothing at all, as if all were well.
pub(super) fn empty() -> Response {
    Response::new(Body::empty())
}

/// An answer that does not arrive: its body fails before the first byte, which closes the connection.
pub(super) fn lost(marker: ReplyLost) -> Response {
    let broken = stream::once(async { Err::<bytes::Bytes, _>(std::io::Error::other("the reply was lost on purpose")) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(marker);
    response
}
