CREATE TABLE device (
    id           TEXT PRIMARY KEY,
    -- SHA-256 of the token; the token itself is nowhere.
    token_hash   BLOB NOT NULL UNIQUE,
    role         TEXT NOT NULL,
    name         TEXT NOT NULL,
    paired_at    INTEGER NOT NULL,
    -- To the hour, so that it costs few writes.
    seen_at      INTEGER,
    revoked_at   INTEGER
) STRICT;

CREATE TABLE pairing_code (
    -- SHA-256 of salt and code.
    hash         BLOB PRIMARY KEY,
    salt         BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    burnt_at     INTEGER
) STRICT;

-- Wrong tries since the last good one, or since the last code was made.
CREATE TABLE wrong_tries (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    count        INTEGER NOT NULL
) STRICT;
INSERT INTO wrong_tries (one, count) VALUES (1, 0);
