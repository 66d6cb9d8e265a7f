//! Money: integer fen in a type. No float ever touches a price.

use serde::{Deserialize, Serialize};

/// An amount in fen, 1/100 yuan. May be negative (a difference).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// `1234.50`: digits alone, as one types an amount.
    pub(crate) fn plain(self) -> String {
        let fen = self.0.unsigned_abs();
        format!("{}{}.{:02}", if self.0 < 0 { "-" } else { "" }, fen / 100, fen % 100)
    }
}

/// Sums saturate: an amount that leaves `i64` is wrong input, and a wrong total must not become a small one.
impl std::ops::Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::ops::Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, std::ops::Add::add)
    }
}

/// `¥1,234.50`, `-¥0.05`: no space after the sign, groups of three, always two places.
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fen = self.0.unsigned_abs();
        let yuan = (fen / 100).to_string();
        let mut grouped = String::with_capacity(yuan.len() + yuan.len() / 3);
        for (at, digit) in yuan.chars().enumerate() {
            if at > 0 && (yuan.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let text = format!("{}¥{grouped}.{:02}", if self.0 < 0 { "-" } else { "" }, fen % 100);
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[test]
    fn money_reads_as_a_merchant_writes_it() {
        for (fen, text) in [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (123_450, "¥1,234.50"),
            (-5, "-¥0.05"),
            (100_000_000, "¥1,000,000.00"),
            (i64::MIN, "-¥92,233,720,368,547,758.08"),
        ] {
            assert_eq!(Money::from_fen(fen).to_string(), text);
        }
    }

    #[test]
    fn sums_saturate() {
        assert_eq!(Money::from_fen(i64::MAX) + Money::from_fen(1), Money::from_fen(i64::MAX));
    }
}
