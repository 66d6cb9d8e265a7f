//! order/search without its wire: a look at every order, newest first. The platform knows more than it shows; this world
//! knows only a surname and the last digits of a phone number, and searches those.

use super::order::OrderId;
use super::{ListQuery, Refusal, World, goods, people};

/// `search_condition` and the filters beside it. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SearchQuery {
    /// Part of a product's title.
    pub title: Option<String>,
    /// A SKU's code.
    pub sku_code: Option<String>,
    /// A buyer's name; its first character counts.
    pub user_name: Option<String>,
    /// Last four digits of a phone number.
    pub phone_tail: Option<String>,
    /// Exactly this order.
    pub order_id: Option<String>,
    /// Part of the merchant's note.
    pub merchant_notes: Option<String>,
    /// Part of the buyer's remark.
    pub customer_notes: Option<String>,
    /// A buyer asks for another address.
    pub address_under_review: Option<bool>,
    /// Has an unfinished after-sale.
    pub on_aftersale: Option<bool>,
    /// As in the list of orders.
    pub status: Option<u16>,
}

impl World {
    /// A page of matches older than the `before`th order of the shop, and where the next page begins.
    pub fn search_orders(
        &self,
        now_s: i64,
        query: &SearchQuery,
        before: Option<u32>,
        size: usize,
    ) -> Result<(Vec<OrderId>, Option<u32>), Refusal> {
        let texts = [
            &query.title,
            &query.sku_code,
            &query.user_name,
            &query.phone_tail,
            &query.order_id,
            &query.merchant_notes,
            &query.customer_notes,
        ];
        if texts.into_iter().flatten().any(|text| text.chars().any(|c| c.is_control() || matches!(c, '%' | '\\' | '"')))
        {
            return Err(Refusal::new(6060456, "illegal characters"));
        }
        let end = before.unwrap_or(self.orders.len() as u32);
        let list = ListQuery { status: query.status, ..ListQuery::default() };
        let mut found =
            (0..end).rev().filter(|index| self.matches(now_s, &list, *index) && self.answers_to(now_s, query, *index));
        let page: Vec<u32> = found.by_ref().take(size).collect();
        let next = page.last().copied().filter(|_| found.next().is_some());
        Ok((page.into_iter().map(|index| self.order(index).id).collect(), next))
    }

    fn answers_to(&self, now_s: i64, query: &SearchQuery, index: u32) -> bool {
        let seen = self.seen(index, now_s);
        let (order, lines, extra) = (seen.order, seen.lines, seen.extra);
        let buyer = &self.buyers[order.buyer as usize];
        let holds = |wanted: &Option<String>, is: &dyn Fn(&str) -> bool| wanted.as_deref().is_none_or(is);
        let remark = extra
            .and_then(|extra| extra.remark.as_deref())
            .unwrap_or(people::REMARKS[usize::from(order.remark) % people::REMARKS.len()]);
        holds(&query.order_id, &|id| order.id.to_string() == id)
            && holds(&query.title, &|part| lines.iter().any(|line| goods::title(line.product).contains(part)))
            && holds(&query.sku_code, &|code| lines.iter().any(|line| goods::sku_code(line.product, line.sku) == code))
            && holds(&query.user_name, &|name| name.starts_with(people::SURNAMES[usize::from(buyer.surname)]))
            && holds(&query.phone_tail, &|tail| format!("{:04}", buyer.phone_tail) == tail)
            && holds(&query.merchant_notes, &|part| self.note_text(order, extra).contains(part))
            && holds(&query.customer_notes, &|part| remark.contains(part))
            && query
                .address_under_review
                .is_none_or(|wanted| extra.is_some_and(|extra| extra.address_request.is_some()) == wanted)
            && query.on_aftersale.is_none_or(|wanted| lines.iter().any(|line| line.on_aftersale > 0) == wanted)
    }
}
