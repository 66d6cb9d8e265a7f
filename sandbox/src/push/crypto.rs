//! Signature and encryption of the push channel (wire reference §4.2 and §4.3).

use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::alphabet;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD};
use sha1::{Digest, Sha1};

/// The padding goes to 32 bytes, although the cipher's block has 16.
const PAD: usize = 32;
const BLOCK: usize = 16;

/// Why a key or a message does not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CryptoError {
    /// EncodingAESKey is not 43 characters of base64.
    #[error("the EncodingAESKey must be 43 characters of base64")]
    Key,
    /// `Encrypt` is not base64 of whole blocks.
    #[error("the message is not base64 of whole blocks")]
    Blocks,
    /// Padding or length do not fit: another key, or a damaged message.
    #[error("the message does not decrypt with this key")]
    Content,
    /// Meant for another app.
    #[error("the message belongs to another AppID")]
    AppId,
}

/// The 32 bytes behind an EncodingAESKey. They do not show in Debug.
#[derive(Clone)]
pub struct PushKey([u8; 32]);

impl std::fmt::Debug for PushKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PushKey(…)")
    }
}

impl PushKey {
    /// Reads the 43 characters of the back office.
    pub fn parse(text: &str) -> Result<Self, CryptoError> {
        // The last character may carry bits that belong to no byte; the platform's own keys do.
        let lenient =
            GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
        let bytes = lenient.decode(format!("{text}=")).map_err(|_| CryptoError::Key)?;
        bytes.try_into().map(Self).map_err(|_| CryptoError::Key)
    }

    /// `Encrypt` of an event: 16 random bytes, length, text and AppID.
    pub fn seal(&self, random: [u8; 16], text: &str, appid: &str) -> String {
        let mut data = Vec::with_capacity(text.len() + appid.len() + 64);
        data.extend_from_slice(&random);
        data.extend_from_slice(&(text.len() as u32).to_be_bytes());
        data.extend_from_slice(text.as_bytes());
        data.extend_from_slice(appid.as_bytes());
        let pad = PAD - data.len() % PAD;
        data.resize(data.len() + pad, pad as u8);
        let mut cipher = cbc::Encryptor::<aes::Aes256>::new(&self.0.into(), &self.iv().into());
        for block in data.chunks_exact_mut(BLOCK) {
            if let Ok(block) = block.try_into() {
                cipher.encrypt_block(block);
            }
        }
        STANDARD.encode(data)
    }

    /// The text of an `Encrypt`.
    pub fn open(&self, encrypt: &str, appid: &str) -> Result<String, CryptoError> {
        let mut data = STANDARD.decode(encrypt).map_err(|_| CryptoError::Blocks)?;
        if data.is_empty() || !data.len().is_multiple_of(BLOCK) {
            return Err(CryptoError::Blocks);
        }
        let mut cipher = cbc::Decryptor::<aes::Aes256>::new(&self.0.into(), &self.iv().into());
        for block in data.chunks_exact_mut(BLOCK) {
            if let Ok(block) = block.try_into() {
                cipher.decrypt_block(block);
            }
        }
        let pad = data.last().copied().map(usize::from).unwrap_or_default();
        if pad == 0 || pad > PAD || pad > data.len() {
            return Err(CryptoError::Content);
        }
        data.truncate(data.len() - pad);
        let length = data.get(16..20).and_then(|bytes| bytes.try_into().ok()).ok_or(CryptoError::Content)?;
        let end = 20usize.checked_add(u32::from_be_bytes(length) as usize).ok_or(CryptoError::Content)?;
        let (text, owner) =
            (data.get(20..end).ok_or(CryptoError::Content)?, data.get(end..).ok_or(CryptoError::Content)?);
        if owner != appid.as_bytes() {
            return Err(CryptoError::AppId);
        }
        String::from_utf8(text.to_vec()).map_err(|_| CryptoError::Content)
    }

    fn iv(&self) -> [u8; BLOCK] {
        let mut iv = [0; BLOCK];
        iv.copy_from_slice(&self.0[..BLOCK]);
        iv
    }
}

/// Lower-case hex of the SHA-1 of the parts, sorted bytewise and joined.
pub fn signature(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    hex::encode(Sha1::digest(sorted.concat().as_bytes()))
}
