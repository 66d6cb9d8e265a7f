-- What the feed said became of this phone's commands, until actions.db has taken it over.
CREATE TABLE command_outcome (
    id TEXT NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
