//! Where a verb works: which of the two kinds of folder `--data` names, and what has to run for it.

use std::path::{Path, PathBuf};

use super::VerbError;
use crate::demo::{Demo, DemoOptions, is_demo, phone_folder};
use crate::phone::Phone;

/// What the shop's owner sees in the relay's list if nothing else was said.
pub(crate) const DEVICE: &str = "shopkeeper";

/// A folder with a phone in it.
#[derive(Debug)]
pub(super) struct Place {
    dir: PathBuf,
    demo: bool,
}

/// An open phone, with the world around it if that is pretended.
#[derive(Debug)]
pub(super) enum Open {
    /// The relay is somebody else's process.
    Phone(Phone),
    /// Platform and relay are in this one, for as long as it lasts.
    Demo(Box<Demo>),
}

impl Place {
    /// The folder that was named, if it holds a shop.
    ///
    /// # Errors
    /// [`VerbError::NoData`], [`VerbError::NoShop`].
    pub(super) fn of(data: Option<&Path>) -> Result<Self, VerbError> {
        let dir = data.ok_or(VerbError::NoData)?.to_owned();
        let demo = is_demo(&dir);
        if !demo && !phone_folder(&dir).is_dir() {
            return Err(VerbError::NoShop(dir));
        }
        Ok(Self { dir, demo })
    }

    /// The folder that was named, for a phone that is to be paired: an empty or a new one will do.
    ///
    /// # Errors
    /// [`VerbError::NoData`], [`VerbError::IsDemo`].
    pub(super) fn to_pair(data: Option<&Path>) -> Result<Self, VerbError> {
        let dir = data.ok_or(VerbError::NoData)?.to_owned();
        if is_demo(&dir) { Err(VerbError::IsDemo(dir)) } else { Ok(Self { dir, demo: false }) }
    }

    /// The phone alone, in airplane mode: for what needs no network.
    ///
    /// # Errors
    /// As [`Phone::open`].
    pub(super) fn offline(&self) -> Result<Open, VerbError> {
        let phone = self.phone(DEVICE)?;
        phone.set_airplane(true);
        Ok(Open::Phone(phone))
    }

    /// The phone on its network, and the demo world around it if it lives in one.
    ///
    /// # Errors
    /// As [`Phone::open`] and [`Demo::start`].
    pub(super) async fn online(&self) -> Result<Open, VerbError> {
        if self.demo {
            // Its buyers rest: a verb is over before they would do anything.
            let options = DemoOptions { data: Some(self.dir.clone()), living: false, ..DemoOptions::default() };
            return Ok(Open::Demo(Box::new(Demo::start(options).await?)));
        }
        Ok(Open::Phone(self.phone(DEVICE)?))
    }

    /// The phone, under a name of its own.
    ///
    /// # Errors
    /// As [`Phone::open`].
    pub(super) fn phone(&self, device: &str) -> Result<Phone, VerbError> {
        Ok(Phone::open(&phone_folder(&self.dir), device)?)
    }
}

impl Open {
    pub(super) fn phone(&self) -> &Phone {
        match self {
            Self::Phone(phone) => phone,
            Self::Demo(demo) => demo.phone(),
        }
    }

    /// Writes everything down and ends it.
    ///
    /// # Errors
    /// If a file could not be closed in order.
    pub(super) async fn close(self) -> Result<(), VerbError> {
        match self {
            Self::Phone(phone) => Ok(phone.close().await?),
            Self::Demo(demo) => Ok(demo.shutdown().await?),
        }
    }
}
