//! Which carrier a waybill looks like.

use serde::Deserialize;

/// `prefix`, then `letters` upper-case letters of any kind, then between `digits.0` and `digits.1` digits, then `suffix`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaybillPattern {
    pub(super) carrier: String,
    pub(super) prefix: String,
    #[serde(default)]
    pub(super) letters: usize,
    pub(super) digits: (usize, usize),
    #[serde(default)]
    pub(super) suffix: String,
}

impl WaybillPattern {
    pub(super) fn fits(&self, waybill: &str) -> bool {
        let Some(rest) = waybill.strip_prefix(self.prefix.as_str()) else { return false };
        let Some(rest) = rest.strip_suffix(self.suffix.as_str()) else { return false };
        let Some((letters, digits)) = rest.split_at_checked(self.letters) else { return false };
        letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && (self.digits.0..=self.digits.1).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    /// What makes it a pattern that can never fit, or fit anything.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.carrier.is_empty() {
            return Some("needs a carrier");
        }
        if self.prefix.is_empty() {
            return Some("needs a prefix");
        }
        let folded = |text: &str| text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !folded(&self.prefix) || !folded(&self.suffix) {
            return Some("prefix and suffix are upper-case letters and digits");
        }
        (self.digits.0 > self.digits.1 || self.digits.1 == 0).then_some("digits is [fewest, most], with a most above 0")
    }
}
