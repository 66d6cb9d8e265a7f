//! The sandbox against the wire reference: what it answers, what it refuses, what it pushes.

mod support;
mod world_is_sound;
