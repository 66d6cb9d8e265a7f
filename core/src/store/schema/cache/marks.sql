-- The mirror of what actions.db owns and lists filter by. Never written by a pull. An order of which there is nothing to say has no row.
CREATE TABLE order_mark (
    key TEXT NOT NULL PRIMARY KEY,
    -- 0 none, 1 red … 6 purple
    flag INTEGER NOT NULL DEFAULT 0,
    -- A hash of the private note, of which the words stand in order_text. NULL: there is none.
    note INTEGER,
    pending INTEGER NOT NULL DEFAULT 0,
    saved INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
