//! Everything that the screen knows.

use std::collections::BTreeMap;

use shopkeeper_core::home::{CounterKind, HomeView};
use shopkeeper_core::ids::{CommandId, OrderKey};
use shopkeeper_core::orders::{
    Flag, OrderDetail, OrderFilter, OrderList, OrderRow, OrderSort, OrderTab, Periods, SavedView, Window,
};
use shopkeeper_core::outbox::{OutboxItem, OutboxSummary, OutboxView, WorkKind};
use shopkeeper_core::ports::Link;
use shopkeeper_core::sync::{Activity, ProvisionStep, Provisions, SyncStatus};
use shopkeeper_core::time::{Instant, ShopZone, Span};
use shopkeeper_protocol::Carrier;

use super::field::Field;
use super::filter_sheet::FilterSheet;
use super::marks::Marks;
use super::search::SearchScreen;
use super::ship_form::ShipForm;
use super::ship_run::ShipRun;
use super::update::Walk;
use super::views_sheet::ViewsSheet;
use crate::narrow::tell::ProductNames;
use crate::phrase::Teller;
use crate::words::Words;

/// The four tabs, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Tab {
    #[default]
    Home,
    Messages,
    Growth,
    Shop,
}

impl Tab {
    pub const EVERY: [Self; 4] = [Self::Home, Self::Messages, Self::Growth, Self::Shop];

    /// Key of the tab's name.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Home => "tab.home",
            Self::Messages => "tab.messages",
            Self::Growth => "tab.growth",
            Self::Shop => "tab.shop",
        }
    }
}

/// What the core and the link told last.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub shop: String,
    pub zone: ShopZone,
    /// Corrected time of the last tick.
    pub now: Instant,
    pub link: Link,
    pub airplane: bool,
    pub sync: SyncStatus,
    /// Since when it pulls; a quick pull is over before anybody could read that it runs.
    pub pulling_since: Option<Instant>,
    pub home: Option<Box<HomeView>>,
    pub outbox: Option<Box<OutboxView>>,
    pub carriers: Vec<Carrier>,
}

/// The order list under the shop tab.
#[derive(Debug, Clone, PartialEq)]
pub struct ListScreen {
    pub filter: OrderFilter,
    pub sort: OrderSort,
    /// What of `filter` moves with the clock.
    pub periods: Periods,
    pub window: Window,
    pub list: Option<Box<OrderList>>,
    /// Place in `list`.
    pub cursor: usize,
    /// How far the look for rows of the window has come.
    pub walk: Walk,
    pub views: Vec<SavedView>,
    pub marks: Marks,
    /// Of the products that a filter was offered.
    pub product_names: ProductNames,
}

/// A page on a tab's stack, above the tab's own screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    Detail(DetailPage),
    Provision(ProvisionPage),
    Outbox(OutboxPage),
    /// What it holds is in [`App::search`].
    Search,
}

/// An order in full.
#[derive(Debug, Clone, PartialEq)]
pub struct DetailPage {
    pub key: OrderKey,
    pub detail: Option<Box<OrderDetail>>,
    /// First line shown.
    pub scroll: usize,
    /// 发货 was pressed before the detail was here.
    pub ship_when_here: bool,
}

/// 出门前备齐.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProvisionPage {
    /// What is here, as it was looked at last.
    pub found: Option<Box<Provisions>>,
    /// How far the run is; `None`: none runs.
    pub step: Option<ProvisionStep>,
    /// The last run was stopped by the person.
    pub stopped: bool,
    /// Place among the deadlines before leaving.
    pub cursor: usize,
}

/// 待同步.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutboxPage {
    pub cursor: usize,
}

/// What lies over the page and has the keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Sheet {
    Help,
    PickFlag {
        order: OrderKey,
        number: String,
        cursor: usize,
    },
    Filter(Box<FilterSheet>),
    Sort {
        cursor: usize,
    },
    Views(ViewsSheet),
    /// A flag for all that are marked.
    FlagMany {
        cursor: usize,
    },
    /// A private note for all that are marked.
    NoteMany {
        field: Field,
    },
    ShipRun(Box<ShipRun>),
    Note {
        order: OrderKey,
        number: String,
        platform: bool,
        field: Field,
    },
    Ship(Box<ShipForm>),
    Why(Why),
}

/// An explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    pub title: String,
    pub lines: Vec<String>,
}

/// The one thing that floats: 撤销, while it is possible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoBar {
    pub command: CommandId,
    pub until: Instant,
}

/// A line above the keys, until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    pub tone: Tone,
}

/// How a notice is coloured: plain, or needing a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    NeedsAction,
}

/// See the module essay of [`crate::tui`].
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    pub words: Words,
    /// The platform behind it is pretend, and airplane mode is a key.
    pub demo: bool,
    pub facts: Facts,
    pub tab: Tab,
    /// Place among [`App::home_items`].
    pub home_cursor: usize,
    pub orders: ListScreen,
    pub search: SearchScreen,
    /// A stack of pages for each tab.
    pub stacks: [Vec<Page>; 4],
    pub sheet: Option<Sheet>,
    pub undo: Option<UndoBar>,
    pub notice: Option<Notice>,
    pub size: (u16, u16),
    /// What was typed and not saved, so that Esc costs nothing.
    pub note_drafts: BTreeMap<(OrderKey, bool), Field>,
    pub ship_drafts: BTreeMap<OrderKey, ShipForm>,
    /// Of a run over marked orders.
    pub waybill_drafts: BTreeMap<OrderKey, Field>,
    /// The note for many.
    pub many_note: Field,
}

/// What can be selected on the home tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeItem {
    Deadline(usize),
    Counter(usize),
    Outbox,
}

/// Rows that a list holds at once; the screen shows far fewer, so the window moves long before its edge.
pub(super) const WINDOW: u16 = 60;

/// Lines of the home tab that are not deadlines, at its narrowest.
const BESIDE_DEADLINES: usize = 20;
/// Deadlines in sight, however much room there is: the to-do grid belongs into the same look.
const MOST_DEADLINES: usize = 8;
/// See [`App::pulls`].
const LONG_PULL: Span = Span::seconds(1);
/// From this width on a deadline has its consequence beside it, not below it.
const WIDE: u16 = 88;
/// And those of a first sync.
const FIRST_SYNC: usize = 2;

impl App {
    #[must_use]
    pub fn new(words: Words, shop: &str, zone: ShopZone, now: Instant, demo: bool) -> Self {
        Self {
            words,
            demo,
            facts: Facts {
                shop: super::measure::tame(shop),
                zone,
                now,
                link: Link::Online,
                airplane: false,
                sync: SyncStatus { activity: Activity::Idle, as_of: None, trouble: None, set_aside: 0 },
                pulling_since: None,
                home: None,
                outbox: None,
                carriers: Vec::new(),
            },
            tab: Tab::Home,
            home_cursor: 0,
            orders: ListScreen {
                filter: OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() },
                sort: OrderSort::MostUrgent,
                periods: Periods::default(),
                window: Window::top(WINDOW),
                list: None,
                cursor: 0,
                walk: Walk::default(),
                views: Vec::new(),
                marks: Marks::default(),
                product_names: ProductNames::new(),
            },
            search: SearchScreen::default(),
            stacks: Default::default(),
            sheet: None,
            undo: None,
            notice: None,
            size: (100, 40),
            note_drafts: BTreeMap::new(),
            ship_drafts: BTreeMap::new(),
            waybill_drafts: BTreeMap::new(),
            many_note: Field::default(),
        }
    }

    #[must_use]
    pub fn teller(&self) -> Teller {
        Teller { words: self.words, zone: self.facts.zone, now: self.facts.now }
    }

    /// Whether the relay can be reached, as far as anybody knows.
    #[must_use]
    pub fn offline(&self) -> bool {
        self.facts.link == Link::Offline || self.facts.sync.trouble == Some("offline")
    }

    /// Whether a pull has run long enough to be told of.
    #[must_use]
    pub fn pulls(&self) -> bool {
        self.facts.pulling_since.is_some_and(|since| self.facts.now.since(since) >= LONG_PULL)
    }

    #[must_use]
    pub fn work(&self) -> OutboxSummary {
        match (&self.facts.outbox, &self.facts.home) {
            (Some(outbox), _) => outbox.summary,
            (None, Some(home)) => home.work,
            (None, None) => OutboxSummary::default(),
        }
    }

    #[must_use]
    pub fn stack(&self) -> &[Page] {
        &self.stacks[self.tab as usize]
    }

    pub(super) fn stack_mut(&mut self) -> &mut Vec<Page> {
        &mut self.stacks[self.tab as usize]
    }

    /// The page on top, if the tab's own screen is not it.
    #[must_use]
    pub fn page(&self) -> Option<&Page> {
        self.stack().last()
    }

    /// Which of the deadlines the home tab has room for. Missed ones come first and take half of it at most, because what can
    /// still be met must be in sight too.
    #[must_use]
    pub fn home_deadlines(&self) -> Vec<usize> {
        let Some(home) = &self.facts.home else { return Vec::new() };
        let syncing = matches!(self.facts.sync.activity, Activity::FirstSync { .. });
        let beside = BESIDE_DEADLINES + if syncing { FIRST_SYNC } else { 0 };
        let lines = usize::from(self.size.1).saturating_sub(beside);
        let room = (lines / self.deadline_lines()).clamp(1, MOST_DEADLINES);
        let missed = home.deadlines.iter().take_while(|deadline| deadline.at <= self.facts.now).count();
        let coming = home.deadlines.len() - missed;
        let shown_missed = missed.min((room / 2).max(room.saturating_sub(coming)));
        let shown_coming = coming.min(room - shown_missed);
        (0..shown_missed).chain(missed..missed + shown_coming).collect()
    }

    /// Lines that a deadline takes.
    #[must_use]
    pub fn deadline_lines(&self) -> usize {
        if self.size.0 >= WIDE { 1 } else { 2 }
    }

    /// What a piece of work is, with the carriers by their names.
    #[must_use]
    pub fn work_text(&self, work: &WorkKind) -> String {
        let mut work = work.clone();
        if let WorkKind::Ship { parcels } = &mut work {
            for parcel in parcels {
                if let Some(name) = self.carrier_name(&parcel.carrier) {
                    parcel.carrier = name;
                }
            }
        }
        self.teller().work(&work)
    }

    /// What the shop calls a carrier.
    #[must_use]
    pub fn carrier_name(&self, code: &str) -> Option<String> {
        let carrier = self.facts.carriers.iter().find(|carrier| carrier.code.as_str() == code)?;
        Some(super::measure::tame(&carrier.name))
    }

    #[must_use]
    pub fn home_items(&self) -> Vec<HomeItem> {
        if self.facts.home.is_none() {
            return Vec::new();
        }
        let deadlines = self.home_deadlines().into_iter().map(HomeItem::Deadline);
        let counters = self.home_counters().into_iter().map(HomeItem::Counter);
        deadlines.chain(counters).chain([HomeItem::Outbox]).collect()
    }

    /// The places of the counters that are shown. Of another address there is news only where somebody asked for one.
    #[must_use]
    pub fn home_counters(&self) -> Vec<usize> {
        let counters = self.facts.home.iter().flat_map(|home| home.counters.iter().enumerate());
        let shown = counters.filter(|(_, counter)| counter.kind != CounterKind::AddressRequest || counter.value > 0);
        shown.map(|(at, _)| at).collect()
    }

    /// The row under the cursor of the order list.
    #[must_use]
    pub fn selected_row(&self) -> Option<&OrderRow> {
        self.orders.list.as_ref()?.rows.get(self.orders.cursor)
    }

    /// The item under the cursor of the outbox.
    #[must_use]
    pub fn selected_item(&self) -> Option<&OutboxItem> {
        let Some(Page::Outbox(page)) = self.page() else { return None };
        self.facts.outbox.as_ref()?.items.get(page.cursor)
    }

    /// The command that 撤销 would take back now.
    #[must_use]
    pub fn undoable(&self) -> Option<&UndoBar> {
        self.undo.as_ref().filter(|bar| bar.until > self.facts.now)
    }
}

/// What the flag picker offers: the six, then none.
#[must_use]
pub(super) fn flag_choice(cursor: usize) -> Option<Flag> {
    Flag::EVERY.get(cursor).copied()
}
