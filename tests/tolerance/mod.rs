//! Bad input from end to end. Whatever arrives, what a merchant had before is still there and readable, and somebody says what was wrong and
//! where: the platform's answers ([`platform`]), the relay's feed ([`feed`]), what knocks at the relay's doors ([`doors`]), files
//! ([`files`]), and what is asked of a phone ([`questions`]).

mod doors;
mod feed;
mod files;
mod platform;
mod questions;
