//! What a row shows of an order's lines, as one text of the row itself: to look them up would be half of a page's time.
//!
//! Of each line the bytes of its two texts and its pieces, then the texts: `18 4 2\n桂花乌龙茶…红盒`. Lengths and no separators, since a
//! source may write any character into a title.

use shopkeeper_protocol::OrderLine;

use crate::orders::LineGlance;

/// Lines that a row shows.
const GLANCED: usize = 3;

pub(super) fn write(lines: &[OrderLine]) -> String {
    let shown = lines.iter().take(GLANCED);
    let one = |line: &OrderLine| {
        let OrderLine { title, sku_text, quantity, .. } = line;
        format!("{} {} {quantity}\n{title}{sku_text}", title.len(), sku_text.len())
    };
    shown.map(one).collect()
}

/// `None`: it is not what [`write`] writes.
pub(super) fn read(mut text: &str) -> Option<Vec<LineGlance>> {
    let mut lines = Vec::with_capacity(GLANCED);
    while !text.is_empty() {
        let (head, rest) = text.split_once('\n')?;
        let mut numbers = head.splitn(3, ' ');
        let (title, sku) = (numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?);
        let quantity = numbers.next()?.parse().ok()?;
        let (title, rest) = rest.split_at_checked(title)?;
        let (sku_text, rest) = rest.split_at_checked(sku)?;
        lines.push(LineGlance { title: title.to_owned(), sku_text: sku_text.to_owned(), quantity });
        text = rest;
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_texts_come_back(texts in prop::collection::vec((any::<String>(), any::<String>(), any::<u32>()), 0..6)) {
            let line = |(title, sku_text, quantity): &(String, String, u32)| OrderLine {
                title: title.clone(),
                sku_text: sku_text.clone(),
                quantity: *quantity,
                ..OrderLine::default()
            };
            let glance = |line: &OrderLine| LineGlance {
                title: line.title.clone(),
                sku_text: line.sku_text.clone(),
                quantity: line.quantity,
            };
            let lines: Vec<_> = texts.iter().map(line).collect();
            let shown: Vec<_> = lines.iter().take(GLANCED).map(glance).collect();
            prop_assert_eq!(read(&write(&lines)), Some(shown));
        }

        #[test]
        fn whatever_else_stands_there_is_refused_or_read(text in any::<String>()) {
            let _ = read(&text);
            prop_assert_eq!(read("1 1 1\n茶茶"), None);
        }
    }
}
