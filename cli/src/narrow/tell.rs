//! Says in short words what narrows a list.

use std::collections::BTreeMap;

use shopkeeper_core::orders::{
    AmountRange, FlagFilter, OrderFilter, OrderSort, Period, Periods, ProductFilter, RegionFilter, TimeRange,
};
use shopkeeper_core::time::Span;

use super::Moment;
use crate::phrase::{Teller, flag_key};
use crate::say;
use crate::tui::measure::tame;

/// The key of an order's name.
#[must_use]
pub const fn sort_key(sort: OrderSort) -> &'static str {
    match sort {
        OrderSort::Newest => "order.sort.newest",
        OrderSort::MostUrgent => "order.sort.most_urgent",
        OrderSort::NewestPaid => "order.sort.newest_paid",
        OrderSort::Amount => "order.sort.amount",
        OrderSort::Region => "order.sort.region",
        OrderSort::SameBuyer => "order.sort.same_buyer",
    }
}

/// What products are called, by their [`product`] text, as far as somebody has seen them: a filter knows them by id alone.
pub type ProductNames = BTreeMap<String, String>;

/// Every narrowing of a list beyond its tab, each in a few words, in the order of the filter sheet.
#[must_use]
pub fn narrowed(teller: &Teller, filter: &OrderFilter, periods: &Periods, names: &ProductNames) -> Vec<String> {
    let words = teller.words;
    let mut told = Vec::new();
    for moment in Moment::EVERY {
        if let Some(range) = moment.range(filter) {
            let when = self::moment(teller, moment, range, moment.period(periods));
            let is_any = range == TimeRange::default();
            told.push(if is_any { when } else { say!(words, &format!("filter.short.{}", moment.name()), when = when) });
        }
    }
    told.extend(filter.product.as_ref().map(|product| {
        let id = self::product(product);
        names.get(&id).cloned().unwrap_or_else(|| say!(words, "filter.short.product", id = id))
    }));
    told.extend(filter.region.as_ref().map(region));
    told.extend(filter.scene.map(|scene| teller.scene(scene)));
    told.extend(filter.amount.map(|range| amount(teller, range)));
    told.extend(filter.flag.map(|flag| self::flag(teller, flag)));
    for (so, key) in [
        (filter.has_note, "order.filter.has_note"),
        (filter.buyer_message, "filter.short.buyer_message"),
        (filter.after_sale, "filter.short.after_sale"),
        (filter.gift, "order.gift"),
        (filter.presale, "order.presale"),
        (filter.hurried, "home.hurried"),
        (filter.pending, "order.filter.pending"),
        (filter.due_before.is_some(), "home.due_soon"),
        (filter.address_asked_after.is_some(), "home.address_request"),
    ] {
        if so {
            told.push(say!(words, key));
        }
    }
    told
}

/// The value of a moment's line: `付过款` where only that is asked, else as [`when`].
#[must_use]
pub fn moment(teller: &Teller, moment: Moment, range: TimeRange, period: Option<Period>) -> String {
    if range == TimeRange::default() {
        return say!(teller.words, &format!("filter.any.{}", moment.name()));
    }
    when(teller, range, period)
}

/// `今天` · `近 7 天` · `9/1–9/14` · `9/1 起` · `到 9/14`
fn when(teller: &Teller, range: TimeRange, period: Option<Period>) -> String {
    let words = teller.words;
    match period {
        Some(Period::Today) => return say!(words, "filter.when.today"),
        Some(Period::Yesterday) => return say!(words, "filter.when.yesterday"),
        Some(Period::Days(days)) => return say!(words, "filter.when.days", n = days),
        None => {}
    }
    // The end is the midnight after the last day.
    let first = range.from.map(|from| teller.date(from));
    let last = range.until.map(|until| teller.date(until.minus(Span::ms(1))));
    match (first, last) {
        (None, None) => String::new(),
        (Some(first), Some(last)) if first == last => first,
        (Some(first), Some(last)) => format!("{first}–{last}"),
        (Some(first), None) => say!(words, "filter.when.since", day = first),
        (None, Some(last)) => say!(words, "filter.when.until", day = last),
    }
}

/// `¥50.00–¥100.00`
#[must_use]
pub fn amount(teller: &Teller, range: AmountRange) -> String {
    let words = teller.words;
    match (range.least, range.most) {
        (Some(least), Some(most)) if least == most => least.to_string(),
        (Some(least), Some(most)) => format!("{least}–{most}"),
        (Some(least), None) => say!(words, "filter.amount.least", amount = least),
        (None, Some(most)) => say!(words, "filter.amount.most", amount = most),
        (None, None) => String::new(),
    }
}

#[must_use]
pub fn product(product: &ProductFilter) -> String {
    match &product.sku {
        Some(sku) => tame(&format!("{}/{sku}", product.product)),
        None => tame(&product.product),
    }
}

#[must_use]
pub fn region(region: &RegionFilter) -> String {
    tame(&format!("{}{}", region.province, region.city.as_deref().unwrap_or_default()))
}

#[must_use]
pub fn flag(teller: &Teller, flag: FlagFilter) -> String {
    match flag {
        FlagFilter::Any => say!(teller.words, "filter.flag_any"),
        FlagFilter::Is(flag) => say!(teller.words, flag_key(flag)),
    }
}

impl Moment {
    /// Where the periods keep it.
    pub const fn period_mut(self, periods: &mut Periods) -> &mut Option<Period> {
        match self {
            Self::Created => &mut periods.created,
            Self::Paid => &mut periods.paid,
            Self::Shipped => &mut periods.shipped,
        }
    }

    #[must_use]
    pub const fn period(self, periods: &Periods) -> Option<Period> {
        match self {
            Self::Created => periods.created,
            Self::Paid => periods.paid,
            Self::Shipped => periods.shipped,
        }
    }
}
