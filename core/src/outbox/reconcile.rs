//! From the feed's news to what actions.db says, and out of it again.
//!
//! An outcome arrives in the cache, in the feed's transaction and after the reading of the order that it names. From there it is
//! taken over into actions.db, and the command stays an overlay until the cached order is at least that reading. Only then is the
//! command forgotten. Each step may be interrupted and done again.

use shopkeeper_protocol::Outcome;

use super::machine::{self, Event};
use crate::ids::CommandId;
use crate::store::outbox::{CommandRow, CommandState};
use crate::store::{CacheReader, Store, StoreError};
use crate::sync::Version;
use crate::time::{Instant, Span};

/// What is to be done about one command.
enum News {
    Happened(Event),
    /// The cache shows its effect.
    Shown,
}

/// Takes over what the cache knows; says whether that changed anything.
pub(super) fn reconcile(store: &Store) -> Result<bool, StoreError> {
    let overlays = store.overlays();
    let news = store.read(|cache| {
        let mut news = Vec::new();
        for row in overlays.rows() {
            if let Some(found) = look(cache, row)? {
                news.push((row.id.clone(), found));
            }
        }
        Ok(news)
    })?;
    if news.is_empty() {
        return Ok(false);
    }
    store.write_actions(|tx| {
        for (id, news) in &news {
            let Some(row) = tx.reader().command(id)? else { continue };
            match news {
                News::Happened(event) => {
                    if let Some(row) = machine::after(&row, event) {
                        tx.move_command(row)?;
                    }
                }
                News::Shown => tx.remove_command(&row)?,
            }
        }
        Ok(())
    })?;
    let shown: Vec<_> = news.iter().filter(|(_, news)| matches!(news, News::Shown)).map(|(id, _)| id).collect();
    if !shown.is_empty() {
        let newest = Version { generation: i64::MAX, seq: i64::MAX };
        store.write_cache(|tx| {
            for id in shown {
                tx.remove_outcome(id.as_str(), newest)?;
            }
            Ok(())
        })?;
    }
    Ok(true)
}

fn look(cache: &CacheReader<'_>, row: &CommandRow) -> Result<Option<News>, StoreError> {
    if let CommandState::Done { seen } = &row.state {
        let shown = cache.order_version(&row.order)?.is_some_and(|version| version >= *seen);
        return Ok(shown.then_some(News::Shown));
    }
    let event = outcome(cache, &row.id)?.filter(|event| machine::next(&row.state, event).is_some());
    Ok(event.map(News::Happened))
}

/// What the feed said became of a command.
fn outcome(cache: &CacheReader<'_>, id: &CommandId) -> Result<Option<Event>, StoreError> {
    let Some((version, body)) = cache.outcome(id)? else { return Ok(None) };
    // The sink has read it once; what cannot be read now is as if it were not there.
    let outcome: Option<Outcome> = serde_json::from_str(&body).ok();
    Ok(outcome.map(|outcome| machine::of_verdict(&outcome.verdict, version.generation)))
}

/// How long a done command waits for an order that never comes again. Nothing shows it meanwhile.
const ABSENT: Span = Span::hours(30 * 24);

/// After opening: a done command whose order is not in the cache waits for any reading of it, since versions of a cache that began anew
/// are not those that the outcome named.
pub(super) fn expect_any_reading(store: &Store, now: Instant) -> Result<(), StoreError> {
    let any = CommandState::Done { seen: Version::default() };
    let overlays = store.overlays();
    let absent = store.read(|cache| {
        let mut absent = Vec::new();
        for row in overlays.rows() {
            if matches!(row.state, CommandState::Done { .. }) && cache.order_version(&row.order)?.is_none() {
                absent.push(row);
            }
        }
        Ok(absent)
    })?;
    if absent.is_empty() {
        return Ok(());
    }
    store.write_actions(|tx| {
        for row in absent {
            if now.since(row.created_at) > ABSENT {
                tx.remove_command(row)?;
            } else if row.state != any {
                tx.move_command(CommandRow { state: any.clone(), ..(**row).clone() })?;
            }
        }
        Ok(())
    })
}
