//! One attempt at a command: read, judge, act, read back.

use std::time::Duration;

use shopkeeper_protocol::{How, Outcome, ReasonCode, Seq, Verdict, reason};

use super::Commands;
use super::rules::{Judgement, Seen, judge};
use crate::platform::{Entity, Followed, PlatformError};
use crate::store::{OpenCommand, StoreError};
use crate::sweep::ask_again_at;
use crate::sweep::reader::ReadError;
use crate::wanted::Wanted;

/// How long a read of the platform may not yet show what a write did, in ms. Before this is over, absence proves nothing.
pub(super) const LAG: i64 = 30_000;
/// The same where a wrong judgement costs nothing, because the platform refuses a repetition or it changes nothing.
const GUARDED_LAG: i64 = 5_000;
/// The same where the platform would take a repetition (some pieces of a line are left): there a wrong judgement would ship twice.
const UNGUARDED_LAG: i64 = 180_000;
/// Readings of one attempt, whatever the clock does.
const READINGS: u32 = 24;
/// Calls of one attempt whose answer is lost; more are made later.
const CALLS: u32 = 2;

/// Where an attempt ends.
enum End {
    Verdict(Verdict),
    /// Not now: to be attempted again at an instant (ms). It stays marked as it is.
    Later(i64),
}

/// Why the platform may have been called already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// Nothing was ever sent.
    None,
    /// A call was made here at this time (ms), or no later than that.
    Sent(i64),
    /// Another life may have made it, before the command came to this one at this time (ms).
    OtherLife(i64),
}

impl Doubt {
    fn of(open: &OpenCommand) -> Self {
        match (open.sending, open.doubtful) {
            (true, _) => Self::Sent(open.sent_at.unwrap_or(open.accepted_at)),
            (false, true) => Self::OtherLife(open.accepted_at),
            (false, false) => Self::None,
        }
    }

    /// From when on a reading without the effect proves that it is not there.
    fn settled_at(self, lag: i64) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Sent(at) | Self::OtherLife(at) => Some(at.saturating_add(lag)),
        }
    }

    fn done(self) -> How {
        if self == Self::None { How::AlreadyThere } else { How::ReadBack }
    }

    fn unknown(self) -> Verdict {
        let reason = match self {
            Self::OtherLife(_) => reason::RELAY_RESTORED,
            Self::None | Self::Sent(_) => reason::ANSWER_LOST,
        };
        Verdict::Unknown { reason: reason.into() }
    }
}

/// The waits between readings that look for an effect: 1 s, 2 s, 4 s, 8 s, then 15 s each.
struct Readings {
    made: u32,
}

impl Readings {
    /// Waits for the next one, but not beyond an instant; `false` if no more are to be made.
    async fn wait(&mut self, now: i64, until: i64) -> bool {
        self.made += 1;
        if self.made >= READINGS {
            return false;
        }
        let wait = (1_000_i64 << self.made.saturating_sub(1).min(4)).min(15_000);
        let wait = wait.min(until.saturating_sub(now)).max(1);
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
        true
    }
}

impl Commands {
    /// Attempts a command and writes down what came of it. If even that fails, the mark in the store says what is to be done.
    pub(super) async fn attempt(&self, open: OpenCommand) {
        let written = match self.carry_out(&open).await {
            Ok(End::Verdict(verdict)) => self.end(&open, verdict).await,
            Ok(End::Later(at)) => self.put_off(&open, at).await,
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::error!(command = %open.id, %error, "the store failed during a command; it is looked up again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    async fn carry_out(&self, open: &OpenCommand) -> Result<End, StoreError> {
        let mut doubt = Doubt::of(open);
        let mut readings = Readings { made: 0 };
        let mut calls = 0;
        loop {
            let began = self.now();
            let (judgement, seen) = match self.look(open).await? {
                Ok(look) => look,
                Err(end) => return Ok(end),
            };
            let lag = match &judgement {
                Judgement::There => {
                    return Ok(End::Verdict(Verdict::Done { seen, how: doubt.done() }));
                }
                Judgement::Ready { guarded: true } => GUARDED_LAG,
                Judgement::Ready { guarded: false } => UNGUARDED_LAG,
                Judgement::Never { .. } => LAG,
            };
            if let Some(settled_at) = doubt.settled_at(lag)
                && began < settled_at
                && readings.wait(began, settled_at).await
            {
                continue;
            }
            if let Judgement::Never { reason, settled } = judgement {
                return Ok(End::Verdict(if doubt == Doubt::None || settled {
                    Verdict::Refused { reason, platform_code: None, seen: Some(seen) }
                } else {
                    doubt.unknown()
                }));
            }
            if self.held(&open.command).is_some() {
                let reason = reason::SWITCHED_OFF.into();
                return Ok(End::Verdict(Verdict::Refused { reason, platform_code: None, seen: Some(seen) }));
            }
            if calls == CALLS {
                return Ok(End::Later(self.later(open)));
            }
            calls += 1;
            match self.act(open, doubt != Doubt::None).await? {
                Acted::End(end) => return Ok(end),
                Acted::Doubt { not_before: Some(at) } => return Ok(End::Later(at)),
                Acted::Doubt { not_before: None } => {
                    doubt = Doubt::Sent(self.now());
                    readings = Readings { made: 0 };
                }
            }
        }
    }

    /// Reads the target and judges the command by it; or the end of the attempt.
    async fn look(&self, open: &OpenCommand) -> Result<Result<(Judgement, Seq), End>, StoreError> {
        let platform = &self.0.platform;
        match self.0.reader.read(open.command.of(), open.command.target()).await {
            Ok((entity, seq)) => {
                let seen = match &entity {
                    Entity::Order(order) => {
                        Seen::Order { order, shippable: platform.shippable_statuses().contains(&order.status) }
                    }
                    Entity::AfterSale(case) => Seen::AfterSale { case, standing: platform.standing(case) },
                };
                let judgement = judge(&open.command, seen).ok_or(StoreError::Corrupt("the target of a command"))?;
                Ok(Ok((judgement, seq)))
            }
            Err(ReadError::Store(error)) => Err(error),
            Err(ReadError::Platform(PlatformError::NotFound { code })) => {
                Ok(Err(End::Verdict(refused(not_found(open), Some(code), None))))
            }
            Err(ReadError::Platform(error)) => {
                tracing::warn!(command = %open.id, %error, "the target of a command cannot be read; trying again later");
                Ok(Err(End::Later(ask_again_at(&error, open.failures.saturating_add(1), self.now()))))
            }
        }
    }

    /// Marks the command and calls the platform once.
    async fn act(&self, open: &OpenCommand, repeated: bool) -> Result<Acted, StoreError> {
        let (id, now) = (open.id.clone(), self.now());
        self.0.store.write(move |tx| tx.mark_sending(&id, now)).await?;
        let answer = match &open.command {
            Wanted::Ship(ship) => self.0.platform.ship(ship).await,
            Wanted::Note(note) => self.0.platform.write_note(note).await,
            Wanted::AcceptAfterSale(accept) => self.0.platform.accept_after_sale(accept).await,
            Wanted::RejectAfterSale(reject) => self.0.platform.reject_after_sale(reject).await,
        };
        match answer {
            Ok(()) => self.see_effect(open).await.map(Acted::End),
            Err(PlatformError::Refused { reason, code }) => {
                self.see_refusal(open, reason, code, repeated).await.map(Acted::End)
            }
            Err(PlatformError::NotFound { code }) => {
                Ok(Acted::End(End::Verdict(refused(not_found(open), Some(code), None))))
            }
            Err(PlatformError::NotConnected) => {
                let id = open.id.clone();
                self.0.store.write(move |tx| tx.unmark_sending(&id)).await?;
                Ok(Acted::End(End::Later(self.later(open))))
            }
            Err(error) => {
                tracing::warn!(command = %open.id, %error, "a command's answer is not known; reading back");
                let waits = matches!(error, PlatformError::Limited { .. } | PlatformError::BadCredentials { .. });
                let not_before = waits.then(|| ask_again_at(&error, open.failures.saturating_add(1), self.now()));
                Ok(Acted::Doubt { not_before })
            }
        }
    }

    /// The platform acknowledged: reads until the order shows it, so that the phone keeps its overlay no shorter than it has to.
    async fn see_effect(&self, open: &OpenCommand) -> Result<End, StoreError> {
        let until = self.now().saturating_add(LAG);
        let mut readings = Readings { made: 0 };
        let mut newest = None;
        loop {
            let began = self.now();
            match self.look(open).await? {
                Ok((Judgement::There, seen)) => {
                    return Ok(End::Verdict(Verdict::Done { seen, how: How::Acknowledged }));
                }
                Ok((_, seen)) => newest = Some(seen),
                Err(End::Verdict(_)) => {}
                // The mark stays, so the next attempt reads back.
                Err(later) => return Ok(later),
            }
            if began >= until || !readings.wait(began, until).await {
                break;
            }
        }
        tracing::warn!(command = %open.id, "the platform acknowledged a command and does not show its effect");
        let (target, later) = (open.command.target().clone(), self.now().saturating_add(60_000));
        let seen = newest.unwrap_or(0);
        let kind = open.command.of().kind();
        self.0.store.write(move |tx| tx.ask_read(&kind, &target, later)).await?;
        Ok(End::Verdict(Verdict::Done { seen, how: How::Acknowledged }))
    }

    /// The platform refused: it may do so because it is done already, by a colleague or by a call whose answer was lost.
    async fn see_refusal(
        &self,
        open: &OpenCommand,
        why: ReasonCode,
        code: i64,
        repeated: bool,
    ) -> Result<End, StoreError> {
        let is_repetition = [reason::REPEATED_SHIPMENT, reason::ALREADY_SHIPPED].contains(&why.as_str());
        let until = self.now().saturating_add(if is_repetition || repeated { LAG } else { 0 });
        let mut readings = Readings { made: 0 };
        loop {
            let began = self.now();
            let (seen, ready) = match self.look(open).await? {
                Ok((Judgement::There, seen)) => {
                    let how = if repeated { How::ReadBack } else { How::AlreadyThere };
                    return Ok(End::Verdict(Verdict::Done { seen, how }));
                }
                // A colleague's doing says more than the platform's code.
                Ok((Judgement::Never { reason, settled: true }, seen)) if !repeated => {
                    return Ok(End::Verdict(refused(reason, Some(code), Some(seen))));
                }
                Ok((judgement, seen)) => (Some(seen), matches!(judgement, Judgement::Ready { .. })),
                Err(End::Verdict(_)) => (None, false),
                Err(later) => return Ok(later),
            };
            if began < until && readings.wait(began, until).await {
                continue;
            }
            return Ok(End::Verdict(if is_repetition && repeated {
                Doubt::Sent(began).unknown()
            } else if is_repetition && ready {
                // Not everything is shipped: it is the parcel that the platform takes for a repetition.
                refused(reason::REPEATED_SHIPMENT.into(), Some(code), seen)
            } else {
                refused(why, Some(code), seen)
            }));
        }
    }

    async fn end(&self, open: &OpenCommand, verdict: Verdict) -> Result<(), StoreError> {
        let outcome =
            Outcome { command: open.id.clone(), target: open.command.target().clone(), at: self.now(), verdict };
        tracing::info!(command = %open.id, kind = open.command.kind(), verdict = ?outcome.verdict, "command ended");
        self.0.store.write(move |tx| tx.end(&outcome)).await
    }

    async fn put_off(&self, open: &OpenCommand, at: i64) -> Result<(), StoreError> {
        let (id, failures) = (open.id.clone(), open.failures.saturating_add(1));
        self.0.store.write(move |tx| tx.put_off(&id, at, failures)).await
    }

    fn later(&self, open: &OpenCommand) -> i64 {
        ask_again_at(&PlatformError::NotConnected, open.failures.saturating_add(1), self.now())
    }

    pub(super) fn now(&self) -> i64 {
        (self.0.clock)()
    }
}

/// What came of a call.
enum Acted {
    End(End),
    /// It may have taken effect. `not_before`: nothing is to be asked before then.
    Doubt {
        not_before: Option<i64>,
    },
}

fn not_found(open: &OpenCommand) -> ReasonCode {
    let reason = match open.command.of() {
        Followed::Orders => reason::ORDER_NOT_FOUND,
        Followed::AfterSales => reason::AFTER_SALE_NOT_FOUND,
    };
    reason.into()
}

fn refused(reason: ReasonCode, platform_code: Option<i64>, seen: Option<Seq>) -> Verdict {
    Verdict::Refused { reason, platform_code, seen }
}
