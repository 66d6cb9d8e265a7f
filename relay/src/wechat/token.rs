//! The token of every call: one holder, one request for it at a time.

use async_trait::async_trait;
use tokio::sync::Mutex;

use crate::platform::PlatformError;

/// Asked for anew when less than this is left of it.
const MARGIN: i64 = 60_000;

/// The platform allows twenty forced renewals a day.
const FORCED_EVERY: i64 = 75 * 60_000;

/// A token and its end, unix ms.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) until: i64,
}

/// Where tokens come from.
#[async_trait]
pub(super) trait Mint: Send + Sync {
    /// `force`: the token before this one dies.
    async fn mint(&self, force: bool) -> Result<Token, PlatformError>;
}

#[derive(Default)]
struct Held {
    token: Option<Token>,
    forced_at: Option<i64>,
}

/// Holds the token. Whoever asks while it is being fetched waits for that one request.
#[derive(Default)]
pub(super) struct Tokens {
    held: Mutex<Held>,
}

impl Tokens {
    /// A token that is not `dead`. The platform is asked for a forced renewal only if it answers with the dead one.
    pub(super) async fn get(&self, now: i64, dead: Option<&str>, from: &dyn Mint) -> Result<String, PlatformError> {
        let mut held = self.held.lock().await;
        if let Some(token) = &held.token
            && dead != Some(token.text.as_str())
            && token.until - now > MARGIN
        {
            return Ok(token.text.clone());
        }
        held.token = None;
        let mut token = from.mint(false).await?;
        let may_force = held.forced_at.is_none_or(|at| now - at >= FORCED_EVERY);
        if dead == Some(token.text.as_str()) && may_force {
            held.forced_at = Some(now);
            token = from.mint(true).await?;
        }
        let text = token.text.clone();
        held.token = Some(token);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    /// Numbers its tokens, or gives the same one for ever.
    #[derive(Default)]
    struct Script {
        same: bool,
        minted: AtomicUsize,
        forced: AtomicUsize,
    }

    #[async_trait]
    impl Mint for Script {
        async fn mint(&self, force: bool) -> Result<Token, PlatformError> {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let minted = self.minted.fetch_add(1, Ordering::Relaxed);
            self.forced.fetch_add(usize::from(force), Ordering::Relaxed);
            let text = if self.same { "same".to_owned() } else { format!("t{minted}") };
            Ok(Token { text, until: 7_200_000 })
        }
    }

    fn text(token: &str) -> Result<String, PlatformError> {
        Ok(token.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn many_askers_are_one_request() {
        let (tokens, script) = (Tokens::default(), Script::default());
        let (a, b) = tokio::join!(tokens.get(0, None, &script), tokens.get(0, None, &script));
        assert_eq!((a, b), (text("t0"), text("t0")));
        // Two that find it dead renew it once; near its end it is renewed as well.
        let (a, b) = tokio::join!(tokens.get(0, Some("t0"), &script), tokens.get(0, Some("t0"), &script));
        assert_eq!((a, b), (text("t1"), text("t1")));
        assert_eq!(tokens.get(7_199_000, None, &script).await, text("t2"));
        assert_eq!(script.forced.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dead_token_given_again_is_forced_seldom() {
        let (tokens, script) = (Tokens::default(), Script { same: true, ..Script::default() });
        for _ in 0..5 {
            assert_eq!(tokens.get(0, Some("same"), &script).await, text("same"));
        }
        assert_eq!(script.forced.load(Ordering::Relaxed), 1);
    }
}
