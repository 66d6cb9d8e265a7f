//! Who calls, and whether both speak the same protocol.

use axum::extract::{FromRequestParts, State};
use axum::response::Response;
use http::header::AUTHORIZATION;
use http::request::Parts;
use shopkeeper_protocol::{
    DeviceId, EntityKind, HEADER_BUILD, HEADER_PROTOCOL, Hello, Refusal, Role, ShopFacts, Side, Version, VersionRange,
};

use super::Api;
use super::answer::{No, yes};
use crate::pairing::hash_token;
use crate::store::{Among, Known, Reader, StoreError};

/// A device's `seen_at` is written at most this often, in ms.
const SEEN_EVERY: i64 = 3_600 * 1_000;

/// `GET /v1/hello`.
pub(super) async fn hello(caller: Caller) -> Response {
    yes(caller.hello, ())
}

/// Somebody whose protocol we speak.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) hello: Hello,
}

/// A device.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) hello: Hello,
    pub(crate) device: DeviceId,
    /// Of the token, to ask again whether the device was revoked meanwhile.
    pub(crate) token_hash: Vec<u8>,
}

impl Caller {
    /// Refuses whoever may only look.
    pub(super) fn may_act(&self) -> Result<(), No> {
        match self.hello.role {
            Some(Role::Owner) => Ok(()),
            _ => Err(No::new(&self.hello, Refusal::Forbidden)),
        }
    }
}

impl FromRequestParts<Api> for Peer {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, No> {
        let hello = api.hello();
        let version = parts.headers.get(HEADER_PROTOCOL).and_then(|value| value.to_str().ok());
        let version: Option<Version> = version.and_then(|text| text.parse().ok());
        let Some(version) = version else {
            return Err(No::bad_request(&hello, format!("{HEADER_PROTOCOL}: expected major.minor")));
        };
        if !VersionRange::OURS.speaks(version) {
            // Whoever is behind has to move.
            let side = if version > VersionRange::OURS.max { Side::Relay } else { Side::Phone };
            return Err(No::new(&hello, Refusal::UpgradeNeeded { side }));
        }
        Ok(Self { hello })
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = No;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, No> {
        let Peer { mut hello } = Peer::from_request_parts(parts, api).await?;
        let Some(token) = bearer(parts) else {
            return Err(No::new(&hello, Refusal::Unauthorized));
        };
        let token_hash = hash_token(token);
        let asked = token_hash.clone();
        let found = api
            .store
            .read(move |reader| match reader.device_by_token(&asked)? {
                Some(known) => Ok(Some((known, shop_facts(reader)?))),
                None => Ok(None),
            })
            .await;
        let (known, shop) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return Err(No::new(&hello, Refusal::Unauthorized)),
            Err(error) => return Err(No::store(&hello, &error)),
        };
        hello.role = Some(known.role.clone());
        hello.shop = shop;
        tracing::debug!(device = %known.id, build = %build(parts), path = parts.uri.path(), "called");
        note_seen(api, &known).await.map_err(|error| No::store(&hello, &error))?;
        Ok(Self { hello, device: known.id, token_hash })
    }
}

/// The shop as the store has it; `None` before the platform was ever reached.
pub(crate) fn shop_facts(reader: &Reader<'_>) -> Result<Option<ShopFacts>, StoreError> {
    let among = Among { kind: EntityKind::Shop, open: None, since: i64::MIN, until: u64::MAX };
    let rows = reader.by_importance(&among, None, 1)?;
    Ok(rows.into_iter().next().and_then(|row| serde_json::from_str(&row.body?).ok()))
}

async fn note_seen(api: &Api, known: &Known) -> Result<(), StoreError> {
    let now = (api.clock)();
    if known.seen_at.is_some_and(|seen| (0..SEEN_EVERY).contains(&(now - seen))) {
        return Ok(());
    }
    let device = known.id.clone();
    api.store.write(move |tx| tx.device_seen(&device, now)).await
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Foreign text on its way into the log: short, and nothing that moves a cursor.
fn build(parts: &Parts) -> String {
    let said = parts.headers.get(HEADER_BUILD).and_then(|value| value.to_str().ok()).unwrap_or("-");
    said.chars().filter(char::is_ascii_graphic).take(64).collect()
}

/// The state alone, for handlers without a caller.
pub(super) type Shared = State<Api>;
