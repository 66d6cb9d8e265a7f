//! The app in a terminal.
//!
//! One loop, three pure parts and one that touches the world:
//!
//! ```text
//!   core's observers, keys, timer ──► Event ──► update(&mut App, Event) ──► Vec<Effect> ──► driver (core, link, quit)
//!                                                     │                                        │
//!                                     view(&App) ◄────┘                 what came of it ──► Event
//! ```
//!
//! [`App`] is everything that the screen knows, and holds only records of the core and what the user is typing. [`update`](App::update)
//! decides, [`view::draw`] paints, neither waits for anything; so every screen is a value that a test can build, and every key a
//! call. The driver alone holds the core: it performs effects and turns snapshots and answers into events.
//!
//! Each of the four tabs keeps its own stack of pages. A sheet (flag picker, editor, ship form, help, why) lies over the page and has
//! the keys while it is open; what was typed into it survives closing it, so Esc never costs work.

mod app;
pub mod driver;
mod event;
mod field;
mod filter_sheet;
mod marks;
pub mod measure;
mod search;
mod ship_form;
mod ship_run;
pub mod theme;
mod update;
pub mod view;
mod views_sheet;

pub use app::{
    App, DetailPage, Facts, ListScreen, Notice, OutboxPage, Page, ProvisionPage, Sheet, Tab, Tone, UndoBar, Why,
};
pub use event::{Answer, Effect, Event};
pub use field::Field;
pub use filter_sheet::{Choice, FilterLine, FilterSheet, Mode};
pub use marks::Marks;
pub use search::{SearchFocus, SearchScreen};
pub use ship_form::{Focus, FormLine, FormParcel, ShipForm};
pub use ship_run::{RunOrder, ShipRun, Standing};
pub use update::Walk;
pub use views_sheet::{ViewsMode, ViewsSheet};
