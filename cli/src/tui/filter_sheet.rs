//! The sheet on which a list is narrowed: one line for each thing that a filter can ask.
//!
//! A line is a mark that Enter turns over, or opens its choices, or a field to type in. Every change holds at once, and the list behind
//! the sheet and its count follow, so there is nothing to confirm in the end. What cannot be read stays in its field with the reason below
//! it, and the filter stays as it was.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::orders::{
    AmountRange, Flag, FlagFilter, OrderDetail, OrderFilter, OrderRow, Period, Periods, ProductFilter, RegionFilter,
};
use shopkeeper_core::time::{Instant, ShopZone, Span};

use super::field::Field;
use super::measure::tame;
use crate::narrow::read::{self, Misread, When};
use crate::narrow::{Moment, tell};
use crate::phrase::goods_name;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilterSheet {
    /// Place among [`FilterLine::EVERY`].
    pub cursor: usize,
    pub mode: Mode,
    /// Why what stands in the field is not taken.
    pub trouble: Option<Misread>,
    /// Of the order that the list's cursor is on.
    pub region: Option<RegionFilter>,
    /// And its lines, once they have been looked up.
    pub products: Vec<(ProductFilter, String)>,
}

/// What the keys do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mode {
    /// Walk from line to line.
    #[default]
    Lines,
    /// Walk through the line's choices.
    Choosing(usize),
    Typing(Field),
}

/// A line of the sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterLine {
    Time(Moment),
    Product,
    Region,
    Scene,
    Amount,
    Flag,
    HasNote,
    BuyerMessage,
    AfterSale,
    Gift,
    Presale,
    Hurried,
    AddressRequest,
    DueSoon,
    Pending,
}

/// A choice of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    When(When),
    Product(ProductFilter, String),
    Region(RegionFilter),
    Scene(i64),
    Flag(FlagFilter),
    /// Opens the field.
    Type,
    /// Takes the narrowing away.
    Clear,
}

/// What a key led to.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Stay,
    Close,
    Narrow(Box<OrderFilter>, Periods),
}

/// The scenes that have names.
const SCENES: [i64; 6] = [2, 3, 4, 5, 6, 1];

impl FilterLine {
    pub const EVERY: [Self; 17] = [
        Self::Time(Moment::Created),
        Self::Time(Moment::Paid),
        Self::Time(Moment::Shipped),
        Self::Product,
        Self::Region,
        Self::Scene,
        Self::Amount,
        Self::Flag,
        Self::HasNote,
        Self::BuyerMessage,
        Self::AfterSale,
        Self::Gift,
        Self::Presale,
        Self::Hurried,
        Self::AddressRequest,
        Self::DueSoon,
        Self::Pending,
    ];

    /// Key of the line's name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Time(Moment::Created) => "filter.line.created",
            Self::Time(Moment::Paid) => "filter.line.paid",
            Self::Time(Moment::Shipped) => "filter.line.shipped",
            Self::Product => "filter.line.product",
            Self::Region => "filter.line.region",
            Self::Scene => "filter.line.scene",
            Self::Amount => "filter.line.amount",
            Self::Flag => "filter.line.flag",
            Self::HasNote => "filter.line.has_note",
            Self::BuyerMessage => "filter.line.buyer_message",
            Self::AfterSale => "filter.line.after_sale",
            Self::Gift => "filter.line.gift",
            Self::Presale => "filter.line.presale",
            Self::Hurried => "filter.line.hurried",
            Self::AddressRequest => "home.address_request",
            Self::DueSoon => "filter.line.due_soon",
            Self::Pending => "filter.line.pending",
        }
    }

    /// Key of what a field of this line takes; `None`: nothing is typed there.
    #[must_use]
    pub const fn hint(self) -> Option<&'static str> {
        match self {
            Self::Time(_) => Some("filter.hint.time"),
            Self::Product => Some("filter.hint.product"),
            Self::Region => Some("filter.hint.region"),
            Self::Amount => Some("filter.hint.amount"),
            _ => None,
        }
    }

    /// Whether the filter asks for it.
    #[must_use]
    pub const fn is_set(self, filter: &OrderFilter) -> bool {
        match self {
            Self::Time(moment) => moment.range(filter).is_some(),
            Self::Product => filter.product.is_some(),
            Self::Region => filter.region.is_some(),
            Self::Scene => filter.scene.is_some(),
            Self::Amount => filter.amount.is_some(),
            Self::Flag => filter.flag.is_some(),
            Self::HasNote => filter.has_note,
            Self::BuyerMessage => filter.buyer_message,
            Self::AfterSale => filter.after_sale,
            Self::Gift => filter.gift,
            Self::Presale => filter.presale,
            Self::Hurried => filter.hurried,
            Self::AddressRequest => filter.address_asked_after.is_some(),
            Self::DueSoon => filter.due_before.is_some(),
            Self::Pending => filter.pending,
        }
    }

    /// Whether it is only on or off.
    #[must_use]
    pub const fn is_mark(self) -> bool {
        matches!(
            self,
            Self::HasNote
                | Self::BuyerMessage
                | Self::AfterSale
                | Self::Gift
                | Self::Presale
                | Self::Hurried
                | Self::AddressRequest
                | Self::DueSoon
                | Self::Pending
        )
    }

    fn clear(self, filter: &mut OrderFilter, periods: &mut Periods) {
        match self {
            Self::Time(moment) => {
                *moment.range_mut(filter) = None;
                *moment.period_mut(periods) = None;
            }
            Self::Product => filter.product = None,
            Self::Region => filter.region = None,
            Self::Scene => filter.scene = None,
            Self::Amount => filter.amount = None,
            Self::Flag => filter.flag = None,
            Self::HasNote => filter.has_note = false,
            Self::BuyerMessage => filter.buyer_message = false,
            Self::AfterSale => filter.after_sale = false,
            Self::Gift => filter.gift = false,
            Self::Presale => filter.presale = false,
            Self::Hurried => filter.hurried = false,
            Self::AddressRequest => {
                filter.address_asked_after = None;
                periods.address_request = false;
            }
            Self::DueSoon => {
                filter.due_before = None;
                periods.due_hours = None;
            }
            Self::Pending => filter.pending = false,
        }
    }

    fn set_mark(self, filter: &mut OrderFilter, periods: &mut Periods) {
        match self {
            Self::HasNote => filter.has_note = true,
            Self::BuyerMessage => filter.buyer_message = true,
            Self::AfterSale => filter.after_sale = true,
            Self::Gift => filter.gift = true,
            Self::Presale => filter.presale = true,
            Self::Hurried => filter.hurried = true,
            Self::AddressRequest => periods.address_request = true,
            Self::DueSoon => periods.due_hours = Some(Periods::due_soon()),
            Self::Pending => filter.pending = true,
            Self::Time(_) | Self::Product | Self::Region | Self::Scene | Self::Amount | Self::Flag => {}
        }
    }
}

/// The list as it is narrowed now, and the moment.
#[derive(Debug, Clone, Copy)]
pub struct Narrowed<'a> {
    pub filter: &'a OrderFilter,
    pub periods: &'a Periods,
    pub zone: ShopZone,
    pub now: Instant,
}

impl FilterSheet {
    /// Over a list whose cursor is on `row`.
    #[must_use]
    pub fn over(row: Option<&OrderRow>) -> Self {
        let region = row.filter(|row| !row.province.is_empty()).map(|row| RegionFilter {
            province: row.province.clone(),
            city: Some(row.city.clone()).filter(|city| !city.is_empty()),
        });
        Self { region, ..Self::default() }
    }

    /// Offers the lines of an order; each product once, and its SKU where there is one.
    pub fn take_order(&mut self, detail: &OrderDetail) {
        let mut offered: Vec<(ProductFilter, String)> = Vec::new();
        for line in &detail.lines {
            let whole = ProductFilter { product: line.product.clone(), sku: None };
            let one = ProductFilter { sku: Some(line.sku.clone()).filter(|sku| !sku.is_empty()), ..whole.clone() };
            let one_name = goods_name(&line.title, &line.sku_text);
            for (product, name) in [(one, one_name), (whole, tame(&line.title))] {
                if offered.iter().all(|(known, _)| *known != product) {
                    offered.push((product, name));
                }
            }
        }
        self.products = offered;
    }

    #[must_use]
    pub fn line(&self) -> FilterLine {
        FilterLine::EVERY[self.cursor.min(FilterLine::EVERY.len() - 1)]
    }

    /// What the line under the cursor offers; nothing where Enter turns a mark over or opens a field.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let offered: Vec<Choice> = match self.line() {
            FilterLine::Time(moment) => [Period::Today, Period::Yesterday, Period::Days(7), Period::Days(30)]
                .map(|period| Choice::When(When::Period(period)))
                .into_iter()
                // Every order was created at some time.
                .chain((moment != Moment::Created).then_some(Choice::When(When::Any)))
                .collect(),
            FilterLine::Product => {
                self.products.iter().map(|(product, name)| Choice::Product(product.clone(), name.clone())).collect()
            }
            FilterLine::Region => {
                let city = self.region.clone().filter(|region| region.city.is_some());
                let province = self.region.clone().map(|region| RegionFilter { city: None, ..region });
                city.into_iter().chain(province).map(Choice::Region).collect()
            }
            FilterLine::Scene => SCENES.map(Choice::Scene).to_vec(),
            FilterLine::Flag => {
                [FlagFilter::Any].into_iter().chain(Flag::EVERY.map(FlagFilter::Is)).map(Choice::Flag).collect()
            }
            _ => Vec::new(),
        };
        if offered.is_empty() {
            return offered;
        }
        let typed = self.line().hint().map(|_| Choice::Type);
        offered.into_iter().chain(typed).chain([Choice::Clear]).collect()
    }

    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent, now: Narrowed<'_>) -> Step {
        match std::mem::take(&mut self.mode) {
            Mode::Lines => self.line_key(key.code, now),
            Mode::Choosing(at) => self.choice_key(key.code, at, now),
            Mode::Typing(field) => self.field_key(key, field, now),
        }
    }

    fn line_key(&mut self, code: KeyCode, now: Narrowed<'_>) -> Step {
        let count = FilterLine::EVERY.len();
        match code {
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.cursor = (self.cursor + 1) % count,
            KeyCode::Up | KeyCode::Char('k') | KeyCode::BackTab => self.cursor = (self.cursor + count - 1) % count,
            KeyCode::Enter | KeyCode::Char(' ') => return self.open(now),
            KeyCode::Char('x') | KeyCode::Backspace | KeyCode::Delete => {
                let line = self.line();
                return now.changed(|filter, periods| line.clear(filter, periods));
            }
            KeyCode::Char('X') => {
                let tab = now.filter.tab;
                return Step::Narrow(Box::new(OrderFilter { tab, ..OrderFilter::default() }), Periods::default());
            }
            KeyCode::Esc | KeyCode::Char('F' | 'q') => return Step::Close,
            _ => {}
        }
        Step::Stay
    }

    fn open(&mut self, now: Narrowed<'_>) -> Step {
        let line = self.line();
        if line.is_mark() {
            return now.changed(|filter, periods| {
                if line.is_set(now.filter) { line.clear(filter, periods) } else { line.set_mark(filter, periods) }
            });
        }
        self.mode = if self.choices().is_empty() { Mode::Typing(now.written(line)) } else { Mode::Choosing(0) };
        Step::Stay
    }

    fn choice_key(&mut self, code: KeyCode, at: usize, now: Narrowed<'_>) -> Step {
        let choices = self.choices();
        let count = choices.len().max(1);
        let taken = match code {
            KeyCode::Down | KeyCode::Right | KeyCode::Char('j') => {
                self.mode = Mode::Choosing((at + 1) % count);
                return Step::Stay;
            }
            KeyCode::Up | KeyCode::Left | KeyCode::Char('k') => {
                self.mode = Mode::Choosing((at + count - 1) % count);
                return Step::Stay;
            }
            KeyCode::Enter | KeyCode::Char(' ') => choices.get(at),
            KeyCode::Char('0') => choices.last(),
            KeyCode::Char(digit @ '1'..='9') => choices.get(digit as usize - '1' as usize),
            KeyCode::Esc => return Step::Stay,
            _ => None,
        };
        let Some(choice) = taken else {
            self.mode = Mode::Choosing(at);
            return Step::Stay;
        };
        self.choose(choice.clone(), now)
    }

    fn choose(&mut self, choice: Choice, now: Narrowed<'_>) -> Step {
        let line = self.line();
        match choice {
            Choice::Type => {
                self.mode = Mode::Typing(now.written(line));
                Step::Stay
            }
            Choice::Clear => now.changed(|filter, periods| line.clear(filter, periods)),
            Choice::When(when) => self.narrow_time(when, now).unwrap_or(Step::Stay),
            Choice::Product(product, _) => now.changed(|filter, _| filter.product = Some(product)),
            Choice::Region(region) => now.changed(|filter, _| filter.region = Some(region)),
            Choice::Scene(scene) => now.changed(|filter, _| filter.scene = Some(scene)),
            Choice::Flag(flag) => now.changed(|filter, _| filter.flag = Some(flag)),
        }
    }

    fn field_key(&mut self, key: KeyEvent, mut field: Field, now: Narrowed<'_>) -> Step {
        match key.code {
            KeyCode::Esc => {
                self.trouble = None;
                return Step::Stay;
            }
            KeyCode::Enter => {
                self.trouble = None;
                match self.take(field.text(), now) {
                    Ok(step) => return step,
                    Err(misread) => self.trouble = Some(misread),
                }
            }
            _ => {
                if field.key(key) {
                    self.trouble = None;
                }
            }
        }
        self.mode = Mode::Typing(field);
        Step::Stay
    }

    /// Pasted text, for the field.
    pub fn paste(&mut self, text: &str) {
        if let Mode::Typing(field) = &mut self.mode {
            field.insert(text.trim());
        }
    }

    /// Reads what was typed; an empty field asks for nothing.
    fn take(&self, text: &str, now: Narrowed<'_>) -> Result<Step, Misread> {
        let line = self.line();
        if text.trim().is_empty() {
            return Ok(now.changed(|filter, periods| line.clear(filter, periods)));
        }
        match line {
            FilterLine::Time(_) => self.narrow_time(text.parse()?, now),
            FilterLine::Product => {
                let product = read::product(text)?;
                Ok(now.changed(|filter, _| filter.product = Some(product)))
            }
            FilterLine::Region => {
                let region = read::region(text)?;
                Ok(now.changed(|filter, _| filter.region = Some(region)))
            }
            FilterLine::Amount => {
                let amount = read::amount(text)?;
                Ok(now.changed(|filter, _| filter.amount = Some(amount)))
            }
            _ => Ok(Step::Stay),
        }
    }

    fn narrow_time(&self, when: When, now: Narrowed<'_>) -> Result<Step, Misread> {
        let FilterLine::Time(moment) = self.line() else { return Ok(Step::Stay) };
        let range = when.range(now.zone, now.now)?;
        Ok(now.changed(|filter, periods| {
            *moment.range_mut(filter) = Some(range);
            *moment.period_mut(periods) = when.period();
        }))
    }
}

impl Narrowed<'_> {
    fn changed(self, change: impl FnOnce(&mut OrderFilter, &mut Periods)) -> Step {
        let (mut filter, mut periods) = (self.filter.clone(), *self.periods);
        change(&mut filter, &mut periods);
        periods.apply(&mut filter, self.zone, self.now);
        Step::Narrow(Box::new(filter), periods)
    }

    /// The present value in the form in which it is typed.
    fn written(self, line: FilterLine) -> Field {
        let day = |at: Instant| self.zone.day(at).date().to_string();
        let yuan = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
        let text = match line {
            FilterLine::Time(moment) if moment.period(self.periods).is_none() => {
                moment.range(self.filter).map(|range| {
                    let last = range.until.map(|until| day(until.minus(Span::ms(1))));
                    between(range.from.map(day), last)
                })
            }
            FilterLine::Product => self.filter.product.as_ref().map(tell::product),
            FilterLine::Region => self.filter.region.as_ref().map(|region| match &region.city {
                Some(city) => format!("{}/{city}", region.province),
                None => region.province.clone(),
            }),
            FilterLine::Amount => self.filter.amount.map(|AmountRange { least, most }| {
                between(least.map(|least| yuan(least.fen())), most.map(|most| yuan(most.fen())))
            }),
            _ => None,
        };
        Field::of(&text.unwrap_or_default())
    }
}

/// `a..b`, `a..`, `..b`, or nothing.
fn between(first: Option<String>, last: Option<String>) -> String {
    match (first, last) {
        (None, None) => String::new(),
        (first, last) => format!("{}..{}", first.unwrap_or_default(), last.unwrap_or_default()),
    }
}
