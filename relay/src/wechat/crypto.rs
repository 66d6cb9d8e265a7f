//! The platform's push crypto: SHA-1 over sorted parts, AES-256-CBC with padding to 32 bytes, and the addressee behind the text.

use aes::Aes256;
use aes::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest as _, Sha1};
use subtle::ConstantTimeEq as _;

use crate::platform::PushError;

/// A 43-digit key carries two bits too many, and the platform's own page gives one where they are not zero.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

const BLOCK: usize = 16;
/// Padding goes to blocks of this size, not of the cipher's.
const PAD: usize = 32;
const RANDOM: usize = 16;

/// Token and key of one shop's pushes.
pub(super) struct PushKeys {
    token: String,
    key: [u8; 32],
    appid: String,
}

impl PushKeys {
    /// `None` if the key is not 43 base64 digits.
    pub(super) fn new(token: &str, aes_key: &str, appid: &str) -> Option<Self> {
        if aes_key.len() != 43 {
            return None;
        }
        let key = BASE64.decode(aes_key).ok()?.try_into().ok()?;
        Some(Self { token: token.to_owned(), key, appid: appid.to_owned() })
    }

    /// Whether `signature` is the one of these parts with the token.
    pub(super) fn signed(&self, parts: &[&str], signature: &str) -> bool {
        let mut sorted = vec![self.token.as_str()];
        sorted.extend_from_slice(parts);
        sorted.sort_unstable();
        let digest = hex::encode(Sha1::digest(sorted.concat()));
        digest.as_bytes().ct_eq(signature.as_bytes()).into()
    }

    /// The text of an encrypted push.
    pub(super) fn open(&self, encrypted: &str) -> Result<Vec<u8>, PushError> {
        let mut bytes = BASE64.decode(encrypted).map_err(|_| PushError::Malformed)?;
        if bytes.is_empty() || bytes.len() % BLOCK != 0 {
            return Err(PushError::Malformed);
        }
        let (iv, _) = self.key.split_at(BLOCK);
        let mut cipher = cbc::Decryptor::<Aes256>::new_from_slices(&self.key, iv).map_err(|_| PushError::Malformed)?;
        for block in bytes.chunks_exact_mut(BLOCK) {
            let block: &mut [u8; BLOCK] = block.try_into().map_err(|_| PushError::Malformed)?;
            cipher.decrypt_block(block.into());
        }
        let pad = usize::from(*bytes.last().ok_or(PushError::Malformed)?);
        if pad == 0 || pad > PAD || pad > bytes.len() {
            return Err(PushError::Malformed);
        }
        let (plain, padding) = bytes.split_at(bytes.len() - pad);
        if padding.iter().any(|byte| usize::from(*byte) != pad) {
            return Err(PushError::Malformed);
        }
        let rest = plain.get(RANDOM..).ok_or(PushError::Malformed)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(PushError::Malformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| PushError::Malformed)?;
        if length > rest.len() {
            return Err(PushError::Malformed);
        }
        let (text, addressee) = rest.split_at(length);
        if addressee != self.appid.as_bytes() {
            return Err(PushError::WrongAddressee);
        }
        Ok(text.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector of the wire reference.
    const ENCRYPTED: &str = "Q3stYC6hdFzMh9T8HCvyDMz13m+Ix54qIDY4Nk07msg2wSmjwilZQ0uLtWLrVmagW0ATnolM3b8zmeOmEDeFCh+khhej3zAY1oWs0Y5aePynlM8RWn3w+Is8D2o8TL5TC+bj4rE0GK2UBEHsNBs+l9QSid5Up2bco/umWVojntt6CK9WadfF+DrFSv1//81TWkLPEmjhG3A7VehX19Q6oEKHljM836y8DPPjVnyIzESAHmpDtymz7RUbSoqkS8o+8cnMvbm0SxCT/jaXo01b53sWmj7MDWBi8/hjR6qglT4=";
    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
    const PLAIN: &str = r#"{"ToUserName":"gh_0a1b2c3d4e5f","FromUserName":"oX_buyer_1","CreateTime":1790000000,"MsgType":"event","Event":"channels_ec_order_new","order_info":{"order_id":3705115058471208928}}"#;

    fn keys(appid: &str) -> PushKeys {
        PushKeys::new("AAAAA", KEY, appid).unwrap()
    }

    #[test]
    fn the_vector_opens() {
        assert_eq!(keys("wx0123456789abcdef").open(ENCRYPTED).unwrap(), PLAIN.as_bytes());
    }

    #[test]
    fn signatures_of_three_and_of_four_parts() {
        let keys = keys("wx0123456789abcdef");
        assert!(keys.signed(&["1714036504", "1514711492"], "f464b24fc39322e44b38aa78f5edd27bd1441696"));
        assert!(keys.signed(&["1714036504", "1514711492", ENCRYPTED], "a9f7a5a390efbd583b87fb68b394566232f86fbb"));
        assert!(!keys.signed(&["1714036505", "1514711492"], "f464b24fc39322e44b38aa78f5edd27bd1441696"));
    }

    #[test]
    fn another_addressee_is_refused() {
        assert_eq!(keys("wx_other").open(ENCRYPTED), Err(PushError::WrongAddressee));
    }

    #[test]
    fn damage_is_malformed_and_never_a_panic() {
        let keys = keys("wx0123456789abcdef");
        for text in ["", "A", "AAAA", "!!!!", &ENCRYPTED[..64], &ENCRYPTED[4..]] {
            assert!(keys.open(text).is_err());
        }
        assert!(PushKeys::new("AAAAA", "short", "wx").is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_blocks_at_all_are_refused(blocks in proptest::collection::vec(proptest::prelude::any::<[u8; 16]>(), 0..12)) {
            let text = base64::engine::general_purpose::STANDARD.encode(blocks.concat());
            proptest::prop_assert!(keys("wx0123456789abcdef").open(&text).is_err());
        }
    }
}
