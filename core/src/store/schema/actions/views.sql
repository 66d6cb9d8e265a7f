-- Named filters and sorts of the order list, in the order in which they were saved.
CREATE TABLE saved_view (
    place INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- Filter and sort, as JSON.
    body TEXT NOT NULL,
    checksum INTEGER NOT NULL DEFAULT 0
) STRICT;
