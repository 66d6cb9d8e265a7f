//! Decides what a key or a piece of news changes, and what is to be done about it. Pure: no clock, no core, no terminal.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{
    From, OrderDetail, OrderFilter, OrderList, OrderSort, OrderTab, ParcelStanding, Receipt, Window,
};
use shopkeeper_core::outbox::{ItemState, OutboxItem};
use shopkeeper_core::ports::Link;

use super::app::{
    App, DetailPage, HomeItem, Notice, OutboxPage, Page, Sheet, Tab, Tone, UndoBar, WINDOW, Why, flag_choice,
    flag_filter_choice,
};
use super::event::{Answer, Effect, Event};
use super::field::Field;
use super::ship_form::{ShipForm, Step};
use super::view;
use crate::phrase::flag_key;
use crate::say;

/// How near to the edge of the window the cursor may come before the window follows.
const MARGIN: usize = 15;

impl App {
    /// What to ask for first.
    #[must_use]
    pub fn start(&self) -> Vec<Effect> {
        vec![self.watch_list(), Effect::AskCarriers]
    }

    /// Takes an event; gives what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
            Event::Key(key) => self.key(key),
            Event::Paste(text) => {
                match &mut self.sheet {
                    Some(Sheet::Note { field, .. }) => field.insert(&text),
                    Some(Sheet::Ship(form)) => form.paste(&text),
                    _ => {}
                }
                Vec::new()
            }
            Event::Resize { width, height } => {
                self.size = (width, height);
                Vec::new()
            }
            Event::Tick(now) => {
                self.facts.now = now;
                if self.undo.as_ref().is_some_and(|bar| bar.until <= now) {
                    self.undo = None;
                }
                Vec::new()
            }
            Event::Home(home) => {
                self.facts.home = Some(home);
                self.home_cursor = self.home_cursor.min(self.home_items().len().saturating_sub(1));
                Vec::new()
            }
            Event::List(list) => {
                self.take_list(list);
                Vec::new()
            }
            Event::Detail(detail) => {
                self.take_detail(detail);
                Vec::new()
            }
            Event::Outbox(outbox) => {
                let last = outbox.items.len().saturating_sub(1);
                self.facts.outbox = Some(outbox);
                for page in self.stacks.iter_mut().flatten() {
                    if let Page::Outbox(page) = page {
                        page.cursor = page.cursor.min(last);
                    }
                }
                Vec::new()
            }
            Event::Sync(status) => {
                self.facts.sync = status;
                // The carriers came with the first pull; before that there were none to ask for.
                if self.facts.carriers.is_empty() && self.facts.sync.as_of.is_some() {
                    return vec![Effect::AskCarriers];
                }
                Vec::new()
            }
            Event::Link(link) => {
                self.facts.link = link;
                Vec::new()
            }
            Event::Outcome(effect, result) => {
                self.outcome(effect, result);
                Vec::new()
            }
        }
    }

    fn watch_list(&self) -> Effect {
        Effect::WatchList {
            filter: self.orders.filter.clone(),
            sort: self.orders.sort,
            window: self.orders.window.clone(),
        }
    }

    fn take_list(&mut self, list: Box<OrderList>) {
        let selected = self.selected_row().map(|row| row.key.clone());
        let place = selected.and_then(|key| list.rows.iter().position(|row| row.key == key));
        self.orders.cursor = place.unwrap_or(self.orders.cursor).min(list.rows.len().saturating_sub(1));
        self.orders.list = Some(list);
    }

    fn take_detail(&mut self, detail: Box<OrderDetail>) {
        let carriers = self.facts.carriers.clone();
        let mut ship_now = None;
        for page in self.stacks.iter_mut().flatten() {
            if let Page::Detail(page) = page
                && page.key == detail.row.key
            {
                if std::mem::take(&mut page.ship_when_here) {
                    ship_now = Some(detail.clone());
                }
                page.detail = Some(detail.clone());
            }
        }
        if let Some(detail) = ship_now {
            self.open_ship(&detail, carriers);
        }
    }

    fn outcome(&mut self, effect: Effect, result: Result<Answer, CoreError>) {
        let words = self.words;
        let answer = match result {
            Ok(answer) => answer,
            Err(error) => return self.failed(effect, &error),
        };
        let said = match (effect, answer) {
            (_, Answer::Carriers(carriers)) => {
                if let Some(Sheet::Ship(form)) = &mut self.sheet
                    && form.carriers.is_empty()
                {
                    form.carriers.clone_from(&carriers);
                }
                self.facts.carriers = carriers;
                return;
            }
            (effect, Answer::Receipt(Receipt { command, undo_until })) => {
                match effect {
                    Effect::Ship(order, _) => drop(self.ship_drafts.remove(&order)),
                    Effect::WritePlatformNote(order, _) => drop(self.note_drafts.remove(&(order, true))),
                    _ => {}
                }
                self.undo = Some(UndoBar { command, until: undo_until });
                return;
            }
            (_, Answer::Pulled(report)) => {
                let key = if report.reset {
                    "sync.rereading"
                } else if report.changed == 0 {
                    "sync.caught_up"
                } else {
                    "sync.changes"
                };
                say!(words, key, n = report.changed)
            }
            (Effect::SetFlag(_, flag), _) => say!(words, flag.map_or("flag.none", flag_key)),
            (Effect::AddNote(order, _), _) => {
                self.note_drafts.remove(&(order, false));
                say!(words, "note.saved_private")
            }
            (Effect::Undo(_), _) => {
                self.undo = None;
                say!(words, "ship.undone")
            }
            (Effect::Withdraw(_), _) => say!(words, "outbox.withdrawn"),
            (Effect::Retry(_) | Effect::RetryAll, _) => say!(words, "outbox.retried"),
            _ => return,
        };
        self.notice = Some(Notice { text: said, tone: Tone::Plain });
    }

    /// Says why, and opens again what was typed: a refused number is mended, not typed anew.
    fn failed(&mut self, effect: Effect, error: &CoreError) {
        // That there is no network is the truth line's to say, in its own tone.
        let tone = if matches!(error, CoreError::Offline(_)) { Tone::Plain } else { Tone::NeedsAction };
        match effect {
            // No carriers before the first sync: the form then asks for none.
            Effect::AskCarriers | Effect::LeaveDetail => return,
            Effect::Ship(order, _) if self.sheet.is_none() => {
                self.sheet = self.ship_drafts.get(&order).cloned().map(|form| Sheet::Ship(Box::new(form)));
            }
            Effect::AddNote(order, text) => drop(self.note_drafts.insert((order, false), Field::of(&text))),
            Effect::WritePlatformNote(order, text) => {
                self.note_drafts.insert((order, true), Field::of(&text));
            }
            _ => {}
        }
        self.notice = Some(Notice { text: self.teller().error(error), tone });
    }

    fn key(&mut self, key: KeyEvent) -> Vec<Effect> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return vec![Effect::Quit];
        }
        self.notice = None;
        if self.sheet.is_some() {
            return self.sheet_key(key);
        }
        match key.code {
            KeyCode::Char(digit @ '1'..='4') => self.go_to_tab(Tab::EVERY[digit as usize - '1' as usize]),
            KeyCode::Tab => self.go_to_tab(Tab::EVERY[(self.tab as usize + 1) % 4]),
            KeyCode::BackTab => self.go_to_tab(Tab::EVERY[(self.tab as usize + 3) % 4]),
            KeyCode::Char('q') => vec![Effect::Quit],
            KeyCode::Char('?') => {
                self.sheet = Some(Sheet::Help);
                Vec::new()
            }
            KeyCode::Char('L') => {
                self.words = crate::words::Words::of(self.words.lang().other());
                Vec::new()
            }
            KeyCode::Char('a') if self.demo => {
                self.facts.airplane = !self.facts.airplane;
                self.facts.link = if self.facts.airplane { Link::Offline } else { Link::Online };
                vec![Effect::SetAirplane(self.facts.airplane)]
            }
            KeyCode::Char('u') => match self.undoable() {
                Some(bar) => vec![Effect::Undo(bar.command.clone())],
                None => Vec::new(),
            },
            KeyCode::Char('o') if !matches!(self.page(), Some(Page::Outbox(_))) => {
                self.push(Page::Outbox(OutboxPage::default()))
            }
            _ => self.page_key(key),
        }
    }

    fn page_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        match (self.page(), self.tab) {
            (Some(Page::Detail(_)), _) => self.detail_key(key),
            (Some(Page::Outbox(_)), _) => self.outbox_key(key),
            (None, Tab::Home) => self.home_key(key),
            (None, Tab::Shop) => self.list_key(key),
            (None, Tab::Messages | Tab::Growth) => Vec::new(),
        }
    }

    /// A tab keeps its place; its active key goes back to the tab's own screen.
    fn go_to_tab(&mut self, tab: Tab) -> Vec<Effect> {
        if self.tab == tab {
            self.stack_mut().clear();
        }
        self.tab = tab;
        self.watch_top()
    }

    /// Only what is on top is watched.
    fn watch_top(&self) -> Vec<Effect> {
        match self.page() {
            Some(Page::Detail(page)) => vec![Effect::WatchDetail(page.key.clone())],
            _ => vec![Effect::LeaveDetail],
        }
    }

    fn push(&mut self, page: Page) -> Vec<Effect> {
        self.stack_mut().push(page);
        self.watch_top()
    }

    fn pop(&mut self) -> Vec<Effect> {
        self.stack_mut().pop();
        self.watch_top()
    }

    fn open_detail(&mut self, key: OrderKey, ship: bool) -> Vec<Effect> {
        self.push(Page::Detail(DetailPage { key, detail: None, scroll: 0, ship_when_here: ship }))
    }

    fn home_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let items = self.home_items();
        match key.code {
            KeyCode::Down | KeyCode::Right | KeyCode::Char('j') => {
                self.home_cursor = (self.home_cursor + 1).min(items.len().saturating_sub(1));
            }
            KeyCode::Up | KeyCode::Left | KeyCode::Char('k') => self.home_cursor = self.home_cursor.saturating_sub(1),
            KeyCode::Char('r') => return vec![Effect::SyncNow],
            KeyCode::Enter => {
                let home = self.facts.home.as_ref();
                return match (items.get(self.home_cursor), home) {
                    (Some(HomeItem::Deadline(at)), Some(home)) => match home.deadlines.get(*at) {
                        Some(deadline) => {
                            let order = deadline.order.clone();
                            self.open_detail(order, false)
                        }
                        None => Vec::new(),
                    },
                    (Some(HomeItem::Counter(at)), Some(home)) => match home.counters.get(*at) {
                        Some(counter) => {
                            let filter = counter.opens.clone();
                            self.tab = Tab::Shop;
                            self.stack_mut().clear();
                            self.open_list(filter, None)
                        }
                        None => Vec::new(),
                    },
                    (Some(HomeItem::Outbox), _) => self.push(Page::Outbox(OutboxPage::default())),
                    _ => Vec::new(),
                };
            }
            _ => {}
        }
        Vec::new()
    }

    /// Shows another list from its top, in the order that fits it unless one is asked for.
    fn open_list(&mut self, filter: OrderFilter, sort: Option<OrderSort>) -> Vec<Effect> {
        let urgent = matches!(filter.tab, OrderTab::ToShip | OrderTab::PartShipped)
            || filter.due_before.is_some()
            || filter.hurried;
        let fitting = if urgent { OrderSort::MostUrgent } else { OrderSort::Newest };
        self.orders.filter = filter;
        self.orders.sort = sort.unwrap_or(fitting);
        self.orders.window = Window::top(WINDOW);
        self.orders.list = None;
        self.orders.cursor = 0;
        vec![self.watch_list()]
    }

    fn list_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let sort = self.orders.sort;
        let filter = self.orders.filter.clone();
        match key.code {
            KeyCode::Down | KeyCode::Char('j') => self.move_cursor(1),
            KeyCode::Up | KeyCode::Char('k') => self.move_cursor(-1),
            KeyCode::PageDown => self.move_cursor(8),
            KeyCode::PageUp => self.move_cursor(-8),
            KeyCode::Home | KeyCode::Char('g') => self.open_list(filter, Some(sort)),
            KeyCode::Right | KeyCode::Left => {
                let tabs = OrderTab::EVERY;
                let now = tabs.iter().position(|tab| *tab == filter.tab).unwrap_or(0);
                let step = if key.code == KeyCode::Right { 1 } else { tabs.len() - 1 };
                let tab = tabs[(now + step) % tabs.len()];
                // What narrows a list stays; what a counter opened belongs to its tab.
                self.open_list(OrderFilter { tab, due_before: None, hurried: false, ..filter }, None)
            }
            KeyCode::Char('t') => {
                let other = match sort {
                    OrderSort::Newest => OrderSort::MostUrgent,
                    OrderSort::MostUrgent => OrderSort::Newest,
                };
                self.open_list(filter, Some(other))
            }
            KeyCode::Char('N') => self.open_list(OrderFilter { has_note: !filter.has_note, ..filter }, Some(sort)),
            KeyCode::Char('P') => self.open_list(OrderFilter { pending: !filter.pending, ..filter }, Some(sort)),
            KeyCode::Char('F') => {
                self.sheet = Some(Sheet::FilterFlag { cursor: 0 });
                Vec::new()
            }
            KeyCode::Esc => self.open_list(OrderFilter { tab: filter.tab, ..OrderFilter::default() }, None),
            KeyCode::Char('r') => vec![Effect::SyncNow],
            KeyCode::Enter => match self.selected_row().map(|row| row.key.clone()) {
                Some(order) => self.open_detail(order, false),
                None => Vec::new(),
            },
            KeyCode::Char('s') => match self.selected_row().map(|row| row.key.clone()) {
                Some(order) => self.open_detail(order, true),
                None => Vec::new(),
            },
            KeyCode::Char(letter @ ('f' | 'n' | 'p')) => {
                if let Some(row) = self.selected_row().cloned() {
                    self.open_small_sheet(letter, row.key, row.number, row.flag, row.note, &row.merchant_note);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Moves the cursor; near the window's edge the window follows, by a row of it, never by an offset.
    fn move_cursor(&mut self, by: isize) -> Vec<Effect> {
        let Some(list) = &self.orders.list else { return Vec::new() };
        let last = list.rows.len().saturating_sub(1);
        self.orders.cursor = self.orders.cursor.saturating_add_signed(by).min(last);
        let (cursor, size) = (self.orders.cursor, usize::from(WINDOW));
        let anchor = |at: usize| list.rows.get(at).map(|row| row.anchor.clone());
        let from = if by > 0 && list.after.is_some() && cursor + MARGIN >= list.rows.len() {
            anchor(cursor.saturating_sub(size / 2)).map(From::After)
        } else if by < 0 && list.before.is_some() && cursor < MARGIN {
            anchor((cursor + size / 2).min(last)).map(From::Before)
        } else {
            None
        };
        match from {
            Some(from) => {
                self.orders.window = Window { from, size: WINDOW };
                vec![Effect::MoveList(self.orders.window.clone())]
            }
            None => Vec::new(),
        }
    }

    fn open_small_sheet(
        &mut self,
        letter: char,
        order: OrderKey,
        number: String,
        flag: Option<shopkeeper_core::orders::Flag>,
        note: Option<String>,
        merchant_note: &str,
    ) {
        self.sheet = Some(match letter {
            'f' => {
                let cursor = (0..6).find(|at| flag_choice(*at) == flag).unwrap_or(0);
                Sheet::PickFlag { order, number, cursor }
            }
            letter => {
                let platform = letter == 'p';
                let now = if platform { merchant_note.to_owned() } else { note.unwrap_or_default() };
                let draft = self.note_drafts.get(&(order.clone(), platform)).cloned();
                let field = draft.unwrap_or_else(|| Field::of(&now));
                Sheet::Note { order, number, platform, field }
            }
        });
    }

    fn detail_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(Page::Detail(page)) = self.page().cloned() else { return Vec::new() };
        match key.code {
            KeyCode::Esc | KeyCode::Backspace => return self.pop(),
            KeyCode::Down | KeyCode::Char('j') => self.scroll_detail(1),
            KeyCode::Up | KeyCode::Char('k') => self.scroll_detail(-1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll_detail(10),
            KeyCode::PageUp => self.scroll_detail(-10),
            KeyCode::Home => self.scroll_detail(isize::MIN),
            KeyCode::End => self.scroll_detail(isize::MAX),
            KeyCode::Char('r') => return vec![Effect::SyncNow],
            KeyCode::Char('s') => match page.detail {
                Some(detail) => {
                    let carriers = self.facts.carriers.clone();
                    self.open_ship(&detail, carriers);
                }
                None => {
                    if let Some(Page::Detail(page)) = self.stack_mut().last_mut() {
                        page.ship_when_here = true;
                    }
                }
            },
            KeyCode::Char('w') => {
                if let Some(detail) = &page.detail {
                    self.explain_detail(detail);
                }
            }
            KeyCode::Char(letter @ ('f' | 'n' | 'p')) => {
                if let Some(detail) = page.detail {
                    let row = detail.row;
                    self.open_small_sheet(letter, row.key, row.number, row.flag, row.note, &row.merchant_note);
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn scroll_detail(&mut self, by: isize) {
        let most = view::detail_scroll_limit(self);
        if let Some(Page::Detail(page)) = self.stack_mut().last_mut() {
            page.scroll = page.scroll.saturating_add_signed(by).min(most);
        }
    }

    fn open_ship(&mut self, detail: &OrderDetail, carriers: Vec<shopkeeper_protocol::Carrier>) {
        if detail.cannot_ship.is_some() {
            self.explain_detail(detail);
            return;
        }
        let mut form = ShipForm::new(detail, carriers);
        if let Some(draft) = self.ship_drafts.get(&detail.row.key) {
            if draft.lines == form.lines {
                form.parcels.clone_from(&draft.parcels);
                form.understood = draft.understood || form.understood;
            } else if let (Some(first), Some(typed)) = (form.parcels.first_mut(), draft.parcels.first()) {
                // The order changed meanwhile: what was chosen no longer fits, but nobody has to type the number again.
                first.waybill = typed.waybill.clone();
            }
        }
        self.sheet = Some(Sheet::Ship(Box::new(form)));
    }

    fn explain_detail(&mut self, detail: &OrderDetail) {
        let teller = self.teller();
        let mut lines = Vec::new();
        if let Some(reason) = &detail.cannot_ship {
            lines.push(teller.reason(reason, None));
        }
        for parcel in &detail.parcels {
            if let ParcelStanding::NeedsAction { reason, .. } = &parcel.standing {
                let why = teller.reason(reason, None);
                lines.push(say!(self.words, "outbox.needs_action", reason = why));
                lines.push(say!(self.words, "outbox.kept"));
            }
        }
        if lines.is_empty() {
            lines.push(say!(self.words, "ship.honest"));
        }
        self.sheet = Some(Sheet::Why(Why { title: say!(self.words, "order.why"), lines }));
    }

    fn outbox_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let last = self.facts.outbox.as_ref().map_or(0, |outbox| outbox.items.len().saturating_sub(1));
        let item = self.selected_item().cloned();
        let by = |app: &mut Self, step: isize| {
            if let Some(Page::Outbox(page)) = app.stack_mut().last_mut() {
                page.cursor = page.cursor.saturating_add_signed(step).min(last);
            }
        };
        match (key.code, item) {
            (KeyCode::Esc | KeyCode::Backspace, _) => return self.pop(),
            (KeyCode::Down | KeyCode::Char('j'), _) => by(self, 1),
            (KeyCode::Up | KeyCode::Char('k'), _) => by(self, -1),
            (KeyCode::Char('R'), _) => return vec![Effect::RetryAll],
            (KeyCode::Char('r'), Some(item)) => {
                return match item.state {
                    ItemState::NeedsAction { .. } | ItemState::Unknown { .. } => vec![Effect::Retry(item.id)],
                    // It goes by itself; asking the relay now is the same wish.
                    _ => vec![Effect::SyncNow],
                };
            }
            (KeyCode::Char('x'), Some(item)) => {
                return match item.state {
                    ItemState::Undoable { .. } => vec![Effect::Undo(item.id)],
                    _ => vec![Effect::Withdraw(item.id)],
                };
            }
            (KeyCode::Char('w'), Some(item)) => self.explain_item(&item),
            (KeyCode::Enter, Some(item)) => return self.open_detail(item.order, false),
            _ => {}
        }
        Vec::new()
    }

    fn explain_item(&mut self, item: &OutboxItem) {
        let teller = self.teller();
        let words = self.words;
        let title = format!("{} {}", teller.work(&item.work), teller.number(&item.number));
        let mut lines = match &item.state {
            ItemState::NeedsAction { reason, platform_code } => vec![
                say!(words, "outbox.needs_action", reason = teller.reason(reason, *platform_code)),
                say!(words, "outbox.kept"),
            ],
            ItemState::Unknown { reason } => {
                vec![say!(words, "outbox.unknown", reason = teller.reason(reason, None)), say!(words, "outbox.kept")]
            }
            ItemState::Held { reason } => {
                vec![say!(words, "outbox.queued.held", reason = teller.reason(reason, None))]
            }
            ItemState::Checking => vec![say!(words, "outbox.queued.checking"), say!(words, "outbox.never_twice")],
            ItemState::Undoable { .. } | ItemState::Waiting | ItemState::Sending => {
                vec![say!(words, "outbox.queued.waiting"), say!(words, "ship.honest")]
            }
        };
        if item.attempts > 0 {
            lines.push(say!(words, "outbox.attempts", n = item.attempts));
        }
        self.sheet = Some(Sheet::Why(Why { title, lines }));
    }

    fn sheet_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let Some(sheet) = self.sheet.take() else { return Vec::new() };
        match sheet {
            Sheet::Help | Sheet::Why(_) => Vec::new(),
            Sheet::PickFlag { order, number, cursor } => match choose(key.code, cursor, 7) {
                Choice::Moved(cursor) => {
                    self.sheet = Some(Sheet::PickFlag { order, number, cursor });
                    Vec::new()
                }
                Choice::Taken(at) => vec![Effect::SetFlag(order, flag_choice(at))],
                Choice::Closed => Vec::new(),
            },
            Sheet::FilterFlag { cursor } => match choose(key.code, cursor, 8) {
                Choice::Moved(cursor) => {
                    self.sheet = Some(Sheet::FilterFlag { cursor });
                    Vec::new()
                }
                Choice::Taken(at) => {
                    let filter = OrderFilter { flag: flag_filter_choice(at), ..self.orders.filter.clone() };
                    self.open_list(filter, Some(self.orders.sort))
                }
                Choice::Closed => Vec::new(),
            },
            Sheet::Note { order, number, platform, mut field } => match key.code {
                KeyCode::Esc => {
                    self.note_drafts.insert((order, platform), field);
                    Vec::new()
                }
                KeyCode::Enter => {
                    self.note_drafts.remove(&(order.clone(), platform));
                    let text = field.text().trim().to_owned();
                    vec![if platform { Effect::WritePlatformNote(order, text) } else { Effect::AddNote(order, text) }]
                }
                _ => {
                    field.key(key);
                    self.sheet = Some(Sheet::Note { order, number, platform, field });
                    Vec::new()
                }
            },
            Sheet::Ship(mut form) => {
                if key.code == KeyCode::Esc {
                    self.ship_drafts.insert(form.key.clone(), *form);
                    return Vec::new();
                }
                match form.key(key) {
                    Step::Stay => {
                        self.sheet = Some(Sheet::Ship(form));
                        Vec::new()
                    }
                    Step::Save(draft) => {
                        let order = form.key.clone();
                        // Kept until the core took it: a refused number is still there to be mended.
                        self.ship_drafts.insert(order.clone(), *form);
                        vec![Effect::Ship(order, draft)]
                    }
                }
            }
        }
    }
}

/// What a key does in a list of choices.
enum Choice {
    Moved(usize),
    Taken(usize),
    Closed,
}

/// Digits choose from 1, `0` the last one (none).
fn choose(code: KeyCode, cursor: usize, count: usize) -> Choice {
    match code {
        KeyCode::Down | KeyCode::Right | KeyCode::Char('j') => Choice::Moved((cursor + 1) % count),
        KeyCode::Up | KeyCode::Left | KeyCode::Char('k') => Choice::Moved((cursor + count - 1) % count),
        KeyCode::Enter => Choice::Taken(cursor),
        KeyCode::Char('0') => Choice::Taken(count - 1),
        KeyCode::Char(digit @ '1'..='9') => {
            let at = digit as usize - '1' as usize;
            if at < count { Choice::Taken(at) } else { Choice::Moved(cursor) }
        }
        KeyCode::Esc => Choice::Closed,
        _ => Choice::Moved(cursor),
    }
}
