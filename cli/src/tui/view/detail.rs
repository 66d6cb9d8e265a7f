//! An order in full: first what has to be done by when, then what to pack, where to, what was written, the money, and what happened.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use shopkeeper_core::orders::{AfterSaleStanding, LineDetail, OrderDetail, ParcelDetail, ParcelStanding, Phase};

use super::list::gap;
use super::row::shipping;
use crate::phrase::{Shade, Urgency, flag_key, goods_name, grouped};
use crate::say;
use crate::tui::app::{App, DetailPage};
use crate::tui::measure::{Part, fit, flow, part, spread, tame, wrap};
use crate::tui::theme::Theme;

pub(super) fn draw(app: &App, page: &DetailPage, theme: &Theme, frame: &mut Frame<'_>, area: Rect) {
    let Some(detail) = &page.detail else { return };
    let lines = lines(app, detail, theme, usize::from(area.width));
    let most = lines.len().saturating_sub(usize::from(area.height));
    let shown: Vec<Line<'static>> =
        lines.into_iter().skip(page.scroll.min(most)).take(usize::from(area.height)).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

/// The whole page, as long as it is.
pub(super) fn lines(app: &App, detail: &OrderDetail, theme: &Theme, room: usize) -> Vec<Line<'static>> {
    let mut page = Page { app, theme, room, lines: Vec::new() };
    page.head(detail);
    page.goods(detail);
    page.parcels(detail);
    page.after_sales(detail);
    page.receiver(detail);
    page.buyer(detail);
    page.notes(detail);
    page.money(detail);
    page.timeline(detail);
    page.more(detail);
    page.lines
}

struct Page<'a> {
    app: &'a App,
    theme: &'a Theme,
    room: usize,
    lines: Vec<Line<'static>>,
}

impl Page<'_> {
    fn heading(&mut self, text: String, right: Vec<Part>) {
        self.lines.push(gap());
        self.lines.push(spread(vec![part(text, self.theme.strong(), 9)], right, "  ", self.room));
    }

    fn text(&mut self, text: &str, style: ratatui::style::Style) {
        let room = self.room.saturating_sub(2);
        self.lines.extend(wrap(&tame(text), room).into_iter().map(|row| Line::styled(format!("  {row}"), style)));
    }

    fn row(&mut self, left: Vec<Part>, right: Vec<Part>) {
        let mut line = spread(left, right, "  ", self.room.saturating_sub(2));
        line.spans.insert(0, Span::raw("  "));
        self.lines.push(line);
    }

    fn head(&mut self, detail: &OrderDetail) {
        let (app, theme, words) = (self.app, self.theme, self.app.words);
        let teller = app.teller();
        let row = &detail.row;
        let mut left = vec![part(teller.phase(row.phase, row.status), theme.strong(), 9)];
        if let Some(flag) = row.flag {
            left.push(part(format!("⚑ {}", say!(words, flag_key(flag))), theme.flag(flag), 9));
        }
        let number = format!("{} {}", say!(words, "order.number"), row.number);
        self.lines.extend(flow(left.into_iter().chain([part(number, theme.second(), 9)]).collect(), self.room));
        let open = matches!(row.phase, Phase::ToShip | Phase::PartShipped);
        if let (true, Some(due)) = (open, row.ship_by) {
            let (urgency, left) = teller.countdown(due.at);
            let mut parts = vec![part(teller.ship_by(due), theme.ink(), 9)];
            // A far one is said by its instant, and that stands in the sentence already.
            if urgency != Urgency::Later {
                parts.insert(0, part(left, theme.urgency(urgency), 9));
            }
            self.lines.extend(flow(parts, self.room));
        }
        if let Some(part) = shipping(app, row, theme) {
            self.lines.extend(flow(vec![part], self.room));
        }
        if let Some(wish) = &detail.address_request {
            let to = tame(&format!("{}{}{}", wish.province, wish.city, wish.county));
            let asked = format!("{} {} → {to}", teller.time(wish.asked_at), say!(words, "timeline.address_request"));
            self.lines.extend(wrap(&asked, self.room).into_iter().map(|row| Line::styled(row, theme.amber())));
        }
        if let Some(reason) = detail.cannot_ship.as_ref().filter(|_| open) {
            let why = format!("{}：{}", say!(words, "order.why"), teller.reason(reason, None));
            self.lines.extend(wrap(&why, self.room).into_iter().map(|row| Line::styled(row, theme.second())));
        }
    }

    fn goods(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        let pieces = detail.lines.iter().fold(0u32, |sum, line| sum.saturating_add(line.quantity));
        let count = part(say!(words, "order.line.quantity", n = pieces), self.theme.quiet(), 9);
        self.heading(say!(words, "order.lines"), vec![count]);
        for line in &detail.lines {
            let name = goods_name(&line.title, &line.sku_text);
            let amount = format!("{} {}", line.unit_price, say!(words, "order.line.quantity", n = line.quantity));
            self.row(vec![part(name, self.theme.ink(), 9)], vec![part(amount, self.theme.second(), 9)]);
            let states = line_states(self.app, line, self.theme);
            for mut state in flow(states, self.room.saturating_sub(4)) {
                state.spans.insert(0, Span::raw("    "));
                self.lines.push(state);
            }
        }
    }

    fn parcels(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        for (at, parcel) in detail.parcels.iter().enumerate() {
            let carrier = if parcel.carrier_name.is_empty() { &parcel.carrier } else { &parcel.carrier_name };
            let waybill = grouped(&tame(&parcel.waybill));
            let title = say!(words, "order.parcel", n = at + 1, carrier = tame(carrier), waybill = waybill);
            self.heading(title, Vec::new());
            let (text, style) = standing(self.app, parcel, self.theme);
            self.text(&text, style);
            for piece in &parcel.items {
                let name = goods_name(&piece.title, &piece.sku_text);
                let n = say!(words, "order.line.quantity", n = piece.quantity);
                self.row(vec![part(name, self.theme.second(), 9)], vec![part(n, self.theme.second(), 9)]);
            }
        }
    }

    fn receiver(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        self.heading(say!(words, "order.receiver"), Vec::new());
        let row = &detail.row;
        let place = format!("{}{}{} {}", row.province, row.city, detail.county, detail.street);
        if place.trim().is_empty() && row.buyer.is_empty() {
            self.text(&say!(words, "order.receiver.none"), self.theme.quiet());
            return;
        }
        self.text(&format!("{}  {}", row.buyer, detail.phone), self.theme.ink());
        self.text(place.trim(), self.theme.ink());
    }

    fn after_sales(&mut self, detail: &OrderDetail) {
        if detail.after_sales.is_empty() {
            return;
        }
        let words = self.app.words;
        self.heading(say!(words, "aftersale.title"), Vec::new());
        for after_sale in &detail.after_sales {
            let style = match after_sale.standing {
                AfterSaleStanding::Open => self.theme.amber(),
                AfterSaleStanding::OneOfSeveral => self.theme.ink(),
                AfterSaleStanding::Ended => self.theme.quiet(),
            };
            let name = say!(words, "aftersale.name", id = tame(&after_sale.id));
            let standing = part(self.app.teller().after_sale(after_sale.standing), style, 9);
            self.row(vec![part(name, self.theme.ink(), 9)], vec![standing]);
        }
    }

    /// 买家一眼: which order of theirs it is, what was noted last, and the way to those orders.
    fn buyer(&mut self, detail: &OrderDetail) {
        let Some(card) = &detail.buyer else { return };
        let (words, teller) = (self.app.words, self.app.teller());
        self.heading(say!(words, "buyer.title"), Vec::new());
        let region = tame(&format!("{}{}", detail.row.province, detail.row.city));
        self.row(vec![part(teller.nth_order(card), self.theme.ink(), 9)], vec![part(region, self.theme.quiet(), 5)]);
        if let Some(note) = &card.last_note {
            let key = if note.private { "order.note.private" } else { "order.note.platform" };
            self.text(&say!(words, key, text = note.text), self.theme.second());
            let link = say!(words, "buyer.noted_on", order = teller.order_link(&note.of));
            self.row(
                vec![part(link, self.theme.quiet(), 9)],
                vec![part(say!(words, "buyer.go_note"), self.theme.indigo(), 9)],
            );
        }
        if let Some(link) = &card.last_after_sale {
            let text = say!(words, "buyer.after_sale", order = teller.order_link(link));
            self.row(
                vec![part(text, self.theme.second(), 9)],
                vec![part(say!(words, "buyer.go_after_sale"), self.theme.indigo(), 9)],
            );
        }
    }

    fn notes(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        let teller = self.app.teller();
        let row = &detail.row;
        let versions = say!(words, "order.note.versions", n = detail.notes.len());
        let right = if detail.notes.is_empty() { Vec::new() } else { vec![part(versions, self.theme.quiet(), 9)] };
        self.heading(say!(words, "order.notes"), right);
        if row.buyer_note.is_empty() && row.merchant_note.is_empty() && detail.notes.is_empty() {
            self.text(&say!(words, "order.note.none"), self.theme.quiet());
        }
        if !row.buyer_note.is_empty() {
            self.text(&say!(words, "order.note.buyer", text = row.buyer_note), self.theme.ink());
        }
        if !row.merchant_note.is_empty() {
            self.text(&say!(words, "order.note.platform", text = row.merchant_note), self.theme.ink());
        }
        for (at, note) in detail.notes.iter().enumerate() {
            let style = if at == 0 { self.theme.ink() } else { self.theme.quiet() };
            let text = if note.text.is_empty() { say!(words, "order.note.deleted") } else { note.text.clone() };
            self.text(&say!(words, "order.note.private", text = text), style);
            let by = say!(words, "order.note.version", time = teller.time(note.at), device = tame(&note.device));
            self.text(&by, self.theme.quiet());
        }
    }

    /// Goods, freight and each discount; below them what they sum to.
    fn money(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        let money = &detail.money;
        self.heading(say!(words, "order.money"), Vec::new());
        let mut rows = vec![
            say!(words, "order.money.goods", amount = money.goods),
            say!(words, "order.money.freight", amount = money.freight),
        ];
        for (kind, amount) in &money.discounts {
            rows.push(format!("{} −{amount}", self.app.teller().discount(kind)));
        }
        for row in rows {
            self.text(&row, self.theme.second());
        }
        self.text(&say!(words, "order.money.paid", amount = money.payable), self.theme.strong());
        self.text(&say!(words, "order.money.receive", amount = money.receives), self.theme.second());
    }

    fn timeline(&mut self, detail: &OrderDetail) {
        let words = self.app.words;
        let scene = part(self.app.teller().scene(detail.scene), self.theme.quiet(), 9);
        self.heading(say!(words, "order.timeline"), vec![scene]);
        for entry in &detail.timeline {
            let mark = if entry.local { "▨" } else { "●" };
            let text = format!("{mark} {}", fit(&tame(&self.app.teller().happened(entry)), 200));
            let when = part(self.app.teller().time(entry.at), self.theme.quiet(), 9);
            let style = if entry.local { self.theme.indigo() } else { self.theme.ink() };
            let late = self.app.teller().late(entry).map(|late| part(late, self.theme.amber(), 9));
            self.row(vec![part(text, style, 9)], late.into_iter().chain([when]).collect());
        }
    }

    /// What the source said and nobody here understands: kept raw, and never in the way.
    fn more(&mut self, detail: &OrderDetail) {
        if !detail.more.is_empty() {
            self.heading(say!(self.app.words, "order.more"), Vec::new());
            self.text(&detail.more, self.theme.quiet());
        }
    }
}

fn line_states(app: &App, line: &LineDetail, theme: &Theme) -> Vec<Part> {
    let style = |shade| match shade {
        Shade::Plain => theme.ink(),
        Shade::Ours => theme.indigo(),
        Shade::Warn => theme.amber(),
        Shade::Quiet => theme.quiet(),
    };
    app.teller().line_states(line).into_iter().map(|(shade, text)| part(text, style(shade), 9)).collect()
}

fn standing(app: &App, parcel: &ParcelDetail, theme: &Theme) -> (String, ratatui::style::Style) {
    let (mark, style) = match &parcel.standing {
        ParcelStanding::Saved { .. } => ("▨", theme.indigo()),
        ParcelStanding::Checking { .. } => ("◇?", theme.indigo()),
        ParcelStanding::NeedsAction { .. } => ("◆!", theme.verm()),
        ParcelStanding::Recorded { .. } => ("●", theme.second()),
    };
    (format!("{mark} {}", app.teller().parcel(&parcel.standing)), style)
}
