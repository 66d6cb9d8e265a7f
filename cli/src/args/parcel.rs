//! Parcels as a person types them: `SF1409228366` · `SF1409228366,SF` · `SF1409228366:1:2,2:1`.

use std::str::FromStr;

use shopkeeper_core::orders::ParcelDraft;

/// One parcel of a shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    pub waybill: String,
    /// The carrier's code; `None`: by the waybill's shape.
    pub carrier: Option<String>,
    /// `None`: everything that is left.
    pub pieces: Option<Pieces>,
}

/// Lines, counted from 1, and how many pieces of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces(Vec<(usize, u32)>);

/// What is wrong with a parcel, and with which part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParcel {
    #[error("no waybill before `{0}`")]
    NoWaybill(String),
    #[error("nothing after the comma where the carrier's code belongs")]
    NoCarrier,
    #[error("`{0}` is no LINE:PIECES such as 1:2")]
    NotAPair(String),
    #[error("`{0}` is no line: lines are counted from 1, as `orders show` does")]
    NotALine(String),
    #[error("`{0}` is no number of pieces, which is at least 1")]
    NotPieces(String),
    #[error("line {0} stands there twice")]
    Twice(usize),
}

impl FromStr for Pieces {
    type Err = BadParcel;

    fn from_str(text: &str) -> Result<Self, BadParcel> {
        let mut pieces: Vec<(usize, u32)> = Vec::new();
        for pair in text.split(',') {
            let (line, count) = pair.split_once(':').ok_or_else(|| BadParcel::NotAPair(pair.to_owned()))?;
            let line: usize = number(line).ok_or_else(|| BadParcel::NotALine(line.to_owned()))?;
            let count: u32 = number(count).ok_or_else(|| BadParcel::NotPieces(count.to_owned()))?;
            if pieces.iter().any(|(known, _)| *known == line) {
                return Err(BadParcel::Twice(line));
            }
            pieces.push((line, count));
        }
        Ok(Self(pieces))
    }
}

/// At least 1.
fn number<N: FromStr + PartialOrd + From<u8>>(text: &str) -> Option<N> {
    text.trim().parse().ok().filter(|number| *number >= N::from(1))
}

impl FromStr for Parcel {
    type Err = BadParcel;

    fn from_str(text: &str) -> Result<Self, BadParcel> {
        let (head, pieces) = match text.split_once(':') {
            Some((head, pieces)) => (head, Some(pieces.parse()?)),
            None => (text, None),
        };
        let (waybill, carrier) = match head.split_once(',') {
            Some((_, carrier)) if carrier.trim().is_empty() => return Err(BadParcel::NoCarrier),
            Some((waybill, carrier)) => (waybill, Some(carrier.trim().to_owned())),
            None => (head, None),
        };
        if waybill.trim().is_empty() {
            return Err(BadParcel::NoWaybill(text.to_owned()));
        }
        Ok(Self { waybill: waybill.trim().to_owned(), carrier, pieces })
    }
}

impl From<Parcel> for ParcelDraft {
    fn from(parcel: Parcel) -> Self {
        let items = parcel.pieces.map(|pieces| {
            pieces.0.into_iter().map(|(line, count)| (line.saturating_sub(1), count)).collect::<Vec<_>>()
        });
        Self { carrier: parcel.carrier, waybill: parcel.waybill, items }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parcel_is_a_waybill_and_what_else_was_said() {
        for (text, carrier, items) in [
            ("SF1409228366", None, None),
            (" SF1409228366 ", None, None),
            ("SF1409228366,SF", Some("SF"), None),
            ("SF1409228366:1:2", None, Some(vec![(0, 2)])),
            ("SF1409228366,SF:1:2,2:1", Some("SF"), Some(vec![(0, 2), (1, 1)])),
        ] {
            let draft = ParcelDraft::from(text.parse::<Parcel>().unwrap());
            assert_eq!(draft.waybill, "SF1409228366", "{text}");
            assert_eq!(draft.carrier.as_deref(), carrier, "{text}");
            assert_eq!(draft.items, items, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("", BadParcel::NoWaybill(String::new())),
            (":1:1", BadParcel::NoWaybill(":1:1".to_owned())),
            ("SF1,", BadParcel::NoCarrier),
            ("SF1:", BadParcel::NotAPair(String::new())),
            ("SF1:1", BadParcel::NotAPair("1".to_owned())),
            ("SF1:0:1", BadParcel::NotALine("0".to_owned())),
            ("SF1:-1:1", BadParcel::NotALine("-1".to_owned())),
            ("SF1:1:0", BadParcel::NotPieces("0".to_owned())),
            ("SF1:1:4294967296", BadParcel::NotPieces("4294967296".to_owned())),
            ("SF1:1:1,1:2", BadParcel::Twice(1)),
        ] {
            assert_eq!(text.parse::<Parcel>(), Err(error), "{text:?}");
        }
    }
}
