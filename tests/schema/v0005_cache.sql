-- cache.db, version 5, as it was released: a copy that no later change of the schema touches. See mod.rs.

-- Orders as the relay sent them, with columns for whatever is listed, filtered or sorted. `id` is the order of arrival.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    -- Which reading of the order this is; see Version.
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    number TEXT NOT NULL,
    -- The last four characters of the number, as a number: what a person reads aloud.
    tail INTEGER NOT NULL,
    -- Raw code of the source.
    status INTEGER NOT NULL,
    -- One bit for each list that the order stands on; see Lists. The bits of marks are copied from order_mark.
    lists INTEGER NOT NULL,
    -- Minus the creation. History arrives newest first, and so it is appended to its indexes and not wedged in at their front.
    newest INTEGER NOT NULL,
    -- The earliest ship-by of what is to ship. The greatest integer: nothing is; one less: something is, nobody said by when.
    due_at INTEGER NOT NULL,
    -- 0 the source's own, 1 by the rulebook.
    due_basis INTEGER NOT NULL,
    -- What orders of one deadline follow each other by: the payment, or where nothing is to ship `newest`.
    tie INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- 0: never.
    paid_at INTEGER NOT NULL,
    shipped_at INTEGER NOT NULL,
    -- The newest hurrying, 0: never.
    hurried_at INTEGER NOT NULL,
    -- Since when a wish for another address waits, 0: none does.
    address_asked_at INTEGER NOT NULL,
    open_after_sales INTEGER NOT NULL,
    gift INTEGER NOT NULL,
    presale INTEGER NOT NULL,
    buyer TEXT NOT NULL,
    province TEXT NOT NULL,
    city TEXT NOT NULL,
    payable INTEGER NOT NULL,
    -- Raw code of where the buyer came from, 0: unknown.
    scene INTEGER NOT NULL,
    -- A hash of who bought: orders of one buyer stand together where it sorts. 0: unknown.
    buyer_rank INTEGER NOT NULL,
    -- A hash of who bought and where it goes: orders to ship of one such hash fit one parcel. 0: unknown.
    parcel_rank INTEGER NOT NULL,
    -- The keys of two orders of a list: the latest payment first and what is unpaid last, the greatest amount first.
    -- The least number of all has no opposite; it is taken for its neighbour.
    paid_rank INTEGER NOT NULL GENERATED ALWAYS AS (-max(paid_at, -9223372036854775807)) VIRTUAL,
    amount_rank INTEGER NOT NULL GENERATED ALWAYS AS (-max(payable, -9223372036854775807)) VIRTUAL,
    buyer_note TEXT NOT NULL,
    merchant_note TEXT NOT NULL,
    -- What a row of a list shows of all this and of the first lines, as one value; see Face.
    face BLOB NOT NULL,
    -- What only the detail shows, as JSON. Last, so that a list never reads it.
    extra TEXT NOT NULL
) STRICT;

-- Descending for the same reason as `newest`: later orders have greater keys at every source we know.
CREATE UNIQUE INDEX orders_key ON orders (key DESC);
CREATE INDEX orders_tail ON orders (tail);
CREATE INDEX orders_asked ON orders (address_asked_at) WHERE address_asked_at > 0;

-- Each list in its orders. A list other than the first is the rows that carry its bit. The most urgent of all are what is to ship,
-- and then the rest of the newest.
-- Behind the id of the first, as of orders_all_region, stands what most filters look at: a narrowed list passes thousands of entries
-- that it does not show, and going from each to its row would cost twenty times as much.
CREATE INDEX orders_all_newest ON orders (newest, id, lists, scene, payable, province, city);
CREATE INDEX orders_unpaid_newest ON orders (newest) WHERE lists & 1;
CREATE INDEX orders_to_ship_newest ON orders (newest) WHERE lists & 2;
CREATE INDEX orders_to_ship_urgent ON orders (due_at, tie) WHERE lists & 2;
CREATE INDEX orders_part_shipped_newest ON orders (newest) WHERE lists & 4;
CREATE INDEX orders_part_shipped_urgent ON orders (due_at, tie) WHERE lists & 4;
CREATE INDEX orders_to_receive_newest ON orders (newest) WHERE lists & 8;
CREATE INDEX orders_after_sale_newest ON orders (newest) WHERE lists & 16;
CREATE INDEX orders_after_sale_urgent ON orders (due_at, tie) WHERE lists & 16;
CREATE INDEX orders_done_newest ON orders (newest) WHERE lists & 32;
CREATE INDEX orders_closed_newest ON orders (newest) WHERE lists & 64;
CREATE INDEX orders_hurried_newest ON orders (newest) WHERE lists & 128;
CREATE INDEX orders_hurried_urgent ON orders (due_at, tie) WHERE lists & 128;
CREATE INDEX orders_noted_newest ON orders (newest) WHERE lists & 256;
CREATE INDEX orders_noted_urgent ON orders (due_at, tie) WHERE lists & 256;
CREATE INDEX orders_pending_newest ON orders (newest) WHERE lists & 512;
CREATE INDEX orders_pending_urgent ON orders (due_at, tie) WHERE lists & 512;
CREATE INDEX orders_flagged_newest ON orders (newest) WHERE lists & 1024;
CREATE INDEX orders_flagged_urgent ON orders (due_at, tie) WHERE lists & 1024;
CREATE INDEX orders_saved_urgent ON orders (due_at, tie) WHERE lists & 2048;
CREATE INDEX orders_messaged_newest ON orders (newest) WHERE lists & 524288;
CREATE INDEX orders_messaged_urgent ON orders (due_at, tie) WHERE lists & 524288;
CREATE INDEX orders_gift_newest ON orders (newest) WHERE lists & 1048576;
CREATE INDEX orders_gift_urgent ON orders (due_at, tie) WHERE lists & 1048576;
CREATE INDEX orders_presale_newest ON orders (newest) WHERE lists & 2097152;
CREATE INDEX orders_presale_urgent ON orders (due_at, tie) WHERE lists & 2097152;

-- The other orders of a list, for everything and for what is to ship. They also bound what a filter by the same columns looks at.
CREATE INDEX orders_all_paid ON orders (paid_rank, newest);
CREATE INDEX orders_all_amount ON orders (amount_rank, newest);
CREATE INDEX orders_all_region ON orders (province, city, newest, id, lists, scene, payable);
CREATE INDEX orders_all_buyer ON orders (buyer_rank, newest);
CREATE INDEX orders_to_ship_paid ON orders (paid_rank, newest) WHERE lists & 2;
CREATE INDEX orders_to_ship_amount ON orders (amount_rank, newest) WHERE lists & 2;
CREATE INDEX orders_to_ship_region ON orders (province, city, newest) WHERE lists & 2;
CREATE INDEX orders_to_ship_buyer ON orders (buyer_rank, newest) WHERE lists & 2;
-- What fits one parcel. The bits are what the condition looks at: with them, counting what fits needs no row.
CREATE INDEX orders_to_ship_parcel ON orders (parcel_rank, lists) WHERE lists & 2;
-- What filters bound and nothing sorts by.
CREATE INDEX orders_scene ON orders (scene, newest);
CREATE INDEX orders_shipped ON orders (shipped_at);

CREATE TABLE order_line (
    order_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    product TEXT NOT NULL,
    sku TEXT NOT NULL,
    title TEXT NOT NULL,
    sku_text TEXT NOT NULL,
    sku_code TEXT NOT NULL,
    thumb TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    unit_price INTEGER NOT NULL,
    paid INTEGER NOT NULL,
    after_sale_open INTEGER NOT NULL,
    after_sale_done INTEGER NOT NULL,
    -- The source's own deadline, 0: none.
    ship_by INTEGER NOT NULL,
    -- That of the order, so that the orders with a product are a list in their order.
    newest INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_line_product ON order_line (product, newest, order_id, sku);

-- Parcels that the platform has on record.
CREATE TABLE order_parcel (
    order_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    carrier_name TEXT NOT NULL,
    waybill TEXT NOT NULL,
    -- A hash of the waybill as every writing of it folds; a short index entry, and equal waybills are few.
    hash INTEGER NOT NULL,
    shipped_at INTEGER NOT NULL,
    -- What is in it, as JSON.
    items TEXT NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_parcel_hash ON order_parcel (hash);

-- Facts that only a push told. They may come before their order, so they name it by key.
CREATE TABLE order_event (
    key TEXT NOT NULL PRIMARY KEY,
    order_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX order_event_order ON order_event (order_key, at, kind);

-- Facts of orders and events that came late: when this phone held itself to know everything up to a later moment.
CREATE TABLE late_fact (
    order_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    detail TEXT NOT NULL,
    heard_at INTEGER NOT NULL,
    PRIMARY KEY (order_key, kind, at, detail)
) STRICT, WITHOUT ROWID;

-- Small entities that nothing filters or sorts by what is in them (carriers, the shop itself), as JSON.
CREATE TABLE fact (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- What the relay said is gone, so that an older reading that arrives later does not bring it back.
CREATE TABLE tombstone (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

-- Badges: each the length of one list, kept by the transaction that changes the rows it counts.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the file itself has to know, by name: by which rules its rows were worked out.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- What can be searched of each order, as an index alone: the text itself stands in the tables that it was made of. The rowid is the
-- order's place among what a search finds (open ones first, then the latest), so the index is read in the order in which it is shown.
-- It has no positions: what it finds is read and compared anyway, and without them it is small and one word is as fast as another.
CREATE VIRTUAL TABLE order_text USING fts5 (text, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');

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
-- What the feed said became of this phone's commands, until actions.db has taken it over.
CREATE TABLE command_outcome (
    id TEXT NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Where the sync stands. One row, made with the file.
CREATE TABLE sync_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Rises when the relay's history turns out to be another one.
    generation INTEGER NOT NULL DEFAULT 1,
    -- The cursor of changes; an empty incarnation: none yet.
    incarnation TEXT NOT NULL DEFAULT '',
    seq INTEGER NOT NULL DEFAULT 0,
    -- The furthest reading that is here, and the life of the relay that told it; empty: none.
    seen_incarnation TEXT NOT NULL DEFAULT '',
    seen_seq INTEGER NOT NULL DEFAULT 0,
    -- The first sync: 0 not begun, 1 running, 2 done; and where it goes on.
    first INTEGER NOT NULL DEFAULT 0,
    first_from TEXT NOT NULL DEFAULT '',
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    -- The kinds that the build which began the first sync could store, separated by blanks.
    kinds TEXT NOT NULL DEFAULT ''
) STRICT;

INSERT INTO sync_state (id) VALUES (1);

-- The two claims about completeness, per kind. No row: nothing is claimed.
CREATE TABLE coverage (
    kind TEXT NOT NULL PRIMARY KEY,
    open_complete INTEGER NOT NULL DEFAULT 0,
    -- Everything created at or after this is here; the greatest integer: nothing is claimed.
    created_since INTEGER NOT NULL DEFAULT 9223372036854775807
) STRICT, WITHOUT ROWID;

-- How far the relay had seen the platform when this file last had everything that the relay has.
CREATE TABLE watermark (
    kind TEXT NOT NULL PRIMARY KEY,
    as_of INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What could not be read, as it came; until a later version, or a later build, can.
CREATE TABLE set_aside (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    -- 1: `body` is a whole line of the feed that is no line; 0: the body of an entity.
    whole_line INTEGER NOT NULL DEFAULT 0,
    body TEXT NOT NULL,
    what TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;

PRAGMA application_id = 1397248075;
PRAGMA user_version = 5;
