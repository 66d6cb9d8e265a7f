//! What may be left out where. `allowed-skips.toml` names each with its reason, and with `CI=true` nothing else is.

use std::path::PathBuf;

use serde::Deserialize;

use crate::shell::{XtaskError, workspace_root};

/// A part, or a test marked `#[ignore]`, that did not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Skip {
    /// A part's name, or a test's full path.
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// The list as it stands in the file.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllowedSkips {
    #[serde(default)]
    skip: Vec<Allowed>,
}

#[derive(Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Allowed {
    name: String,
    reason: String,
}

impl AllowedSkips {
    pub(crate) fn load() -> Result<Self, XtaskError> {
        let path = workspace_root().join("xtask/allowed-skips.toml");
        let text = std::fs::read_to_string(&path).map_err(|source| XtaskError::File { path: path.clone(), source })?;
        Self::parse(&text).map_err(|what| XtaskError::Malformed { path: shown(), what })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let list: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        for (i, entry) in list.skip.iter().enumerate() {
            if entry.name.trim().is_empty() || entry.reason.trim().is_empty() {
                return Err(format!("entry {}: name and reason must not be empty", i + 1));
            }
            if list.skip[..i].iter().any(|earlier| earlier.name == entry.name) {
                return Err(format!("entry {}: `{}` is listed twice", i + 1, entry.name));
            }
        }
        Ok(list)
    }

    /// The skips that a strict run must not accept.
    pub(crate) fn forbidden<'a>(&self, skips: &'a [Skip]) -> Vec<&'a Skip> {
        skips.iter().filter(|skip| !self.skip.iter().any(|allowed| allowed.name == skip.name)).collect()
    }
}

fn shown() -> PathBuf {
    PathBuf::from("xtask/allowed-skips.toml")
}

/// Whether this run must not skip silently: `CI` is set to anything but nothing, `0` or `false`.
pub(crate) fn strict(ci: Option<&str>) -> bool {
    !matches!(ci, None | Some("" | "0" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(name: &str) -> Skip {
        Skip { name: name.to_owned(), reason: "because".to_owned() }
    }

    #[test]
    fn only_listed_names_may_be_skipped() {
        let list = AllowedSkips::parse("[[skip]]\nname = \"advisories\"\nreason = \"no network\"\n").unwrap();
        let cases: [(&[&str], &[&str]); 4] = [
            (&[], &[]),
            (&["advisories"], &[]),
            (&["advisories", "terminal"], &["terminal"]),
            (&["advisories::more", "Advisories"], &["advisories::more", "Advisories"]),
        ];
        for (given, want) in cases {
            let given: Vec<Skip> = given.iter().copied().map(skip).collect();
            let found: Vec<&str> = list.forbidden(&given).iter().map(|s| s.name.as_str()).collect();
            assert_eq!(found, want);
        }
    }

    #[test]
    fn an_entry_without_a_reason_is_an_error() {
        let cases = [
            ("[[skip]]\nname = \"x\"\n", "reason"),
            ("[[skip]]\nname = \"x\"\nreason = \" \"\n", "entry 1"),
            ("[[skip]]\nname = \"\"\nreason = \"r\"\n", "entry 1"),
            ("[[skip]]\nname = \"x\"\nreason = \"r\"\nuntil = \"never\"\n", "until"),
            ("[[skip]]\nname = \"x\"\nreason = \"r\"\n[[skip]]\nname = \"x\"\nreason = \"r\"\n", "twice"),
            ("skip = 3", "skip"),
        ];
        for (text, want) in cases {
            let error = AllowedSkips::parse(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }

    #[test]
    fn the_committed_list_is_well_formed() {
        AllowedSkips::load().unwrap();
    }

    #[test]
    fn ci_is_strict_and_a_desk_is_not() {
        for (ci, want) in [
            (None, false),
            (Some(""), false),
            (Some("false"), false),
            (Some("0"), false),
            (Some("true"), true),
            (Some("1"), true),
        ] {
            assert_eq!(strict(ci), want, "{ci:?}");
        }
    }
}
