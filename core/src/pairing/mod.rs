//! Pairing: how this phone becomes a device of a shop, and how it stops being one.
//!
//! An invite names the relay, the key it will present, and a code that works once. The phone trusts exactly that key from the first byte
//! on. The relay's answer names the shop, whose folder holds everything; a shop that was here before goes on where it stood, with
//! its unsent work, and another shop's work stays sealed in its own folder until that shop is paired again.
//!
//! The token goes to the secret store before the pairing is recorded: a crash in between leaves a secret that the next
//! pairing overwrites, and never a pairing without its secret.

mod secrets;

use shopkeeper_protocol::{BadInvite, Invite, PairRequest, ShopKey};

pub use secrets::FileSecrets;
pub use shopkeeper_protocol::ShopFacts;

use crate::core::Core;
use crate::error::CoreError;
use crate::net::{BadAddress, NetError, Peer, Relay, trust_of};
use crate::outbox::reason;
use crate::ports::{Ports, SecretError, TransportError};
use crate::sensitive::Sensitive;
use crate::store::PairingRow;
use crate::time::{Corrected, ShopZone};

/// Pairs this phone, and signs it out.
#[derive(Debug, Clone)]
pub struct Pairing {
    core: Core,
}

impl Pairing {
    pub(crate) fn new(core: Core) -> Self {
        Self { core }
    }

    /// The shop in use.
    #[must_use]
    pub fn shop(&self) -> Option<ShopFacts> {
        self.core.shop()
    }

    /// Hands an invite's code over and opens the shop that it names.
    ///
    /// # Errors
    /// [`CoreError::Pairing`] with `bad_invite`, `version`, `insecure`, `untrusted_key`, `wrong_code`, `expired_code`, `used_code`
    /// or `burnt_code`; otherwise as any request.
    pub async fn pair(&self, invite_text: &str) -> Result<ShopFacts, CoreError> {
        let invite: Invite = invite_text.parse().map_err(|error| match error {
            BadInvite::Version(_) => CoreError::Pairing("version"),
            BadInvite::NotAnInvite | BadInvite::Missing(_) | BadInvite::KeyHash => CoreError::Pairing("bad_invite"),
        })?;
        let url = invite.url.trim_end_matches('/').to_owned();
        let trust = trust_of(&url, invite.key_hash.as_deref()).map_err(|error| match error {
            BadAddress::Malformed => CoreError::Pairing("bad_invite"),
            BadAddress::Insecure => CoreError::Pairing("insecure"),
        })?;
        let _turn = self.core.pairing_turn().await;
        let (ports, clock) = (self.core.ports(), self.core.clock());
        let relay = stranger(ports, clock, self.core.build(), Peer { url: url.clone(), trust });
        let request = PairRequest { code: invite.code, device_name: self.core.device_name().to_owned() };
        let (_, answer) = relay.pair(&request).await.map_err(|error| match error {
            NetError::NotSent(TransportError::Untrusted) => CoreError::Pairing("untrusted_key"),
            other => other.into(),
        })?;
        if !names_a_folder(&answer.shop.key) {
            return Err(CoreError::BadAnswer { what: "a shop key that cannot name a folder".to_owned() });
        }
        if ShopZone::from_minutes(answer.shop.zone_offset_minutes).is_none() {
            return Err(CoreError::BadAnswer { what: "a zone that is nowhere".to_owned() });
        }
        ports.secrets.set(&secret_name(&answer.shop.key), &answer.token)?;
        let row = PairingRow {
            shop: answer.shop,
            url,
            key_hash: invite.key_hash,
            device: answer.device,
            paired_at: clock.now(),
        };
        self.core.paired(row, Sensitive::new(answer.token)).await
    }

    /// Forgets the shop: its pairing, its token, and its folder with everything in it.
    ///
    /// # Errors
    /// [`CoreError::NotPossible`] with `unsent_work` while any work is unsent, [`CoreError::NotPaired`].
    pub async fn sign_out(&self) -> Result<(), CoreError> {
        let _turn = self.core.pairing_turn().await;
        self.core.sign_out().await
    }
}

/// A relay that does not know us yet.
fn stranger(ports: &Ports, clock: &Corrected, build: &str, peer: Peer) -> Relay {
    Relay::new(ports.transport.clone(), clock.clone(), build.to_owned(), peer, None)
}

/// Name under which a shop's token is kept.
pub(crate) fn secret_name(shop: &ShopKey) -> String {
    format!("token:{shop}")
}

/// What a relay's peer is, from what was recorded at pairing.
pub(crate) fn peer_of(row: &PairingRow) -> Result<Peer, CoreError> {
    let trust = trust_of(&row.url, row.key_hash.as_deref()).map_err(|_| CoreError::Pairing("insecure"))?;
    Ok(Peer { url: row.url.clone(), trust })
}

/// Only what is a plain name on every file system.
fn names_a_folder(shop: &ShopKey) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
    let name = shop.as_str();
    (1..=64).contains(&name.len()) && name.bytes().all(fits)
}

/// Why a shop cannot be signed out.
pub(crate) fn unsent_work() -> CoreError {
    CoreError::NotPossible(reason::UNSENT_WORK.into())
}

impl From<SecretError> for CoreError {
    fn from(error: SecretError) -> Self {
        Self::Storage { file: "secrets", what: error.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_key_is_a_plain_folder_name() {
        for good in ["shop1", "wx-7_a", "0", &"a".repeat(64)] {
            assert!(names_a_folder(&good.into()), "{good}");
        }
        for bad in ["", "..", "a/b", "a\\b", "Shop", "店", "a.b", "nul\0", &"a".repeat(65)] {
            assert!(!names_a_folder(&bad.into()), "{bad:?}");
        }
    }
}
