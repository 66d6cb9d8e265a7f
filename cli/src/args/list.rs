//! What `orders list` and `orders views save` can be told: the same filters, each once.

use clap::{Args, Subcommand, ValueEnum};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{
    AmountRange, OrderFilter, OrderSort, OrderTab, Periods, ProductFilter, RegionFilter, SavedView,
};
use shopkeeper_core::time::{Instant, ShopZone, Span};

use super::FlagWanted;
use crate::narrow::{Moment, When, read};

/// A stretch of a list.
#[derive(Debug, Args)]
pub struct ListWish {
    #[command(flatten)]
    pub narrow: NarrowWish,
    /// The list that was saved under this name; see `orders views`.
    #[arg(long, value_name = "NAME", conflicts_with = "narrow")]
    pub view: Option<String>,
    /// How many rows at most.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=200))]
    pub limit: u16,
    /// Go on where an earlier answer ended: its `after`, with the same tab, filters and sort.
    #[arg(long, value_name = "ANCHOR")]
    pub after: Option<String>,
}

/// A list: its tab, what it is narrowed to, and its order.
#[derive(Debug, Args)]
#[group(id = "narrow", multiple = true)]
pub struct NarrowWish {
    #[arg(long, value_enum, default_value_t)]
    pub tab: Tab,
    /// Ordered then, in the shop's days: today, yesterday, 7d, 9/14, 2026-09-01..2026-09-14, 9/1.., ..9/14.
    #[arg(long, value_name = "WHEN")]
    pub created: Option<When>,
    /// Paid then; `any`: at all.
    #[arg(long, value_name = "WHEN")]
    pub paid: Option<When>,
    /// Shipped in full then; `any`: at all.
    #[arg(long, value_name = "WHEN")]
    pub shipped: Option<When>,
    /// With a line of this product, or of one SKU of it; ids at the platform.
    #[arg(long, value_name = "PRODUCT[/SKU]", value_parser = read::product)]
    pub product: Option<ProductFilter>,
    /// Goes there: 浙江, 浙江/杭州.
    #[arg(long, value_name = "PROVINCE[/CITY]", value_parser = read::region)]
    pub region: Option<RegionFilter>,
    /// Raw code of the scene in which the buyer ordered: 2 live, 3 video, 4 shared, 5 window, 6 article, 1 other.
    #[arg(long, value_name = "CODE")]
    pub scene: Option<i64>,
    /// What the buyer pays, in yuan: 50..100, 50.., ..100, 88.
    #[arg(long, value_name = "YUAN", value_parser = read::amount, allow_hyphen_values = true)]
    pub amount: Option<AmountRange>,
    /// With this flag, or with any.
    #[arg(long, value_enum)]
    pub flag: Option<FlagWanted>,
    /// With a private note.
    #[arg(long)]
    pub has_note: bool,
    /// With words of the buyer.
    #[arg(long)]
    pub buyer_message: bool,
    /// With an unfinished after-sale.
    #[arg(long)]
    pub after_sale: bool,
    #[arg(long)]
    pub gift: bool,
    #[arg(long)]
    pub presale: bool,
    /// The buyer hurried after the shop's last action.
    #[arg(long)]
    pub hurried: bool,
    /// Unshipped and due within so many hours, counted from the next full hour, so that `--after` goes on.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u16).range(1..))]
    pub due_hours: Option<u16>,
    /// With work that the platform has not acknowledged.
    #[arg(long)]
    pub pending: bool,
    #[arg(long, value_enum, default_value_t)]
    pub sort: Sort,
}

impl NarrowWish {
    /// The list of this moment, as a view without a name.
    ///
    /// # Errors
    /// [`CoreError::BadInput`] that names the time whose end lies before its beginning.
    pub fn view(&self, zone: ShopZone, now: Instant) -> Result<SavedView, CoreError> {
        let mut filter = OrderFilter {
            tab: self.tab.into(),
            product: self.product.clone(),
            region: self.region.clone(),
            scene: self.scene,
            amount: self.amount,
            flag: self.flag.map(Into::into),
            has_note: self.has_note,
            buyer_message: self.buyer_message,
            after_sale: self.after_sale,
            gift: self.gift,
            presale: self.presale,
            hurried: self.hurried,
            pending: self.pending,
            ..OrderFilter::default()
        };
        let mut periods = Periods { due_hours: self.due_hours, ..Periods::default() };
        for (moment, when) in Moment::EVERY.into_iter().zip([self.created, self.paid, self.shipped]) {
            let Some(when) = when else { continue };
            let range = when
                .range(zone, now)
                .map_err(|misread| CoreError::BadInput { field: moment.name(), what: misread.to_string() })?;
            *moment.range_mut(&mut filter) = Some(range);
            *moment.period_mut(&mut periods) = when.period();
        }
        periods.apply(&mut filter, zone, next_full_hour(now));
        Ok(SavedView { name: String::new(), filter, sort: self.sort.into(), periods })
    }
}

/// A deadline that every call within an hour means alike.
pub fn next_full_hour(now: Instant) -> Instant {
    let hour = Span::hours(1).as_ms();
    let into = now.ms().rem_euclid(hour);
    if into == 0 { now } else { now.plus(Span::ms(hour - into)) }
}

/// Lists that were given a name.
#[derive(Debug, Subcommand)]
pub enum ViewsVerb {
    /// Every saved view, as `--view` takes them.
    List,
    /// Save a list under a name; one of that name is replaced.
    Save {
        name: String,
        #[command(flatten)]
        narrow: Box<NarrowWish>,
    },
    /// Give a view another name.
    Rename { name: String, to: String },
    /// Forget a view.
    Remove { name: String },
}

/// [`OrderTab`] on a command line.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Tab {
    #[default]
    All,
    Unpaid,
    ToShip,
    PartShipped,
    ToReceive,
    AfterSale,
    Done,
    Closed,
}

impl From<Tab> for OrderTab {
    fn from(tab: Tab) -> Self {
        match tab {
            Tab::All => Self::All,
            Tab::Unpaid => Self::Unpaid,
            Tab::ToShip => Self::ToShip,
            Tab::PartShipped => Self::PartShipped,
            Tab::ToReceive => Self::ToReceive,
            Tab::AfterSale => Self::AfterSale,
            Tab::Done => Self::Done,
            Tab::Closed => Self::Closed,
        }
    }
}

/// [`OrderSort`] on a command line.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Sort {
    #[default]
    Newest,
    MostUrgent,
    NewestPaid,
    Amount,
    Region,
    SameBuyer,
}

impl From<Sort> for OrderSort {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Newest => Self::Newest,
            Sort::MostUrgent => Self::MostUrgent,
            Sort::NewestPaid => Self::NewestPaid,
            Sort::Amount => Self::Amount,
            Sort::Region => Self::Region,
            Sort::SameBuyer => Self::SameBuyer,
        }
    }
}
