//! What is done with a list: narrowing it, its views, and many orders at once.

use shopkeeper_cli::tui::{FilterLine, Mode};
use shopkeeper_core::orders::{
    FlagFilter, OrderFilter, OrderSort, OrderTab, Period, Periods, ProductFilter, RegionFilter,
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
            FilterLine::Product => assert_eq!(filter.product.as_ref(), Some(&product)),
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
