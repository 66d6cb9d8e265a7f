//! Every statement about orders, by name, in one place: what is not here is not run, so the golden query plans can miss none.

use super::lists::List;
use crate::orders::OrderSort;

/// A statement and its name in the golden plans.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Query {
    #[cfg_attr(not(test), expect(dead_code, reason = "only the golden plans call a statement by its name"))]
    pub(in crate::store) name: &'static str,
    pub(in crate::store) sql: &'static str,
}

macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident = $sql:expr;)*) => {
        $($(#[$doc])* pub(in crate::store) const $name: Query = Query { name: stringify!($name), sql: $sql };)*

        /// All of them, but for the walks of [`Walk::every`].
        #[cfg(test)]
        pub(in crate::store) const EVERY: &[Query] = &[$($name),*];
    };
}

/// The columns of a row of a list, as `rows` reads them.
macro_rules! row_columns {
    () => {
        "id, lists, hurried_at, address_asked_at, generation, seq, tie, parcel_rank, buyer_rank, face"
    };
}

/// Inserts rows, but for those whose key is here.
macro_rules! insert_orders {
    ($($rows:expr),*) => {
        concat!(
            "INSERT INTO orders (key, generation, seq, number, tail, status, lists, newest, due_at, due_basis, tie, \
             updated_at, paid_at, shipped_at, hurried_at, address_asked_at, open_after_sales, gift, presale, buyer, \
             province, city, payable, buyer_note, merchant_note, extra, scene, buyer_rank, parcel_rank, face, id) VALUES ",
            $($rows,)*
            " ON CONFLICT (key) DO NOTHING"
        )
    };
}

/// One row.
macro_rules! order_values {
    () => {
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    };
}

queries! {
    /// What an upsert has to know of the row that is there.
    HERE = "SELECT id, generation, seq, lists FROM orders WHERE key = ?1";
    ROW = concat!("SELECT ", row_columns!(), " FROM orders WHERE key = ?1");
    ROW_BY_ID = concat!("SELECT ", row_columns!(), " FROM orders WHERE id = ?1");
    /// Orders to ship that fit one parcel; more than a hundred are as good as a hundred.
    ONE_PARCEL = "SELECT 1 FROM orders INDEXED BY orders_to_ship_parcel WHERE lists & 2 AND parcel_rank = ?1 LIMIT 100";
    WHOLE = "SELECT id, generation, seq, number, status, newest, updated_at, paid_at, shipped_at, open_after_sales, gift, \
        presale, buyer, province, city, payable, buyer_note, merchant_note, extra FROM orders WHERE key = ?1";
    LINES = "SELECT product, sku, title, sku_text, sku_code, thumb, quantity, unit_price, paid, after_sale_open, \
        after_sale_done, ship_by FROM order_line WHERE order_id = ?1 ORDER BY position";
    /// What a product is called in the newest order with it.
    PRODUCT_NAME = "SELECT title, sku_text FROM order_line INDEXED BY order_line_product \
        WHERE product = ?1 AND (?2 IS NULL OR sku = ?2) ORDER BY newest LIMIT 1";
    PARCELS = "SELECT carrier, carrier_name, waybill, shipped_at, items FROM order_parcel WHERE order_id = ?1 ORDER BY position";
    /// Whether there is anything at all beside the orders that an order has to be compared with.
    BESIDE = "SELECT EXISTS (SELECT 1 FROM tombstone), EXISTS (SELECT 1 FROM order_event), EXISTS (SELECT 1 FROM order_mark)";
    ENTRY = "SELECT id, lists, newest, due_at, tie, paid_at, shipped_at, payable, scene, buyer_rank, parcel_rank, province, \
        city, address_asked_at FROM orders WHERE id = ?1";
    ENTRY_LINES = "SELECT product, sku FROM order_line WHERE order_id = ?1 ORDER BY position";
    VERSION = "SELECT generation, seq FROM orders WHERE key = ?1";
    INSERT = insert_orders!(order_values!());
    INSERT_TOGETHER = insert_orders!(
        order_values!(), ", ", order_values!(), ", ", order_values!(), ", ", order_values!(), ", ",
        order_values!(), ", ", order_values!(), ", ", order_values!(), ", ", order_values!()
    );
    FREE_ID = "SELECT COALESCE(MAX(id), 0) + 1 FROM orders";
    UPDATE = "UPDATE orders SET generation = ?2, seq = ?3, number = ?4, tail = ?5, status = ?6, lists = ?7, newest = ?8, \
        due_at = ?9, due_basis = ?10, tie = ?11, updated_at = ?12, paid_at = ?13, shipped_at = ?14, hurried_at = ?15, \
        address_asked_at = ?16, open_after_sales = ?17, gift = ?18, presale = ?19, buyer = ?20, province = ?21, city = ?22, \
        payable = ?23, buyer_note = ?24, merchant_note = ?25, extra = ?26, scene = ?27, buyer_rank = ?28, \
        parcel_rank = ?29, face = ?30 \
        WHERE id = ?31 AND key = ?1";
    UPDATE_VERSION = "UPDATE orders SET generation = ?2, seq = ?3 WHERE id = ?1";
    UPDATE_LISTS = "UPDATE orders SET lists = ?2 WHERE id = ?1";
    INSERT_LINE = "INSERT INTO order_line (order_id, position, product, sku, title, sku_text, sku_code, thumb, quantity, \
        unit_price, paid, after_sale_open, after_sale_done, ship_by, newest) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    INSERT_PARCEL = "INSERT INTO order_parcel (order_id, position, carrier, carrier_name, waybill, hash, shipped_at, items) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    DELETE = "DELETE FROM orders WHERE id = ?1";
    DELETE_LINES = "DELETE FROM order_line WHERE order_id = ?1";
    DELETE_PARCELS = "DELETE FROM order_parcel WHERE order_id = ?1";
    /// Once after a reset, over all rows by nature.
    OLDER = "SELECT key FROM orders WHERE generation < ?1";
    /// Once after an upgrade whose rulebook differs, over all rows by nature.
    KEYS = "SELECT key FROM orders ORDER BY id";

    EVENT_HERE = "SELECT generation, seq, order_key, kind, at FROM order_event WHERE key = ?1";
    EVENTS = "SELECT kind, at FROM order_event WHERE order_key = ?1 ORDER BY at, kind";
    PUT_EVENT = "INSERT INTO order_event (key, order_key, kind, at, generation, seq) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
        ON CONFLICT (key) DO UPDATE SET order_key = excluded.order_key, kind = excluded.kind, at = excluded.at, \
        generation = excluded.generation, seq = excluded.seq";
    DELETE_EVENT = "DELETE FROM order_event WHERE key = ?1";
    OLDER_EVENTS = "SELECT key FROM order_event WHERE generation < ?1";

    LATE = "SELECT kind, at, detail, heard_at FROM late_fact WHERE order_key = ?1";
    /// Whoever was heard first stays.
    PUT_LATE = "INSERT INTO late_fact (order_key, kind, at, detail, heard_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    DELETE_LATE = "DELETE FROM late_fact WHERE order_key = ?1";

    FACT_HERE = "SELECT generation, seq, body FROM fact WHERE kind = ?1 AND key = ?2";
    FACTS = "SELECT body FROM fact WHERE kind = ?1 ORDER BY key";
    PUT_FACT = "INSERT INTO fact (kind, key, body, generation, seq) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, generation = excluded.generation, seq = excluded.seq";
    DELETE_FACT = "DELETE FROM fact WHERE kind = ?1 AND key = ?2";
    FORGET_FACTS = "DELETE FROM fact WHERE kind = ?1 AND generation < ?2";

    TOMBSTONE = "SELECT generation, seq FROM tombstone WHERE kind = ?1 AND key = ?2";
    PUT_TOMBSTONE = "INSERT INTO tombstone (kind, key, generation, seq) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (kind, key) DO UPDATE SET generation = excluded.generation, seq = excluded.seq";
    DELETE_TOMBSTONE = "DELETE FROM tombstone WHERE kind = ?1 AND key = ?2";
    FORGET_TOMBSTONES = "DELETE FROM tombstone WHERE kind = ?1 AND generation < ?2";

    /// At idle, over all rows by nature.
    AUDIT = "SELECT lists, COUNT(*) FROM orders GROUP BY lists";
    COUNTER = "SELECT value FROM counter WHERE name = ?1";
    COUNT = "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value";
    DUE_COUNT = "SELECT COUNT(*) FROM orders INDEXED BY orders_to_ship_urgent WHERE lists & 2 AND due_at <= ?1";
    NEXT_DUE = "SELECT key, number, due_at, due_basis FROM orders INDEXED BY orders_to_ship_urgent \
        WHERE lists & 2 AND due_at > ?1 AND due_at < 9223372036854775806 ORDER BY due_at, tie, id LIMIT ?2";
    NEXT_ASKED = "SELECT key, number, address_asked_at FROM orders INDEXED BY orders_asked \
        WHERE address_asked_at > 0 AND address_asked_at > ?1 ORDER BY address_asked_at, id LIMIT ?2";
    DUE_AFTER = "SELECT COUNT(*) FROM orders INDEXED BY orders_to_ship_urgent \
        WHERE lists & 2 AND due_at > ?1 AND due_at < 9223372036854775806";
    ASKED_AFTER = "SELECT COUNT(*) FROM orders INDEXED BY orders_asked WHERE address_asked_at > 0 AND address_asked_at > ?1";

    BUYER_PAID = "SELECT COUNT(*), COUNT(*) FILTER (WHERE newest > ?2 OR (newest = ?2 AND key < ?3)) FROM orders \
        INDEXED BY orders_all_buyer WHERE buyer_rank = ?1 AND paid_at > 0";
    BUYER_OTHERS = "SELECT key, number, newest, merchant_note, open_after_sales > 0 OR EXISTS (SELECT 1 FROM order_line \
        WHERE order_id = orders.id AND after_sale_open + after_sale_done > 0) \
        FROM orders INDEXED BY orders_all_buyer WHERE buyer_rank = ?1 AND key <> ?2 ORDER BY newest LIMIT ?3";
    CREATED_SINCE = "SELECT COUNT(*) FROM orders INDEXED BY orders_all_newest WHERE newest <= ?1";
    SET_ASIDE_OF = "SELECT COUNT(*) FROM set_aside WHERE kind = ?1";

    BY_TAIL = "SELECT key, number FROM orders INDEXED BY orders_tail WHERE tail = ?1 ORDER BY id";
    BY_WAYBILL = "SELECT o.key, p.waybill, p.shipped_at FROM order_parcel AS p INDEXED BY order_parcel_hash \
        JOIN orders AS o ON o.id = p.order_id WHERE p.hash = ?1 ORDER BY p.order_id, p.position";

    /// While the index is not there, so only until a first sync has ended; see `deferred`.
    BY_TAIL_SCAN = "SELECT key, number FROM orders NOT INDEXED WHERE tail = ?1 ORDER BY id";
    BY_WAYBILL_SCAN = "SELECT o.key, p.waybill, p.shipped_at FROM order_parcel AS p NOT INDEXED \
        JOIN orders AS o ON o.id = p.order_id WHERE p.hash = ?1 ORDER BY p.order_id, p.position";
    HAS_INDEX = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?1)";
    /// Once, when a first sync begins.
    ANY_ORDER = "SELECT EXISTS (SELECT 1 FROM orders)";
    /// For the audit of the search alone, over all rows by nature.
    PLACES = "SELECT id, lists, newest FROM orders NOT INDEXED";
    PLACE_OF = "SELECT id, lists, newest FROM orders WHERE key = ?1";
    SEARCHABLE = "SELECT key, number, lists, newest, buyer, province, city, buyer_note, merchant_note, extra, payable \
        FROM orders WHERE id = ?1";
    SEARCHABLE_LINES = "SELECT title, sku_text, sku_code FROM order_line WHERE order_id = ?1 ORDER BY position";
    SEARCHABLE_PARCELS = "SELECT waybill FROM order_parcel WHERE order_id = ?1 ORDER BY position";
    FIND_TEXT = "SELECT rowid FROM order_text WHERE order_text MATCH ?1 AND rowid > ?2 ORDER BY rowid LIMIT ?3";
    FIND_TEXT_UP = "SELECT rowid FROM order_text WHERE order_text MATCH ?1 AND rowid < ?2 ORDER BY rowid DESC LIMIT ?3";
    PUT_TEXT = "INSERT INTO order_text (rowid, text) VALUES (?1, ?2)";
    DELETE_TEXT = "DELETE FROM order_text WHERE rowid = ?1";
    TEXT_ROW = "SELECT place, hash FROM order_text_row WHERE order_id = ?1";
    PUT_TEXT_ROW = "INSERT OR REPLACE INTO order_text_row (order_id, place, hash) VALUES (?1, ?2, ?3)";
    DELETE_TEXT_ROW = "DELETE FROM order_text_row WHERE order_id = ?1";
    OWE_TEXT = "INSERT OR IGNORE INTO order_text_owed (place) VALUES (?1)";
    OWED_TEXT = "SELECT place FROM order_text_owed WHERE place > ?1 ORDER BY place LIMIT ?2";
    OWED_TEXT_UP = "SELECT place FROM order_text_owed WHERE place < ?1 ORDER BY place DESC LIMIT ?2";
    /// Only while more is owed than a search reads, and of a table of numbers.
    OWED_TEXT_COUNT = "SELECT COUNT(*) FROM order_text_owed WHERE place > ?1 AND place < ?2";
    PAY_TEXT = "DELETE FROM order_text_owed WHERE place <= ?1";

    META = "SELECT value FROM meta WHERE name = ?1";
    PUT_META = "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

    MARK_KEYS = "SELECT key FROM order_mark ORDER BY key";
    MARK = "SELECT flag, note, pending, saved FROM order_mark WHERE key = ?1";
    PUT_MARK = "INSERT INTO order_mark (key, flag, note, pending, saved) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (key) DO UPDATE SET flag = excluded.flag, note = excluded.note, \
        pending = excluded.pending, saved = excluded.saved";
    DELETE_MARK = "DELETE FROM order_mark WHERE key = ?1";
}

/// Which way a walk goes, as the list is read from its top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Down,
    Up,
}

/// A walk along one index. The statement names its index, so that a changed schema is an error and never a slow page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Walk {
    pub(in crate::store) list: List,
    pub(in crate::store) sort: OrderSort,
    pub(in crate::store) direction: Direction,
}

/// A column that lists are sorted by, or filters bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Column {
    Id,
    Newest,
    Due,
    Tie,
    Paid,
    Amount,
    Province,
    City,
    Buyer,
    Scene,
    Shipped,
    Asked,
}

impl Column {
    pub(in crate::store) const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Newest => "newest",
            Self::Due => "due_at",
            Self::Tie => "tie",
            Self::Paid => "paid_rank",
            Self::Amount => "amount_rank",
            Self::Province => "province",
            Self::City => "city",
            Self::Buyer => "buyer_rank",
            Self::Scene => "scene",
            Self::Shipped => "shipped_at",
            Self::Asked => "address_asked_at",
        }
    }

    /// Over the row `o`, where it bounds no index. SQLite takes a generated column for all columns of its row, and then goes from each entry
    /// of an index to its row though the index has all that is asked; so this one is spelled out.
    pub(in crate::store) fn spelled(self) -> String {
        match self {
            Self::Amount => "-max(o.payable, -9223372036854775807)".to_owned(),
            other => format!("o.{}", other.name()),
        }
    }

    /// Whether the wide indexes, by creation and by place, have it.
    pub(in crate::store) const fn is_in_entries(self) -> bool {
        matches!(self, Self::Id | Self::Newest | Self::Amount | Self::Province | Self::City | Self::Scene)
    }

    pub(in crate::store) const fn is_text(self) -> bool {
        matches!(self, Self::Province | Self::City)
    }
}

/// What a list is sorted by, to the last tie.
pub(in crate::store) const fn place_of(sort: OrderSort) -> &'static [Column] {
    use Column::{Amount, Buyer, City, Due, Id, Newest, Paid, Province, Tie};
    match sort {
        OrderSort::Newest => &[Newest, Id],
        OrderSort::MostUrgent => &[Due, Tie, Id],
        OrderSort::NewestPaid => &[Paid, Newest, Id],
        OrderSort::Amount => &[Amount, Newest, Id],
        OrderSort::Region => &[Province, City, Newest, Id],
        OrderSort::SameBuyer => &[Buyer, Newest, Id],
    }
}

/// How the indexes of a sort are called.
pub(in crate::store) const fn index_of(sort: OrderSort) -> &'static str {
    match sort {
        OrderSort::Newest => "newest",
        OrderSort::MostUrgent => "urgent",
        OrderSort::NewestPaid => "paid",
        OrderSort::Amount => "amount",
        OrderSort::Region => "region",
        OrderSort::SameBuyer => "buyer",
    }
}

impl Walk {
    /// `?1` the bits that are looked at and `?2` which of them a row must have, `?3` its latest deadline, `?4` how many rows, and after
    /// those the place to go on from: a value for each column of [`place_of`].
    pub(in crate::store) fn sql(self) -> String {
        let columns = row_columns!();
        let (name, on_list, sort) = (self.list.name(), on_list(self.list), index_of(self.sort));
        let names: Vec<&str> = place_of(self.sort).iter().map(|column| column.name()).collect();
        let marks: Vec<String> = (5..).take(names.len()).map(|n| format!("?{n}")).collect();
        let (place, marks) = (names.join(", "), marks.join(", "));
        // On the way up the place bounds the index from above, and the plus keeps the latest deadline from being taken for that bound.
        let (beyond, latest, order) = match self.direction {
            Direction::Down => (">", "due_at", place.clone()),
            Direction::Up => ("<", "+due_at", format!("{} DESC", names.join(" DESC, "))),
        };
        format!(
            "SELECT {columns} FROM orders INDEXED BY orders_{name}_{sort} WHERE {on_list}(lists & ?1) = ?2 \
             AND {latest} <= ?3 AND ({place}) {beyond} ({marks}) ORDER BY {order} LIMIT ?4"
        )
    }

    /// How many rows of a list, of the first `?3` by deadline, have the bits `?1` and a deadline up to `?2`; and how many were
    /// looked at.
    pub(in crate::store) fn count_sql(list: List) -> String {
        let (name, on_list) = (list.name(), on_list(list));
        // By deadline where the list has that order, so that a latest deadline bounds the walk; else by a bound that every row is within.
        let (sort, bound) = if list.sorts().contains(&OrderSort::MostUrgent) {
            ("urgent", "due_at <= ?2")
        } else {
            ("newest", "newest <= 0")
        };
        format!(
            "SELECT COUNT(*), COALESCE(SUM((lists & ?1) = ?1 AND due_at <= ?2), 0) FROM (SELECT lists, due_at FROM orders \
             INDEXED BY orders_{name}_{sort} WHERE {on_list}{bound} LIMIT ?3)"
        )
    }

    #[cfg(test)]
    pub(in crate::store) fn every() -> impl Iterator<Item = Self> {
        List::EVERY.into_iter().flat_map(|list| {
            list.sorts().iter().flat_map(move |sort| {
                [Direction::Down, Direction::Up].into_iter().map(move |direction| Self { list, sort: *sort, direction })
            })
        })
    }

    #[cfg(test)]
    pub(in crate::store) fn name(self) -> String {
        format!("{} {:?} {:?}", self.list.name(), self.sort, self.direction)
    }
}

/// The condition of a list's partial indexes, spelled as the schema spells it.
fn on_list(list: List) -> String {
    match list {
        List::All => String::new(),
        list => format!("lists & {} AND ", list.bit()),
    }
}
