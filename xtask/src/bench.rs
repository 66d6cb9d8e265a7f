//! `cargo xtask bench`: the benches in release, the core alone and then with a relay. A number without its machine means nothing, so the machine comes first.

use crate::shell::{Shell, XtaskError};

/// Package and bench, in their order.
const BENCHES: [(&str, &str); 2] = [("shopkeeper-core", "road"), ("shopkeeper-tests", "loopback")];

/// Whether the bench programs ran to their end. They print their own tables; no number decides here.
pub(crate) fn run() -> Result<bool, XtaskError> {
    println!("{}", machine());
    // The relay's bench has no parts.
    let wanted = if std::env::var_os("PART").is_some() { 1 } else { BENCHES.len() };
    for (package, bench) in BENCHES.into_iter().take(wanted) {
        let finished =
            Shell::cargo().args(["bench", "--locked", "--package", package, "--bench", bench]).stream(|_| false)?;
        if !finished.ok() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// `machine: <cpu>, <n> cores, <m> MiB, Linux <release>, rustc <version>`; what cannot be read says so.
fn machine() -> String {
    let cpu = read_field("/proc/cpuinfo", "model name");
    let memory = read_field("/proc/meminfo", "MemTotal").and_then(|text| kib_to_mib(&text));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").ok().map(|text| text.trim().to_owned());
    let cores = std::thread::available_parallelism().ok().map(|n| n.to_string());
    let rustc = Shell::new("rustc").args(["--version"]).quiet().ok().and_then(|f| f.lines.into_iter().next());
    let or_unknown = |value: Option<String>| value.unwrap_or_else(|| "unknown".to_owned());
    format!(
        "machine: {}, {} cores, {} MiB, {} {}, {}",
        or_unknown(cpu),
        or_unknown(cores),
        or_unknown(memory),
        std::env::consts::OS,
        or_unknown(kernel),
        or_unknown(rustc),
    )
}

fn read_field(file: &str, name: &str) -> Option<String> {
    field(&std::fs::read_to_string(file).ok()?, name)
}

/// The value of the first `name : value` line, as the files under /proc write them.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })
}

fn kib_to_mib(text: &str) -> Option<String> {
    let kib: u64 = text.strip_suffix(" kB")?.parse().ok()?;
    Some((kib / 1024).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_fields_as_proc_writes_them() {
        let cpu = "processor\t: 0\nmodel name\t: Some CPU @ 2.0GHz: fast\nmodel name\t: Other\n";
        assert_eq!(field(cpu, "model name").as_deref(), Some("Some CPU @ 2.0GHz: fast"));
        assert_eq!(field(cpu, "model"), None);
        assert_eq!(kib_to_mib("2048 kB").as_deref(), Some("2"));
        assert_eq!(kib_to_mib("2048"), None);
    }
}
