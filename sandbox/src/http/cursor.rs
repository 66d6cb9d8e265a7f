//! `next_key`: where a page ended, bound to every parameter of the request it came from. Anybody else's is 606006.

use std::fmt::Debug;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha1::{Digest, Sha1};

use super::Platform;
use crate::world::{Position, Refusal};

/// Makes and reads the keys of one request.
pub(super) struct Cursor {
    print: String,
}

impl Cursor {
    /// `list` tells the endpoints apart, `parameters` are all parameters but the key itself.
    pub(super) fn of(platform: &Platform, list: &str, parameters: &impl Debug) -> Self {
        let text = format!("{}|{list}|{parameters:?}", platform.0.seed);
        Self { print: hex::encode(&Sha1::digest(text.as_bytes())[..8]) }
    }

    pub(super) fn seal(&self, end: Position) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}.{}.{}", self.print, end.time, end.index))
    }

    /// Where to go on; none for the first page.
    pub(super) fn open(&self, key: Option<&str>) -> Result<Option<Position>, Refusal> {
        let Some(key) = key.filter(|key| !key.is_empty()) else { return Ok(None) };
        self.read(key).map(Some).ok_or_else(|| Refusal::new(606006, "next_key invalid"))
    }

    fn read(&self, key: &str) -> Option<Position> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(key).ok()?).ok()?;
        let (time, index) = text.strip_prefix(self.print.as_str())?.strip_prefix('.')?.split_once('.')?;
        Some(Position { time: time.parse().ok()?, index: index.parse().ok()? })
    }
}
