//! Each of the ten data states where a person meets it: on the home tab, on the order list, on an order.

use shopkeeper_cli::tui::{App, Event};
use shopkeeper_cli::words::Lang;
use shopkeeper_core::orders::{Access, Extent, FirstLoad, Freshness, LinkState, ListState};
use shopkeeper_core::ports::Link;

use super::{SIZES, app, golden, press, screen, shop};

fn fresh() -> ListState {
    shop::state(Extent::Complete)
}

fn first_load(first_load: FirstLoad) -> ListState {
    ListState { freshness: Freshness::LoadingFirst, extent: Extent::UnknownEmpty, first_load, ..fresh() }
}

fn very_stale() -> ListState {
    ListState { freshness: Freshness::VeryStale { as_of: shop::minutes(-100) }, ..fresh() }
}

fn partial() -> ListState {
    ListState { extent: Extent::Partial { since: Some(shop::minutes(-13 * 1_440)) }, ..fresh() }
}

fn locked() -> ListState {
    ListState { access: Access::NotPermitted, ..fresh() }
}

/// What the sync has said so far fits what the pages say.
fn sync_knows(app: &mut App, state: ListState) {
    let mut status = super::status(shopkeeper_core::sync::Activity::Idle);
    status.as_of = state.freshness.as_of();
    app.update(Event::Sync(status));
    if state.link == LinkState::Offline {
        app.update(Event::Link(Link::Offline));
    }
}

fn home_in(app: &mut App, state: ListState) {
    sync_knows(app, state);
    let mut home = shop::home();
    home.as_of = state.freshness.as_of();
    home.complete = state.extent == Extent::Complete;
    home.state = state;
    for counter in &mut home.counters {
        counter.state = state;
        if state.extent == Extent::UnknownEmpty {
            counter.value = 0;
        }
    }
    if state.extent == Extent::UnknownEmpty {
        home.deadlines.clear();
        home.more_deadlines = 0;
        home.badges = Default::default();
    }
    app.update(Event::Home(Box::new(home)));
}

fn list_in(app: &mut App, state: ListState) {
    sync_knows(app, state);
    press(app, "4");
    let gone =
        matches!(state.extent, Extent::UnknownEmpty | Extent::KnownEmpty) || state.access == Access::NotPermitted;
    let mut list = if gone { shop::empty(state.extent) } else { shop::list() };
    list.state = state;
    app.update(Event::List(Box::new(list)));
}

fn detail_in(app: &mut App, state: ListState) {
    sync_knows(app, state);
    press(app, "4\n");
    let mut detail = shop::detail();
    detail.row.key = shop::list().rows[0].key.clone();
    detail.state = state;
    app.update(Event::Detail(Box::new(detail)));
}

#[test]
fn the_first_load_shows_where_rows_will_stand() {
    golden("list-loading", |app| list_in(app, first_load(FirstLoad::Running)));
    golden("home-loading-slow", |app| home_in(app, first_load(FirstLoad::Slow)));
}

#[test]
fn rows_that_are_missing_are_told_of() {
    golden("list-partial-stale", |app| list_in(app, ListState { extent: partial().extent, ..very_stale() }));
}

#[test]
fn a_role_is_told_that_nothing_is_broken() {
    golden("list-no-permission", |app| list_in(app, locked()));
}

#[test]
fn each_state_is_reached_with_its_fixed_words() {
    let offline = ListState { link: LinkState::Offline, ..fresh() };
    let stale = ListState { freshness: Freshness::Stale { as_of: shop::minutes(-25) }, ..fresh() };
    type Reach = fn(&mut App, ListState);
    let (home, list, detail): (Reach, Reach, Reach) = (home_in, list_in, detail_in);
    for (reach, state, words) in [
        (home, first_load(FirstLoad::Running), &["正在取第一批数据", "还没有完整同步过"][..]),
        (home, first_load(FirstLoad::Slow), &["还在加载… · r 再试"]),
        (list, first_load(FirstLoad::Running), &["正在取第一批数据"]),
        (list, first_load(FirstLoad::Slow), &["还在加载…", "r 再试"]),
        (home, stale, &["数据截至 12:50", "25分前"]),
        (list, stale, &["数据截至 12:50", "25分前"]),
        (detail, very_stale(), &["数据截至 11:35", "1时40分前"]),
        (home, offline, &["离线可继续处理 · 数据截至 13:13"]),
        (list, offline, &["离线可继续处理 · 数据截至 13:13"]),
        (detail, offline, &["离线可继续处理 · 数据截至 13:13"]),
        (list, partial(), &["本机只存了 9/1 之后的订单 · 联网后补齐"]),
        (home, partial(), &["店里的订单还没取全", "12+"]),
        (list, ListState { extent: Extent::KnownEmpty, ..fresh() }, &["截至 13:13，平台上没有待发货的订单"]),
        (list, ListState { extent: Extent::UnknownEmpty, ..fresh() }, &["本机没有，不代表平台没有", "排队查询"]),
        (home, locked(), &["店主未开放此项"]),
        (list, locked(), &["店主未开放此项"]),
        (list, fresh(), &["已填单号 · 未送达平台", "没送达：买家申请改地址"]),
        (detail, fresh(), &["数据截至 13:13", "已填单号 · 未送达平台"]),
    ] {
        let mut app = app(Lang::Zh, SIZES[0]);
        reach(&mut app, state);
        let drawn = screen(&app);
        for words in words {
            assert!(drawn.contains(words), "{words} in {state:?}:\n{drawn}");
        }
        let age = drawn.contains("前 ") && drawn.contains("分前");
        assert_eq!(age, matches!(state.freshness, Freshness::Stale { .. } | Freshness::VeryStale { .. }), "{drawn}");
    }
}
