//! Runs a command that a person could type: prints it, shows its output as it comes, and keeps the lines.
//!
//! Standard output and error share one pipe, so the kept lines are in the order in which a terminal would show them, and
//! one reader on this thread is enough.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
};

use thiserror::Error;

/// What a finished command left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    /// Output and error lines as they came, without line ends; bytes that are no UTF-8 are replaced.
    pub(crate) lines: Vec<String>,
}

impl Finished {
    pub(crate) fn ok(&self) -> bool {
        self.status.success()
    }

    /// For a sentence: `exit status 1`, `signal 9`.
    pub(crate) fn describe_status(&self) -> String {
        self.status.to_string()
    }
}

/// The check list itself could not go on; a check that merely fails is no such error.
#[derive(Debug, Error)]
pub(crate) enum XtaskError {
    #[error("`{program}` could not be run: {source}")]
    Spawn { program: String, source: io::Error },
    #[error("reading what `{program}` printed: {source}")]
    Read { program: String, source: io::Error },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: {what}")]
    Malformed { path: PathBuf, what: String },
    #[error("unknown part `{0}`; `cargo xtask test --list` names them")]
    UnknownPart(String),
    #[error("SHOPKEEPER_SIM_SEEDS: {0}")]
    Seeds(#[from] crate::args::ArgsError),
    #[error("neither XDG_CACHE_HOME nor HOME is set, so there is no place for tools")]
    NoCacheHome,
}

/// A command in the making, always run at the workspace root.
#[derive(Debug)]
pub(crate) struct Shell {
    command: Command,
    /// Without the environment, for people.
    shown: String,
}

impl Shell {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(workspace_root()).stdin(Stdio::null());
        let name = Path::new(program).file_name().unwrap_or(program);
        Self { command, shown: name.to_string_lossy().into_owned() }
    }

    /// The cargo that started us, so that a `+toolchain` of the caller holds for the parts too.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn args<I, S>(mut self, args: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        for arg in args {
            self.shown.push(' ');
            self.shown.push_str(&arg.as_ref().to_string_lossy());
            self.command.arg(arg);
        }
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Shows the command and its output line by line; `hold_back` says which lines are kept but not shown.
    pub(crate) fn stream(mut self, hold_back: impl Fn(&str) -> bool) -> Result<Finished, XtaskError> {
        println!("$ {}", self.shown);
        self.run(|line| {
            if !hold_back(line) {
                println!("{line}");
            }
        })
    }

    /// Keeps the output and shows nothing.
    pub(crate) fn quiet(mut self) -> Result<Finished, XtaskError> {
        self.run(|_| ())
    }

    fn run(&mut self, show: impl Fn(&str)) -> Result<Finished, XtaskError> {
        let program = self.shown.split(' ').next().unwrap_or_default().to_owned();
        let spawn_error = |source| XtaskError::Spawn { program: program.clone(), source };
        let read_error = |source| XtaskError::Read { program: program.clone(), source };

        let (reader, writer) = io::pipe().map_err(spawn_error)?;
        self.command.stdout(writer.try_clone().map_err(spawn_error)?).stderr(writer);
        let mut child = self.command.spawn().map_err(spawn_error)?;
        // Our copies of the writing end live in `command`; while they do, the reader never sees the end.
        self.command.stdout(Stdio::null()).stderr(Stdio::null());

        let mut lines = Vec::new();
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).map_err(read_error)? > 0 {
            let line = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            show(&line);
            lines.push(line);
            bytes.clear();
        }
        let status = child.wait().map_err(read_error)?;
        Ok(Finished { status, lines })
    }
}

/// Whether a program answers to being called like this, with success.
pub(crate) fn answers(program: impl AsRef<OsStr>, args: &[&str]) -> bool {
    Shell::new(program).args(args).quiet().is_ok_and(|finished| finished.ok())
}

/// The folder of the workspace's Cargo.toml.
pub(crate) fn workspace_root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

/// `$XDG_CACHE_HOME/shopkeeper` or `~/.cache/shopkeeper`: outside the tree, so that a fresh clone finds it warm.
pub(crate) fn cache_home() -> Result<PathBuf, XtaskError> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|base| base.join("shopkeeper"))
        .ok_or(XtaskError::NoCacheHome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_streams_in_order_and_the_status() {
        let script = "echo one; echo two >&2; printf 'three'; exit 3";
        let finished = Shell::new("sh").args(["-c", script]).quiet().unwrap();
        assert_eq!(finished.lines, ["one", "two", "three"]);
        assert!(!finished.ok());
        assert_eq!(finished.status.code(), Some(3));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = Shell::new("no-such-program-here").quiet().unwrap_err();
        assert!(matches!(&error, XtaskError::Spawn { program, .. } if program == "no-such-program-here"), "{error}");
        assert!(!answers("no-such-program-here", &["--version"]));
    }

    #[test]
    fn bytes_that_are_no_utf8_do_not_stop_the_reading() {
        let finished = Shell::new("printf").args([r"\377ok\nnext\n"]).quiet().unwrap();
        assert_eq!(finished.lines, ["\u{fffd}ok", "next"]);
    }
}
