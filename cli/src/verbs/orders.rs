//! `orders`: the list, an order in full, and the four taps.

mod list;
mod receipt;
mod search;
mod show;
mod views;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as NoText;
use shopkeeper_core::core::Core;
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Anchor, From as Begin, Orders, ShipDraft, Window};

use super::VerbError;
use super::speaker::Speaker;
use crate::args::{OrdersVerb, ViewsVerb};
use list::Listed;
use receipt::{Receipt, Saved};
use search::Hits;
use show::Shown;

pub(super) fn run(verb: OrdersVerb, core: &Core, speaker: &mut Speaker<'_>) -> Result<(), VerbError> {
    let orders = core.orders()?;
    match verb {
        OrdersVerb::List(wish) => {
            let view = views::wanted(wish.view.as_deref(), &wish.narrow, &orders, core)?;
            let list = orders.list(&view.filter, view.sort, &window(wish.after.as_deref(), wish.limit)?)?;
            speaker.say(&Listed::from(&list), core)?;
        }
        OrdersVerb::Search(wish) => {
            let query = speaker.searched(wish.text.join(" "));
            let found = orders.search(&query, &window(wish.after.as_deref(), wish.limit)?)?;
            speaker.say(&Hits::from(&found), core)?;
        }
        OrdersVerb::Views { verb } => views::run(verb.unwrap_or(ViewsVerb::List), &orders, core, speaker)?,
        OrdersVerb::Show { order } => {
            let detail = orders.detail(&find(&orders, &order.order)?)?;
            speaker.say(&Shown { order: &detail }, core)?;
        }
        OrdersVerb::Flag { order, flag, .. } => {
            let (key, number) = named(&orders, &order.order)?;
            let flag = flag.into();
            orders.set_flag(&key, flag)?;
            speaker.say(&Receipt { order: &key, number: &number, saved: Saved::Flag { flag } }, core)?;
        }
        OrdersVerb::Note { order, text, platform: false, .. } => {
            let (key, number) = named(&orders, &order.order)?;
            orders.add_note(&key, &text)?;
            speaker.say(&Receipt { order: &key, number: &number, saved: Saved::Note }, core)?;
        }
        OrdersVerb::Note { order, text, platform: true, .. } => {
            let (key, number) = named(&orders, &order.order)?;
            let receipt = orders.write_platform_note(&key, &text)?;
            speaker.say(&Receipt { order: &key, number: &number, saved: Saved::PlatformNote(receipt) }, core)?;
        }
        OrdersVerb::Ship(wish) => {
            let (key, number) = named(&orders, &wish.order.order)?;
            let parcels = wish.parcels().into_iter().map(Into::into).collect();
            let receipt = orders.ship(&key, &ShipDraft { parcels })?;
            speaker.say(&Receipt { order: &key, number: &number, saved: Saved::Ship(receipt) }, core)?;
        }
    }
    Ok(())
}

fn window(after: Option<&str>, size: u16) -> Result<Window, CoreError> {
    let from = match after {
        None => Begin::Top,
        // The core reads it; here it is text that came out of an earlier answer.
        Some(text) => {
            let anchor = Anchor::deserialize(text.into_deserializer())
                .map_err(|error: NoText| CoreError::BadInput { field: "anchor", what: error.to_string() })?;
            Begin::After(anchor)
        }
    };
    Ok(Window { from, size })
}

/// The one order that is called that.
fn find(orders: &Orders, text: &str) -> Result<OrderKey, VerbError> {
    let mut found = orders.find(text)?;
    match (found.pop(), found.len()) {
        (None, _) => Err(VerbError::NoOrder(text.to_owned())),
        (Some(key), 0) => Ok(key),
        (Some(_), others) => Err(VerbError::ManyOrders { text: text.to_owned(), count: others + 1 }),
    }
}

/// As [`find`], with the number by which a person knows it.
fn named(orders: &Orders, text: &str) -> Result<(OrderKey, String), VerbError> {
    let key = find(orders, text)?;
    let number = orders.detail(&key)?.row.number;
    Ok((key, number))
}
