//! The relay meets the pretend platform, over sockets, as it would meet the real one.
//!
//! Both sides were written from the wire reference, without sight of each other. So whatever one of them misread shows here as a
//! difference: an order that is set aside, a field that is not equal, a push that is turned away, a command that takes effect twice. Where
//! they differ, the reference decides who is corrected.
//!
//! [`shop`] is the bench: a platform and a relay on loopback ports under one clock, and a device that reads feeds and gives commands. What is
//! compared is never what the relay believes with what the relay was told, but its feed with the platform's own books and, field by field, with
//! the order as the platform shows it.

mod cases;
mod deciding;
mod living;
mod pushing;
mod reading;
mod shop;
mod writing;
