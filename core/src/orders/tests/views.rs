//! Saved views survive the process and a lost cache, and say what is wrong with a name.

use super::desk::{Desk, order};
use crate::error::CoreError;
use crate::money::Money;
use crate::orders::{
    AmountRange, Flag, FlagFilter, From, OrderFilter, OrderSort, OrderTab, Period, Periods, ProductFilter, ProductName,
    RegionFilter, SavedView, TimeRange, VIEWS, Window,
};
use crate::time::Instant;

fn view(name: &str) -> SavedView {
    SavedView {
        name: name.to_owned(),
        filter: OrderFilter::default(),
        sort: OrderSort::Newest,
        periods: Periods::default(),
    }
}

/// Everything that a filter can ask.
fn full(name: &str) -> SavedView {
    let range = Some(TimeRange { from: Some(Instant::from_ms(1)), until: Some(Instant::from_ms(9)) });
    let filter = OrderFilter {
        tab: OrderTab::ToShip,
        has_note: true,
        flag: Some(FlagFilter::Is(Flag::Red)),
        pending: true,
        due_before: Some(Instant::from_ms(5)),
        hurried: true,
        address_asked_after: Some(Instant::from_ms(7)),
        after_sale: true,
        buyer_message: true,
        gift: true,
        presale: true,
        created: range,
        paid: range,
        shipped: Some(TimeRange::default()),
        product: Some(ProductFilter { product: "100".to_owned(), sku: Some("1".to_owned()) }),
        region: Some(RegionFilter { province: "浙江省".to_owned(), city: Some("杭州市".to_owned()) }),
        scene: Some(3),
        amount: Some(AmountRange { least: Some(Money::from_fen(1)), most: None }),
    };
    let periods = Periods { paid: Some(Period::Days(7)), ..Periods::default() };
    SavedView { name: name.to_owned(), filter, sort: OrderSort::SameBuyer, periods }
}

#[tokio::test(start_paused = true)]
async fn a_view_comes_back_as_it_was_saved() {
    let desk = Desk::new();
    desk.orders.save_view(&view("今天付款")).unwrap();
    desk.orders.save_view(&full("  红旗 ")).unwrap();
    let renewed = SavedView { sort: OrderSort::NewestPaid, ..view("今天付款") };
    desk.orders.save_view(&renewed).unwrap();
    let saved = [renewed, full("红旗")];
    assert_eq!(desk.orders.views().unwrap(), saved);
    let desk = desk.again(true);
    assert_eq!(desk.orders.views().unwrap(), saved);
    desk.orders.remove_view("红旗").unwrap();
    assert_eq!(desk.orders.remove_view("红旗"), Err(CoreError::NotFound("view")));
    assert_eq!(desk.orders.views().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn names_and_numbers_of_views_have_limits() {
    let desk = Desk::new();
    for name in ["", "  ", "一二三四五六七八九十一二三", "红\u{7}旗"] {
        let refused = desk.orders.save_view(&view(name));
        assert!(matches!(refused, Err(CoreError::BadInput { field: "name", .. })), "{name:?} {refused:?}");
    }
    let absurd = TimeRange { from: Some(Instant::from_ms(9)), until: Some(Instant::from_ms(1)) };
    let filter = OrderFilter { created: Some(absurd), ..OrderFilter::default() };
    let refused = desk.orders.save_view(&SavedView { filter: filter.clone(), ..view("反") });
    assert!(matches!(refused, Err(CoreError::BadInput { field: "created", .. })), "{refused:?}");
    let refused = desk.orders.list(&filter, OrderSort::Newest, &Window { from: From::Top, size: 50 });
    assert!(matches!(refused, Err(CoreError::BadInput { field: "created", .. })), "{refused:?}");
    assert!(matches!(desk.orders.count(&filter), Err(CoreError::BadInput { field: "created", .. })));
    for at in 0..VIEWS {
        desk.orders.save_view(&view(&format!("第{at}个"))).unwrap();
    }
    let refused = desk.orders.save_view(&view("多一个"));
    assert!(matches!(refused, Err(CoreError::BadInput { field: "views", .. })), "{refused:?}");
    desk.orders.save_view(&full("第0个")).unwrap();
    assert_eq!(desk.orders.views().unwrap().len(), VIEWS);
}

#[tokio::test(start_paused = true)]
async fn a_product_is_called_what_its_newest_order_says() {
    let desk = Desk::new();
    let called = |title: &str, sku_text: &str, created_at: i64| {
        let mut order = order(&created_at.to_string());
        order.created_at = created_at;
        order.lines.truncate(1);
        order.lines[0].title = title.to_owned();
        order.lines[0].sku_text = sku_text.to_owned();
        order
    };
    let new = called("桂花乌龙 · 新装", "礼盒", 2_000);
    desk.put("wx:2", &new);
    desk.put("wx:1", &called("桂花乌龙", "罐装", 1_000));
    let line = &new.lines[0];
    let whole = ProductFilter { product: line.product.clone(), sku: None };
    let one = ProductFilter { sku: Some(line.sku.clone()), ..whole.clone() };
    let none = ProductFilter { product: "nobody's".to_owned(), sku: None };
    let name = |product: &ProductFilter| desk.orders.product_name(product).unwrap();
    let title = || line.title.clone();
    assert_eq!(name(&whole), Some(ProductName { title: title(), sku_text: String::new() }));
    assert_eq!(name(&one), Some(ProductName { title: title(), sku_text: "礼盒".to_owned() }));
    assert_eq!(name(&none), None);
}

#[tokio::test(start_paused = true)]
async fn a_renamed_view_keeps_its_place() {
    let desk = Desk::new();
    for name in ["一", "二"] {
        desk.orders.save_view(&view(name)).unwrap();
    }
    desk.orders.rename_view("一", " 今天 ").unwrap();
    desk.orders.rename_view("今天", "今天").unwrap();
    let desk = desk.again(true);
    assert_eq!(desk.orders.views().unwrap(), [view("今天"), view("二")]);
    assert_eq!(desk.orders.rename_view("一", "三"), Err(CoreError::NotFound("view")));
    for (to, field) in [("二", "taken"), (" ", "name"), ("一二三四五六七八九十一二三", "name")] {
        let refused = desk.orders.rename_view("今天", to);
        assert!(
            matches!(&refused, Err(CoreError::BadInput { field: named, .. }) if *named == field),
            "{to}: {refused:?}"
        );
    }
    assert_eq!(desk.orders.views().unwrap(), [view("今天"), view("二")]);
}
