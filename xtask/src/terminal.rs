//! The real binary in a real terminal: tmux starts it at a given size, keys are sent, and the screen is read back as text.
//!
//! What is looked for comes from `design/words`, so a sentence that is reworded there needs no change here. Each look
//! waits until the screen shows what it should or [`PATIENCE`] is over: nothing is asserted about *how fast* the screen
//! changes, only that it does. Screens are kept under the target folder in `terminal/`, for eyes.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    shell::{Shell, XtaskError, workspace_root},
    stopwatch::{Stopwatch, pause},
};

/// How long a screen may take before it counts as never coming. Generous: a debug build seeds a shop on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(100);

const SESSION: &str = "shopkeeper";

/// Runs its arguments and writes how they ended into the file named first. tmux knows that too, but sometimes never says it
/// (seen with 3.3a: the pane is dead and its status stays empty).
const RECORD: &str = r#""$@"; echo $? > "$0""#;

/// One run of the script.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) columns: u16,
    pub(crate) rows: u16,
    pub(crate) language: &'static str,
}

impl Window {
    pub(crate) fn name(self) -> String {
        format!("{}x{}-{}", self.columns, self.rows, self.language)
    }
}

/// The two sizes of the promise, and the other language.
pub(crate) const WINDOWS: [Window; 3] = [
    Window { columns: 100, rows: 40, language: "zh" },
    Window { columns: 60, rows: 30, language: "zh" },
    Window { columns: 100, rows: 40, language: "en" },
];

const TABS: [&str; 4] = ["tab.home", "tab.messages", "tab.growth", "tab.shop"];
const CONNECTED: [&str; 2] = ["truth.online", "truth.weak"];

/// One step a person takes, and what the screen then owes them.
#[derive(Debug)]
struct Step {
    name: &'static str,
    key: Option<&'static str>,
    /// Keys of words that must all be there, besides the four tabs.
    all: &'static [&'static str],
    /// Keys of words of which one must be there; empty asks for nothing.
    any: &'static [&'static str],
}

/// Airplane mode goes on in the shop and off on the home tab: the truth line belongs to all tabs.
const SCRIPT: [Step; 7] = [
    Step { name: "start", key: None, all: &[], any: &CONNECTED },
    Step { name: "shop", key: Some("4"), all: &["shop.orders"], any: &CONNECTED },
    Step { name: "airplane", key: Some("a"), all: &["truth.offline"], any: &[] },
    Step { name: "messages", key: Some("2"), all: &["coming.messages", "truth.offline"], any: &[] },
    Step { name: "growth", key: Some("3"), all: &["coming.growth", "truth.offline"], any: &[] },
    Step { name: "home", key: Some("1"), all: &["home.to_ship", "truth.offline"], any: &[] },
    Step { name: "back", key: Some("a"), all: &["home.to_ship"], any: &CONNECTED },
];

/// Plays the script once; `Err` holds a sentence and the screen at which it ended.
pub(crate) fn play(binary: &Path, target: &Path, window: Window) -> Result<Result<(), String>, XtaskError> {
    let folder = target.join("terminal");
    std::fs::create_dir_all(&folder).map_err(|source| XtaskError::File { path: folder.clone(), source })?;
    let words = words(window.language)?;
    let tmux = Tmux::start(binary, window)?;
    for step in &SCRIPT {
        if let Some(key) = step.key {
            tmux.press(key)?;
        }
        let (screen, missing) = tmux.look(|screen| missing(step, screen, &words))?;
        let path = folder.join(format!("{}-{}.txt", window.name(), step.name));
        std::fs::write(&path, &screen).map_err(|source| XtaskError::File { path: path.clone(), source })?;
        if let Some(missing) = missing {
            let end = tmux.exit_status()?.map_or(String::new(), |end| format!(", and the program ended with {end}"));
            return Ok(Err(format!(
                "step `{}`: the screen never showed {missing}{end}\n{}",
                step.name,
                inked(&screen)
            )));
        }
    }
    tmux.press("q")?;
    let (screen, alive) = tmux.look(|_| match tmux.exit_status() {
        Ok(Some(code)) if code == "0" => None,
        Ok(Some(code)) => Some(format!("an end with 0, but with {code}")),
        Ok(None) => Some("its end after q".to_owned()),
        Err(error) => Some(error.to_string()),
    })?;
    Ok(alive.map_or(Ok(()), |what| Err(format!("step `quit`: the screen never showed {what}\n{}", inked(&screen)))))
}

/// What a screen lacks, in words; `None` when it lacks nothing.
fn missing(step: &Step, screen: &str, words: &BTreeMap<String, String>) -> Option<String> {
    let screen = squeezed(screen);
    let shows = |key: &str| words.get(key).is_some_and(|sentence| screen.contains(&squeezed(first_clause(sentence))));
    if let Some(key) = TABS.iter().chain(step.all).find(|key| !shows(key)) {
        return Some(format!("`{key}`"));
    }
    if !step.any.is_empty() && !step.any.iter().any(|key| shows(key)) {
        return Some(format!("any of {:?}", step.any));
    }
    None
}

/// The lines of a screen that hold anything.
fn inked(screen: &str) -> String {
    screen.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Text without spaces, line ends and frame lines: a sentence is found although a narrow window broke it into two lines.
fn squeezed(text: &str) -> String {
    text.chars().filter(|&c| !c.is_whitespace() && !('\u{2500}'..='\u{257f}').contains(&c)).collect()
}

/// The beginning of a sentence up to its first stop or placeholder: the rest may be cut off where room is short.
fn first_clause(sentence: &str) -> &str {
    let end = sentence.find(['。', '.', '，', ',', '{']).unwrap_or(sentence.len());
    &sentence[..end]
}

fn words(language: &str) -> Result<BTreeMap<String, String>, XtaskError> {
    let relative = PathBuf::from(format!("design/words/{language}.json"));
    let text = std::fs::read_to_string(workspace_root().join(&relative))
        .map_err(|source| XtaskError::File { path: relative.clone(), source })?;
    serde_json::from_str(&text).map_err(|error| XtaskError::Malformed { path: relative, what: error.to_string() })
}

/// A tmux server of our own in a folder of its own; dropping it ends the server, and what runs inside, and removes both.
#[derive(Debug)]
struct Tmux {
    /// Holds the socket and the configuration. Not under the target folder: a socket's path has about 100 bytes.
    home: PathBuf,
}

impl Tmux {
    fn start(binary: &Path, window: Window) -> Result<Self, XtaskError> {
        let home = std::env::temp_dir().join(format!("shopkeeper-xtask-{}-{}", std::process::id(), window.name()));
        std::fs::create_dir_all(&home).map_err(|source| XtaskError::File { path: home.clone(), source })?;
        let tmux = Self { home };
        // The last screen must outlive the program, so that it can still be shown; and tmux's own status line costs a row.
        let text = "set -g remain-on-exit on\nset -g status off\nset -g default-terminal tmux-256color\n";
        std::fs::write(tmux.config(), text).map_err(|source| XtaskError::File { path: tmux.config(), source })?;
        let (columns, rows) = (window.columns.to_string(), window.rows.to_string());
        let size = ["new-session", "-d", "-s", SESSION, "-x", &columns, "-y", &rows];
        let (program, status) = ([binary.as_os_str()], [tmux.status_file()]);
        let finished = tmux
            .command()
            .args(size)
            .args(["sh", "-c", RECORD])
            .args(status)
            .args(program)
            .args(["--lang", window.language])
            .quiet()?;
        if finished.ok() { Ok(tmux) } else { Err(refused(&finished.lines)) }
    }

    fn config(&self) -> PathBuf {
        self.home.join("tmux.conf")
    }

    fn command(&self) -> Shell {
        Shell::new("tmux")
            .args(["-u", "-f"])
            .args([self.config()])
            .without_env("TMUX")
            .env("TMUX_TMPDIR", &self.home)
            // tmux asks the locale whether it may show anything but ASCII; this one is part of every libc.
            .env("LC_ALL", "C.UTF-8")
    }

    fn press(&self, key: &str) -> Result<(), XtaskError> {
        let finished = self.command().args(["send-keys", "-t", SESSION, key]).quiet()?;
        if finished.ok() { Ok(()) } else { Err(refused(&finished.lines)) }
    }

    fn screen(&self) -> Result<String, XtaskError> {
        let finished = self.command().args(["capture-pane", "-p", "-t", SESSION]).quiet()?;
        if finished.ok() { Ok(finished.lines.join("\n")) } else { Err(refused(&finished.lines)) }
    }

    fn status_file(&self) -> PathBuf {
        self.home.join("status")
    }

    /// `None` while the program runs, then its exit status as a shell tells it (128 + n for signal n).
    fn exit_status(&self) -> Result<Option<String>, XtaskError> {
        match std::fs::read_to_string(self.status_file()) {
            // A line that is still being written counts as not there yet.
            Ok(text) => Ok(text.strip_suffix('\n').map(str::to_owned)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(XtaskError::File { path: self.status_file(), source }),
        }
    }

    /// Looks again and again until `lacks` finds nothing, the program has ended, or patience has; gives the last screen.
    fn look(&self, lacks: impl Fn(&str) -> Option<String>) -> Result<(String, Option<String>), XtaskError> {
        let watch = Stopwatch::start();
        loop {
            let ended = self.exit_status()?.is_some();
            let screen = self.screen()?;
            let lack = lacks(&screen);
            if lack.is_none() || ended || watch.elapsed() > PATIENCE {
                return Ok((screen, lack));
            }
            pause(LOOK_EVERY);
        }
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        // A server that is already gone answers with an error, which is what we want of it.
        _ = self.command().args(["kill-server"]).quiet();
        // What may remain is an empty socket in the system's folder for temporary things.
        _ = std::fs::remove_dir_all(&self.home);
    }
}

fn refused(lines: &[String]) -> XtaskError {
    XtaskError::Malformed { path: PathBuf::from("tmux"), what: lines.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(all: &'static [&'static str], any: &'static [&'static str]) -> Step {
        Step { name: "s", key: None, all, any }
    }

    #[test]
    fn a_screen_is_judged_by_its_words() {
        let words = words("zh").unwrap();
        let tabs = "│ 首页   消息 │\n│ 成长   店铺 │\n";
        let cases = [
            (step(&[], &[]), tabs.to_owned(), None),
            (step(&[], &[]), "首页 消息 店铺".to_owned(), Some("`tab.growth`")),
            (step(&["truth.offline"], &[]), format!("{tabs}○ 离线可继续处理"), None),
            (step(&["truth.offline"], &[]), format!("{tabs}● 在线"), Some("`truth.offline`")),
            (step(&[], &CONNECTED), format!("{tabs}◐ 弱网"), None),
            (step(&[], &CONNECTED), tabs.to_owned(), Some("any of")),
            (step(&["no.such.word"], &[]), tabs.to_owned(), Some("`no.such.word`")),
        ];
        for (step, screen, want) in cases {
            let got = missing(&step, &screen, &words);
            match want {
                None => assert_eq!(got, None, "{screen}"),
                Some(part) => assert!(got.as_deref().is_some_and(|got| got.contains(part)), "{screen}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_sentence_is_found_across_a_line_break_and_a_frame() {
        let screen = squeezed("│ 排队（等  │\n│ 网络）    │");
        assert!(screen.contains(&squeezed("排队（等网络）")), "{screen}");
        assert_eq!(first_clause("现在还没有，先看首页。"), "现在还没有");
        assert_eq!(first_clause("数据截至 {time}"), "数据截至 ");
    }

    #[test]
    fn every_word_of_the_script_exists_in_both_languages() {
        for language in ["zh", "en"] {
            let words = words(language).unwrap();
            let used = SCRIPT.iter().flat_map(|step| step.all.iter().chain(step.any)).chain(&TABS);
            for key in used {
                assert!(words.contains_key(*key), "{language}: {key}");
            }
        }
    }
}
