//! The outbox against a relay in memory, under paused time.

mod bench;
mod doubt;
mod feed;
mod hands;
mod kill;
mod lanes;
mod properties;
mod relay;
