-- Version 3: the sweep follows several kinds of entity, each with marks of its own.

-- Where the comparison of one kind stands. Seconds, as the platform counts.
CREATE TABLE walk (
    kind          TEXT PRIMARY KEY,
    -- Every change up to here is stored.
    swept_to      INTEGER,
    -- When the first fill began; what was read after it needs no second reading.
    fill_began    INTEGER,
    -- Of the first fill: everything created from here on is done, for what is open and for all.
    open_below    INTEGER,
    history_below INTEGER,
    -- Steps of it that failed in a row; 0 once one is stored.
    fill_failures INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO walk (kind, swept_to, fill_began, open_below, history_below, fill_failures)
SELECT 'order', swept_to, fill_began, open_below, history_below, fill_failures FROM sweep;

-- What is left of the old row: when shop and carriers were read last, ms.
CREATE TABLE facts (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    read_at       INTEGER
) STRICT;
INSERT INTO facts (one, read_at) SELECT 1, facts_at FROM sweep;
DROP TABLE sweep;

-- Entities that shall be read again: a push named them, or reading them failed.
CREATE TABLE read_again (
    key           TEXT PRIMARY KEY,
    kind          TEXT NOT NULL,
    -- Rises with each asking: a reading answers only what was asked before it began.
    asked         INTEGER NOT NULL,
    not_before    INTEGER NOT NULL,
    failures      INTEGER NOT NULL
) STRICT;
INSERT INTO read_again (key, kind, asked, not_before, failures)
SELECT key, 'order', asked, not_before, failures FROM to_read;
DROP TABLE to_read;
CREATE INDEX read_again_due ON read_again (kind, not_before, key);
