//! What signs and encrypts pushes. An owner may choose it; otherwise the relay does, once, and tells the owner what to enter at the platform.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::{PushSecrets, RelayConfig, Secret};
use crate::ports::Random;
use crate::private_file;

/// Name of the file in the data folder.
const FILE: &str = "push-secrets.toml";

const TOKEN: usize = 32;
const AES_KEY: usize = 43;

const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Why the secrets cannot be used. Damaged ones are never replaced by themselves: the platform would go on with the old ones, and every
/// push would be refused without a word.
#[derive(Debug, thiserror::Error)]
pub enum PushSecretsError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path} holds no secrets for pushes; put back a copy, or remove it and enter the new ones at the platform")]
    Malformed { path: PathBuf },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    token: Secret,
    aes_key: Secret,
}

impl PushSecrets {
    /// The configured ones; or the kept ones; or new ones, kept from now on.
    pub(crate) fn of(config: &RelayConfig, random: &dyn Random) -> Result<Self, PushSecretsError> {
        match &config.push {
            Some(configured) => Ok(configured.clone()),
            None => kept(&config.data_dir.join(FILE), random),
        }
    }

    fn fits(&self) -> bool {
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let (token, key) = (self.token.expose(), self.aes_key.expose());
        (3..=TOKEN).contains(&token.len()) && key.len() == AES_KEY && plain(token) && plain(key)
    }
}

fn kept(path: &Path, random: &dyn Random) -> Result<PushSecrets, PushSecretsError> {
    let file = |source| PushSecretsError::File { path: path.to_owned(), source };
    let text = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let (token, aes_key) = (digits(TOKEN, random), aes_key(random));
            private_file::write(path, &format!("token = \"{token}\"\naes_key = \"{aes_key}\"\n")).map_err(file)?;
            return Ok(PushSecrets { token: Secret::new(token), aes_key: Secret::new(aes_key) });
        }
        Err(error) => return Err(file(error)),
    };
    let kept = std::str::from_utf8(&text).ok().and_then(|text| toml::from_str::<Kept>(text).ok());
    kept.map(|Kept { token, aes_key }| PushSecrets { token, aes_key })
        .filter(PushSecrets::fits)
        .ok_or_else(|| PushSecretsError::Malformed { path: path.to_owned() })
}

/// 43 digits of base64 are 258 bits. The last two must be zero, or a strict reader of base64 refuses the key.
fn aes_key(random: &dyn Random) -> String {
    loop {
        let key = digits(AES_KEY, random);
        let value = key.bytes().last().and_then(|last| DIGITS.iter().position(|digit| *digit == last));
        if value.is_some_and(|value| value % 4 == 0) {
            return key;
        }
    }
}

/// Letters and digits, each as likely as the others.
fn digits(count: usize, random: &dyn Random) -> String {
    let mut text = String::with_capacity(count);
    let mut byte = [0];
    while text.len() < count {
        random.fill(&mut byte);
        // Six bits of which 62 values are used.
        if let Some(digit) = DIGITS.get(usize::from(byte[0] >> 2)) {
            text.push(char::from(*digit));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::SystemRandom;

    fn of(dir: &Path) -> Result<PushSecrets, PushSecretsError> {
        PushSecrets::of(&RelayConfig::for_platform("http://127.0.0.1:1", "wx01", "s", dir), &SystemRandom)
    }

    #[test]
    fn made_once_and_kept_for_the_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let first = of(dir.path()).unwrap();
        assert!(first.fits());
        assert_eq!(of(dir.path()).unwrap(), first);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_ne!(of(tempfile::tempdir().unwrap().path()).unwrap(), first);
    }

    #[test]
    fn a_new_key_is_good_base64_for_a_strict_reader() {
        use base64::Engine as _;
        for _ in 0..20 {
            let key = aes_key(&SystemRandom);
            let bytes = base64::engine::general_purpose::STANDARD.decode(format!("{key}=")).unwrap();
            assert_eq!(bytes.len(), 32);
        }
    }

    #[test]
    fn what_the_owner_chose_is_taken_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let mut config = RelayConfig::for_platform("http://127.0.0.1:1", "wx01", "s", dir.path());
        let chosen = PushSecrets { token: Secret::new("abc"), aes_key: Secret::new("A".repeat(43)) };
        config.push = Some(chosen.clone());
        assert_eq!(PushSecrets::of(&config, &SystemRandom).unwrap(), chosen);
        assert!(!dir.path().join(FILE).exists());
    }

    #[test]
    fn damaged_ones_are_an_error_that_quotes_nothing_and_stay() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE);
        for text in [&b""[..], b"\xff", b"token = \"geheim\"", b"token = \"geheim\"\naes_key = \"geheim\"\n"] {
            std::fs::write(&path, text).unwrap();
            let error = of(dir.path()).unwrap_err();
            assert!(matches!(error, PushSecretsError::Malformed { .. }));
            assert!(!format!("{error} {error:?}").contains("geheim"));
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
    }
}
