//! The people that tests talk about, the orders they have, and the places where they meet: [`town`] with platform, relay and phones in one
//! thread and in simulated time, [`live`] with all of them over real sockets.

pub mod builders;
pub mod dump;
pub(crate) mod equal;
pub(crate) mod live;
pub mod personas;
pub mod town;
pub(crate) mod wire;
