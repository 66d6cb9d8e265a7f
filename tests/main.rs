//! Everything that needs more than one room of the program: end to end, scenarios, golden files, upgrades, and the simulation.

#![allow(unreachable_pub, reason = "nothing leaves a test binary; `pub` says here what other parts of it may use")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test a broken assumption has to end the test")]

mod e2e;
mod golden;
mod leaks;
mod meeting;
mod scenarios;
mod schema;
mod simulation;
mod support;
mod tolerance;
