//! What the services promise, over a real store.

mod batch;
mod buyer;
pub(crate) mod desk;
mod race;
mod seen;
mod ship;
mod states;
mod sweep;
mod taps;
mod views;
mod watched;
mod whys;
