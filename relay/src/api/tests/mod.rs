//! Tests of the API over a real store and a platform side that does as it is told.

pub(crate) mod bench;
mod feeds;
mod handshake;
mod pairing;
mod paths;
