//! The pages of a shop in files, so that a shop of a million orders never stands in memory.

use std::path::{Path, PathBuf};

use super::Trouble;
use super::pages;

/// See the module. The last page is the end, which has no rows.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    pub(crate) orders: u64,
    pub(crate) seed: u64,
}

impl Shop {
    pub(crate) fn new(seed: u64, orders: u64) -> Result<Self, Trouble> {
        let folder = tempfile::tempdir()?;
        for (at, page) in pages::pages(seed, orders).enumerate() {
            std::fs::write(folder.path().join(format!("{at:06}")), page?)?;
        }
        Ok(Self { folder, orders, seed })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn pages(&self) -> Result<Vec<PathBuf>, Trouble> {
        pages_in(self.folder.path())
    }
}

/// In their order.
pub(crate) fn pages_in(folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
    let files = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = files.collect::<Result<Vec<_>, _>>()?;
    files.sort_unstable();
    Ok(files)
}
