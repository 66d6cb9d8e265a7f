//! Ids: types over strings, so that an order's key can never stand where a command's id belongs.

pub use shopkeeper_protocol::{CarrierCode, CommandId, DeviceId, EntityKey as OrderKey, ReasonCode, ShopKey};

/// The last four characters of an order number or waybill, as a person reads it aloud.
#[must_use]
pub fn tail(number: &str) -> &str {
    let start = number.char_indices().rev().nth(3).map_or(0, |(at, _)| at);
    number.get(start..).unwrap_or(number)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_tail_is_four_characters_or_all_there_are() {
        assert_eq!(super::tail("3705115058471208928"), "8928");
        assert_eq!(super::tail("SF1"), "SF1");
        assert_eq!(super::tail("单号一二三四"), "一二三四");
    }
}
