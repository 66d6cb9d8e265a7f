//! Hashes by which orders of one buyer, or of one parcel, stand together.
//!
//! A hash and not the text: it is a third of the size in an index, and what an anchor carries of it tells nobody who bought. Sixty-three
//! bits keep a million buyers apart but for one chance in ten million of a single mistake, whose price would be a wrong hint.

use sha2::{Digest as _, Sha256};
use shopkeeper_protocol::Buyer;

/// Who bought; 0 if the source does not say.
pub(super) fn buyer(buyer: &Buyer) -> i64 {
    if buyer.key.is_empty() { 0 } else { hash(&[&buyer.key]) }
}

/// Who bought and where it goes; 0 if the source does not say both.
pub(super) fn parcel(buyer: &Buyer) -> i64 {
    if buyer.key.is_empty() || buyer.address_hash.is_empty() { 0 } else { hash(&[&buyer.key, &buyer.address_hash]) }
}

fn hash(parts: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let bytes = hash.finalize();
    let first = bytes.first_chunk::<8>().copied().unwrap_or_default();
    // 0 says that nobody knows.
    i64::from_be_bytes(first) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_equal_to_nobody() {
        let who = |key: &str, address: &str| Buyer {
            key: key.to_owned(),
            address_hash: address.to_owned(),
            ..Buyer::default()
        };
        assert_eq!((buyer(&who("", "a")), parcel(&who("", "a")), parcel(&who("a", ""))), (0, 0, 0));
        assert_eq!(buyer(&who("a", "x")), buyer(&who("a", "y")));
        assert_ne!(parcel(&who("a", "x")), parcel(&who("a", "y")));
        assert_ne!(parcel(&who("ab", "c")), parcel(&who("a", "bc")));
    }
}
