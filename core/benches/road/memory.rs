//! The most memory that a process needs which holds the core and nothing else. The pages wait in files, a process of its own stores them,
//! one page in memory at a time, and says at its end what the kernel counted (VmHWM, so on Linux only).

use std::path::{Path, PathBuf};
use std::process::Command;

use shopkeeper_core::orders::{OrderFilter, OrderSort, Window};

use super::Trouble;
use super::phone::Phone;

/// Tells the child what it is, and where the pages are.
const FOLDER: &str = "ROAD_PAGES";

/// The folder of pages, in a process that is the child.
pub(crate) fn child() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// KiB at the peak, as a child of this process counted them.
pub(crate) fn peak(pages: &[Vec<u8>]) -> Result<u64, Trouble> {
    let folder = tempfile::tempdir()?;
    for (at, page) in pages.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{at:06}")), page)?;
    }
    let child = Command::new(std::env::current_exe()?).env(FOLDER, folder.path()).output()?;
    if !child.status.success() {
        return Err(format!("the child failed: {}", String::from_utf8_lossy(&child.stderr)).into());
    }
    let text = String::from_utf8(child.stdout)?;
    text.trim().parse().map_err(|_| format!("the child said {text:?} and no number").into())
}

/// What the child does: a whole first sync, then the first page of a list. Gives the peak in KiB.
pub(crate) async fn sync_from(folder: &Path) -> Result<u64, Trouble> {
    let phone = Phone::new().await?;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.sort_unstable();
    for file in files {
        phone.core()?.sync()?.ingest(&std::fs::read(file)?)?;
    }
    phone.core()?.orders()?.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(50))?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the kernel counts no peak")?;
    peak.trim().trim_end_matches(" kB").parse().map_err(|_| "VmHWM is no number".into())
}
