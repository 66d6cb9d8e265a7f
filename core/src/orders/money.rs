//! The money of an order, so that what a screen shows always sums.

use shopkeeper_protocol::OrderMoney;

use super::MoneyBreakdown;
use crate::money::Money;

/// The kind of the reduction that makes up what the source's parts leave open.
const OTHER: &str = "other";

/// `goods + freight − Σ discounts = payable`. What the buyer pays is the source's word and stays as it is; if the parts come to something
/// else, the difference stands there as a discount of kind `other` (a negative one where the parts come to less).
pub(crate) fn breakdown(money: &OrderMoney) -> MoneyBreakdown {
    let kept = money.discounts.iter().filter(|discount| discount.amount != 0);
    let mut discounts: Vec<(String, Money)> =
        kept.map(|discount| (discount.kind.clone(), Money::from_fen(discount.amount))).collect();
    let taken: i128 = discounts.iter().map(|(_, amount)| i128::from(amount.fen())).sum();
    let mut open = i128::from(money.goods) + i128::from(money.freight) - taken - i128::from(money.payable);
    // One entry, unless the source's numbers are absurd: then as many as it takes.
    while open != 0 {
        let part = i64::try_from(open).unwrap_or(if open < 0 { i64::MIN } else { i64::MAX });
        discounts.push((OTHER.to_owned(), Money::from_fen(part)));
        open -= i128::from(part);
    }
    MoneyBreakdown {
        goods: Money::from_fen(money.goods),
        freight: Money::from_fen(money.freight),
        discounts,
        payable: Money::from_fen(money.payable),
        receives: Money::from_fen(money.receives),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shopkeeper_protocol::Discount;

    use super::*;

    fn money(goods: i64, freight: i64, amounts: &[i64], payable: i64) -> OrderMoney {
        let discount = |amount: &i64| Discount { kind: "merchant".into(), amount: *amount };
        OrderMoney { goods, freight, discounts: amounts.iter().map(discount).collect(), payable, receives: payable }
    }

    #[test]
    fn parts_that_sum_are_left_alone() {
        let shown = breakdown(&money(7_600, 800, &[500, 0], 7_900));
        assert_eq!(shown.discounts, [("merchant".to_owned(), Money::from_fen(500))]);
    }

    #[test]
    fn what_is_open_is_other() {
        let shown = breakdown(&money(7_600, 0, &[500], 7_000));
        assert_eq!(shown.discounts.last(), Some(&("other".to_owned(), Money::from_fen(100))));
        let dearer = breakdown(&money(7_600, 0, &[], 7_700));
        assert_eq!(dearer.discounts, [("other".to_owned(), Money::from_fen(-100))]);
    }

    proptest! {
        #[test]
        fn any_money_sums(
            goods: i64, freight: i64, amounts in prop::collection::vec(any::<i64>(), 0..6), payable: i64,
        ) {
            let shown = breakdown(&money(goods, freight, &amounts, payable));
            let taken: i128 = shown.discounts.iter().map(|(_, amount)| i128::from(amount.fen())).sum();
            let sum = i128::from(shown.goods.fen()) + i128::from(shown.freight.fen()) - taken;
            prop_assert_eq!(sum, i128::from(payable));
        }
    }
}
