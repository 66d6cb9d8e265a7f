//! The after-sales of an order, as far as an order tells of them.
//!
//! An order names its after-sales and says how many are unfinished, but not which. So one is known to be open or ended only where the count
//! leaves no choice.

use serde::Serialize;
use shopkeeper_protocol::Order;

/// An after-sale of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AfterSaleLink {
    /// The platform's own id.
    pub id: String,
    pub standing: AfterSaleStanding,
}

/// See [`AfterSaleLink`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterSaleStanding {
    Open,
    Ended,
    /// Some of the order's are open and some have ended; which, the order does not say.
    OneOfSeveral,
}

/// In the order in which the source names them.
pub(crate) fn after_sales(order: &Order) -> Vec<AfterSaleLink> {
    let open = usize::try_from(order.open_after_sales).unwrap_or(0);
    // A line may know of one before the order's count does.
    let open = open.max(usize::from(super::rules::has_open_after_sale(order)));
    let standing = if open == 0 {
        AfterSaleStanding::Ended
    } else if open >= order.after_sales.len() {
        AfterSaleStanding::Open
    } else {
        AfterSaleStanding::OneOfSeveral
    };
    order.after_sales.iter().map(|id| AfterSaleLink { id: id.clone(), standing }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::rules::tests::{line, paid};
    use super::*;

    #[test]
    fn a_standing_is_said_only_where_the_count_leaves_no_choice() {
        let mut order = paid(20, vec![line("a", 2)]);
        assert_eq!(after_sales(&order), []);
        order.after_sales = vec!["1".into(), "2".into()];
        let mut standings = |open| {
            order.open_after_sales = open;
            after_sales(&order).into_iter().map(|it| it.standing).collect::<Vec<_>>()
        };
        assert_eq!(standings(0), [AfterSaleStanding::Ended; 2]);
        assert_eq!(standings(1), [AfterSaleStanding::OneOfSeveral; 2]);
        assert_eq!(standings(2), [AfterSaleStanding::Open; 2]);
        assert_eq!(standings(-1), [AfterSaleStanding::Ended; 2]);
        order.open_after_sales = 0;
        order.lines[0].after_sale_open = 1;
        assert_eq!(after_sales(&order)[0].standing, AfterSaleStanding::OneOfSeveral);
    }
}
