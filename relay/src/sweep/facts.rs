//! The shop itself and its carriers: few, slow to change, read whole.

use shopkeeper_protocol::{EntityKey, EntityKind, ShopFacts};

use super::{SweepError, Sweeper};
use crate::platform::PlatformError;
use crate::store::{Put, StoreError, Tx};

/// How long they are believed, in ms: six hours.
const BELIEVED: i64 = 6 * 3_600 * 1_000;

impl Sweeper {
    /// Reads shop and carriers if it is time.
    pub(super) async fn read_facts(&self) -> Result<(), SweepError> {
        let now = self.now();
        let read_at = self.0.store.read(|reader| reader.facts_at()).await?;
        if read_at.is_some_and(|at| (0..BELIEVED).contains(&now.saturating_sub(at))) {
            return Ok(());
        }
        let shop = self.0.platform.shop().await?;
        let carriers = match self.0.platform.carriers().await {
            Ok(carriers) => carriers,
            // Not every shop may ask for them, and orders can be worked on without.
            Err(error @ (PlatformError::Refused { .. } | PlatformError::Unreadable(_))) => {
                tracing::warn!(%error, "no list of carriers");
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        let source = self.0.platform.source();
        let write = move |tx: &Tx<'_>| {
            put_shop(tx, source, &shop)?;
            if carriers.is_empty() {
                return tx.set_facts(now);
            }
            let mut gone = tx.keys_of(&EntityKind::Carrier)?;
            for carrier in &carriers {
                let key = EntityKey(format!("{source}:carrier:{}", carrier.code));
                let body = serde_json::to_string(carrier).map_err(|_| StoreError::Corrupt("a carrier"))?;
                let kind = EntityKind::Carrier;
                tx.put(Put { kind, key: &key, body, open: false, created_at: None, fetch: None })?;
                gone.retain(|had| *had != key);
            }
            for key in gone {
                tx.bury(&EntityKind::Carrier, &key, now)?;
            }
            tx.set_facts(now)
        };
        Ok(self.0.store.write(write).await?)
    }

    /// The shop as the platform has it now; stored, if the platform tells it.
    pub(crate) async fn ask_shop(&self) -> Result<ShopFacts, SweepError> {
        let shop = self.0.platform.shop().await?;
        let (source, stored) = (self.0.platform.source(), shop.clone());
        self.0.store.write(move |tx| put_shop(tx, source, &stored)).await?;
        Ok(shop)
    }
}

fn put_shop(tx: &Tx<'_>, source: &str, shop: &ShopFacts) -> Result<(), StoreError> {
    let key = EntityKey(format!("{source}:shop"));
    let body = serde_json::to_string(shop).map_err(|_| StoreError::Corrupt("the shop"))?;
    tx.put(Put { kind: EntityKind::Shop, key: &key, body, open: false, created_at: None, fetch: None })?;
    Ok(())
}
