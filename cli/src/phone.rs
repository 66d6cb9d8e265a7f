//! A phone without a phone: the core with this machine's network, clock and files behind it, and a switch for airplane mode.
//!
//! A [`Phone`] owns its [`Core`]. Opening it goes to no network and needs none; its tasks begin at once, so a paired phone syncs and sends
//! as soon as it is there. [`Phone::close`] writes everything down and ends them; a phone that is only dropped is a phone whose battery
//! was taken out, and loses nothing that was confirmed.
//!
//! A folder has one phone at a time: a core keeps in memory what only it writes, so a second one on the same files would act on what is no
//! longer so. The lock goes with the process, however that ends.
//!
//! Everything that leaves it goes through its [`Airplane`]. The switch acts on the network itself and not on what is known of it: requests
//! on their way lose their answers and open streams break, as they do in somebody's pocket. The core is told of the link besides, as
//! a telephone's system would tell it.

mod airplane;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use shopkeeper_core::core::{Config, Core};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::net::http::HttpTransport;
use shopkeeper_core::pairing::FileSecrets;
use shopkeeper_core::ports::{Link, Ports, StoreThreads, SystemClock, SystemRandom, WallClock};

pub use airplane::Airplane;

use crate::lock;

/// What the relay's log calls this build.
const BUILD: &str = concat!("terminal ", env!("CARGO_PKG_VERSION"));

/// See the module. Cloning shares the phone.
#[derive(Debug, Clone)]
pub struct Phone {
    core: Core,
    airplane: Arc<Airplane>,
    lock: Arc<File>,
}

impl Phone {
    /// Opens the phone whose files are in `dir`, or a new one there, on this machine's clock. Has to be called inside a tokio runtime.
    ///
    /// # Errors
    /// [`CoreError::Storage`] if another phone has the folder; otherwise as [`Core::open`].
    pub fn open(dir: &Path, device_name: &str) -> Result<Self, CoreError> {
        Self::open_at(dir, device_name, Arc::new(SystemClock))
    }

    /// As [`Phone::open`], on another clock: a demo world's days can be shorter.
    ///
    /// # Errors
    /// As [`Phone::open`].
    pub fn open_at(dir: &Path, device_name: &str, clock: Arc<dyn WallClock>) -> Result<Self, CoreError> {
        let lock = Arc::new(take(dir)?);
        let airplane = Arc::new(Airplane::around(Arc::new(HttpTransport::new())));
        let config =
            Config { root: dir.to_owned(), build: BUILD.to_owned(), device_name: device_name.to_owned(), key: None };
        let ports = Ports {
            clock,
            random: Arc::new(SystemRandom),
            secrets: Arc::new(FileSecrets::new(dir.join("secrets.json"))),
            connectivity: Arc::clone(&airplane) as _,
            transport: Arc::clone(&airplane) as _,
            store_threads: StoreThreads::Own,
        };
        let core = Core::open(config, ports)?;
        core.start();
        Ok(Self { core, airplane, lock })
    }

    #[must_use]
    pub fn core(&self) -> &Core {
        &self.core
    }

    /// The switch and what lies behind it.
    #[must_use]
    pub fn network(&self) -> &Airplane {
        &self.airplane
    }

    /// Airplane mode, from now on.
    pub fn set_airplane(&self, on: bool) {
        self.airplane.set(on);
    }

    #[must_use]
    pub fn airplane(&self) -> bool {
        self.airplane.is_on()
    }

    /// The link and its changes.
    #[must_use]
    pub fn link(&self) -> tokio::sync::watch::Receiver<Link> {
        self.airplane.link()
    }

    /// See [`Airplane::lose_next_reply`].
    pub fn lose_next_reply(&self) {
        self.airplane.lose_next_reply();
    }

    /// Ends what the phone does and closes its files. Every clone of it is closed.
    ///
    /// # Errors
    /// As [`Core::shutdown`].
    pub async fn close(self) -> Result<(), CoreError> {
        let closed = self.core.shutdown().await;
        // Clones may live on, and have nothing open any more.
        let _ = self.lock.unlock();
        closed
    }
}

/// Takes the folder for one phone, or says that another has it.
fn take(dir: &Path) -> Result<File, CoreError> {
    let failed = |what: String| CoreError::Storage { file: "phone.lock", what };
    let refused = |error: std::io::Error| failed(error.kind().to_string());
    std::fs::create_dir_all(dir).map_err(refused)?;
    let taken = lock::take(&dir.join("phone.lock")).map_err(refused)?;
    taken.ok_or_else(|| failed("another shopkeeper is using it; end that one first".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_new_phone_is_paired_with_nothing_and_opens_again_where_it_was_closed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("made by opening");
        for _ in 0..2 {
            let phone = Phone::open(&root, "test").unwrap();
            assert_eq!(phone.core().shop(), None);
            assert_eq!(phone.core().home().map(drop), Err(CoreError::NotPaired));
            phone.close().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_folder_has_one_phone_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let phone = Phone::open(dir.path(), "test").unwrap();
        let other = Phone::open(dir.path(), "test").map(drop);
        assert!(matches!(other, Err(CoreError::Storage { file: "phone.lock", .. })), "{other:?}");
        let clone = phone.clone();
        phone.close().await.unwrap();
        Phone::open(dir.path(), "test").unwrap().close().await.unwrap();
        drop(clone);
    }

    #[tokio::test]
    async fn in_airplane_mode_pairing_says_offline_and_the_link_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let phone = Phone::open(dir.path(), "test").unwrap();
        let mut link = phone.link();
        assert_eq!(*link.borrow_and_update(), Link::Online);
        phone.set_airplane(true);
        assert!(phone.airplane());
        assert_eq!(*link.borrow_and_update(), Link::Offline);
        let invite = shopkeeper_protocol::Invite {
            url: "http://127.0.0.1:9".to_owned(),
            key_hash: None,
            code: "ABCD".to_owned(),
        };
        let refused = phone.core().pairing().pair(&invite.to_string()).await;
        assert!(matches!(refused, Err(CoreError::Offline(_))), "{refused:?}");
        phone.close().await.unwrap();
    }
}
