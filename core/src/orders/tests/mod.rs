//! What the services promise, over a real store.

pub(crate) mod desk;
mod race;
mod seen;
mod ship;
mod states;
mod taps;
mod watched;
mod whys;
