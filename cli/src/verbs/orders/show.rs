//! `orders show`: an order in full. Lines are numbered as `orders ship --lines` counts them.

use serde::Serialize;
use shopkeeper_core::orders::{LineDetail, OrderDetail};

use super::list::{known, standing};
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
        page.receiver(self.order);
        page.notes(self.order);
        page.money(self.order);
        page.timeline(self.order);
        page.lines.extend(known(self.order.state, teller));
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
        if let Some(standing) = standing(row, teller) {
            self.line(&standing);
        }
        if let Some(wish) = &detail.address_request {
            let asked = say!(words, "timeline.address_request");
            let at = teller.time(wish.asked_at);
            self.line(&format!("{asked} {at} → {}{}{}", wish.province, wish.city, wish.county));
        }
        if let Some(reason) = &detail.cannot_ship {
            self.line(&format!("{}: {}", say!(words, "order.why"), teller.reason(reason, None)));
        }
    }

    fn goods(&mut self, detail: &OrderDetail) {
        self.title("order.lines");
        for (at, line) in detail.lines.iter().enumerate() {
            let words = self.teller.words;
            let quantity = say!(words, "order.line.quantity", n = line.quantity);
            let name = format!("{} {}", line.title, line.sku_text);
            self.line(&format!("{}. {} {quantity}  {}", at + 1, name.trim(), line.unit_price));
            let states = states(line, self.teller);
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
            self.line(&format!("{}  {}", self.teller.time(entry.at), self.teller.happened(entry)));
        }
    }
}

/// How many pieces of a line are where.
fn states(line: &LineDetail, teller: &Teller) -> Vec<String> {
    [
        (line.remaining, "order.line.to_ship"),
        (line.saved, "order.line.saved"),
        (line.shipped, "order.line.shipped"),
        (line.after_sale_open, "order.line.aftersale"),
        (line.after_sale_done, "order.line.aftersale_done"),
    ]
    .into_iter()
    .filter(|(n, _)| *n > 0)
    .map(|(n, key)| say!(teller.words, key, n = n))
    .collect()
}
