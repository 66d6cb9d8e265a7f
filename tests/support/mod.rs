//! The people that tests talk about, the orders they have, and a town in which they meet: platform, relay and phones in one thread.

pub mod builders;
pub mod dump;
pub mod personas;
pub mod town;
