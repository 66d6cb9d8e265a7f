//! `pair`: this folder becomes a device of a shop.

use serde::Serialize;
use shopkeeper_core::pairing::ShopFacts;

use super::VerbError;
use super::place::Place;
use super::speaker::{Answer, Speaker};
use crate::exit::Exit;
use crate::phrase::Teller;
use crate::say;
use crate::tui::measure::tame;

/// `{"shop":{"key":…,"name":…,…}}`
#[derive(Debug, Serialize)]
struct Paired {
    shop: ShopFacts,
}

impl Answer for Paired {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        vec![say!(teller.words, "pair.done", shop = tame(&self.shop.name)), say!(teller.words, "cli.pair.next")]
    }
}

pub(super) async fn run(
    invite: &str,
    device: &str,
    place: &Place,
    speaker: &mut Speaker<'_>,
) -> Result<Exit, VerbError> {
    let phone = place.phone(device)?;
    let told = match phone.core().pairing().pair(invite).await {
        Ok(shop) => speaker.say(&Paired { shop }, phone.core()).map_err(VerbError::from),
        Err(error) => Err(error.into()),
    };
    let closed = phone.close().await;
    told?;
    closed?;
    Ok(Exit::Ok)
}
