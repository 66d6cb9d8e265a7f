//! The app without a phone: its sentences, its pages, and how facts read.
//!
//! What is here is pure: pages are functions of what the core told, keys are functions of pages. The driver that holds a core comes with the
//! services of the core that it watches.

pub mod demo;
pub mod phone;
pub mod phrase;
pub mod tui;
pub mod words;
