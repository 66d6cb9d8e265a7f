//! Configuration: a TOML file, and above it the environment, so that a secret need not stand in a file.
//!
//! ```toml
//! appid = "wx0123456789abcdef"
//! secret = "…"                       # or SHOPKEEPER_RELAY_SECRET
//! data_dir = "/var/lib/shopkeeper"
//! public_url = "https://shop.example:8443"
//! bind = "0.0.0.0:8443"
//! ```
//!
//! A name that is not known is an error that says which: a misspelled switch that is silently ignored would be worse than none. No error
//! repeats a value, because any value may be a secret in the wrong place.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use shopkeeper_protocol::{HeldKind, ReasonCode, reason};

use crate::http::is_this_machine;

/// What stands before a name in the environment.
const PREFIX: &str = "SHOPKEEPER_RELAY_";

/// Two years: what a merchant is asked about by buyers and by the tax office of last year.
const HISTORY_DAYS: u32 = 730;

/// Where the platform's API is.
const PLATFORM: &str = "https://api.weixin.qq.com";

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Everything that an owner decides about a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayConfig {
    /// Holds the store, the key and nothing else.
    pub data_dir: PathBuf,
    /// The shop's name at the platform.
    pub appid: String,
    /// The shop's AppSecret.
    pub secret: Secret,
    /// Without a slash at its end.
    pub platform_url: String,
    /// Signs and encrypts pushes; `None`: made at the first start and kept in the store's folder.
    pub push: Option<PushSecrets>,
    pub bind: SocketAddr,
    /// What devices are told to connect to; without a slash at its end.
    pub public_url: Option<String>,
    /// How far back orders are fetched.
    pub history_days: u32,
    /// Kinds of commands that are not taken.
    pub held: Vec<HeldKind>,
    /// Another server in front of this one speaks TLS.
    pub behind_proxy: bool,
    /// TLS with a key of the relay's own.
    pub tls: bool,
    /// Orders read from the platform at once.
    pub parallel_reads: usize,
}

/// What the owner entered at the platform for pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushSecrets {
    pub token: Secret,
    /// 43 characters of base64.
    pub aes_key: Secret,
}

/// What is wrong with a configuration. Names keys, never values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} cannot be read: {what}")]
    File { path: PathBuf, what: String },
    #[error("line {line} of the configuration: {what}")]
    Syntax { line: usize, what: &'static str },
    #[error("the configuration knows no `{0}`")]
    UnknownKey(String),
    #[error("the configuration has no `{0}`")]
    Missing(&'static str),
    #[error("`{key}`: expected {expected}")]
    Bad { key: String, expected: &'static str },
}

/// The names, each with what it takes. One list for file and environment, so that neither knows more than the other.
const KEYS: [&str; 13] = [
    "data_dir",
    "appid",
    "secret",
    "platform_url",
    "push_token",
    "push_aes_key",
    "bind",
    "public_url",
    "history_days",
    "held",
    "behind_proxy",
    "tls",
    "parallel_reads",
];

impl RelayConfig {
    /// A relay on loopback for a platform at an address: what the demo and tests use.
    #[must_use]
    pub fn for_platform(url: &str, appid: &str, secret: &str, dir: &Path) -> Self {
        Self {
            data_dir: dir.to_owned(),
            appid: appid.to_owned(),
            secret: Secret::new(secret),
            platform_url: url.trim_end_matches('/').to_owned(),
            push: None,
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            history_days: HISTORY_DAYS,
            held: Vec::new(),
            behind_proxy: false,
            tls: false,
            parallel_reads: 8,
        }
    }

    /// Reads a file, if one is named, and the environment above it.
    ///
    /// # Errors
    /// [`ConfigError`], naming the file, the line or the key.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = match file {
            Some(path) => std::fs::read_to_string(path)
                .map_err(|error| ConfigError::File { path: path.to_owned(), what: error.kind().to_string() })?,
            None => String::new(),
        };
        Self::read(&text, environment)
    }

    fn read(text: &str, environment: impl IntoIterator<Item = (String, String)>) -> Result<Self, ConfigError> {
        let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The message quotes the line, and the line may be the secret's.
            let before = error.span().map_or(0, |span| span.start);
            let line = text.get(..before).unwrap_or_default().matches('\n').count() + 1;
            ConfigError::Syntax { line, what: "this is not TOML" }
        })?;
        for (name, value) in environment {
            let Some(key) = name.strip_prefix(PREFIX).map(str::to_ascii_lowercase) else { continue };
            if key == "config" {
                continue;
            }
            table.insert(key, toml::Value::String(value));
        }
        if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(ConfigError::UnknownKey(unknown.clone()));
        }
        Fields(&table).config()
    }
}

/// A table whose values may be texts, since the environment knows nothing else.
struct Fields<'a>(&'a toml::Table);

impl Fields<'_> {
    fn config(&self) -> Result<RelayConfig, ConfigError> {
        let appid = self.text("appid")?.ok_or(ConfigError::Missing("appid"))?;
        if appid.is_empty() || !appid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(bad("appid", "letters and digits"));
        }
        let secret = self.text("secret")?.filter(|secret| !secret.is_empty()).ok_or(ConfigError::Missing("secret"))?;
        let dir = self.text("data_dir")?.ok_or(ConfigError::Missing("data_dir"))?;
        let url = self.url("platform_url")?.unwrap_or_else(|| PLATFORM.to_owned());
        let uri: http::Uri = url.parse().map_err(|_| bad("platform_url", "an address"))?;
        if uri.scheme_str() != Some("https") && !uri.host().is_some_and(is_this_machine) {
            return Err(bad("platform_url", "https:// wherever it is not this machine, because the secret goes there"));
        }
        let mut config = RelayConfig::for_platform(&url, &appid, &secret, Path::new(&dir));
        config.push = self.push()?;
        if let Some(bind) = self.text("bind")? {
            config.bind = bind.parse().map_err(|_| bad("bind", "an address with a port, such as 127.0.0.1:8443"))?;
        }
        config.public_url = self.url("public_url")?;
        if let Some(days) = self.number("history_days", 1..=3_650)? {
            config.history_days = u32::try_from(days).unwrap_or(HISTORY_DAYS);
        }
        if let Some(reads) = self.number("parallel_reads", 1..=64)? {
            config.parallel_reads = usize::try_from(reads).unwrap_or(1);
        }
        config.held = self.held()?;
        config.behind_proxy = self.switch("behind_proxy")?.unwrap_or(false);
        config.tls = self.switch("tls")?.unwrap_or(!config.bind.ip().is_loopback() && !config.behind_proxy);
        Ok(config)
    }

    fn text(&self, key: &'static str) -> Result<Option<String>, ConfigError> {
        match self.0.get(key) {
            None => Ok(None),
            Some(toml::Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(bad(key, "a text")),
        }
    }

    fn url(&self, key: &'static str) -> Result<Option<String>, ConfigError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let url = text.trim_end_matches('/');
        let uri: http::Uri = url.parse().map_err(|_| bad(key, "an address that begins with http:// or https://"))?;
        match (uri.scheme_str(), uri.host()) {
            (Some("http" | "https"), Some(host)) if !host.is_empty() => Ok(Some(url.to_owned())),
            _ => Err(bad(key, "an address that begins with http:// or https://")),
        }
    }

    fn number(&self, key: &'static str, within: std::ops::RangeInclusive<i64>) -> Result<Option<i64>, ConfigError> {
        let number = match self.0.get(key) {
            None => return Ok(None),
            Some(toml::Value::Integer(number)) => Some(*number),
            Some(toml::Value::String(text)) => text.trim().parse().ok(),
            Some(_) => None,
        };
        let expected = if key == "history_days" { "a number from 1 to 3650" } else { "a number from 1 to 64" };
        number.filter(|number| within.contains(number)).map(Some).ok_or_else(|| bad(key, expected))
    }

    fn switch(&self, key: &'static str) -> Result<Option<bool>, ConfigError> {
        match self.0.get(key) {
            None => Ok(None),
            Some(toml::Value::Boolean(on)) => Ok(Some(*on)),
            Some(toml::Value::String(text)) if text == "true" => Ok(Some(true)),
            Some(toml::Value::String(text)) if text == "false" => Ok(Some(false)),
            Some(_) => Err(bad(key, "true or false")),
        }
    }

    fn push(&self) -> Result<Option<PushSecrets>, ConfigError> {
        match (self.text("push_token")?, self.text("push_aes_key")?) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(ConfigError::Missing("push_token")),
            (Some(_), None) => Err(ConfigError::Missing("push_aes_key")),
            (Some(token), Some(key)) => {
                let fits = key.len() == 43 && key.bytes().all(|b| b.is_ascii_alphanumeric());
                if !fits {
                    return Err(bad("push_aes_key", "43 letters and digits"));
                }
                if !(3..=32).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
                    return Err(bad("push_token", "3 to 32 letters and digits"));
                }
                Ok(Some(PushSecrets { token: Secret(token), aes_key: Secret(key) }))
            }
        }
    }

    /// `["ship"]` in the file, `ship,note` in the environment.
    fn held(&self) -> Result<Vec<HeldKind>, ConfigError> {
        let not_kinds = || bad("held", "kinds of commands, such as ship or note");
        let kinds: Vec<String> = match self.0.get("held") {
            None => return Ok(Vec::new()),
            Some(toml::Value::String(text)) => {
                text.split(',').map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty()).collect()
            }
            Some(toml::Value::Array(kinds)) => kinds
                .iter()
                .map(|kind| kind.as_str().map(str::to_owned).ok_or_else(not_kinds))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(not_kinds()),
        };
        kinds
            .into_iter()
            .map(|kind| match kind.as_str() {
                "ship" | "note" => Ok(HeldKind { kind, reason: ReasonCode::from(reason::SWITCHED_OFF) }),
                _ => Err(not_kinds()),
            })
            .collect()
    }
}

fn bad(key: &str, expected: &'static str) -> ConfigError {
    ConfigError::Bad { key: key.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "appid = \"wx01\"\nsecret = \"geheim\"\ndata_dir = \"d\"\n";

    fn read(more: &str, environment: &[(&str, &str)]) -> Result<RelayConfig, ConfigError> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        RelayConfig::read(&format!("{LEAST}{more}"), environment)
    }

    #[test]
    fn the_least_is_enough_and_the_rest_has_defaults() {
        let config = read("", &[]).unwrap();
        assert_eq!(config, RelayConfig::for_platform(PLATFORM, "wx01", "geheim", Path::new("d")));
        assert!(read("bind = \"0.0.0.0:8443\"", &[]).unwrap().tls, "what leaves the machine is encrypted");
        assert!(!read("bind = \"0.0.0.0:8443\"\nbehind_proxy = true", &[]).unwrap().tls);
    }

    #[test]
    fn the_environment_stands_above_the_file() {
        let environment = [
            ("SHOPKEEPER_RELAY_SECRET", "anders"),
            ("SHOPKEEPER_RELAY_HISTORY_DAYS", "90"),
            ("SHOPKEEPER_RELAY_HELD", "ship, note"),
            ("HOME", "/"),
        ];
        let config = read("history_days = 30", &environment).unwrap();
        assert_eq!(config.secret.expose(), "anders");
        assert_eq!(config.history_days, 90);
        let kinds: Vec<&str> = config.held.iter().map(|held| held.kind.as_str()).collect();
        assert_eq!(kinds, ["ship", "note"]);
    }

    #[test]
    fn what_is_wrong_is_named_and_never_quoted() {
        for (more, expected) in [
            ("bnid = 1", ConfigError::UnknownKey("bnid".to_owned())),
            ("bind = 1", bad("bind", "a text")),
            ("bind = \"geheim\"", bad("bind", "an address with a port, such as 127.0.0.1:8443")),
            ("public_url = \"geheim\"", bad("public_url", "an address that begins with http:// or https://")),
            (
                "platform_url = \"http://geheim\"",
                bad("platform_url", "https:// wherever it is not this machine, because the secret goes there"),
            ),
            ("history_days = 0", bad("history_days", "a number from 1 to 3650")),
            ("parallel_reads = \"geheim\"", bad("parallel_reads", "a number from 1 to 64")),
            ("behind_proxy = \"geheim\"", bad("behind_proxy", "true or false")),
            ("held = [\"geheim\"]", bad("held", "kinds of commands, such as ship or note")),
            ("push_token = \"geheim\"", ConfigError::Missing("push_aes_key")),
            ("push_token = \"abc\"\npush_aes_key = \"geheim\"", bad("push_aes_key", "43 letters and digits")),
            ("x = geheim", ConfigError::Syntax { line: 4, what: "this is not TOML" }),
        ] {
            let error = read(more, &[]).unwrap_err();
            assert_eq!(error, expected, "{more}");
            assert!(!format!("{error} {error:?}").contains("geheim"), "{error:?}");
        }
        let error = read("", &[("SHOPKEEPER_RELAY_SECRETT", "geheim")]).unwrap_err();
        assert_eq!(error, ConfigError::UnknownKey("secrett".to_owned()));
    }

    #[test]
    fn each_of_the_three_that_must_be_there_is_asked_for() {
        for name in ["appid", "secret", "data_dir"] {
            let text: String =
                LEAST.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n")).collect();
            assert_eq!(RelayConfig::read(&text, []), Err(ConfigError::Missing(name)));
        }
        let gone = RelayConfig::load(Some(Path::new("no/such/file.toml")), []).unwrap_err();
        assert!(gone.to_string().contains("file.toml"));
    }

    #[test]
    fn a_secret_is_never_shown() {
        assert!(!format!("{:?}", read("", &[]).unwrap()).contains("geheim"));
    }
}
