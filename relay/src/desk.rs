//! What the owner does at the relay: invites phones, looks at the devices, turns one away. The command line does this beside a relay that
//! is running, on the same store.

use std::sync::Arc;

use shopkeeper_protocol::{DeviceId, Invite};

use crate::pairing;
use crate::ports::{Clock, Ports, Random};
use crate::store::{DeviceInfo, Store, StoreError};

/// See the module.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    clock: Clock,
    random: Arc<dyn Random>,
    /// Of the key that the relay presents; `None` if it presents none of its own.
    key_hash: Option<String>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").field("key_hash", &self.key_hash).finish_non_exhaustive()
    }
}

impl Desk {
    pub(crate) fn over(store: Store, ports: &Ports, key_hash: Option<String>) -> Self {
        Self { store, clock: Arc::clone(&ports.clock), random: Arc::clone(&ports.random), key_hash }
    }

    /// Makes a code for one phone, good for five minutes. `url` is where the phone will find the relay.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn invite(&self, url: &str) -> Result<Invite, StoreError> {
        let code = pairing::new_code(&self.store, &self.clock, &*self.random).await?;
        let url = url.trim_end_matches('/').to_owned();
        Ok(Invite { code, key_hash: self.key_hash.clone(), url })
    }

    /// All devices, the newest first, revoked ones too.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn devices(&self) -> Result<Vec<DeviceInfo>, StoreError> {
        self.store.read(|reader| reader.devices()).await
    }

    /// Turns a device away for good. False if there is no such device.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn revoke(&self, device: &DeviceId) -> Result<bool, StoreError> {
        let (device, now) = (device.clone(), (self.clock)());
        self.store.write(move |tx| tx.revoke(&device, now)).await
    }
}
