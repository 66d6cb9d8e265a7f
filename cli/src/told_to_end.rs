//! Signals that tell the process to end.
//!
//! Left alone they end it where it stands, and a demo world's temporary folder stays behind. Heard, what is going on is dropped instead: the
//! terminal is given back and the folder goes with the world. Nothing else depends on it: what was confirmed is on disk, and a kill that
//! cannot be heard (SIGKILL, a power cut) loses no more than this does.

use std::future::pending;
use std::process::ExitCode;

/// The signal that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told(u8);

impl Told {
    /// What a shell says of a process that this signal ended.
    #[must_use]
    pub fn exit(self) -> ExitCode {
        ExitCode::from(128_u8.saturating_add(self.0))
    }
}

/// Returns when the process is told to end (SIGTERM, SIGINT, or SIGHUP, when its terminal is closed). From the first poll on they do nothing
/// by themselves any more. Where signals cannot be heard it never returns, and they do what they always did.
#[cfg(unix)]
pub async fn told_to_end() -> Told {
    use tokio::signal::unix::{SignalKind, signal};

    let listen = |kind: SignalKind, number: u8| async move {
        if let Ok(mut signals) = signal(kind)
            && signals.recv().await.is_some()
        {
            return Told(number);
        }
        pending().await
    };
    tokio::select! {
        told = listen(SignalKind::terminate(), 15) => told,
        told = listen(SignalKind::interrupt(), 2) => told,
        told = listen(SignalKind::hangup(), 1) => told,
    }
}

/// As on Unix, where there is only the keyboard's interrupt.
#[cfg(not(unix))]
pub async fn told_to_end() -> Told {
    match tokio::signal::ctrl_c().await {
        Ok(()) => Told(2),
        Err(_) => pending().await,
    }
}
