//! The folder of a demo world: whose it is, and what must be known before anything in it is opened.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::lock;

const RECORD: &str = "demo.json";
const LOCK: &str = "demo.lock";
const FORMAT: u32 = 1;

/// Why a folder cannot hold a demo world. Every variant says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Another process runs the world of this folder.
    #[error("{dir} is in use by another shopkeeper; end that one first, or choose another folder")]
    InUse {
        /// Which.
        dir: PathBuf,
    },
    /// Something else is in it, which a world would be mixed up with.
    #[error("{dir} holds something else than a demo world; choose an empty folder or a new one")]
    NotADemo {
        /// Which.
        dir: PathBuf,
    },
    /// The record of the world does not read.
    #[error("{path}, line {line}: {what}; put back a copy of it, or choose another folder")]
    Record {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Made by a newer build.
    #[error("{path} is of format {format}, and this build knows {FORMAT}; use a newer build")]
    Newer {
        /// Which file.
        path: PathBuf,
        /// What it says.
        format: u32,
    },
    /// The file system refused.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

/// What has to be known of a world before it is opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    shopkeeper_demo: u32,
    pub(super) seed: u64,
    pub(super) orders: u32,
    /// Where the phone knows the relay; none before the first pairing.
    pub(super) relay_port: Option<u16>,
}

impl Record {
    pub(super) fn new(seed: u64, orders: u32) -> Self {
        Self { shopkeeper_demo: FORMAT, seed, orders, relay_port: None }
    }

    /// The shop's name at the platform: other worlds are other shops.
    pub(super) fn appid(&self) -> String {
        format!("wx{:016x}", self.seed)
    }
}

/// A folder with nobody else in it.
#[derive(Debug)]
pub(super) struct Folder {
    place: Place,
    #[expect(dead_code, reason = "the lock lives as long as the file is open")]
    lock: File,
}

#[derive(Debug)]
enum Place {
    Kept(PathBuf),
    Temporary(TempDir),
}

/// Whether a folder holds a demo world.
#[must_use]
pub fn is_demo(dir: &Path) -> bool {
    dir.join(RECORD).is_file()
}

/// Where in the folder of a demo world the phone's files are.
#[must_use]
pub fn phone_folder(dir: &Path) -> PathBuf {
    dir.join("phone")
}

impl Folder {
    /// Takes a folder, and reads what it holds or begins it with `new`.
    pub(super) fn open(dir: Option<&Path>, new: impl FnOnce() -> Record) -> Result<(Self, Record), FolderError> {
        let place = match dir {
            Some(dir) => {
                fs::create_dir_all(dir).map_err(|source| FolderError::Io { path: dir.to_owned(), source })?;
                Place::Kept(dir.to_owned())
            }
            None => Place::Temporary(temporary()?),
        };
        if !is_demo(place.path()) && !is_empty(place.path())? {
            return Err(FolderError::NotADemo { dir: place.path().to_owned() });
        }
        let folder = Self { lock: take(place.path())?, place };
        let record = match folder.read()? {
            Some(record) => record,
            None => {
                let record = new();
                folder.write(&record)?;
                record
            }
        };
        Ok((folder, record))
    }

    /// Keeps what the next start must know. The file is never half written.
    pub(super) fn write(&self, record: &Record) -> Result<(), FolderError> {
        let path = self.path().join(RECORD);
        let failed = |source| FolderError::Io { path: path.clone(), source };
        let mut text = serde_json::to_vec(record).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        let fresh = path.with_extension("json.new");
        let mut file = File::create(&fresh).map_err(failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(failed)?;
        fs::rename(&fresh, &path).map_err(failed)
    }

    fn read(&self) -> Result<Option<Record>, FolderError> {
        let path = self.path().join(RECORD);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FolderError::Io { path, source }),
        };
        // The format first: a newer build's file may have fields that this one does not know.
        #[derive(Deserialize)]
        struct Format {
            shopkeeper_demo: u32,
        }
        let wrong = |error: serde_json::Error| FolderError::Record {
            path: path.clone(),
            line: error.line(),
            what: "this is no record of a demo world",
        };
        let format = serde_json::from_slice::<Format>(&text).map_err(wrong)?.shopkeeper_demo;
        if format > FORMAT {
            return Err(FolderError::Newer { path, format });
        }
        serde_json::from_slice(&text).map(Some).map_err(wrong)
    }

    pub(super) fn path(&self) -> &Path {
        self.place.path()
    }

    /// Whether the user wants the world again.
    pub(super) fn is_kept(&self) -> bool {
        matches!(self.place, Place::Kept(_))
    }

    pub(super) fn platform(&self) -> PathBuf {
        self.path().join("platform")
    }

    pub(super) fn relay(&self) -> PathBuf {
        self.path().join("relay")
    }

    pub(super) fn phone(&self) -> PathBuf {
        phone_folder(self.path())
    }
}

impl Place {
    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(dir) => dir.path(),
        }
    }
}

fn temporary() -> Result<TempDir, FolderError> {
    let failed = |source| FolderError::Io { path: std::env::temp_dir(), source };
    tempfile::Builder::new().prefix("shopkeeper-demo-").tempdir().map_err(failed)
}

/// Empty but for what a start that was broken off leaves behind.
fn is_empty(dir: &Path) -> Result<bool, FolderError> {
    let failed = |source| FolderError::Io { path: dir.to_owned(), source };
    for entry in fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if name != LOCK && name != "demo.json.new" {
            return Ok(false);
        }
    }
    Ok(true)
}

fn take(dir: &Path) -> Result<File, FolderError> {
    let path = dir.join(LOCK);
    let taken = lock::take(&path).map_err(|source| FolderError::Io { path, source })?;
    taken.ok_or_else(|| FolderError::InUse { dir: dir.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(dir: &Path) -> Result<(Folder, Record), FolderError> {
        Folder::open(Some(dir), || Record::new(7, 20))
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("a/new/one");
        let (folder, mut record) = open(&dir).unwrap();
        assert_eq!(record, Record::new(7, 20));
        record.relay_port = Some(4_711);
        folder.write(&record).unwrap();
        drop(folder);
        assert!(is_demo(&dir));
        let (_, again) = Folder::open(Some(&dir), || Record::new(8, 30)).unwrap();
        assert_eq!(again, record);
    }

    #[test]
    fn a_temporary_folder_goes_with_the_world() {
        let (folder, _) = Folder::open(None, || Record::new(7, 20)).unwrap();
        let path = folder.path().to_owned();
        assert!(is_demo(&path) && !folder.is_kept());
        drop(folder);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_in_use_is_refused_and_let_go_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let held = open(dir.path()).unwrap();
        assert!(matches!(open(dir.path()), Err(FolderError::InUse { .. })));
        drop(held);
        assert!(open(dir.path()).is_ok());
    }

    #[test]
    fn a_folder_of_something_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("letter.txt"), "dear").unwrap();
        assert!(matches!(open(dir.path()), Err(FolderError::NotADemo { .. })));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_record_names_file_and_line_and_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECORD);
        for text in [
            "",
            "{}",
            "{\"shopkeeper_demo\":1,\n\"seed\":\"x\"}",
            "{\"shopkeeper_demo\":1,\"seed\":1,\"orders\":1,\"more\":1}",
        ] {
            fs::write(&path, text).unwrap();
            let error = open(dir.path()).unwrap_err();
            assert!(matches!(error, FolderError::Record { .. }), "{error}");
            assert!(error.to_string().contains("demo.json, line"), "{error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, "{\"shopkeeper_demo\":9,\"later\":true}").unwrap();
        assert!(matches!(open(dir.path()), Err(FolderError::Newer { format: 9, .. })));
    }
}
