//! What the sync promises, against a relay in memory whose answers go wrong as told. Time is tokio's and moved by the tests.

mod ahead;
mod crash;
mod interleave;
mod late;
mod pages;
mod phone;
mod provision;
mod relay;
mod task;
