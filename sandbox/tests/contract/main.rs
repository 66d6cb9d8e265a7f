//! The sandbox against the wire reference: what it answers, what it refuses, what it pushes.

#![allow(clippy::expect_used, reason = "a test's helpers fail as its tests do")]

mod aftersale_lists;
mod aftersales;
mod conserved;
mod decisions;
mod lifelike;
mod living;
mod order_changes;
mod pictures;
mod products;
mod pushes;
mod reading;
mod serving;
mod support;
mod tokens;
mod trouble;
mod world_is_sound;
mod writing;
