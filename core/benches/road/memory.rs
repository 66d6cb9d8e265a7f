//! The most memory that a process needs which holds the core and nothing else. The pages wait in files, a process of its own stores them,
//! one page in memory at a time, and says at its end what the kernel counted (VmHWM, so on Linux only).

use std::path::{Path, PathBuf};
use std::process::Command;

use shopkeeper_core::orders::{OrderFilter, OrderSort, Window};

use super::Trouble;
use super::phone::Phone;
use super::shop::{Shop, pages_in};
use super::table::{Figure, Row};

/// Tells the child what it is, and where the pages are.
const FOLDER: &str = "ROAD_PAGES";

/// The folder of pages, in a process that is the child.
pub(crate) fn child() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// The peak, as a child of this process counted it.
pub(crate) fn row(shop: &Shop) -> Result<Row, Trouble> {
    let child = Command::new(std::env::current_exe()?).env(FOLDER, shop.folder()).output()?;
    if !child.status.success() {
        return Err(format!("the child failed: {}", String::from_utf8_lossy(&child.stderr)).into());
    }
    let text = String::from_utf8(child.stdout)?;
    let kib: u64 = text.trim().parse().map_err(|_| format!("the child said {text:?} and no number"))?;
    Ok(Row::of("peak memory, only the core", Figure::MiB(kib.div_ceil(1_024)), Some(Figure::MiB(48)), 1))
}

/// What the child does: a whole first sync, then the first page of a list. Gives the peak in KiB.
pub(crate) async fn sync_from(folder: &Path) -> Result<u64, Trouble> {
    let phone = Phone::new().await?;
    for file in pages_in(folder)? {
        phone.core()?.sync()?.ingest(&std::fs::read(file)?)?;
    }
    phone.core()?.orders()?.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(50))?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("the kernel counts no peak")?;
    peak.trim().trim_end_matches(" kB").parse().map_err(|_| "VmHWM is no number".into())
}
