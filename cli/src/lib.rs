//! The app without a phone: its sentences, its pages, and how facts read.
//!
//! Most of it is pure: pages are functions of what the core told, keys are functions of pages, a verb's answer is a value. What touches the
//! world is [`phone`] (a core on this machine), [`demo`] (a platform and a relay around it), the terminal's driver and [`verbs`].

pub mod args;
pub mod demo;
pub mod exit;
pub mod front;
mod lock;
pub mod narrow;
pub mod phone;
pub mod phrase;
pub mod story;
pub mod told_to_end;
pub mod tui;
pub mod verbs;
pub mod words;
