//! The platform's door. It knows no hello and no token: a push proves itself by its signature.

use axum::body::to_bytes;
use axum::extract::{Path, RawQuery, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::PushTaken;
use super::handshake::Shared;

/// Largest push, in bytes. Order events are below 4 KB.
const PUSH_BODY: usize = 1_024 * 1_024;

/// `GET /push/{shop}`: the platform asks whether this address wants pushes.
pub(super) async fn check(api: Shared, Path(shop): Path<String>, RawQuery(query): RawQuery) -> Response {
    if shop != api.push_name {
        return StatusCode::NOT_FOUND.into_response();
    }
    match api.work.push_check(query.as_deref().unwrap_or_default()) {
        Ok(answer) => answer.into_response(),
        Err(refused) => not_taken(refused),
    }
}

/// `POST /push/{shop}`. Answered once the push is stored.
pub(super) async fn take(
    api: Shared,
    Path(shop): Path<String>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    if shop != api.push_name {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(body) = to_bytes(request.into_body(), PUSH_BODY).await else {
        return not_taken(PushTaken::Malformed);
    };
    match api.work.push(query.as_deref().unwrap_or_default(), &body).await {
        PushTaken::Taken => "success".into_response(),
        refused => not_taken(refused),
    }
}

fn not_taken(why: PushTaken) -> Response {
    tracing::warn!(?why, "a push was not taken");
    let status = match why {
        PushTaken::Taken => StatusCode::OK,
        PushTaken::Malformed => StatusCode::BAD_REQUEST,
        PushTaken::NotGenuine => StatusCode::FORBIDDEN,
        PushTaken::Later => StatusCode::SERVICE_UNAVAILABLE,
    };
    status.into_response()
}
