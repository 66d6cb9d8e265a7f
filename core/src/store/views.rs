//! The SQL of saved views: actions.db's `saved_view`.

use rusqlite::OptionalExtension as _;
use serde::Deserialize;

use super::{ActionsReader, ActionsTx, StoreError, checksum};
use crate::orders::{OrderFilter, OrderSort, Periods, SavedView};

/// What the column `body` holds, as a JSON array; the last is missing where the view was saved before there was such a thing.
#[derive(Deserialize)]
struct Body(OrderFilter, OrderSort, #[serde(default)] Periods);

impl ActionsReader<'_> {
    /// Every saved view, in the order in which they were saved.
    ///
    /// # Errors
    /// If actions.db cannot be read, or a view in it is none.
    pub(crate) fn views(&self) -> Result<Vec<SavedView>, StoreError> {
        let mut read = self.connection.prepare_cached("SELECT place, name, body FROM saved_view ORDER BY place")?;
        let mut rows = read.query([])?;
        let mut views = Vec::new();
        while let Some(row) = rows.next()? {
            let (place, name, body): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let damaged = |_| StoreError::damaged(format!("body of saved_view {place}"));
            let Body(filter, sort, periods) = serde_json::from_str(&body).map_err(damaged)?;
            views.push(SavedView { name, filter, sort, periods });
        }
        Ok(views)
    }
}

impl ActionsTx<'_> {
    /// Saves a view, in the place of the one of its name if there is one.
    ///
    /// # Errors
    /// If actions.db cannot be written.
    pub(crate) fn put_view(&self, view: &SavedView) -> Result<(), StoreError> {
        let body = serde_json::to_string(&(&view.filter, view.sort, view.periods))
            .map_err(|_| StoreError::damaged("a view that JSON cannot hold"))?;
        let sql = "INSERT INTO saved_view (name, body) VALUES (?1, ?2) \
                   ON CONFLICT (name) DO UPDATE SET body = excluded.body RETURNING place";
        let mut write = self.connection.prepare_cached(sql)?;
        let place = write.query_row((&view.name, &body), |row| row.get(0))?;
        checksum::seal(&self.connection, "saved_view", place)
    }

    /// Says whether there was one. No other view may have the new name.
    ///
    /// # Errors
    /// If actions.db cannot be written.
    pub(crate) fn rename_view(&self, from: &str, to: &str) -> Result<bool, StoreError> {
        let mut write =
            self.connection.prepare_cached("UPDATE saved_view SET name = ?2 WHERE name = ?1 RETURNING place")?;
        let place: Option<i64> = write.query_row((from, to), |row| row.get(0)).optional()?;
        place.map_or(Ok(false), |place| checksum::seal(&self.connection, "saved_view", place).map(|()| true))
    }

    /// Says whether there was one.
    ///
    /// # Errors
    /// If actions.db cannot be written.
    pub(crate) fn remove_view(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached("DELETE FROM saved_view WHERE name = ?1")?.execute([name])? > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_from_before_there_were_periods_has_none() {
        let Body(filter, sort, periods) = serde_json::from_str(r#"[{"tab":"to_ship"},"amount"]"#).unwrap();
        assert_eq!((filter.tab, sort), (crate::orders::OrderTab::ToShip, OrderSort::Amount));
        assert_eq!(periods, Periods::default());
    }
}
