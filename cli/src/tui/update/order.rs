//! One order: its page, and the sheets that are opened on it from here and from the list.

use crossterm::event::{KeyCode, KeyEvent};
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{BuyerCard, Flag, OrderDetail, ParcelStanding};
use shopkeeper_protocol::Carrier;

use crate::say;
use crate::tui::app::{App, Notice, Page, Sheet, Tone, Why, flag_choice};
use crate::tui::event::Effect;
use crate::tui::field::Field;
use crate::tui::ship_form::ShipForm;
use crate::tui::view;

impl App {
    pub(super) fn take_detail(&mut self, detail: Box<OrderDetail>) {
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

    pub(super) fn detail_key(&mut self, key: KeyEvent) -> Vec<Effect> {
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
            KeyCode::Char(letter @ ('b' | 'B')) => {
                let card = page.detail.and_then(|detail| detail.buyer);
                return self.open_other_order(card, letter == 'B');
            }
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

    /// Another order of the same buyer, as the card names it: the one that was noted on, or the one with an after-sale.
    fn open_other_order(&mut self, card: Option<BuyerCard>, after_sale: bool) -> Vec<Effect> {
        let link =
            card.and_then(|card| if after_sale { card.last_after_sale } else { card.last_note.map(|note| note.of) });
        match link {
            Some(link) => self.open_detail(link.order, false),
            None => {
                let text = say!(self.words, "buyer.no_link");
                self.notice = Some(Notice { text, tone: Tone::Plain });
                Vec::new()
            }
        }
    }

    pub(super) fn scroll_detail(&mut self, by: isize) {
        let most = view::detail_scroll_limit(self);
        if let Some(Page::Detail(page)) = self.stack_mut().last_mut() {
            page.scroll = page.scroll.saturating_add_signed(by).min(most);
        }
    }

    pub(super) fn open_ship(&mut self, detail: &OrderDetail, carriers: Vec<Carrier>) {
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

    pub(super) fn explain_detail(&mut self, detail: &OrderDetail) {
        let teller = self.teller();
        let mut lines = Vec::new();
        lines.extend(teller.impossible(&detail.impossible));
        for parcel in &detail.parcels {
            if let ParcelStanding::NeedsAction { reason, .. } = &parcel.standing {
                let why = teller.reason(reason, None);
                lines.push(say!(self.words, "outbox.needs_action", reason = why));
                lines.push(say!(self.words, "outbox.kept"));
            }
        }
        if lines.is_empty() {
            lines.push(say!(self.words, "why.all_possible"));
        }
        self.sheet = Some(Sheet::Why(Why { title: say!(self.words, "order.why"), lines }));
    }

    pub(super) fn open_small_sheet(
        &mut self,
        letter: char,
        order: OrderKey,
        number: String,
        flag: Option<Flag>,
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
}
