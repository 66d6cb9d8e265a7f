//! Calls: the envelope, the token, and what an answer's absence means.

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::errors::{next_minute, of_code, token_dead};
use super::token::{Mint, Token, Tokens};
use super::wire;
use crate::config::Secret;
use crate::platform::PlatformError;
use crate::ports::{PlatformHttpError, Ports};

/// How an answer is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Get,
    Read,
    Write,
}

/// Calls of one shop.
pub(super) struct Calls {
    pub(super) url: String,
    pub(super) appid: String,
    pub(super) secret: Secret,
    pub(super) ports: Ports,
    pub(super) tokens: Tokens,
}

impl Calls {
    pub(super) fn now(&self) -> i64 {
        (self.ports.clock)()
    }

    /// One call with a token; a second one if the first token is dead, and never a third.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        kind: Kind,
        path: &str,
        body: &Value,
    ) -> Result<T, PlatformError> {
        let mut dead: Option<String> = None;
        loop {
            let token = self.tokens.get(self.now(), dead.as_deref(), self).await.map_err(unsent)?;
            let url = format!("{}{path}?access_token={}", self.url, escaped(&token));
            match self.send(kind, &url, body).await? {
                Reply { code: 0, body } => return read(path, &body),
                Reply { code, .. } if token_dead(code) && dead.is_none() => dead = Some(token),
                Reply { code, .. } => return Err(of_code(code, self.now(), kind == Kind::Write)),
            }
        }
    }

    async fn send(&self, kind: Kind, url: &str, body: &Value) -> Result<Reply, PlatformError> {
        let request = if kind == Kind::Get {
            Request::builder().method(Method::GET).uri(url).body(Bytes::new())
        } else {
            Request::builder()
                .method(Method::POST)
                .uri(url)
                .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
                .body(Bytes::from(body.to_string()))
        };
        let request = request.map_err(|_| PlatformError::NotConnected)?;
        let answer = self.ports.http.call(request).await.map_err(|error| match error {
            PlatformHttpError::NotConnected => PlatformError::NotConnected,
            PlatformHttpError::Lost | PlatformHttpError::TooLarge => PlatformError::Lost(error.to_string()),
        })?;
        let status = answer.status();
        match code(answer.body()) {
            Some(code) if code != 0 || status.is_success() => Ok(Reply { code, body: answer.into_body() }),
            // An address that is not on the allow-list.
            _ if status == StatusCode::FORBIDDEN => Err(PlatformError::BadCredentials { code: 403 }),
            _ if status == StatusCode::TOO_MANY_REQUESTS => {
                Err(PlatformError::Limited { code: 429, until: next_minute(self.now()) })
            }
            _ if status.is_success() => Err(PlatformError::Lost("not an answer of the platform".to_owned())),
            _ => Err(PlatformError::Lost(format!("status {}", status.as_u16()))),
        }
    }
}

#[async_trait]
impl Mint for Calls {
    async fn mint(&self, force: bool) -> Result<Token, PlatformError> {
        let path = "/cgi-bin/stable_token";
        let body = json!({
            "grant_type": "client_credential", "appid": self.appid, "secret": self.secret.expose(), "force_refresh": force,
        });
        let asked_at = self.now();
        let reply = self.send(Kind::Read, &format!("{}{path}", self.url), &body).await?;
        if reply.code != 0 {
            return Err(of_code(reply.code, self.now(), false));
        }
        let token: wire::Token = read(path, &reply.body)?;
        if token.access_token.is_empty() {
            return Err(PlatformError::Lost("no token in the answer".to_owned()));
        }
        Ok(Token { text: token.access_token, until: asked_at.saturating_add(token.expires_in.saturating_mul(1_000)) })
    }
}

struct Reply {
    code: i64,
    body: Bytes,
}

/// The code of an answer, 0 if it has none; `None` if this is no answer of the platform at all.
fn code(body: &[u8]) -> Option<i64> {
    // A list would be read as the fields in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let envelope: wire::Envelope = serde_json::from_slice(body).ok()?;
    Some(envelope.errcode.unwrap_or(0))
}

/// Without a token nothing of the call itself was sent.
fn unsent(error: PlatformError) -> PlatformError {
    match error {
        PlatformError::Lost(_) | PlatformError::Busy { .. } | PlatformError::Unreadable(_) => {
            PlatformError::NotConnected
        }
        other => other,
    }
}

/// Says where an answer is not what it should be, and nothing of what it is.
fn read<T: DeserializeOwned>(path: &str, body: &[u8]) -> Result<T, PlatformError> {
    serde_json::from_slice(body).map_err(|error| {
        PlatformError::Unreadable(format!("{path}: {:?} at {}:{}", error.classify(), error.line(), error.column()))
    })
}

/// For a query.
fn escaped(text: &str) -> String {
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
