//! What the reads and writes of orders promise.

mod audit;
mod bad;
mod deferred;
pub(crate) mod history;
mod model;
pub(crate) mod narrow;
mod narrow_plans;
mod plans;
mod readings;
mod runs;

use shopkeeper_protocol::{EntityKey, Order, OrderEvent, OrderLine, Parcel, ParcelItem};

use crate::orders::sinks::{OrderEventSink, OrderSink};
use crate::ports::StoreThreads;
use crate::rulebook::Rulebook;
use crate::store::Store;
use crate::sync::Version;
use crate::sync::sink::{EntitySink as _, SinkError, Stored};

fn orders() -> OrderSink {
    OrderSink { rulebook: Rulebook::builtin() }
}

fn events() -> OrderEventSink {
    OrderEventSink { rulebook: Rulebook::builtin() }
}

fn version(seq: i64) -> Version {
    Version { generation: 1, seq }
}

/// An order of two lines that waits to be shipped.
fn order(number: &str, created_at: i64) -> Order {
    let line = |product: &str, quantity: u32| OrderLine {
        product: product.to_owned(),
        sku: format!("{product}-1"),
        title: "桂花乌龙茶".to_owned(),
        sku_text: "红盒 · 250g".to_owned(),
        quantity,
        unit_price: 3_500,
        paid: 3_500 * i64::from(quantity),
        ..OrderLine::default()
    };
    Order {
        number: number.to_owned(),
        status: 20,
        created_at,
        updated_at: created_at,
        paid_at: Some(created_at + 1_000),
        lines: vec![line("100", 2), line("200", 1)],
        ..Order::default()
    }
}

/// A parcel with everything of an order in it.
fn parcel(order: &Order, waybill: &str, shipped_at: i64) -> Parcel {
    let item =
        |line: &OrderLine| ParcelItem { product: line.product.clone(), sku: line.sku.clone(), quantity: line.quantity };
    Parcel {
        carrier: "SF".to_owned(),
        waybill: waybill.to_owned(),
        shipped_at,
        items: order.lines.iter().map(item).collect(),
        ..Parcel::default()
    }
}

/// A store in a folder of its own.
struct Shop {
    store: Store,
    _folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: Store::open(folder.path(), None, StoreThreads::InPlace).unwrap(), _folder: folder }
    }

    fn put(&self, key: &EntityKey, version: Version, order: &Order) -> Stored {
        let body = serde_json::to_string(order).unwrap();
        self.take(|tx| orders().upsert(tx, key, version, &body))
    }

    fn tell(&self, key: &EntityKey, version: Version, event: &OrderEvent) -> Stored {
        let body = serde_json::to_string(event).unwrap();
        self.take(|tx| events().upsert(tx, key, version, &body))
    }

    fn gone(&self, key: &EntityKey, version: Version) -> Stored {
        self.take(|tx| Ok(orders().gone(tx, key, version)?))
    }

    fn take(&self, sink: impl FnOnce(&crate::store::CacheTx<'_>) -> Result<Stored, SinkError>) -> Stored {
        let write = |tx: &crate::store::CacheTx<'_>| {
            sink(tx).map_err(|error| match error {
                SinkError::Store(error) => error,
                SinkError::Bad(what) => panic!("{what}"),
            })
        };
        self.store.write_cache(write).unwrap()
    }
}
