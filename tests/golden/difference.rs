//! Two texts side by side, line by line, as people read differences.

/// Lines of context around a difference.
const AROUND: usize = 2;

enum Part<'a> {
    Same(&'a str),
    Lacks(&'a str),
    Has(&'a str),
}

/// `-` for lines that only `before` has, `+` for those that only `after` has, and a few lines around them.
pub fn of(before: &str, after: &str) -> String {
    let parts = parts(&before.lines().collect::<Vec<_>>(), &after.lines().collect::<Vec<_>>());
    let changed: Vec<usize> =
        parts.iter().enumerate().filter(|(_, part)| !matches!(part, Part::Same(_))).map(|(place, _)| place).collect();
    let near = |place: usize| changed.iter().any(|other| other.abs_diff(place) <= AROUND);
    let mut text = String::new();
    let mut skipped = false;
    for (place, part) in parts.iter().enumerate() {
        if !near(place) {
            skipped = true;
            continue;
        }
        if std::mem::take(&mut skipped) {
            text += "  …\n";
        }
        let (sign, line) = match part {
            Part::Same(line) => (' ', line),
            Part::Lacks(line) => ('-', line),
            Part::Has(line) => ('+', line),
        };
        text += &format!("{sign} {line}\n");
    }
    text
}

/// By the longest common run of lines; the texts are screens, so the square of their length is small.
fn parts<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Part<'a>> {
    let (rows, columns) = (before.len(), after.len());
    let mut longest = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            longest[row][column] = if before[row] == after[column] {
                longest[row + 1][column + 1] + 1
            } else {
                longest[row + 1][column].max(longest[row][column + 1])
            };
        }
    }
    let (mut row, mut column, mut parts) = (0, 0, Vec::new());
    while row < rows || column < columns {
        if row < rows && column < columns && before[row] == after[column] {
            parts.push(Part::Same(before[row]));
            (row, column) = (row + 1, column + 1);
        } else if column == columns || row < rows && longest[row + 1][column] >= longest[row][column + 1] {
            parts.push(Part::Lacks(before[row]));
            row += 1;
        } else {
            parts.push(Part::Has(after[column]));
            column += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_changed_is_shown_with_a_little_around_it() {
        let before = "a\nb\nc\nd\ne\nf\ng\n";
        assert_eq!(super::of(before, before), "");
        assert_eq!(super::of(before, "a\nb\nc\nd\nE\nf\ng\n"), "  …\n  c\n  d\n- e\n+ E\n  f\n  g\n");
        assert_eq!(super::of("", "a\n"), "+ a\n");
        assert_eq!(super::of("a\nb\n", "b\n"), "- a\n  b\n");
    }
}
