//! Delivers events, with patience.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::crypto::{CryptoError, PushKey, signature};
use super::sink::{PushReply, PushSink};
use crate::clock::Clock;
use crate::faults::{FaultKind, Faults};
use crate::world::PushEvent;
use crate::world::random::{Draw, Stream};

/// Waits before the second and each later delivery.
pub const RETRIES: [Duration; 9] = [
    Duration::ZERO,
    Duration::ZERO,
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(1_800),
    Duration::from_secs(3_600),
    Duration::from_secs(3_600),
    Duration::from_secs(3_600),
];

/// What the receiver has to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an event that is to be overtaken waits for another one.
const OVERTAKE: Duration = Duration::from_secs(3);
/// How far ahead the overtaking one is.
const HEAD_START: Duration = Duration::from_millis(50);

/// The registered address with its secrets, as the merchant types them into the back office.
#[derive(Clone)]
pub struct PushTarget {
    /// Without query.
    pub url: String,
    /// `Token`, for signatures.
    pub token: String,
    /// `EncodingAESKey`, 43 characters.
    pub aes_key: String,
}

impl std::fmt::Debug for PushTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PushTarget").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How a delivery ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// Taken, at this attempt (from 1).
    Taken(usize),
    /// Nobody took it; it will not come again.
    Lost,
    /// No address is registered.
    NoAddress,
}

/// Why an address did not pass the URL verification.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VerifyError {
    /// None is registered.
    #[error("no push address is registered")]
    NoAddress,
    /// It could not be reached.
    #[error("the push address gave no answer")]
    NoAnswer,
    /// It answered something else than the echo.
    #[error("the push address answered status {status} and not the echo")]
    WrongEcho {
        /// HTTP status of the answer.
        status: u16,
    },
}

/// Sends the events of one shop. Clones share the registered address.
#[derive(Clone)]
pub struct Courier {
    sink: Arc<dyn PushSink>,
    target: Arc<Mutex<Option<(PushTarget, PushKey)>>>,
    appid: String,
    username: String,
    clock: Clock,
    faults: Faults,
    draw: Arc<Mutex<Draw>>,
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").field("appid", &self.appid).finish_non_exhaustive()
    }
}

impl Courier {
    /// A courier without an address. `username` is the shop's original id; nonces are drawn from `seed`.
    pub fn new(
        sink: Arc<dyn PushSink>,
        clock: Clock,
        faults: Faults,
        appid: impl Into<String>,
        username: impl Into<String>,
        seed: u64,
    ) -> Self {
        Self {
            sink,
            target: Arc::default(),
            appid: appid.into(),
            username: username.into(),
            clock,
            faults,
            draw: Arc::new(Mutex::new(Draw::new(seed, Stream::Push))),
        }
    }

    /// Registers another address, or none. Deliveries that are under way go to the new one.
    pub fn register(&self, target: Option<PushTarget>) -> Result<(), CryptoError> {
        let target = match target {
            Some(target) => {
                let key = PushKey::parse(&target.aes_key)?;
                Some((target, key))
            }
            None => None,
        };
        *self.target.lock().unwrap_or_else(PoisonError::into_inner) = target;
        Ok(())
    }

    fn target(&self) -> Option<(PushTarget, PushKey)> {
        self.target.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// (timestamp, nonce, 16 random bytes) of one request.
    fn stamp(&self) -> (String, String, [u8; 16]) {
        let mut draw = self.draw.lock().unwrap_or_else(PoisonError::into_inner);
        let nonce = draw.u64() % 10_000_000_000;
        ((self.clock)().div_euclid(1000).to_string(), nonce.to_string(), draw.bytes())
    }

    /// Does what the back office does when an address is entered: it must give the echo back.
    pub async fn verify(&self) -> Result<(), VerifyError> {
        let (target, _) = self.target().ok_or(VerifyError::NoAddress)?;
        let (timestamp, nonce, random) = self.stamp();
        let echo = hex::encode(random);
        let sign = signature(&[&target.token, &timestamp, &nonce]);
        let query = format!("signature={sign}&timestamp={timestamp}&nonce={nonce}&echostr={echo}");
        match timeout(PATIENCE, self.sink.get(&target.url, &query)).await {
            Ok(Ok(PushReply { status: 200, body })) if body == echo => Ok(()),
            Ok(Ok(PushReply { status, .. })) => Err(VerifyError::WrongEcho { status }),
            Ok(Err(_)) | Err(_) => Err(VerifyError::NoAnswer),
        }
    }

    /// Delivers what comes out of `events` until its other end is gone. Dropping the future ends every delivery.
    pub async fn run(self, mut events: UnboundedReceiver<PushEvent>) {
        let mut deliveries = JoinSet::new();
        let mut held: Option<PushEvent> = None;
        loop {
            let next = if held.is_none() {
                events.recv().await
            } else if let Ok(next) = timeout(OVERTAKE, events.recv()).await {
                next
            } else {
                // Nobody came to overtake it.
                self.start(&mut deliveries, held.take(), Duration::ZERO);
                continue;
            };
            let Some(event) = next else { break };
            while deliveries.try_join_next().is_some() {}
            let struck = self.faults.strike_push(event.name());
            if struck.contains(&FaultKind::PushLost) {
                continue;
            }
            if struck.contains(&FaultKind::PushReordered) && held.is_none() {
                held = Some(event);
                continue;
            }
            if struck.contains(&FaultKind::PushDoubled) {
                self.start(&mut deliveries, Some(event.clone()), Duration::ZERO);
            }
            self.start(&mut deliveries, Some(event), Duration::ZERO);
            self.start(&mut deliveries, held.take(), HEAD_START);
        }
        self.start(&mut deliveries, held, Duration::ZERO);
        while deliveries.join_next().await.is_some() {}
    }

    fn start(&self, deliveries: &mut JoinSet<()>, event: Option<PushEvent>, after: Duration) {
        let Some(event) = event else { return };
        let courier = self.clone();
        deliveries.spawn(async move {
            sleep(after).await;
            let fate = courier.deliver(&event).await;
            tracing::debug!(event = event.name(), ?fate, "push");
        });
    }

    /// Delivers one event, trying again by the platform's schedule.
    pub async fn deliver(&self, event: &PushEvent) -> Fate {
        if self.attempt(event).await {
            return Fate::Taken(1);
        }
        for (retry, wait) in RETRIES.iter().enumerate() {
            if self.target().is_none() {
                return Fate::NoAddress;
            }
            sleep(*wait).await;
            if self.attempt(event).await {
                return Fate::Taken(retry + 2);
            }
        }
        Fate::Lost
    }

    async fn attempt(&self, event: &PushEvent) -> bool {
        let Some((target, key)) = self.target() else { return false };
        let (timestamp, nonce, random) = self.stamp();
        let encrypt = key.seal(random, &event.plaintext(&self.username), &self.appid);
        let sign = signature(&[&target.token, &timestamp, &nonce]);
        let message_sign = signature(&[&target.token, &timestamp, &nonce, &encrypt]);
        let query = format!(
            "signature={sign}&timestamp={timestamp}&nonce={nonce}&openid={}&encrypt_type=aes&msg_signature={message_sign}",
            event.from
        );
        let body = json!({ "ToUserName": self.username, "Encrypt": encrypt }).to_string();
        let answer = timeout(PATIENCE, self.sink.post(&target.url, &query, body)).await;
        matches!(answer, Ok(Ok(PushReply { status: 200, body })) if body.is_empty() || body == "success")
    }
}
