-- Badges: each the length of one list, kept by the transaction that changes the rows it counts.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
