//! What is done with a list: narrowing it, its views, and many orders at once.

use shopkeeper_cli::narrow::tell::ProductNames;
use shopkeeper_cli::tui::{FilterLine, Mode};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{
    Count, FlagFilter, From, OrderFilter, OrderList, OrderRow, OrderSort, OrderTab, Period, Periods, ProductFilter,
    RegionFilter, SavedView, Window,
};

use super::*;

/// The filter that the list was last asked for.
fn asked(effects: &[Effect]) -> OrderFilter {
    match effects.last() {
        Some(Effect::WatchList { filter, .. }) => (**filter).clone(),
        other => panic!("{other:?}"),
    }
}

/// Opens the filter sheet on a line.
fn on_line(app: &mut App, line: FilterLine) {
    let at = FilterLine::EVERY.iter().position(|other| *other == line).unwrap();
    press(app, &format!("F{}", "j".repeat(at)));
}

fn trouble(app: &App) -> Option<&'static str> {
    match &app.sheet {
        Some(Sheet::Filter(sheet)) => sheet.trouble.as_ref().map(|trouble| trouble.key()),
        other => panic!("{other:?}"),
    }
}

fn narrowed(app: &mut App) {
    let paid = shopkeeper_cli::narrow::Moment::Paid;
    for (line, keys) in [
        (FilterLine::Time(paid), "\n1"),
        (FilterLine::Region, "\n1"),
        (FilterLine::Amount, "\n50..300\n"),
        (FilterLine::Flag, "\n2"),
        (FilterLine::HasNote, "\n"),
    ] {
        on_line(app, line);
        press(app, keys);
        press(app, "\u{1b}");
        app.update(Event::List(Box::new(shop::list())));
    }
}

#[test]
fn the_filters() {
    golden("filter", |app| {
        press(app, "4j");
        narrowed(app);
        press(app, "F");
    });
    golden("filter-choices", |app| {
        press(app, "4j");
        on_line(app, FilterLine::Time(shopkeeper_cli::narrow::Moment::Paid));
        press(app, "\n");
    });
    golden("filter-bad", |app| {
        press(app, "4j");
        on_line(app, FilterLine::Amount);
        press(app, "\nabc\n");
    });
}

#[test]
fn a_narrowed_list() {
    golden("list-narrowed", |app| {
        press(app, "4j");
        narrowed(app);
    });
}

#[test]
fn the_orders_of_a_list() {
    golden("sort", |app| drop(press(app, "4t")));
    let mut app = app(Lang::Zh, SIZES[0]);
    let effects = press(&mut app, "4t6");
    assert!(matches!(effects.last(), Some(Effect::WatchList { sort: OrderSort::SameBuyer, .. })), "{effects:?}");
}

#[test]
fn every_line_narrows_and_its_key_clears() {
    let region = RegionFilter { province: "浙江省".to_owned(), city: Some("杭州市".to_owned()) };
    let product = ProductFilter { product: "p".to_owned(), sku: Some("s".to_owned()) };
    for line in FilterLine::EVERY {
        let mut app = app(Lang::Zh, SIZES[0]);
        press(&mut app, "4j");
        let at = FilterLine::EVERY.iter().position(|other| *other == line).unwrap();
        let looked = press(&mut app, "F");
        assert_eq!(looked, [Effect::LookAt(shop::row().key)]);
        let answer = Answer::Order(Box::new(shop::detail()));
        app.update(Event::Outcome(looked[0].clone(), Ok(answer)));
        press(&mut app, &"j".repeat(at));
        let keys = match line {
            FilterLine::Amount => "\n88\n",
            line if line.is_mark() => " ",
            _ => "\n1",
        };
        let filter = asked(&press(&mut app, keys));
        assert!(line.is_set(&filter), "{line:?}");
        let others = FilterLine::EVERY.into_iter().filter(|other| *other != line);
        assert!(others.into_iter().all(|other| !other.is_set(&filter)), "{line:?}: {filter:?}");
        assert_eq!(filter.tab, OrderTab::ToShip);
        assert_eq!(filter.check(), Ok(()));
        match line {
            FilterLine::Product => {
                assert_eq!(filter.product.as_ref(), Some(&product));
                let drawn = screen(&app);
                assert!(drawn.contains("桂花乌龙 红盒 · 250g"), "its name, not its id: {drawn}");
            }
            FilterLine::Region => assert_eq!(filter.region.as_ref(), Some(&region)),
            FilterLine::Flag => assert_eq!(filter.flag, Some(FlagFilter::Any)),
            FilterLine::Time(_) => assert_ne!(app.orders.periods, Periods::default()),
            _ => {}
        }
        let cleared = asked(&press(&mut app, "x"));
        assert_eq!(cleared, OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() }, "{line:?}");
        assert_eq!(app.orders.periods, Periods::default(), "{line:?}");
    }
}

#[test]
fn one_key_clears_all_of_it() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4j");
    narrowed(&mut app);
    let filter = &app.orders.filter;
    assert_eq!(filter.flag, Some(FlagFilter::Is(Flag::Red)));
    assert!(filter.paid.is_some() && filter.region.is_some() && filter.amount.is_some() && filter.has_note);
    let cleared = asked(&press(&mut app, "FX"));
    assert_eq!(cleared, OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() });
}

#[test]
fn what_cannot_be_read_is_said_at_the_field_and_changes_nothing() {
    use shopkeeper_cli::narrow::Moment;
    for (line, typed, key) in [
        (FilterLine::Time(Moment::Created), "13/1", "filter.bad.day"),
        (FilterLine::Time(Moment::Created), "2026-09-14..2026-09-01", "filter.bad.backwards"),
        (FilterLine::Time(Moment::Created), "2027-01-01..9/1", "filter.bad.backwards"),
        (FilterLine::Amount, "abc", "filter.bad.amount"),
        (FilterLine::Amount, "100..50", "filter.bad.amount_backwards"),
    ] {
        let mut app = app(Lang::Zh, SIZES[0]);
        press(&mut app, "4j");
        let before = app.orders.clone();
        on_line(&mut app, line);
        // The last of its choices but one is the field.
        press(&mut app, "\n");
        if matches!(line, FilterLine::Time(_)) {
            press(&mut app, "5");
        }
        assert_eq!(press(&mut app, &format!("{typed}\n")), [], "{typed}");
        assert_eq!(trouble(&app), Some(key), "{typed}");
        assert_eq!(app.orders, before, "{typed}");
        let Some(Sheet::Filter(sheet)) = &app.sheet else { panic!() };
        assert!(matches!(&sheet.mode, Mode::Typing(field) if field.text() == typed), "{typed}");
        // Another key and the reason is gone; what was typed can be mended.
        press(&mut app, "0");
        assert_eq!(trouble(&app), None, "{typed}");
    }
}

#[test]
fn today_is_another_day_after_midnight() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4j");
    on_line(&mut app, FilterLine::Time(shopkeeper_cli::narrow::Moment::Paid));
    let today = asked(&press(&mut app, "\n1")).paid;
    assert_eq!(today, Some(Period::Today.range(app.facts.zone, shop::NOW)));
    assert_eq!(app.update(Event::Tick(shop::minutes(60))), []);
    let tomorrow = app.update(Event::Tick(shop::minutes(24 * 60)));
    assert_eq!(asked(&tomorrow).paid, Some(Period::Today.range(app.facts.zone, shop::minutes(24 * 60))));
    assert_eq!(app.update(Event::Tick(shop::minutes(24 * 60 + 1))), []);
}

fn saved(name: &str, filter: OrderFilter, sort: OrderSort, periods: Periods) -> SavedView {
    SavedView { name: name.to_owned(), filter, sort, periods }
}

fn views() -> Vec<SavedView> {
    let to_ship = || OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
    let red = OrderFilter { flag: Some(FlagFilter::Is(Flag::Red)), has_note: true, ..to_ship() };
    let paid = Periods { paid: Some(Period::Today), ..Periods::default() };
    vec![
        saved("今天付款", to_ship(), OrderSort::NewestPaid, paid),
        saved("红旗有备注", red, OrderSort::MostUrgent, Periods::default()),
        saved("可合并", to_ship(), OrderSort::SameBuyer, Periods::default()),
    ]
}

fn with_views(app: &mut App) {
    app.update(Event::Outcome(Effect::AskViews, Ok(Answer::Views(views(), ProductNames::new()))));
    press(app, "4");
}

#[test]
fn the_saved_views() {
    golden("views", |app| {
        with_views(app);
        press(app, "]]");
        app.update(Event::List(Box::new(shop::list())));
        press(app, "v");
    });
    golden("view-name", |app| {
        with_views(app);
        let sent = press(app, "v+很长的名字很长的名字很长\n");
        let error = CoreError::BadInput { field: "name", what: "expected 1 to 12 characters".to_owned() };
        app.update(Event::Outcome(sent.last().unwrap().clone(), Err(error)));
    });
    golden("view-remove", |app| {
        with_views(app);
        press(app, "vjx");
    });
}

#[test]
fn the_views_stand_above_the_list() {
    golden("list-views", |app| {
        with_views(app);
        press(app, "]]");
        app.update(Event::List(Box::new(shop::list())));
    });
    let mut app = app(Lang::Zh, SIZES[1]);
    with_views(&mut app);
    let many =
        (0..20)
            .map(|at| SavedView { name: format!("第{at}个视图"), sort: OrderSort::Amount, ..views()[1].clone() });
    let many = many.map(|view| SavedView {
        filter: OrderFilter { scene: Some(view.name.len() as i64), ..view.filter.clone() },
        ..view
    });
    let mut many: Vec<SavedView> = many.collect();
    many.push(views().remove(2));
    app.update(Event::Outcome(Effect::AskViews, Ok(Answer::Views(many, ProductNames::new()))));
    press(&mut app, "[");
    let drawn = screen(&app);
    assert!(drawn.contains("[可合并]") && drawn.contains("…+"), "{drawn}");
}

#[test]
fn a_view_opens_its_list_as_of_today() {
    let mut app = app(Lang::Zh, SIZES[0]);
    with_views(&mut app);
    app.update(Event::Tick(shop::minutes(24 * 60)));
    let effects = press(&mut app, "v1");
    let today = Period::Today.range(app.facts.zone, shop::minutes(24 * 60));
    assert_eq!(asked(&effects).paid, Some(today));
    assert!(matches!(effects.last(), Some(Effect::WatchList { sort: OrderSort::NewestPaid, .. })), "{effects:?}");
    assert_eq!((app.shown_view(), app.sheet.is_none()), (Some(0), true));
    assert_eq!(asked(&press(&mut app, "]")).flag, Some(FlagFilter::Is(Flag::Red)));
    assert_eq!(app.shown_view(), Some(1));
    press(&mut app, "t1");
    assert_eq!(app.shown_view(), None, "another order is another view");
}

#[test]
fn a_view_by_product_says_what_the_product_is_called_once_an_order_here_tells() {
    let mut app = app(Lang::Zh, SIZES[0]);
    let product = ProductFilter { product: "10000001".to_owned(), sku: None };
    let filter = OrderFilter { product: Some(product), ..OrderFilter::default() };
    let views = || vec![saved("乌龙", filter.clone(), OrderSort::Newest, Periods::default())];
    let answer = |names| Event::Outcome(Effect::AskViews, Ok(Answer::Views(views(), names)));
    app.update(answer(ProductNames::new()));
    let effects = press(&mut app, "4]");
    assert_eq!(asked(&effects), filter);
    assert!(effects.contains(&Effect::AskViews), "its name may be known by now: {effects:?}");
    assert!(screen(&app).contains("10000001"), "{}", screen(&app));
    app.update(answer(ProductNames::from([("10000001".to_owned(), "桂花乌龙".to_owned())])));
    let drawn = screen(&app);
    assert!(drawn.contains("桂花乌龙") && !drawn.contains("10000001"), "{drawn}");
    press(&mut app, "[");
    assert!(!press(&mut app, "]").contains(&Effect::AskViews), "it is known now");
}

/// A row with a remark, and a reason as long as they get.
#[test]
fn a_remark_has_the_right_of_way_over_a_long_reason() {
    let mut app = app(Lang::En, SIZES[1]);
    press(&mut app, "4");
    let reason = "waybill_used".into();
    let note = "no price list in the box".to_owned();
    let row = OrderRow {
        buyer_note: note.clone(),
        note: None,
        merchant_note: String::new(),
        shipping: Shipping::NeedsAction { reason },
        ..shop::row()
    };
    app.update(Event::List(Box::new(OrderList { rows: vec![row], ..shop::list() })));
    let drawn = screen(&app);
    let line = drawn.lines().find(|line| line.contains("◆! Not delivered")).expect("a reason");
    assert!(line.contains(&note) && line.contains('…'), "{drawn}");
}

#[test]
fn what_is_shown_is_saved_renamed_replaced_and_taken_away() {
    let mut app = app(Lang::Zh, SIZES[0]);
    with_views(&mut app);
    press(&mut app, "4");
    narrowed(&mut app);
    let now = (app.orders.filter.clone(), app.orders.sort, app.orders.periods);
    let sent = press(&mut app, "v+今天红旗\n");
    let view = saved("今天红旗", now.0, now.1, now.2);
    assert_eq!(sent.last(), Some(&Effect::SaveView(Box::new(view.clone()))));
    let all = [views(), vec![view.clone()]].concat();
    app.update(Event::Outcome(sent.last().unwrap().clone(), Ok(Answer::Views(all, ProductNames::new()))));
    assert_eq!(app.shown_view(), Some(3));
    // The sheet stays on what was saved.
    assert_eq!(press(&mut app, "w"), [Effect::SaveView(Box::new(view))]);
    let renamed = press(&mut app, "e！\n");
    assert_eq!(renamed, [Effect::RenameView { from: "今天红旗".to_owned(), to: "今天红旗！".to_owned() }]);
    let taken = CoreError::BadInput { field: "taken", what: String::new() };
    app.update(Event::Outcome(renamed[0].clone(), Err(taken)));
    assert!(screen(&app).contains("别的视图已叫这个名字"), "{}", screen(&app));
    press(&mut app, "\u{1b}");
    assert_eq!(press(&mut app, "xj"), [], "any other key keeps it");
    assert_eq!(press(&mut app, "xx"), [Effect::RemoveView("今天红旗".to_owned())]);
}

/// A page of the rows of the kept list, of which the first is `from`.
fn page(from: usize, rows: usize, before: Option<&str>, after: Option<&str>) -> Box<OrderList> {
    let rows = (from..from + rows).map(|at| OrderRow { key: format!("wx:{at}").as_str().into(), ..shop::row() });
    let (before, after) = (before.map(shop::anchor), after.map(shop::anchor));
    Box::new(OrderList { rows: rows.collect(), before, after, count: Count::AtLeast(1), ..shop::list() })
}

fn moved(effects: &[Effect]) -> From {
    match effects {
        [Effect::MoveList(window)] => window.from.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_page_that_comes_short_goes_on_by_itself() {
    golden("list-looking", |app| {
        press(app, "4");
        app.update(Event::List(page(0, 0, None, Some("x"))));
    });
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4g");
    let on = app.update(Event::List(page(0, 0, None, Some("x"))));
    assert_eq!(moved(&on), From::After(shop::anchor("x")));
    let on = app.update(Event::List(page(0, 2, Some("a"), Some("y"))));
    assert_eq!(moved(&on), From::After(shop::anchor("y")));
    assert!(screen(&app).contains("正在往后找"), "{}", screen(&app));
    // The same page again, because something changed meanwhile: no row stands there twice.
    let on = app.update(Event::List(page(0, 2, Some("a"), Some("y"))));
    assert_eq!(moved(&on), From::After(shop::anchor("y")));
    assert_eq!(app.update(Event::List(page(2, 3, Some("b"), None))), []);
    let list = app.orders.list.clone().unwrap();
    assert_eq!((list.rows.len(), list.before, list.after), (5, None, None));
    assert!(!screen(&app).contains("正在往后找"), "{}", screen(&app));
    // What was put together is looked for anew when something changes, and stays on the screen until then.
    let anew = app.update(Event::List(page(2, 2, Some("b"), None)));
    assert_eq!(moved(&anew), From::Top);
    let on = app.update(Event::List(page(0, 1, None, Some("z"))));
    assert_eq!(moved(&on), From::After(shop::anchor("z")));
    assert_eq!(app.orders.list.as_ref().map(|list| list.rows.len()), Some(5));
    assert_eq!(app.update(Event::List(page(1, 2, Some("b"), None))), []);
    assert_eq!(app.orders.list.as_ref().map(|list| list.rows.len()), Some(3));
}

#[test]
fn a_page_that_comes_short_upwards_goes_on_upwards() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4");
    // Somewhere in a long list, with the cursor at the upper edge of the window.
    let long: Box<OrderList> = page(100, 60, Some("up"), Some("down"));
    app.orders.window = Window { from: From::After(shop::anchor("elsewhere")), size: 60 };
    let up = moved(&app.update(Event::List(long)));
    assert!(matches!(up, From::Before(_)), "{up:?}");
    let on = app.update(Event::List(page(100, 31, Some("far"), Some("down"))));
    assert_eq!(moved(&on), From::Before(shop::anchor("far")));
    assert_eq!(app.update(Event::List(page(10, 5, None, Some("near")))), []);
    let list = app.orders.list.as_ref().unwrap();
    let ends = (list.rows.first().unwrap().key.as_str(), list.rows.last().unwrap().key.as_str());
    assert_eq!((list.rows.len(), ends), (36, ("wx:10", "wx:130")), "what was found further up stands above");
    assert_eq!((list.before.clone(), list.after.clone()), (None, Some(shop::anchor("down"))));
}

#[test]
fn where_the_phone_knows_no_more_the_list_says_so() {
    golden("list-partial", |app| {
        press(app, "4");
        let state = shop::state(Extent::Partial { since: Some(shop::minutes(-20_000)) });
        app.update(Event::List(Box::new(OrderList { state, ..shop::list() })));
    });
}

#[test]
fn orders_of_one_buyer_say_that_they_fit_into_one_parcel() {
    golden("list-same-buyer", |app| {
        press(app, "4t6");
        let mut list = shop::list();
        for row in &mut list.rows[1..3] {
            row.one_parcel = 2;
        }
        app.update(Event::List(Box::new(list)));
    });
}
