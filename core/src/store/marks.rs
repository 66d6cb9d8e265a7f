//! Flags and private notes in actions.db.

use std::collections::BTreeMap;

use super::{ActionsReader, LocalMark, StoreError};
use crate::ids::OrderKey;

/// What every flagged or noted order has on it.
pub(in crate::store) fn load(_reader: &ActionsReader<'_>) -> Result<BTreeMap<OrderKey, LocalMark>, StoreError> {
    Ok(BTreeMap::new())
}
