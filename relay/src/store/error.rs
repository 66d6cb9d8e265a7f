use std::path::PathBuf;

/// Why the store did not do what was asked. Carries no content.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{path}: the folder cannot be used: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("{path}: this file is no database, or is damaged; the relay left it as it is")]
    NotADatabase { path: PathBuf },
    #[error("{path}: written by a newer relay (schema {found}, this build reads up to {ours})")]
    Newer { path: PathBuf, found: i64, ours: i64 },
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row that this build cannot have written; names table and column.
    #[error("the store holds something unreadable: {0}")]
    Corrupt(&'static str),
    /// The store's thread ended before its work did; what it wrote is either whole or not there.
    #[error("the store's work was interrupted")]
    Interrupted,
}
