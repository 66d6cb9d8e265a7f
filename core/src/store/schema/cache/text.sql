-- What can be searched of each order, as an index alone: the text itself stands in the tables that it was made of. The rowid is the
-- order's place among what a search finds (open ones first, then the latest), so the index is read in the order in which it is shown.
-- It has no positions: what it finds is read and compared anyway, and without them it is small and one word is as fast as another.
CREATE VIRTUAL TABLE order_text USING fts5 (text, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
-- Bytes that it gathers before it writes a part of its own: about a thousand orders. With the default of a quarter of that a first sync
-- spends a third more on its texts, for each part is merged into larger ones again and again.
INSERT INTO order_text (order_text, rank) VALUES ('hashsize', 4194304);

-- Where each order stands in the index, and a hash of what is indexed of it, so that what did not change is not written again.
CREATE TABLE order_text_row (
    order_id INTEGER PRIMARY KEY,
    place INTEGER NOT NULL,
    hash INTEGER NOT NULL
) STRICT;

-- The places of orders of which something may have changed since they were indexed.
CREATE TABLE order_text_owed (
    place INTEGER PRIMARY KEY
) STRICT;
