//! Why the platform refuses a call: the code on the wire with the reason in words.

/// A refusal of the platform. The number is its `errcode`; see the wire reference §1.5 and §2.3.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{code}: {reason}")]
pub struct Refusal {
    /// `errcode` on the wire.
    pub code: i64,
    /// The beginning of `errmsg`.
    pub reason: String,
}

impl Refusal {
    pub(crate) fn new(code: i64, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into() }
    }

    pub(crate) fn bad_argument(reason: impl Into<String>) -> Self {
        Self::new(40097, format!("invalid args: {}", reason.into()))
    }

    pub(crate) fn no_such_order() -> Self {
        Self::new(100002, "order not exist")
    }

    pub(crate) fn wrong_state(reason: impl Into<String>) -> Self {
        Self::new(101100, format!("order status not allowed: {}", reason.into()))
    }
}
