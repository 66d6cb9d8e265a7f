//! Losses on purpose: the next calls of one kind on one link, there or back.

use std::sync::{Arc, Mutex, PoisonError};

/// Which half of a call is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The request: nothing has an effect.
    There,
    /// The answer: everything has its effect, and the caller does not know.
    Back,
}

/// What is still to be lost. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Script(Arc<Mutex<Vec<Loss>>>);

#[derive(Debug)]
struct Loss {
    link: String,
    path: String,
    when: When,
    times: u32,
}

impl Script {
    /// Loses the next `times` calls on `link` whose path contains `path`.
    pub fn lose(&self, link: &str, path: &str, when: When, times: u32) {
        self.losses().push(Loss { link: link.to_owned(), path: path.to_owned(), when, times });
    }

    /// Whether all that was ordered has been lost.
    pub fn is_played(&self) -> bool {
        self.losses().is_empty()
    }

    /// Whether this half of this call is lost; counts it.
    pub fn loses(&self, link: &str, path: &str, when: When) -> bool {
        let mut losses = self.losses();
        let fits = |loss: &Loss| loss.link == link && loss.when == when && path.contains(&loss.path);
        let Some(place) = losses.iter().position(fits) else { return false };
        losses[place].times = losses[place].times.saturating_sub(1);
        losses.retain(|loss| loss.times > 0);
        true
    }

    fn losses(&self) -> std::sync::MutexGuard<'_, Vec<Loss>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
