//! Sentences: `design/words/{zh,en}.json`, built into the program.
//!
//! A screen names a sentence by its key ([`say!`](crate::say)); what is missing stays visible as `⟦key⟧`, because a blank would hide the
//! mistake and a panic would punish the merchant for it. A test reads this crate's source and holds every key to both files.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::LazyLock;

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Lang {
    /// Simplified Chinese, the primary one.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// The one after this, for the key that switches.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }
}

type Sentences = BTreeMap<String, String>;

static ZH: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../design/words/zh.json")));
static EN: LazyLock<Sentences> = LazyLock::new(|| read(include_str!("../../design/words/en.json")));

#[expect(clippy::expect_used, reason = "the files are part of the build and a test reads both")]
fn read(json: &str) -> Sentences {
    serde_json::from_str(json).expect("the words are one flat object of sentences")
}

/// The sentences of one language. Free to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Words {
    lang: Lang,
}

impl Words {
    #[must_use]
    pub const fn of(lang: Lang) -> Self {
        Self { lang }
    }

    #[must_use]
    pub const fn lang(self) -> Lang {
        self.lang
    }

    /// The sentence as it stands in the file, if there is one.
    #[must_use]
    pub fn find(self, key: &str) -> Option<&'static str> {
        let sentences: &'static Sentences = match self.lang {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        };
        sentences.get(key).map(String::as_str)
    }

    /// The sentence with its placeholders filled in. A placeholder without a value stays as it is.
    #[must_use]
    pub fn say(self, key: &str, values: &[(&str, &dyn Display)]) -> String {
        let Some(sentence) = self.find(key) else { return format!("⟦{key}⟧") };
        let mut text = String::with_capacity(sentence.len() + 16);
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((name, behind)) = after.split_once('}') else {
                text.push('{');
                rest = after;
                break;
            };
            match values.iter().find(|(known, _)| *known == name) {
                // One pass over the sentence: a value that contains braces (a buyer's words) is never filled in again.
                Some((_, value)) => text.push_str(&value.to_string()),
                None => {
                    text.push('{');
                    text.push_str(name);
                    text.push('}');
                }
            }
            rest = behind;
        }
        text.push_str(rest);
        text
    }
}

/// `say!(words, "truth.pending", n = 3)`: a sentence with its placeholders.
#[macro_export]
macro_rules! say {
    ($words:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $words.say($key, &[$((stringify!($name), &$value as &dyn std::fmt::Display)),*])
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn sentences_are_filled_in_once() {
        let zh = Words::of(Lang::Zh);
        assert_eq!(say!(zh, "truth.pending", n = 3), "3 项待同步");
        assert_eq!(say!(zh, "order.note.buyer", text = "{text} {"), "买家：{text} {");
        assert_eq!(say!(zh, "truth.pending"), "{n} 项待同步");
        assert_eq!(say!(zh, "no.such.key"), "⟦no.such.key⟧");
        assert_eq!(say!(Words::of(Lang::En), "tab.home"), "Home");
    }

    /// Every literal of this crate's source that looks like a key, and begins like one.
    fn keys_in_source(folder: &Path, areas: &BTreeSet<String>, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                keys_in_source(&path, areas, found);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                for literal in code.split('"').skip(1).step_by(2) {
                    let area = literal.split('.').next().unwrap_or_default();
                    let shaped = literal.contains('.')
                        && !literal.ends_with('.')
                        && literal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c));
                    if shaped && areas.contains(area) {
                        found.insert(literal.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_key_that_the_source_names_exists() {
        let areas: BTreeSet<String> = ZH.keys().filter_map(|key| key.split('.').next()).map(str::to_owned).collect();
        let mut found = BTreeSet::new();
        keys_in_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &areas, &mut found);
        assert!(found.len() > 100, "only {} keys were found; did the way of naming them change?", found.len());
        let missing: Vec<_> = found.iter().filter(|key| !ZH.contains_key(*key) || !EN.contains_key(*key)).collect();
        assert!(missing.is_empty(), "no sentence for {missing:?}");
    }
}
