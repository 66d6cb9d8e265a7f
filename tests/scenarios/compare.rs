//! Comparing what is expected with what is there, one field at a time.

use std::fmt::Debug;

/// A comparison under way.
#[derive(Debug, Default)]
pub struct Comparison {
    compared: usize,
    differs: Vec<String>,
}

impl Comparison {
    /// Compares a field that is mentioned.
    pub fn field<T: Debug + PartialEq>(&mut self, name: &str, expected: Option<&T>, actual: T) {
        let Some(expected) = expected else { return };
        self.compared += 1;
        if *expected != actual {
            self.differs.push(format!("{name}: expected {expected:?}, found {actual:?}"));
        }
    }

    /// Compares a list entry by entry; every entry is there, and no other.
    pub fn list<E, A: Debug>(
        &mut self,
        name: &str,
        expected: Option<&[E]>,
        actual: &[A],
        mut entry: impl FnMut(&mut Self, &str, &E, &A),
    ) {
        let Some(expected) = expected else { return };
        self.compared += 1;
        if expected.len() != actual.len() {
            self.differs.push(format!(
                "{name}: expected {} entries, found {}: {actual:?}",
                expected.len(),
                actual.len()
            ));
            return;
        }
        for (place, (expected, actual)) in expected.iter().zip(actual).enumerate() {
            entry(self, &format!("{name}.{place}"), expected, actual);
        }
    }

    /// A difference that is no field's.
    pub fn fail(&mut self, what: String) {
        self.compared += 1;
        self.differs.push(what);
    }

    /// Something was compared by other means, and fits.
    pub fn fits(&mut self) {
        self.compared += 1;
    }

    /// # Errors
    /// Every difference; or that nothing was compared, for a look that cannot fail says nothing.
    pub fn end(self) -> Result<(), String> {
        if self.compared == 0 {
            return Err("expects nothing, so it could never fail".to_owned());
        }
        if self.differs.is_empty() { Ok(()) } else { Err(self.differs.join("\n    ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::Comparison;

    #[test]
    fn a_difference_is_named_and_nothing_compared_is_an_error() {
        let mut same = Comparison::default();
        same.field("count", Some(&1), 1);
        assert_eq!(same.end(), Ok(()));

        let mut other = Comparison::default();
        other.field("count", Some(&1), 2);
        other.field("unmentioned", None, 3);
        other.list("orders", Some(&["a", "b"][..]), &["a", "c"], |all, name, expected, actual| {
            all.field(name, Some(expected), *actual)
        });
        let said = other.end().unwrap_err();
        assert!(
            said.contains("count: expected 1, found 2") && said.contains("orders.1") && !said.contains("unmentioned"),
            "{said}"
        );

        assert!(Comparison::default().end().is_err());
    }
}
