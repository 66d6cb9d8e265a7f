//! `orders show`: an order in full. Lines are numbered as `orders ship --lines` counts them.

use serde::Serialize;
use shopkeeper_core::orders::{OrderAction, OrderDetail};

use crate::phrase::{Teller, Urgency, flag_key, grouped};
use crate::say;
use crate::tui::measure::tame;
use crate::verbs::speaker::Answer;

/// `{"order":{…}}`: the core's detail.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    pub(super) order: &'a OrderDetail,
}

impl Answer for Shown<'_> {
    fn lines(&self, teller: &Teller) -> Vec<String> {
        let mut page = Page { teller, lines: Vec::new() };
        page.head(self.order);
        page.goods(self.order);
        page.parcels(self.order);
        page.after_sales(self.order);
        page.receiver(self.order);
        page.buyer(self.order);
        page.notes(self.order);
        page.money(self.order);
        page.timeline(self.order);
        page.more(self.order);
        page.lines.extend(teller.states(self.order.state));
        page.lines
    }
}

struct Page<'a> {
    teller: &'a Teller,
    lines: Vec<String>,
}

impl Page<'_> {
    fn title(&mut self, key: &str) {
        let title = say!(self.teller.words, key);
        self.lines.push(title);
    }

    fn line(&mut self, text: &str) {
        self.lines.push(format!("  {}", tame(text)));
    }

    fn head(&mut self, detail: &OrderDetail) {
        let (teller, words, row) = (self.teller, self.teller.words, &detail.row);
        let mut head = vec![row.number.clone(), teller.phase(row.phase, row.status)];
        head.extend(row.flag.map(|flag| say!(words, flag_key(flag))));
        self.lines.push(head.join("  "));
        if let Some(due) = row.ship_by.filter(|_| detail.lines.iter().any(|line| line.remaining + line.saved > 0)) {
            let (urgency, left) = teller.countdown(due.at);
            // A far one is an absolute time in both.
            let left = if urgency == Urgency::Later { String::new() } else { left };
            self.line(&format!("{}  {left}", teller.ship_by(due)));
        }
        if let Some(standing) = teller.standing(row) {
            self.line(&standing);
        }
        if let Some(wish) = &detail.address_request {
            let asked = say!(words, "timeline.address_request");
            let at = teller.time(wish.asked_at);
            self.line(&format!("{asked} {at} → {}{}{}", wish.province, wish.city, wish.county));
        }
        // Undo and its like are of queued work, and `outbox` tells of that.
        let cannot_ship: Vec<_> =
            detail.impossible.iter().filter(|it| it.action == OrderAction::Ship).cloned().collect();
        for why in teller.impossible(&cannot_ship) {
            self.line(&format!("{}: {why}", say!(words, "order.why")));
        }
    }

    fn goods(&mut self, detail: &OrderDetail) {
        self.title("order.lines");
        for (at, line) in detail.lines.iter().enumerate() {
            let words = self.teller.words;
            let quantity = say!(words, "order.line.quantity", n = line.quantity);
            let name = format!("{} {}", line.title, line.sku_text);
            self.line(&format!("{}. {} {quantity}  {}", at + 1, name.trim(), line.unit_price));
            let states: Vec<String> = self.teller.line_states(line).into_iter().map(|(_, text)| text).collect();
            if !states.is_empty() {
                self.line(&format!("   {}", states.join(" · ")));
            }
        }
    }

    fn parcels(&mut self, detail: &OrderDetail) {
        let words = self.teller.words;
        for (at, parcel) in detail.parcels.iter().enumerate() {
            let carrier = if parcel.carrier_name.is_empty() { &parcel.carrier } else { &parcel.carrier_name };
            let waybill = grouped(&tame(&parcel.waybill));
            let title = say!(words, "order.parcel", n = at + 1, carrier = tame(carrier), waybill = waybill);
            self.lines.push(title);
            self.line(&self.teller.parcel(&parcel.standing));
            for piece in &parcel.items {
                let quantity = say!(words, "order.line.quantity", n = piece.quantity);
                self.line(&format!("{} {} {quantity}", piece.title, piece.sku_text));
            }
        }
    }

    fn receiver(&mut self, detail: &OrderDetail) {
        self.title("order.receiver");
        let row = &detail.row;
        let place = format!("{}{}{} {}", row.province, row.city, detail.county, detail.street);
        if place.trim().is_empty() && row.buyer.is_empty() {
            self.line(&say!(self.teller.words, "order.receiver.none"));
        } else {
            self.line(&format!("{}  {}", row.buyer, detail.phone));
            self.line(place.trim());
        }
    }

    fn after_sales(&mut self, detail: &OrderDetail) {
        for after_sale in &detail.after_sales {
            let name = say!(self.teller.words, "aftersale.name", id = tame(&after_sale.id));
            self.lines.push(format!("{name}  {}", self.teller.after_sale(after_sale.standing)));
        }
    }

    fn buyer(&mut self, detail: &OrderDetail) {
        let Some(card) = &detail.buyer else { return };
        let (teller, words) = (self.teller, self.teller.words);
        self.title("buyer.title");
        self.line(&teller.nth_order(card));
        if let Some(note) = &card.last_note {
            let key = if note.private { "order.note.private" } else { "order.note.platform" };
            let on = say!(words, "buyer.noted_on", order = teller.order_link(&note.of));
            self.line(&format!("{}  {on}", say!(words, key, text = note.text)));
        }
        if let Some(link) = &card.last_after_sale {
            self.line(&say!(words, "buyer.after_sale", order = teller.order_link(link)));
        }
    }

    fn more(&mut self, detail: &OrderDetail) {
        if !detail.more.is_empty() {
            self.title("order.more");
            self.line(&detail.more);
        }
    }

    fn notes(&mut self, detail: &OrderDetail) {
        let (teller, words, row) = (self.teller, self.teller.words, &detail.row);
        if row.buyer_note.is_empty() && row.merchant_note.is_empty() && detail.notes.is_empty() {
            return;
        }
        self.title("order.notes");
        if !row.buyer_note.is_empty() {
            self.line(&say!(words, "order.note.buyer", text = row.buyer_note));
        }
        if !row.merchant_note.is_empty() {
            self.line(&say!(words, "order.note.platform", text = row.merchant_note));
        }
        for note in &detail.notes {
            let text = if note.text.is_empty() { say!(words, "order.note.deleted") } else { note.text.clone() };
            let by = say!(words, "order.note.version", time = teller.time(note.at), device = note.device);
            self.line(&format!("{}  {by}", say!(words, "order.note.private", text = text)));
        }
    }

    fn money(&mut self, detail: &OrderDetail) {
        let (words, money) = (self.teller.words, &detail.money);
        self.title("order.money");
        self.line(&say!(words, "order.money.goods", amount = money.goods));
        self.line(&say!(words, "order.money.freight", amount = money.freight));
        for (kind, amount) in &money.discounts {
            self.line(&format!("{} −{amount}", self.teller.discount(kind)));
        }
        self.line(&say!(words, "order.money.paid", amount = money.payable));
        self.line(&say!(words, "order.money.receive", amount = money.receives));
    }

    fn timeline(&mut self, detail: &OrderDetail) {
        self.title("order.timeline");
        for entry in &detail.timeline {
            let late = self.teller.late(entry).map(|late| format!("  ({late})")).unwrap_or_default();
            self.line(&format!("{}  {}{late}", self.teller.time(entry.at), self.teller.happened(entry)));
        }
    }
}
