//! The sandbox against the wire reference: what it answers, what it refuses, what it pushes.

mod living;
mod pushes;
mod reading;
mod serving;
mod support;
mod tokens;
mod trouble;
mod world_is_sound;
mod writing;
