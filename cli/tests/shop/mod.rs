//! A demo world in a folder, and the real program run on it.

#![allow(dead_code, reason = "each test binary uses its part of this")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use shopkeeper_cli::demo::{Demo, DemoOptions};
use shopkeeper_sandbox::world::Books;
use tempfile::TempDir;

/// A kept demo world whose phone has synced. Nobody runs it.
pub(crate) struct Shop {
    dir: TempDir,
}

impl Shop {
    /// Always the same shop.
    pub(crate) fn open(orders: u32) -> Self {
        let shop = Self { dir: tempfile::tempdir().unwrap() };
        shop.run(orders, async |demo| {
            demo.phone().core().sync().unwrap().now().await.unwrap();
        });
        shop
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.dir.path().join("shop")
    }

    /// The platform's own books, as its journal has them.
    pub(crate) fn books(&self) -> Books {
        let mut books = Books::default();
        self.run(0, async |demo| books = demo.world().with(|world| world.books()));
        books
    }

    fn run(&self, orders: u32, work: impl AsyncFnOnce(&Demo)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = DemoOptions { orders, seed: Some(7), data: Some(self.dir()), living: false };
            let demo = Demo::start(options).await.unwrap();
            work(&demo).await;
            demo.shutdown().await.unwrap();
        });
    }

    /// The program on this shop.
    pub(crate) fn program(&self, words: &[&str]) -> Command {
        let mut command = program(words);
        command.arg("--data").arg(self.dir());
        command
    }

    /// The program on this shop, run to its end.
    pub(crate) fn ends(&self, words: &[&str]) -> Ended {
        Ended::of(&mut self.program(words))
    }

    /// The only document of a verb that has to end well.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        let ended = self.ends(&[words, &["--json"]].concat());
        assert_eq!(ended.code, 0, "{words:?}: {ended:?}");
        ended.document()
    }

    /// Numbers of orders in a tab, newest first.
    pub(crate) fn numbers(&self, tab: &str) -> Vec<String> {
        let list = self.json(&["orders", "list", "--tab", tab, "--limit", "200"]);
        list["orders"].as_array().unwrap().iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
    }

    /// Numbers of orders that can be shipped right now.
    pub(crate) fn can_ship(&self) -> Vec<String> {
        let can = |number: &String| self.json(&["orders", "show", number])["order"]["cannot_ship"].is_null();
        self.numbers("to-ship").into_iter().filter(can).collect()
    }
}

/// The program with these words.
pub(crate) fn program(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shopkeeper"));
    command.args(words).stdin(Stdio::null()).env_remove("RUST_LOG");
    command
}

/// How a run ended, and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The one line of JSON that was answered.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(self.out.trim_end()).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the error that was told as JSON.
    pub(crate) fn error_code(&self) -> String {
        let document: Value =
            serde_json::from_str(self.err.trim_end()).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(!document["error"]["message"].as_str().unwrap().is_empty(), "{self:?}");
        document["error"]["code"].as_str().unwrap().to_owned()
    }
}

/// A folder that nothing is in.
pub(crate) fn nowhere() -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let path = as_text(dir.path()).to_owned();
    (dir, path)
}

pub(crate) fn as_text(path: &Path) -> &str {
    path.to_str().unwrap()
}
