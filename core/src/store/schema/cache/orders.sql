-- Orders as the relay sent them, with columns for whatever is listed, filtered or sorted. `id` is the order of arrival.
CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    -- Which reading of the order this is; see Version.
    generation INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    number TEXT NOT NULL,
    -- The last eight characters of the number from the last to the first, so that its last 4 to 8 are a range of an index.
    ending TEXT NOT NULL,
    -- Raw code of the source, and what the rulebook says it means.
    status INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    -- One bit for each list that the order stands on; see Lists. The bits of marks are copied from order_mark.
    lists INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When it was paid, or created where it is not: orders with one deadline, or none, follow each other by this.
    placed_at INTEGER NOT NULL,
    -- 0: never.
    paid_at INTEGER NOT NULL DEFAULT 0,
    shipped_at INTEGER NOT NULL DEFAULT 0,
    -- The earliest ship-by of what is unshipped at the platform; the greatest integer: none.
    due_at INTEGER NOT NULL DEFAULT 9223372036854775807,
    -- 0 the source's own, 1 by the rulebook.
    due_basis INTEGER NOT NULL DEFAULT 0,
    -- 0 nothing recorded at the platform, 1 some pieces, 2 all.
    recorded INTEGER NOT NULL DEFAULT 0,
    -- Pieces that the platform waits for.
    unshipped INTEGER NOT NULL DEFAULT 0,
    -- The newest hurrying, 0: never.
    hurried_at INTEGER NOT NULL DEFAULT 0,
    -- Since when a wish for another address waits, 0: none does.
    address_asked_at INTEGER NOT NULL DEFAULT 0,
    open_after_sales INTEGER NOT NULL DEFAULT 0,
    gift INTEGER NOT NULL DEFAULT 0,
    presale INTEGER NOT NULL DEFAULT 0,
    buyer TEXT NOT NULL DEFAULT '',
    province TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    payable INTEGER NOT NULL DEFAULT 0,
    line_count INTEGER NOT NULL DEFAULT 0,
    buyer_note TEXT NOT NULL DEFAULT '',
    merchant_note TEXT NOT NULL DEFAULT '',
    -- What only the detail shows, as JSON. Last, so that a list never reads it.
    extra TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX orders_ending ON orders (ending);
CREATE INDEX orders_asked ON orders (address_asked_at) WHERE address_asked_at > 0;

-- Each list in both of its orders. A list other than the first is the rows that carry its bit.
CREATE INDEX orders_all_newest ON orders (created_at);
CREATE INDEX orders_all_urgent ON orders (due_at, placed_at);
CREATE INDEX orders_unpaid_newest ON orders (created_at) WHERE lists & 1;
CREATE INDEX orders_unpaid_urgent ON orders (due_at, placed_at) WHERE lists & 1;
CREATE INDEX orders_to_ship_newest ON orders (created_at) WHERE lists & 2;
CREATE INDEX orders_to_ship_urgent ON orders (due_at, placed_at) WHERE lists & 2;
CREATE INDEX orders_part_shipped_newest ON orders (created_at) WHERE lists & 4;
CREATE INDEX orders_part_shipped_urgent ON orders (due_at, placed_at) WHERE lists & 4;
CREATE INDEX orders_to_receive_newest ON orders (created_at) WHERE lists & 8;
CREATE INDEX orders_to_receive_urgent ON orders (due_at, placed_at) WHERE lists & 8;
CREATE INDEX orders_after_sale_newest ON orders (created_at) WHERE lists & 16;
CREATE INDEX orders_after_sale_urgent ON orders (due_at, placed_at) WHERE lists & 16;
CREATE INDEX orders_done_newest ON orders (created_at) WHERE lists & 32;
CREATE INDEX orders_done_urgent ON orders (due_at, placed_at) WHERE lists & 32;
CREATE INDEX orders_closed_newest ON orders (created_at) WHERE lists & 64;
CREATE INDEX orders_closed_urgent ON orders (due_at, placed_at) WHERE lists & 64;
CREATE INDEX orders_due_newest ON orders (created_at) WHERE lists & 128;
CREATE INDEX orders_due_urgent ON orders (due_at, placed_at) WHERE lists & 128;
CREATE INDEX orders_hurried_newest ON orders (created_at) WHERE lists & 256;
CREATE INDEX orders_hurried_urgent ON orders (due_at, placed_at) WHERE lists & 256;
CREATE INDEX orders_noted_newest ON orders (created_at) WHERE lists & 512;
CREATE INDEX orders_noted_urgent ON orders (due_at, placed_at) WHERE lists & 512;
CREATE INDEX orders_pending_newest ON orders (created_at) WHERE lists & 1024;
CREATE INDEX orders_pending_urgent ON orders (due_at, placed_at) WHERE lists & 1024;
CREATE INDEX orders_flagged_newest ON orders (created_at) WHERE lists & 2048;
CREATE INDEX orders_flagged_urgent ON orders (due_at, placed_at) WHERE lists & 2048;
CREATE INDEX orders_saved_newest ON orders (created_at) WHERE lists & 4096;
CREATE INDEX orders_saved_urgent ON orders (due_at, placed_at) WHERE lists & 4096;

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
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

-- Parcels that the platform has on record.
CREATE TABLE order_parcel (
    order_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    carrier TEXT NOT NULL,
    carrier_name TEXT NOT NULL,
    waybill TEXT NOT NULL,
    -- The waybill as every writing of it folds.
    folded TEXT NOT NULL,
    shipped_at INTEGER NOT NULL,
    -- What is in it, as JSON.
    items TEXT NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_parcel_waybill ON order_parcel (folded);

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
