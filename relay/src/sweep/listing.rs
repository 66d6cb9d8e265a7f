//! All keys of a window, however the platform cuts it into pages.

use std::collections::BTreeSet;
use std::time::Duration;

use shopkeeper_protocol::EntityKey;

use super::reader::may_pass;
use super::windows::Window;
use crate::platform::{Followed, ListedBy, Listing, Platform, PlatformError};

/// Tries of one page.
const TRIES: u32 = 3;
/// Times that the paging of one window begins again before the window is cut in two.
const RESTARTS: u32 = 2;
/// Pages of one window before it is taken for one that never ends.
const PAGES: u32 = 10_000;

/// The keys of a window. A window whose paging breaks off is walked again from its beginning; if that does not help, or it holds too much,
/// in halves.
pub(crate) async fn keys(
    platform: &dyn Platform,
    of: Followed,
    by: ListedBy,
    window: Window,
    status: Option<i64>,
) -> Result<BTreeSet<EntityKey>, PlatformError> {
    let mut found = BTreeSet::new();
    let mut left = vec![(window, 0)];
    while let Some((window, restarts)) = left.pop() {
        let listing = Listing { of, by, from: window.from, to: window.to, status };
        match walk(platform, &listing).await {
            Ok(keys) => found.extend(keys),
            Err(PlatformError::WindowSpoiled { .. }) if restarts < RESTARTS => left.push((window, restarts + 1)),
            Err(error @ (PlatformError::WindowSpoiled { .. } | PlatformError::WindowTooFull { .. })) => {
                match window.halves() {
                    Some(halves) => left.extend(halves.map(|half| (half, 0))),
                    None => return Err(error),
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn walk(platform: &dyn Platform, listing: &Listing) -> Result<Vec<EntityKey>, PlatformError> {
    let (mut keys, mut next) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = page(platform, listing, next.as_deref()).await?;
        keys.extend(page.keys);
        match page.next {
            None => return Ok(keys),
            // It would give the same page for ever.
            same if same == next => break,
            more => next = more,
        }
    }
    Err(PlatformError::WindowSpoiled { code: 0 })
}

async fn page(
    platform: &dyn Platform,
    listing: &Listing,
    next: Option<&str>,
) -> Result<crate::platform::KeyPage, PlatformError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match platform.list(listing, next).await {
            Err(error) if tries < TRIES && may_pass(&error) => {
                tokio::time::sleep(Duration::from_millis(200) * tries).await;
            }
            answer => return answer,
        }
    }
}
