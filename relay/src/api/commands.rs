use axum::body::Body;
use axum::extract::{Path, Request};
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use shopkeeper_protocol::{CommandId, HEADER_FIRST_SENT_TO, Hello};

use super::answer::{No, yes};
use super::feed::Fields;
use super::handshake::{Caller, Shared};
use crate::wanted::WantedBody;

/// Largest body of a pairing request, in bytes.
pub(super) const SMALL_BODY: usize = 4 * 1_024;
/// Largest body of a command, in bytes: hundreds of parcels.
const COMMAND_BODY: usize = 256 * 1_024;
/// How much of a body that is too large is read all the same, in bytes. Whoever is still sending when the connection closes sees it break, and
/// never reads why.
const HEARD_OUT: usize = 16 * 1_024 * 1_024;

/// `POST /v1/sweep`.
pub(super) async fn sweep(api: Shared, caller: Caller, uri: http::Uri) -> Result<Response, No> {
    caller.may_act()?;
    let kinds = Fields::of(&caller.hello, &uri)?.kinds(&caller.hello)?;
    let answer = api.work.sweep(&kinds).await;
    let mut hello = caller.hello;
    // The sweep took its time, and the phone sets its clock by this.
    hello.server_time = (api.clock)();
    Ok(yes(hello, answer))
}

/// `POST /v1/commands`.
pub(super) async fn accept(api: Shared, caller: Caller, headers: HeaderMap, request: Request) -> Result<Response, No> {
    caller.may_act()?;
    let first_sent_to = headers.get(HEADER_FIRST_SENT_TO).and_then(|value| value.to_str().ok());
    let Some(first_sent_to) = first_sent_to.filter(|said| !said.is_empty()) else {
        return Err(No::bad_request(&caller.hello, format!("{HEADER_FIRST_SENT_TO}: expected an incarnation")));
    };
    let (body, bytes): (WantedBody, _) = json_body(&caller.hello, request, COMMAND_BODY).await?;
    let (id, kind) = (body.id.clone(), body.command.kind());
    let status = api.work.accept(body, &bytes, first_sent_to).await;
    tracing::info!(device = %caller.device, command = %id, kind, taken = status.is_ok(), "command");
    status.map(|status| yes(caller.hello.clone(), status)).map_err(|refusal| No::new(&caller.hello, refusal))
}

/// `GET /v1/commands/{id}`.
pub(super) async fn status(api: Shared, caller: Caller, Path(id): Path<String>) -> Result<Response, No> {
    let id: CommandId = id.parse().map_err(|error| No::bad_request(&caller.hello, format!("id: {error}")))?;
    let status = api.work.status(&id).await;
    status.map(|status| yes(caller.hello.clone(), status)).map_err(|refusal| No::new(&caller.hello, refusal))
}

/// Reads a body, and keeps the bytes as they came. A refusal names the place, never what stands there.
pub(super) async fn json_body<T: DeserializeOwned>(
    hello: &Hello,
    request: Request,
    limit: usize,
) -> Result<(T, Bytes), No> {
    let bytes = whole(request.into_body(), limit).await;
    let bytes =
        bytes.ok_or_else(|| No::bad_request(hello, format!("body: expected at most {limit} bytes, all of them")))?;
    match serde_json::from_slice(&bytes) {
        Ok(body) => Ok((body, bytes)),
        Err(error) => {
            let (line, column, why) = (error.line(), error.column(), error.classify());
            Err(No::bad_request(hello, format!("body: line {line}, column {column} cannot be read ({why:?})")))
        }
    }
}

/// The body, if all of it arrived and it keeps to the limit.
async fn whole(body: Body, limit: usize) -> Option<Bytes> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut heard) = (BytesMut::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        heard = heard.saturating_add(chunk.len());
        if heard <= limit {
            bytes.extend_from_slice(&chunk);
        } else if heard > HEARD_OUT {
            return None;
        }
    }
    (heard <= limit).then(|| bytes.freeze())
}
