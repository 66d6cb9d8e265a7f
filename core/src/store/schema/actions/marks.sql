-- What a merchant put on orders, on this device: every write is a version that is never changed; the greatest stamp shows.
CREATE TABLE flag_version (
    place INTEGER PRIMARY KEY,
    -- Names the write for ever.
    op TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    -- 0 none, 1 red … 6 purple
    flag INTEGER NOT NULL,
    -- The stamp: time, count, device.
    ms INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    device TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX flag_version_of_order ON flag_version (order_key);
CREATE INDEX flag_version_by_stamp ON flag_version (ms, counter, device);

CREATE TABLE note_version (
    place INTEGER PRIMARY KEY,
    op TEXT NOT NULL UNIQUE,
    order_key TEXT NOT NULL,
    -- Empty: the note was cleared.
    text TEXT NOT NULL,
    ms INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    device TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX note_version_of_order ON note_version (order_key);
CREATE INDEX note_version_by_stamp ON note_version (ms, counter, device);
