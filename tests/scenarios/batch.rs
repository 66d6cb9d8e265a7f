//! One tap on several orders in a scenario.

use std::collections::BTreeMap;

use serde::Deserialize;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{Batch, Flag, ParcelDraft, ShipDraft};

use super::deeds;
use super::step::Step;
use crate::support::town::Town;

/// The orders of one tap, and what becomes of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tap {
    #[serde(default)]
    pub phone: Option<String>,
    /// By name; `<name>-1..<n>` stands for `<name>-1` to `<name>-<n>`.
    pub orders: Vec<String>,
    /// Reasons or codes of the orders that are refused; every other one must go through.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// The code with which the whole tap is refused.
    #[serde(default)]
    pub refused: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagMany {
    pub on: Tap,
    /// Absent: the flags are taken off.
    #[serde(default)]
    pub colour: Option<Flag>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteMany {
    pub on: Tap,
    pub text: String,
}

/// Ships each whole, with waybills `<waybill>0001` …
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipMany {
    pub on: Tap,
    pub waybill: String,
}

/// Taps.
///
/// # Errors
/// What was not as the step says.
pub fn tap(town: &Town, step: &Step) -> Result<(), String> {
    match step {
        Step::FlagMany(many) => {
            let (orders, keys) = (many.on.orders(town)?, many.on.keys(town)?);
            many.on.told(town, orders.flag_many(&keys, many.colour))
        }
        Step::NoteMany(many) => {
            let (orders, keys) = (many.on.orders(town)?, many.on.keys(town)?);
            many.on.told(town, orders.note_many(&keys, &many.text))
        }
        Step::ShipMany(many) => {
            let (orders, keys) = (many.on.orders(town)?, many.on.keys(town)?);
            let drafts = keys.into_iter().zip(1..).map(|(key, n)| {
                let waybill = format!("{}{n:04}", many.waybill);
                (key, ShipDraft { parcels: vec![ParcelDraft { carrier: Some("SF".into()), waybill, items: None }] })
            });
            many.on.told(town, orders.ship_many(&drafts.collect::<Vec<_>>()))
        }
        _ => Ok(()),
    }
}

impl Tap {
    fn orders(&self, town: &Town) -> Result<shopkeeper_core::orders::Orders, String> {
        town.core(self.phone.as_deref())?.orders().map_err(|error| error.to_string())
    }

    fn keys(&self, town: &Town) -> Result<Vec<OrderKey>, String> {
        names(&self.orders)?.iter().map(|name| town.key(self.phone.as_deref(), name)).collect()
    }

    fn told<T>(&self, town: &Town, batch: Result<Batch<T>, shopkeeper_core::error::CoreError>) -> Result<(), String> {
        let batch = match batch {
            Ok(batch) => batch,
            Err(error) => return deeds::told(Err(error), self.refused.as_deref()),
        };
        deeds::told(Ok(()), self.refused.as_deref())?;
        let named = names(&self.orders)?;
        if let Some(nobody) = self.answers.keys().find(|name| !named.contains(name)) {
            return Err(format!("answers: {nobody} is not among the orders"));
        }
        for (name, (key, answer)) in named.iter().zip(batch) {
            if town.key(self.phone.as_deref(), name)? != key {
                return Err(format!("answers: the one of {name} is of another order"));
            }
            let expected = self.answers.get(name).map(String::as_str);
            deeds::told(answer.map(drop), expected).map_err(|what| format!("{name}: {what}"))?;
        }
        Ok(())
    }
}

fn names(said: &[String]) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for said in said {
        match said.split_once("-1..") {
            None => names.push(said.clone()),
            Some((name, last)) => {
                let last: u32 = last.parse().map_err(|_| format!("orders: {said}: no such stretch"))?;
                names.extend((1..=last).map(|n| format!("{name}-{n}")));
            }
        }
    }
    Ok(names)
}
