//! One relay for one folder. Two would do a command twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

const FILE: &str = "relay.lock";

/// Held as long as a relay serves its folder. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Alone(#[expect(dead_code, reason = "the lock lives as long as the file is open")] File);

/// Why the folder is not ours to serve.
#[derive(Debug, thiserror::Error)]
pub enum NotAlone {
    #[error("{path}: another relay serves this folder")]
    Taken { path: PathBuf },
    #[error("{path}: {source}")]
    Unusable { path: PathBuf, source: std::io::Error },
}

impl Alone {
    pub(crate) fn take(dir: &Path) -> Result<Self, NotAlone> {
        let path = dir.join(FILE);
        let unusable = |source| NotAlone::Unusable { path: path.clone(), source };
        crate::store::make_folder(dir).map_err(unusable)?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(NotAlone::Taken { path }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }
}
