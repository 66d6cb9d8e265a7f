//! From end to end: the pretend platform, the relay and phones over real loopback HTTP, on real files and real threads.
//!
//! What is compared in the end is always the phone with the platform's own books, never with what somebody in between believes.

mod first;
mod first_killed;
mod lives;
mod pairing;
mod pushes;
mod road;
