//! 出门前备齐 in a scenario.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use shopkeeper_core::sync::{Missing, PartKind, ProvisionStep};

use super::compare::Comparison;
use crate::support::town::Town;

/// Fetches what tomorrow needs and waits for the end, or for the merchant to lose patience.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    #[serde(default)]
    pub phone: Option<String>,
    /// Code of the trouble that is expected.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Cancelled after so many seconds, if it still goes on: it must.
    #[serde(default)]
    pub cancelled_after_seconds: Option<u64>,
}

/// What is here, and what is missing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeeProvisions {
    #[serde(default)]
    pub phone: Option<String>,
    pub complete: Option<bool>,
    pub open_orders: Option<PartIs>,
    pub recent_orders: Option<PartIs>,
    pub carriers: Option<PartIs>,
    pub rulebook: Option<PartIs>,
    /// Work that the platform does not have.
    pub unsent: Option<u32>,
    /// The order of the first deadline that needs a network; empty: none does.
    pub offline_until: Option<String>,
    /// In whole hours, rounded down.
    pub offline_until_hours: Option<i64>,
    /// Orders of the deadlines to see to first, in their order.
    pub before_leaving: Option<Vec<String>>,
}

/// One part of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartIs {
    pub here: Option<u64>,
    pub missing: Option<MissingIs>,
}

/// Why it is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingIs {
    Nothing,
    NeverFetched,
    OnItsWay,
    RelayHasNotAll,
    Unreadable,
}

/// Runs it.
///
/// # Errors
/// What was not as the step says.
pub async fn provision(town: &Town, step: &Provision) -> Result<(), String> {
    let sync = town.core(step.phone.as_deref())?.sync().map_err(|error| error.to_string())?;
    let told: Arc<Mutex<Vec<ProvisionStep>>> = Arc::default();
    let into = Arc::clone(&told);
    let hear = move |step: ProvisionStep| into.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    let run = sync.provision(Arc::new(hear));
    let found = match step.cancelled_after_seconds {
        None => run.await.map_err(|error| error.to_string())?,
        Some(seconds) => {
            let ended = tokio::time::timeout(Duration::from_secs(seconds), run).await;
            return if ended.is_err() { Ok(()) } else { Err("cancelled_after_seconds: it had ended".to_owned()) };
        }
    };
    let told = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if told.first() != Some(&ProvisionStep::Asking) || told.last() != Some(&ProvisionStep::Looking) {
        return Err(format!("it told these steps: {told:?}"));
    }
    if found.trouble == step.trouble.as_deref() {
        Ok(())
    } else {
        Err(format!("trouble: expected {:?}, found {:?}", step.trouble, found.trouble))
    }
}

/// Looks without asking anybody, and compares.
///
/// # Errors
/// What could not be looked at.
pub fn see(town: &Town, see: &SeeProvisions, all: &mut Comparison) -> Result<(), String> {
    let sync = town.core(see.phone.as_deref())?.sync().map_err(|error| error.to_string())?;
    let found = sync.provisions().map_err(|error| error.to_string())?;
    all.field("complete", see.complete.as_ref(), found.is_complete());
    for (name, kind, expected) in [
        ("open_orders", PartKind::OpenOrders, &see.open_orders),
        ("recent_orders", PartKind::RecentOrders, &see.recent_orders),
        ("carriers", PartKind::Carriers, &see.carriers),
        ("rulebook", PartKind::Rulebook, &see.rulebook),
    ] {
        let Some(expected) = expected else { continue };
        let part = found.parts.iter().find(|part| part.kind == kind).ok_or_else(|| format!("{name}: no such part"))?;
        all.field(&format!("{name}.here"), expected.here.as_ref(), part.here);
        all.field(&format!("{name}.missing"), expected.missing.as_ref(), missing(part.missing));
    }
    all.field("unsent", see.unsent.as_ref(), found.unsent.pending + found.unsent.unknown + found.unsent.needs_action);
    let until = found.offline_until.as_ref();
    let order = until.map(|deadline| town.name_of(&deadline.number)).unwrap_or_default();
    all.field("offline_until", see.offline_until.as_ref(), order);
    let now_ms = town.world.platform.now_ms();
    let hours = until.map_or(i64::MAX, |deadline| (deadline.at.ms() - now_ms).div_euclid(3_600_000));
    all.field("offline_until_hours", see.offline_until_hours.as_ref(), hours);
    let first = found.before_leaving.iter().map(|deadline| town.name_of(&deadline.number)).collect();
    all.field("before_leaving", see.before_leaving.as_ref(), first);
    Ok(())
}

fn missing(missing: Option<Missing>) -> MissingIs {
    match missing {
        None => MissingIs::Nothing,
        Some(Missing::NeverFetched) => MissingIs::NeverFetched,
        Some(Missing::OnItsWay { .. }) => MissingIs::OnItsWay,
        Some(Missing::RelayHasNotAll { .. }) => MissingIs::RelayHasNotAll,
        Some(Missing::Unreadable { .. }) => MissingIs::Unreadable,
    }
}
