//! The story, played by the real binary: work done offline, a lost reply, and the comparison with the platform's own books.

use std::path::Path;

use serde::Deserialize;

use crate::shell::{Finished, Shell, XtaskError};

/// The last line of `story --json`.
#[derive(Debug, Clone, Copy, Deserialize, PartialEq, Eq)]
struct Outcome {
    confirmed: u64,
    delivered: u64,
    needs_action: u64,
    lost: u64,
    doubled: u64,
}

/// `shopkeeper story --json`; `Err` holds a sentence about what is wrong.
pub(crate) fn as_json(binary: &Path) -> Result<Result<(), String>, XtaskError> {
    let finished = Shell::new(binary).args(["story", "--json"]).stream(|_| false)?;
    Ok(ended_well(&finished).and_then(|()| judge(&finished.lines)))
}

/// `shopkeeper` with nothing else, where standard output is no terminal: it must tell the story and end with 0.
pub(crate) fn as_text(binary: &Path) -> Result<Result<(), String>, XtaskError> {
    let finished = Shell::new(binary).stream(|_| false)?;
    Ok(ended_well(&finished).and_then(|()| {
        if finished.lines.iter().all(|line| line.trim().is_empty()) {
            Err("it told nothing".to_owned())
        } else {
            Ok(())
        }
    }))
}

fn ended_well(finished: &Finished) -> Result<(), String> {
    if finished.ok() { Ok(()) } else { Err(format!("it ended with {}", finished.describe_status())) }
}

fn judge(lines: &[String]) -> Result<(), String> {
    let line = lines.iter().rev().find(|line| line.starts_with('{')).ok_or("there is no line of JSON")?;
    let outcome: Outcome =
        serde_json::from_str(line).map_err(|error| format!("the last line of JSON is no outcome: {error}"))?;
    let Outcome { confirmed, delivered, needs_action, lost, doubled } = outcome;
    if lost > 0 || doubled > 0 {
        return Err(format!("lost {lost}, doubled {doubled}"));
    }
    // A story in which nothing was done loses nothing either.
    if confirmed == 0 || delivered == 0 {
        return Err(format!("nothing was done: confirmed {confirmed}, delivered {delivered}"));
    }
    if delivered.saturating_add(needs_action) < confirmed {
        return Err(format!(
            "{confirmed} confirmed, but only {delivered} delivered and {needs_action} waiting for a person"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_the_last_line_of_json() {
        let cases = [
            (r#"{"confirmed":7,"delivered":7,"needs_action":0,"lost":0,"doubled":0}"#, Ok(())),
            (r#"{"confirmed":7,"delivered":6,"needs_action":1,"lost":0,"doubled":0}"#, Ok(())),
            (r#"{"confirmed":7,"delivered":6,"needs_action":0,"lost":1,"doubled":0}"#, Err("lost 1, doubled 0")),
            (r#"{"confirmed":7,"delivered":7,"needs_action":0,"lost":0,"doubled":2}"#, Err("lost 0, doubled 2")),
            (r#"{"confirmed":0,"delivered":0,"needs_action":0,"lost":0,"doubled":0}"#, Err("nothing was done")),
            (r#"{"confirmed":7,"delivered":5,"needs_action":1,"lost":0,"doubled":0}"#, Err("7 confirmed, but only 5")),
            (r#"{"confirmed":7,"delivered":7,"lost":0,"doubled":0}"#, Err("needs_action")),
            (r#"{"confirmed":-1,"delivered":7,"needs_action":0,"lost":0,"doubled":0}"#, Err("no outcome")),
            ("all is well", Err("no line of JSON")),
        ];
        for (line, want) in cases {
            let lines = ["{\"step\":\"sync\"}".to_owned(), line.to_owned()];
            let lines = if line.starts_with('{') { &lines[..] } else { &lines[1..] };
            match (judge(lines), want) {
                (Ok(()), Ok(())) => {}
                (Err(got), Err(want)) => assert!(got.contains(want), "{line}: {got}"),
                (got, want) => panic!("{line}: got {got:?}, want {want:?}"),
            }
        }
    }
}
