//! Files of the data folder that only its owner may read, and that a crash leaves either as they were or whole.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

/// Writes a file so that it is readable by its owner only from the first byte on, and durable when this returns.
pub(crate) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let half = Path::new(&name);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(half, path)?;
    // Elsewhere a folder cannot be opened, and a rename is durable by itself.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
