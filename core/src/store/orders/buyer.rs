//! What else one buyer ordered, as far as it is on this phone.

use shopkeeper_protocol::Buyer;

use super::deferred::Deferred;
use super::rows::whole;
use super::{Entry, queries, ranks};
use crate::ids::OrderKey;
use crate::store::{CacheReader, Change, StoreError, Touched};
use crate::time::Instant;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct BuyerOrders {
    /// Whose they are.
    pub(in crate::store) rank: i64,
    /// Paid ones, the order that was asked about among them if it is.
    pub(crate) paid: u64,
    /// Paid ones that were created before it.
    pub(crate) paid_before: u64,
    /// The newest others, paid or not, newest first.
    pub(crate) others: Vec<OtherOrder>,
}

/// Another order of the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OtherOrder {
    pub(crate) key: OrderKey,
    pub(crate) number: String,
    pub(crate) created_at: Instant,
    pub(crate) merchant_note: String,
    /// It had an after-sale, or has one.
    pub(crate) after_sale: bool,
}

impl BuyerOrders {
    /// Whether a commit can have changed them, or what this phone knows of them.
    pub(crate) fn are_touched(&self, touched: &Touched) -> bool {
        let is_of = |entry: &Option<Entry>| entry.as_ref().is_some_and(|entry| entry.buyer_rank == self.rank);
        let concerns = |(key, change): (&OrderKey, &Change)| match change {
            Change::Content => self.others.iter().any(|other| other.key == *key),
            Change::Written(written) => is_of(&written.from) || is_of(&written.to),
            Change::Somehow => true,
        };
        touched.every_order || touched.orders.iter().any(concerns)
    }
}

/// Others that are looked at for a note or an after-sale. Whoever orders more often is known by heart.
const LOOKED_AT: u16 = 50;

impl CacheReader<'_> {
    /// The orders of whoever gave this one; `None` if the source does not say who, or while the index that would tell is not built.
    ///
    /// # Errors
    /// If the cache cannot be read.
    pub(crate) fn orders_of_buyer(
        &self,
        buyer: &Buyer,
        key: &OrderKey,
        created_at: Instant,
    ) -> Result<Option<BuyerOrders>, StoreError> {
        let rank = ranks::buyer(buyer);
        if rank == 0 || !self.has_index(Deferred::Buyer)? {
            return Ok(None);
        }
        let newest = created_at.ms().saturating_neg();
        let mut read = self.connection.prepare_cached(queries::BUYER_PAID.sql)?;
        let (paid, paid_before) =
            read.query_row((rank, newest, key.as_str()), |row| Ok((row.get(0).map(whole)?, row.get(1).map(whole)?)))?;
        let mut read = self.connection.prepare_cached(queries::BUYER_OTHERS.sql)?;
        let others = read.query_map((rank, key.as_str(), LOOKED_AT), |row| {
            Ok(OtherOrder {
                key: OrderKey(row.get(0)?),
                number: row.get(1)?,
                created_at: Instant::from_ms(row.get::<_, i64>(2)?.saturating_neg()),
                merchant_note: row.get(3)?,
                after_sale: row.get(4)?,
            })
        })?;
        Ok(Some(BuyerOrders { rank, paid, paid_before, others: others.collect::<Result<_, _>>()? }))
    }
}
