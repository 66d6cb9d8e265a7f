//! The facade against a relay that pairs and has nothing to tell.

mod life;
mod pairing;
mod screens;
mod town;
