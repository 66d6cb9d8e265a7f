//! [`StoreError`], and the one table that turns it into what a screen does about it.

use crate::error::CoreError;

/// Why a database did not do what was asked. Carries file names, codes and column names, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite refused; `code` is its extended result code.
    #[error("{file}: sqlite {code}: {what}")]
    Sqlite { file: &'static str, code: i32, what: String },
    /// No room on the device. Nothing that was confirmed before is lost.
    #[error("{file}: no room left")]
    Full { file: &'static str },
    /// The file's pages or rows do not make sense.
    #[error("{file}: damaged: {what}")]
    Damaged { file: &'static str, what: String },
    /// Written by a newer build; left exactly as it is.
    #[error("{file}: newer schema {found}, this build knows {known}")]
    Newer { file: &'static str, found: i64, known: i64 },
    /// The file system refused.
    #[error("{file}: {what}")]
    Io { file: &'static str, what: String },
    /// The caller's: an anchor of another list, for instance.
    #[error("bad {field}: {what}")]
    BadInput { field: &'static str, what: String },
    /// A key was given and this build cannot encrypt.
    #[error("this build cannot open encrypted files")]
    NoEncryption,
    /// The files are closed: suspended or shut down.
    #[error("the store is closed")]
    Closed,
}

/// Stands for "whichever file the closure was given" until [`StoreError::in_file`] names it.
const UNNAMED: &str = "database";

impl StoreError {
    /// Names the file, where the failing statement could not.
    pub(in crate::store) fn in_file(self, name: &'static str) -> Self {
        match self {
            Self::Sqlite { file: UNNAMED, code, what } => Self::Sqlite { file: name, code, what },
            Self::Full { file: UNNAMED } => Self::Full { file: name },
            Self::Damaged { file: UNNAMED, what } => Self::Damaged { file: name, what },
            other => other,
        }
    }

    /// A row that contradicts what this build writes.
    pub(in crate::store) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { file: UNNAMED, what: what.into() }
    }

    pub(in crate::store) fn io(file: &'static str, error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full { file },
            kind => Self::Io { file, what: kind.to_string() },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::ErrorCode;
        let file = UNNAMED;
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { file },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged { file, what: error.to_string() }
            }
            Some(_) => {
                let code = error.sqlite_error().map_or(0, |e| e.extended_code);
                // SQLite's own message may quote a value of a row ("UNIQUE constraint failed" names columns, but not every message
                // is so careful), the code's description never does.
                Self::Sqlite { file, code, what: rusqlite::ffi::code_to_str(code).to_owned() }
            }
            // What rusqlite itself objects to: a column of another type or shape than this build writes.
            None => Self::Damaged { file, what: shape(&error) },
        }
    }
}

fn shape(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::FromSqlConversionFailure(column, found, _) => format!("column {column} holds {found}"),
        rusqlite::Error::IntegralValueOutOfRange(column, _) => format!("column {column} is out of range"),
        rusqlite::Error::InvalidColumnType(column, name, found) => format!("column {column} {name} holds {found}"),
        rusqlite::Error::QueryReturnedNoRows => "a row is missing".to_owned(),
        _ => "unexpected shape".to_owned(),
    }
}

/// The table: what each trouble of the store means to the screen.
impl From<StoreError> for CoreError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full { .. } => Self::StorageFull,
            StoreError::Closed => Self::Closed,
            StoreError::NoEncryption => Self::Storage { file: "key", what: error.to_string() },
            StoreError::Sqlite { file, code, what } => Self::Storage { file, what: format!("sqlite {code}: {what}") },
            StoreError::Damaged { file, what } => Self::Storage { file, what: format!("damaged: {what}") },
            StoreError::Newer { file, found, known } => {
                Self::Storage { file, what: format!("newer schema {found}, this build knows {known}") }
            }
            StoreError::BadInput { field, what } => Self::BadInput { field, what },
            StoreError::Io { file, what } => Self::Storage { file, what },
        }
    }
}
