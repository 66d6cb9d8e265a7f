//! getaftersalelist without its wire. As orders do, cases come by rising time and then by age.

use super::AftersaleId;
use crate::world::{Position, World};

/// What to list; the range is inclusive, unix seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CaseQuery {
    /// By creation.
    Created(i64, i64),
    /// By last change.
    Updated(i64, i64),
}

impl World {
    /// One page of cases after `after`: (ids, where the page ended, whether there is more).
    pub fn list_cases(
        &self,
        query: CaseQuery,
        after: Option<Position>,
        size: usize,
    ) -> (Vec<AftersaleId>, Option<Position>, bool) {
        let past = |at: &Position| after.is_none_or(|last| *at > last);
        let mut found: Vec<Position> = match query {
            CaseQuery::Updated(start, end) => {
                let from = after.map_or(start, |last| last.time.max(start));
                self.cases
                    .by_update
                    .range((from, 0)..=(end.max(from), u32::MAX))
                    .map(|(time, place)| Position { time: *time, index: *place })
                    .filter(|at| at.time <= end && past(at))
                    .take(size + 1)
                    .collect()
            }
            CaseQuery::Created(start, end) => {
                let from = after.map_or(start, |last| last.time.max(start));
                let first = self.cases.rows.partition_point(|case| case.created < from);
                (first..self.cases.rows.len())
                    .map(|place| Position { time: self.cases.rows[place].created, index: place as u32 })
                    .take_while(|at| at.time <= end)
                    .filter(past)
                    .take(size + 1)
                    .collect()
            }
        };
        let has_more = found.len() > size;
        found.truncate(size);
        let ids = found.iter().map(|at| self.cases.row(at.index).id).collect();
        (ids, found.last().copied(), has_more)
    }
}
