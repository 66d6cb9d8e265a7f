-- Where the comparison with the platform stands. Seconds, as the platform counts, where nothing else is said.
CREATE TABLE sweep (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    -- Every change up to here is stored.
    swept_to      INTEGER,
    -- When the first fill began; what was read after it needs no second reading.
    fill_began    INTEGER,
    -- Of the first fill: everything created from here on is done, for open orders and for all.
    open_below    INTEGER,
    history_below INTEGER,
    -- When shop and carriers were read last, ms.
    facts_at      INTEGER
) STRICT;
INSERT INTO sweep (one) VALUES (1);

-- Orders that shall be read again: a push named them, or reading them failed.
CREATE TABLE to_read (
    key           TEXT PRIMARY KEY,
    -- Rises with each asking: a reading answers only what was asked before it began.
    asked         INTEGER NOT NULL,
    not_before    INTEGER NOT NULL,
    failures      INTEGER NOT NULL
) STRICT;
CREATE INDEX to_read_due ON to_read (not_before, key);

-- One row for each command id, for ever: it is what keeps a repetition from acting twice.
CREATE TABLE command (
    ordinal       INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    -- SHA-256 of the request's body.
    body_hash     BLOB NOT NULL,
    -- The command as JSON; NULL once it ended 90 days ago.
    body          TEXT,
    target        TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'ended')),
    -- It was first sent to another life of the relay, which may have acted and is forgotten.
    doubtful      INTEGER NOT NULL,
    accepted_at   INTEGER NOT NULL,
    sent_at       INTEGER,
    ended_at      INTEGER,
    failures      INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    -- The outcome as JSON.
    outcome       TEXT,
    CHECK ((state = 'ended') = (outcome IS NOT NULL))
) STRICT;
CREATE INDEX command_lane ON command (target, ordinal) WHERE state <> 'ended';
CREATE INDEX command_old ON command (ended_at) WHERE body IS NOT NULL;

-- Pushes that were taken, by the hash of their plaintext.
CREATE TABLE push_seen (
    fingerprint   BLOB PRIMARY KEY,
    at            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX push_seen_at ON push_seen (at);
