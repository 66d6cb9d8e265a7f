//! The shelves: what the shop sells, at what price, and how many pieces of each SKU are left.
//!
//! # Life of a product
//!
//! A product has an online copy and, while somebody edits it, a draft. Listing sends the draft (or the online copy, if there
//! is none) to be looked at; a while later it is passed and goes online, or it is rejected and the draft stays. While it is
//! looked at nobody may edit, list, delist or delete it, unless the merchant calls it back first. A delisted product keeps
//! its stock; a deleted one goes to the recycle bin. What needs no look (price and stock of the online copy) changes at once.
//!
//! # Life of a piece
//!
//! An order takes its pieces off the shelf when it is made. They come back when it is cancelled before payment, and those of
//! an exchange come back when the exchange falls through; a refund gives nothing back, for what returns must be looked at
//! by the merchant first. Every change of a SKU's number is one entry of the flow, so that number and flow prove each other.
//!
//! # Odd choices
//!
//! * A shop of five thousand products has the same few dozen goods in many batches: a batch is an index, and its texts are
//!   made when somebody asks.
//! * In a shop whose stock is not finite (the default, see [`Switches::finite_stock`](super::Switches)) a colleague fills a
//!   shelf up whenever a buyer wants more than there is. That entry stands in the flow like any other.
//! * A draft holds prices only. It is what a merchant changes most, and enough for a draft to differ from what is online.

mod change;
mod flow;
mod wire;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use change::{ProductChange, SkuPatch, StockChange};
pub use flow::{FlowBook, FlowQuery, FlowReason};
pub use wire::Copies;

use super::goods::{self, GOODS};
use super::random::derived;
use super::{Actor, Refusal, World, product_number, sku_number};

const DAY: i64 = 86_400;
/// More would run into the numbers of SKUs.
const PRODUCTS_MAX: u16 = 9_999;

/// A product or SKU number as the wire shows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShelfId(u64);

impl ShelfId {
    /// The number itself.
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ShelfId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ShelfId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// `status` of the online copy, as far as this shop knows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// 0: never listed
    Initial,
    /// 5
    Listed,
    /// 6
    RecycleBin,
    /// 11: delisted by the merchant
    Delisted,
    /// 13: delisted for a violation
    Violation,
    /// 20
    Banned,
}

impl ProductStatus {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Initial => 0,
            Self::Listed => 5,
            Self::RecycleBin => 6,
            Self::Delisted => 11,
            Self::Violation => 13,
            Self::Banned => 20,
        }
    }
}

/// `edit_status` of the draft.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditStatus {
    /// 1
    Editing,
    /// 2
    InAudit,
    /// 3
    Failed,
    /// 4
    Passed,
}

impl EditStatus {
    /// The number on the wire.
    pub const fn code(self) -> u16 {
        match self {
            Self::Editing => 1,
            Self::InAudit => 2,
            Self::Failed => 3,
            Self::Passed => 4,
        }
    }
}

#[derive(Debug)]
struct Product {
    status: ProductStatus,
    edit: EditStatus,
    /// Of the draft, unix seconds.
    edited: i64,
    /// Prices of the draft in fen, one a SKU; empty when it does not differ from what is online.
    draft: Vec<i32>,
    first_sku: u32,
    sku_count: u8,
    /// Pieces sold since the shop opened.
    sold: u32,
}

#[derive(Debug)]
struct Sku {
    /// Fen.
    price: i32,
    stock: i32,
    /// What stood on the shelf in the beginning, to which a colleague fills it up.
    full: i32,
    on_sale: bool,
    /// Stock calls of the API within one minute: (minute, how many).
    calls: (i64, u32),
}

/// All products of the shop.
#[derive(Debug)]
pub(crate) struct Shelves {
    products: Vec<Product>,
    skus: Vec<Sku>,
    flow: Vec<flow::Entry>,
    /// Audits asked for: (day in China, how many that day, hour, how many that hour).
    audits: (i64, u32, i64, u32),
    seed: u64,
}

/// A place on the shelves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    pub(crate) product: u16,
    pub(crate) sku: u8,
}

impl Shelves {
    /// `count` products, at least the shop's own goods. `finite` shelves hold what a small shop would have, others plenty.
    pub(crate) fn new(seed: u64, count: u16, finite: bool, now: i64) -> Self {
        let count = count.clamp(GOODS.len() as u16, PRODUCTS_MAX);
        let mut shelves = Self {
            products: Vec::with_capacity(usize::from(count)),
            skus: Vec::with_capacity(usize::from(count) * 2),
            flow: Vec::new(),
            audits: (0, 0, 0, 0),
            seed,
        };
        for product in 0..count {
            shelves.put_up(product, finite, now);
        }
        shelves
    }

    fn put_up(&mut self, product: u16, finite: bool, now: i64) {
        let first_sku = self.skus.len() as u32;
        let skus = goods::of(product).skus;
        for (sku, (_, price)) in skus.iter().enumerate() {
            let chance = derived(self.seed, 0x57_0c00_0000 | u64::from(product) << 8 | sku as u64);
            let full = match (finite, chance % 20) {
                (false, _) => 200 + (chance >> 8) % 800,
                // A tenth is nearly gone or gone, which is what a merchant looks for.
                (true, 0) => 0,
                (true, 1) => 1 + (chance >> 8) % 5,
                (true, _) => 12 + (chance >> 8) % 120,
            };
            self.skus.push(Sku { price: *price, stock: full as i32, full: full as i32, on_sale: true, calls: (0, 0) });
        }
        let chance = derived(self.seed, 0x5e1f_0000 | u64::from(product));
        // The shop's own goods are all on sale; of the further batches some are not.
        let (status, edit) = match chance % 100 {
            _ if usize::from(product) < GOODS.len() => (ProductStatus::Listed, EditStatus::Passed),
            0..4 => (ProductStatus::Delisted, EditStatus::Passed),
            4 => (ProductStatus::Initial, EditStatus::Editing),
            5 => (ProductStatus::Listed, EditStatus::Failed),
            6 => (ProductStatus::Violation, EditStatus::Passed),
            7 => (ProductStatus::RecycleBin, EditStatus::Passed),
            _ => (ProductStatus::Listed, EditStatus::Passed),
        };
        self.products.push(Product {
            status,
            edit,
            edited: now - ((chance >> 8) % 300) as i64 * DAY,
            draft: Vec::new(),
            first_sku,
            sku_count: skus.len() as u8,
            sold: ((chance >> 20) % 3_000) as u32,
        });
    }

    /// How many products there are, those in the recycle bin included.
    pub(crate) fn len(&self) -> usize {
        self.products.len()
    }

    fn product(&self, product: u16) -> &Product {
        &self.products[usize::from(product)]
    }

    fn product_mut(&mut self, product: u16) -> &mut Product {
        &mut self.products[usize::from(product)]
    }

    fn skus(&self, product: u16) -> &[Sku] {
        let row = self.product(product);
        &self.skus[row.first_sku as usize..row.first_sku as usize + usize::from(row.sku_count)]
    }

    fn sku(&self, place: Place) -> &Sku {
        &self.skus(place.product)[usize::from(place.sku)]
    }

    fn sku_mut(&mut self, place: Place) -> &mut Sku {
        let first = self.product(place.product).first_sku as usize;
        &mut self.skus[first + usize::from(place.sku)]
    }

    /// Fen for one piece.
    pub(crate) fn price(&self, place: Place) -> i32 {
        self.sku(place).price
    }

    /// Whether a buyer who looks can order so many pieces. `finite`: not more than there are.
    pub(crate) fn sells(&self, place: Place, pieces: u16, finite: bool) -> bool {
        let sku = self.sku(place);
        self.product(place.product).status == ProductStatus::Listed
            && sku.on_sale
            && (!finite || sku.stock >= i32::from(pieces))
    }

    fn product_of(&self, id: ShelfId) -> Result<u16, Refusal> {
        let first = product_number(self.seed, 0);
        let product = id.0.checked_sub(first).and_then(|place| u16::try_from(place).ok());
        product
            .filter(|product| usize::from(*product) < self.products.len())
            .ok_or_else(|| Refusal::new(10020052, "product not exist"))
    }

    fn place_of(&self, product: u16, sku: ShelfId) -> Result<Place, Refusal> {
        (0..self.product(product).sku_count)
            .find(|place| sku_number(self.seed, product, *place) == sku.0)
            .map(|sku| Place { product, sku })
            .ok_or_else(|| Refusal::new(10020055, "sku_id not in this product"))
    }
}

/// The platform's truth about one SKU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SkuBook {
    /// Wire id of the product.
    pub product_id: String,
    /// Wire id of the SKU.
    pub sku_id: String,
    /// Whether the product is listed and the SKU on sale.
    pub on_sale: bool,
    /// Fen for one piece.
    pub price: i64,
    /// Pieces on the shelf.
    pub stock: i64,
    /// Pieces that were on it when the world began.
    pub in_the_beginning: i64,
}

impl World {
    /// What stands on the shelves in truth, in order of product and SKU.
    pub fn shelf_books(&self) -> Vec<SkuBook> {
        let seed = self.config.seed;
        (0..self.shelves.len() as u16)
            .flat_map(|product| (0..self.shelves.product(product).sku_count).map(move |sku| Place { product, sku }))
            .map(|place| {
                let sku = self.shelves.sku(place);
                SkuBook {
                    product_id: product_number(seed, place.product).to_string(),
                    sku_id: sku_number(seed, place.product, place.sku).to_string(),
                    on_sale: self.shelves.product(place.product).status == ProductStatus::Listed && sku.on_sale,
                    price: i64::from(sku.price),
                    stock: i64::from(sku.stock),
                    in_the_beginning: i64::from(sku.full),
                }
            })
            .collect()
    }

    /// Takes an order's pieces off the shelf. What is short is filled up first, by a colleague.
    pub(crate) fn take_off(&mut self, at: i64, place: Place, pieces: u16, order: super::OrderId, why: FlowReason) {
        let pieces = i32::from(pieces);
        let sku = self.shelves.sku(place);
        if sku.stock < pieces {
            let more = sku.full + pieces - sku.stock;
            self.shelves.move_stock(at, place, more, FlowReason::Added, None, Actor::Colleague);
        }
        self.shelves.move_stock(at, place, -pieces, why, Some(order), Actor::Colleague);
        if why == FlowReason::Ordered {
            let row = self.shelves.product_mut(place.product);
            row.sold = row.sold.saturating_add(pieces.unsigned_abs());
        }
    }

    /// Puts them back.
    pub(crate) fn put_back(&mut self, at: i64, place: Place, pieces: u16, order: super::OrderId, why: FlowReason) {
        self.shelves.move_stock(at, place, i32::from(pieces), why, Some(order), Actor::Colleague);
    }
}
