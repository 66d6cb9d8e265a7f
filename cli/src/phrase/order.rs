//! What stands on an order's page and needs more than one word: where the pieces of a line are, who the buyer is, what cannot be done.

use shopkeeper_core::orders::{
    AfterSaleStanding, BuyerCard, Impossible, LineDetail, LineState, OrderAction, OrderLink,
};

use super::Teller;
use crate::say;

/// How a state of a line is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    /// To be done.
    Plain,
    /// Only on this phone so far.
    Ours,
    /// Somebody has to look.
    Warn,
    /// Over, or somebody else's turn.
    Quiet,
}

impl Teller {
    /// Where the pieces of a line are; where the state of the order decides for all of them, that instead.
    #[must_use]
    pub fn line_states(&self, line: &LineDetail) -> Vec<(Shade, String)> {
        let words = self.words;
        let whole = match line.state {
            LineState::Unknown => Some((Shade::Warn, "order.line.state.unknown")),
            LineState::Waiting => Some((Shade::Quiet, "order.line.state.waiting")),
            LineState::Closed => Some((Shade::Quiet, "order.line.state.closed")),
            LineState::Held
            | LineState::ToShip
            | LineState::PartShipped
            | LineState::Saved
            | LineState::Shipped
            | LineState::Refunded => None,
        };
        let mut states: Vec<_> = whole.into_iter().map(|(shade, key)| (shade, say!(words, key))).collect();
        // What was held or refunded before it left is in the after-sales as well; each piece is told of once.
        let open = line.after_sale_open.saturating_sub(line.held);
        let done = line.after_sale_done.saturating_sub(line.refunded);
        let to_ship = if whole.is_some() { 0 } else { line.remaining };
        for (shade, n, key) in [
            (Shade::Warn, line.held, "order.line.held"),
            (Shade::Plain, to_ship, "order.line.to_ship"),
            (Shade::Ours, line.saved, "order.line.saved"),
            (Shade::Quiet, line.shipped, "order.line.shipped"),
            (Shade::Quiet, line.refunded, "order.line.refunded"),
            (Shade::Warn, open, "order.line.aftersale"),
            (Shade::Quiet, done, "order.line.aftersale_done"),
        ] {
            if n > 0 {
                states.push((shade, say!(words, key, n = n)));
            }
        }
        states
    }

    /// `第 3 单`, and how many of theirs are here.
    #[must_use]
    pub fn nth_order(&self, card: &BuyerCard) -> String {
        let key = match (card.exact, card.nth) {
            (true, 1) => "buyer.first",
            (true, _) => "buyer.nth",
            (false, _) => "buyer.at_least_nth",
        };
        say!(self.words, key, n = card.nth, paid = card.paid)
    }

    /// `#…4821（9/1 13:05）`
    #[must_use]
    pub fn order_link(&self, link: &OrderLink) -> String {
        format!("{}{}", self.number(&link.number), super::bracketed(self.words, &self.time(link.created_at)))
    }

    /// Whether an after-sale is over, as far as the order tells.
    #[must_use]
    pub fn after_sale(&self, standing: AfterSaleStanding) -> String {
        let key = match standing {
            AfterSaleStanding::Open => "aftersale.open",
            AfterSaleStanding::Ended => "aftersale.ended",
            AfterSaleStanding::OneOfSeveral => "aftersale.one_of_several",
        };
        say!(self.words, key)
    }

    /// 为什么: a sentence for each reason, with all that it stands in the way of.
    #[must_use]
    pub fn impossible(&self, impossible: &[Impossible]) -> Vec<String> {
        let words = self.words;
        let name = |action| match action {
            OrderAction::Ship => say!(words, "ship.action"),
            OrderAction::Undo => say!(words, "outbox.action.undo"),
            OrderAction::Withdraw => say!(words, "outbox.action.withdraw"),
            OrderAction::Retry => say!(words, "outbox.action.retry"),
        };
        let mut reasons: Vec<(&shopkeeper_core::ids::ReasonCode, Vec<String>)> = Vec::new();
        for it in impossible {
            match reasons.iter_mut().find(|(reason, _)| **reason == it.reason) {
                Some((_, actions)) => actions.push(name(it.action)),
                None => reasons.push((&it.reason, vec![name(it.action)])),
            }
        }
        let sentence = |(reason, actions): (&_, Vec<String>)| {
            let actions = actions.join(&say!(words, "why.and"));
            say!(words, "why.cannot", action = actions, reason = self.reason(reason, None))
        };
        reasons.into_iter().map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use shopkeeper_core::money::Money;
    use shopkeeper_core::time::{Instant, ShopZone};

    use super::*;
    use crate::words::{Lang, Words};

    fn teller(lang: Lang) -> Teller {
        Teller { words: Words::of(lang), zone: ShopZone::default(), now: Instant::from_ms(1_789_362_900_000) }
    }

    fn line(state: LineState) -> LineDetail {
        LineDetail {
            product: String::new(),
            sku: String::new(),
            title: String::new(),
            sku_text: String::new(),
            sku_code: String::new(),
            state,
            quantity: 6,
            shipped: 0,
            saved: 0,
            remaining: 6,
            held: 0,
            refunded: 0,
            after_sale_open: 0,
            after_sale_done: 0,
            unit_price: Money::from_fen(100),
            paid: Money::from_fen(600),
            ship_by: None,
        }
    }

    #[test]
    fn every_piece_of_a_line_is_told_of_once() {
        let said = |line: &LineDetail| {
            let states = teller(Lang::Zh).line_states(line);
            states.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("，")
        };
        assert_eq!(said(&line(LineState::ToShip)), "待发 6 件");
        let mixed = LineDetail {
            remaining: 1,
            shipped: 2,
            saved: 1,
            held: 1,
            refunded: 1,
            after_sale_open: 2,
            after_sale_done: 1,
            ..line(LineState::Held)
        };
        assert_eq!(
            said(&mixed),
            "售后中 1 件，先不发，待发 1 件，已填单号 1 件 · 未送达平台，平台已记 2 件发出，未发先退 1 件，售后中 1 件"
        );
        // What nobody waits for is not to ship.
        assert_eq!(said(&line(LineState::Waiting)), "等对方");
        assert_eq!(said(&line(LineState::Closed)), "已关闭");
        assert_eq!(said(&line(LineState::Unknown)), "状态未知");
    }

    #[test]
    fn actions_with_one_reason_are_one_sentence() {
        let it = |action, reason: &str| Impossible { action, reason: reason.into() };
        let all = [
            it(OrderAction::Ship, "unpaid"),
            it(OrderAction::Undo, "nothing_waits"),
            it(OrderAction::Withdraw, "nothing_waits"),
            it(OrderAction::Retry, "nothing_waits"),
        ];
        assert_eq!(
            teller(Lang::Zh).impossible(&all),
            ["发货：买家还没付款", "撤销、撤回、现在再送一次：这个订单没有等着送达的活"]
        );
        assert_eq!(teller(Lang::Zh).impossible(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_buyer_is_counted_only_as_far_as_is_known() {
        let card = |nth, exact| BuyerCard { nth, paid: 5, exact, last_note: None, last_after_sale: None };
        let said = |nth, exact| teller(Lang::Zh).nth_order(&card(nth, exact));
        assert_eq!(
            [said(1, true), said(3, true), said(3, false)].map(|text| text.contains("第 3 单")),
            [false, true, true]
        );
        assert!(said(3, false).contains("至少"));
        assert!(said(1, true).contains("第一单"));
    }
}
