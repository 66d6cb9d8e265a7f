//! [`FileSecrets`]: secrets in a file that only its owner can read, where no system keychain is at hand.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::observer::lock;
use crate::ports::{SecretError, SecretStore};

/// A file of mode 0600 with one JSON object. Written anew as a whole and renamed into place, so it is never half written.
#[derive(Debug)]
pub struct FileSecrets {
    path: PathBuf,
    /// One change at a time.
    turn: Mutex<()>,
}

type Secrets = BTreeMap<String, String>;

impl FileSecrets {
    /// The file is made with the first secret; its folder has to be there by then.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, turn: Mutex::new(()) }
    }

    fn read(&self) -> Result<Secrets, SecretError> {
        match std::fs::read(&self.path) {
            // The reader's own message would quote what stands there.
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| SecretError("the file is not ours".to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Secrets::new()),
            Err(error) => Err(failed("reading", &error)),
        }
    }

    fn write(&self, secrets: &Secrets) -> Result<(), SecretError> {
        let bytes = serde_json::to_vec(secrets).map_err(|_| SecretError("writing: not JSON".to_owned()))?;
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let fresh = PathBuf::from(name);
        // Left by a crash; whatever it holds was never in use.
        match std::fs::remove_file(&fresh) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("writing", &error)),
            _ => {}
        }
        let write = || {
            let mut file = private(&fresh)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&fresh, &self.path)?;
            sync_folder(&self.path)
        };
        write().map_err(|error| failed("writing", &error))
    }
}

impl SecretStore for FileSecrets {
    fn get(&self, name: &str) -> Result<Option<String>, SecretError> {
        let _turn = lock(&self.turn);
        Ok(self.read()?.remove(name))
    }

    fn set(&self, name: &str, secret: &str) -> Result<(), SecretError> {
        let _turn = lock(&self.turn);
        let mut secrets = self.read()?;
        secrets.insert(name.to_owned(), secret.to_owned());
        self.write(&secrets)
    }

    fn remove(&self, name: &str) -> Result<(), SecretError> {
        let _turn = lock(&self.turn);
        let mut secrets = self.read()?;
        match secrets.remove(name) {
            Some(_) => self.write(&secrets),
            None => Ok(()),
        }
    }
}

fn failed(what: &str, error: &std::io::Error) -> SecretError {
    SecretError(format!("{what}: {}", error.kind()))
}

/// A new file that nobody else can read, from its first byte on.
fn private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

/// A rename is durable once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent().filter(|folder| cfg!(unix) && !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_until_they_are_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        let secrets = FileSecrets::new(path.clone());
        assert_eq!(secrets.get("token:a"), Ok(None));
        secrets.remove("token:a").unwrap();
        secrets.set("token:a", "first").unwrap();
        secrets.set("token:b", "other").unwrap();
        secrets.set("token:a", "second").unwrap();
        let again = FileSecrets::new(path);
        assert_eq!(again.get("token:a").unwrap().as_deref(), Some("second"));
        again.remove("token:a").unwrap();
        assert_eq!(secrets.get("token:a"), Ok(None));
        assert_eq!(secrets.get("token:b").unwrap().as_deref(), Some("other"));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        std::fs::write(dir.path().join("secrets.new"), "left by a crash").unwrap();
        FileSecrets::new(path.clone()).set("token", "x").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_strange_file_is_an_error_that_quotes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        std::fs::write(&path, "hunter2").unwrap();
        let error = FileSecrets::new(path.clone()).set("token", "x").unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "hunter2");
    }
}
