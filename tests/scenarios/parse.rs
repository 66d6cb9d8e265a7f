//! Reading a scenario file. What is wrong with it is said with file, step and field, since whoever writes one sees nothing else.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::step::Step;
use crate::support::personas::Shop;

/// A scenario as it was read.
#[derive(Debug)]
pub struct Scenario {
    pub file: String,
    pub story: String,
    pub given: Shop,
    pub steps: Vec<Named>,
}

/// A step with what it is called in messages.
#[derive(Debug)]
pub struct Named {
    pub name: String,
    pub step: Step,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    story: String,
    given: Value,
    steps: Vec<Value>,
}

/// Why a file is no scenario.
#[derive(Debug, PartialEq, Eq)]
pub struct ScenarioError {
    pub file: String,
    /// `given`, or the step with its number and name.
    pub place: String,
    /// Path of the field inside the place; empty: the place itself.
    pub field: String,
    pub what: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, place, field, what } = self;
        if field.is_empty() {
            write!(f, "{file}, {place}: {what}")
        } else {
            write!(f, "{file}, {place}, field {field}: {what}")
        }
    }
}

impl Scenario {
    pub fn parse(file: &str, text: &str) -> Result<Self, ScenarioError> {
        let whole: Value = serde_json::from_str(text).map_err(|error| ScenarioError {
            file: file.to_owned(),
            place: "the file".to_owned(),
            field: String::new(),
            what: format!("is not JSON: {error}"),
        })?;
        let File { story, given, steps } = read(file, "the file", &whole)?;
        let given = read(file, "given", &given)?;
        let steps = steps.iter().enumerate().map(|(index, step)| {
            let name = named(index, step);
            let step = read(file, &name, step)?;
            Ok(Named { name, step })
        });
        Ok(Self { file: file.to_owned(), story, given, steps: steps.collect::<Result<_, _>>()? })
    }
}

/// Steps are counted from 1, as a person counts them.
fn named(index: usize, step: &Value) -> String {
    let key = step.as_object().and_then(|object| object.keys().next()).map_or("?", String::as_str);
    format!("step {} ({key})", index + 1)
}

fn read<T: DeserializeOwned>(file: &str, place: &str, value: &Value) -> Result<T, ScenarioError> {
    T::deserialize(value).map_err(|error| {
        let what = error.to_string();
        let field = culprit::<T>(value, &what);
        ScenarioError { file: file.to_owned(), place: place.to_owned(), field, what }
    })
}

/// The path of the innermost part without which this error would be another one or none. (serde says what it met, and not where.)
fn culprit<T: DeserializeOwned>(whole: &Value, what: &str) -> String {
    let matters = |path: &[Key]| {
        let without = without(whole, path);
        T::deserialize(&without).map_or_else(|error| error.to_string() != what, |_| true)
    };
    let mut path: Vec<Key> = Vec::new();
    loop {
        let found = keys(whole, &path).into_iter().find(|key| {
            let mut longer = path.clone();
            longer.push(key.clone());
            matters(&longer)
        });
        match found {
            Some(key) => path.push(key),
            None => return path.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
        }
    }
}

#[derive(Debug, Clone)]
enum Key {
    Name(String),
    Place(usize),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Place(place) => place.fmt(f),
        }
    }
}

fn at<'a>(whole: &'a Value, path: &[Key]) -> Option<&'a Value> {
    path.iter().try_fold(whole, |value, key| match key {
        Key::Name(name) => value.get(name),
        Key::Place(place) => value.get(place),
    })
}

fn keys(whole: &Value, path: &[Key]) -> Vec<Key> {
    match at(whole, path) {
        Some(Value::Object(object)) => object.keys().cloned().map(Key::Name).collect(),
        Some(Value::Array(items)) => (0..items.len()).map(Key::Place).collect(),
        _ => Vec::new(),
    }
}

fn without(whole: &Value, path: &[Key]) -> Value {
    let mut copy = whole.clone();
    let Some((last, before)) = path.split_last() else { return copy };
    let parent = before.iter().try_fold(&mut copy, |value, key| match key {
        Key::Name(name) => value.get_mut(name),
        Key::Place(place) => value.get_mut(*place),
    });
    match (parent, last) {
        (Some(Value::Object(object)), Key::Name(name)) => {
            object.remove(name);
        }
        (Some(Value::Array(items)), Key::Place(place)) => {
            items.remove(*place);
        }
        _ => {}
    }
    copy
}
