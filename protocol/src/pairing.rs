//! Pairing: how a phone becomes a device of a shop.

use serde::{Deserialize, Serialize};

use crate::{DeviceId, Role, ShopFacts};

/// What the relay shows as text and as a QR code: where it is, which key it will present, and a code that works once.
///
/// As text: `shopkeeper://pair?v=1&code=ABCDE-FGHJK&key=<hash or ->&url=<url>`; the address stands last, so nothing needs escaping.
#[derive(Clone, PartialEq, Eq)]
pub struct Invite {
    pub code: String,
    /// SHA-256 of the relay's public key (DER SubjectPublicKeyInfo) in hex. `None`: the public roots decide, or plain loopback.
    pub key_hash: Option<String>,
    pub url: String,
}

/// Without the code, which pairs whoever reads it. The text for the phone is [`Invite`]'s `Display`.
impl std::fmt::Debug for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Invite {{ url: {:?}, … }}", self.url)
    }
}

/// An invite that cannot be read; says which part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInvite {
    #[error("not a pairing text: it begins with {INVITE_PREFIX}")]
    NotAnInvite,
    #[error("the pairing text is of version {0}, this build reads version 1")]
    Version(String),
    #[error("the pairing text has no {0}")]
    Missing(&'static str),
    #[error("the key hash of the pairing text is not 64 hex digits")]
    KeyHash,
}

const INVITE_PREFIX: &str = "shopkeeper://pair?";

impl std::fmt::Display for Invite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let key = self.key_hash.as_deref().unwrap_or("-");
        write!(f, "{INVITE_PREFIX}v=1&code={}&key={key}&url={}", self.code, self.url)
    }
}

impl std::str::FromStr for Invite {
    type Err = BadInvite;

    fn from_str(text: &str) -> Result<Self, BadInvite> {
        let rest = text.trim().strip_prefix(INVITE_PREFIX).ok_or(BadInvite::NotAnInvite)?;
        let (head, url) = rest.split_once("&url=").ok_or(BadInvite::Missing("url"))?;
        let field = |name: &'static str| {
            head.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).ok_or(BadInvite::Missing(name))
        };
        let version = field("v")?;
        if version != "1" {
            return Err(BadInvite::Version(version.chars().take(8).collect()));
        }
        let code = field("code")?;
        if code.is_empty() {
            return Err(BadInvite::Missing("code"));
        }
        if url.is_empty() {
            return Err(BadInvite::Missing("url"));
        }
        let key_hash = match field("key")? {
            "-" => None,
            hash if hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => Some(hash.to_ascii_lowercase()),
            _ => return Err(BadInvite::KeyHash),
        };
        Ok(Self { code: code.to_owned(), key_hash, url: url.to_owned() })
    }
}

/// Body of `POST /v1/pair`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairRequest {
    pub code: String,
    /// What the owner will see in the list of devices.
    pub device_name: String,
}

impl std::fmt::Debug for PairRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PairRequest(…)")
    }
}

/// Answer to a good code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairAnswer {
    pub device: DeviceId,
    /// 256 random bits in hex. Shown once; the relay keeps only its hash.
    pub token: String,
    pub role: Role,
    pub shop: ShopFacts,
}

impl std::fmt::Debug for PairAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PairAnswer {{ device: {}, … }}", self.device)
    }
}
