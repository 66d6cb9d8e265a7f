//! Every page as a person sees it, kept as text: a changed page is a changed file that somebody looks at.
//!
//! `UPDATE_GOLDEN=1` writes the files anew.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod lists;
mod many;
mod provision;
mod search;
mod shop;
mod states;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use shopkeeper_cli::tui::theme::{Depth, Ground, Theme};
use shopkeeper_cli::tui::{Answer, App, Effect, Event, Sheet, view};
use shopkeeper_cli::words::{Lang, Words};
use shopkeeper_core::orders::{Covered, Extent, Flag, OrderList, Shipping};
use shopkeeper_core::ports::Link;
use shopkeeper_core::sync::{Activity, SyncStatus};
use shopkeeper_core::time::{ShopZone, Span};
use unicode_width::UnicodeWidthStr;

const SIZES: [(u16, u16); 2] = [(100, 40), (60, 30)];

fn app(lang: Lang, size: (u16, u16)) -> App {
    let mut app = App::new(Words::of(lang), "小满茶铺", ShopZone::default(), shop::NOW, true);
    app.update(Event::Resize { width: size.0, height: size.1 });
    app.update(Event::Sync(status(Activity::Idle)));
    app.update(Event::Home(Box::new(shop::home())));
    app.update(Event::List(Box::new(shop::list())));
    app.update(Event::Outbox(Box::new(shop::outbox())));
    app
}

fn status(activity: Activity) -> SyncStatus {
    SyncStatus { activity, as_of: Some(shop::minutes(-2)), trouble: None, set_aside: 0 }
}

fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.chars()
        .flat_map(|c| {
            let code = match c {
                '\n' => KeyCode::Enter,
                '\u{1b}' => KeyCode::Esc,
                '\t' => KeyCode::Tab,
                c => KeyCode::Char(c),
            };
            app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
        })
        .collect()
}

fn screen(app: &App) -> String {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
    let theme = Theme::new(Ground::Light, Depth::True);
    terminal.draw(|frame| view::draw(app, &theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let mut text = String::new();
    for y in 0..app.size.1 {
        let mut row = String::new();
        let mut x = 0;
        while x < app.size.0 {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            // A wide character takes the cell behind it too.
            x += u16::try_from(symbol.width().max(1)).unwrap();
        }
        text.push_str(row.trim_end());
        text.push('\n');
    }
    text
}

/// Draws what `set` makes of the app in every size and language, and compares.
fn golden(name: &str, set: impl Fn(&mut App)) {
    let mut differing = Vec::new();
    for lang in [Lang::Zh, Lang::En] {
        for size in SIZES {
            let mut app = app(lang, size);
            set(&mut app);
            let drawn = screen(&app);
            assert!(!drawn.contains('⟦'), "a sentence is missing:\n{drawn}");
            let code = if lang == Lang::Zh { "zh" } else { "en" };
            let file = format!("{name}-{}x{}-{code}.txt", size.0, size.1);
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(&file);
            if std::env::var_os("UPDATE_GOLDEN").is_some() {
                std::fs::write(&path, &drawn).unwrap();
            } else if std::fs::read_to_string(&path).unwrap_or_default() != drawn {
                differing.push(format!("{file}:\n{drawn}"));
            }
        }
    }
    assert!(differing.is_empty(), "not as kept:\n{}", differing.join("\n"));
}

fn go_offline(app: &mut App) {
    press(app, "a");
    app.update(Event::Link(Link::Offline));
}

fn open_detail(app: &mut App) {
    press(app, "4\n");
    let key = shop::row().key;
    let mut detail = shop::detail();
    // The page on top is that of the first row of the list.
    detail.row.key = shop::list().rows[0].key.clone();
    assert_ne!(detail.row.key, key);
    app.update(Event::Detail(Box::new(detail)));
}

#[test]
fn home() {
    golden("home", |_| {});
}

#[test]
fn home_without_a_network() {
    golden("home-offline", go_offline);
}

#[test]
fn what_is_not_there_yet() {
    golden("messages", |app| drop(press(app, "2")));
    golden("growth", |app| drop(press(app, "3")));
}

#[test]
fn the_list() {
    golden("list", |app| drop(press(app, "4j")));
}

#[test]
fn nothing_and_known() {
    golden("list-empty-known", |app| {
        press(app, "4");
        app.update(Event::List(Box::new(shop::empty(Extent::KnownEmpty))));
    });
}

#[test]
fn nothing_and_unknown() {
    golden("list-empty-unknown", |app| {
        press(app, "4");
        let covered = Covered { open: true, since: Some(shop::minutes(-60 * 24 * 30)) };
        app.update(Event::List(Box::new(OrderList { covered, ..shop::empty(Extent::UnknownEmpty) })));
    });
}

#[test]
fn the_first_sync() {
    golden("first-sync", |app| {
        let left = Some(Span::seconds(95));
        let activity = Activity::FirstSync { stage: "open_orders".to_owned(), done: 130, total: 412, left };
        app.update(Event::Sync(status(activity)));
    });
}

#[test]
fn an_order() {
    golden("detail", open_detail);
}

#[test]
fn an_order_to_its_end() {
    golden("detail-end", |app| {
        open_detail(app);
        app.update(Event::Key(KeyEvent::new(KeyCode::End, KeyModifiers::NONE)));
    });
}

#[test]
fn what_cannot_be_done_and_why() {
    golden("why", |app| {
        open_detail(app);
        press(app, "w");
    });
}

#[test]
fn the_buyers_other_orders_are_a_key_away() {
    let mut app = app(Lang::Zh, SIZES[0]);
    open_detail(&mut app);
    let card = shop::detail().buyer.unwrap();
    let noted = card.last_note.unwrap().of.order;
    assert_eq!(press(&mut app, "b"), [Effect::WatchDetail(noted)]);
    // The way back is where it was.
    press(&mut app, "\u{1b}");
    assert_eq!(press(&mut app, "B"), [Effect::WatchDetail(card.last_after_sale.unwrap().order)]);
    // That one is not here yet, and leads nowhere.
    assert_eq!(press(&mut app, "b"), []);
    assert!(screen(&app).contains("没有这位买家的别的订单可看"));
}

#[test]
fn the_ship_form() {
    golden("ship", |app| {
        open_detail(app);
        press(app, "sSF140922836633");
        assert!(matches!(app.sheet, Some(Sheet::Ship(_))));
    });
}

#[test]
fn the_outbox() {
    golden("outbox", |app| {
        go_offline(app);
        press(app, "oj");
    });
}

#[test]
fn the_keys() {
    golden("help", |app| drop(press(app, "?")));
}

#[test]
fn offline_a_flag_a_note_and_a_shipment_are_effects_at_once() {
    let mut app = app(Lang::Zh, SIZES[0]);
    go_offline(&mut app);
    open_detail(&mut app);
    let order = shop::list().rows[0].key.clone();
    assert_eq!(press(&mut app, "f2"), [Effect::SetFlag(order.clone(), Some(Flag::Orange))]);
    assert_eq!(press(&mut app, "n！\n"), [Effect::AddNote(order.clone(), "先问红盒还有没有！".to_owned())]);
    // The buyer's remark has to be read before the number can be saved.
    press(&mut app, "sSF140922836633");
    for _ in 0..5 {
        press(&mut app, "\t");
    }
    let effects = press(&mut app, "\n\n");
    let Some(Effect::Ship(shipped, draft)) = effects.last() else { panic!("{effects:?}\n{}", screen(&app)) };
    assert_eq!(*shipped, order);
    assert_eq!(draft.parcels.len(), 1);
    assert_eq!(draft.parcels[0].waybill, "SF140922836633");
    assert_eq!(draft.parcels[0].items, Some(vec![(0, 1), (1, 1)]));
}

#[test]
fn what_was_typed_survives_escape() {
    let mut app = app(Lang::Zh, SIZES[0]);
    open_detail(&mut app);
    press(&mut app, "sSF1\u{1b}");
    assert!(app.sheet.is_none());
    press(&mut app, "s");
    let Some(Sheet::Ship(form)) = &app.sheet else { panic!("no form") };
    assert_eq!(form.parcels[0].waybill.text(), "SF1");
}

#[test]
fn missed_deadlines_leave_room_for_those_to_come() {
    let mut app = app(Lang::Zh, SIZES[1]);
    let mut home = shop::home();
    let (missed, coming) = (home.deadlines[0].clone(), home.deadlines[1].clone());
    home.deadlines = [vec![missed; 8], vec![coming; 8]].concat();
    app.update(Event::Home(Box::new(home.clone())));
    assert_eq!(app.home_deadlines(), [0, 1, 8, 9, 10]);
    home.deadlines.truncate(9);
    app.update(Event::Home(Box::new(home)));
    assert_eq!(app.home_deadlines(), [0, 1, 2, 3, 8]);
}

#[test]
fn the_cursor_stays_on_what_it_was_on_while_the_home_tab_changes() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "jj");
    let mut home = shop::home();
    home.deadlines.remove(0);
    app.update(Event::Home(Box::new(home.clone())));
    let opened = press(&mut app, "\n");
    assert_eq!(opened, [Effect::WatchDetail(shop::home().deadlines[2].order.clone())]);
    // On the first place it stays on the first: the most urgent comes there.
    press(&mut app, "\u{1b}kk");
    home.deadlines.insert(0, shop::home().deadlines[0].clone());
    app.update(Event::Home(Box::new(home)));
    assert_eq!(press(&mut app, "\n"), [Effect::WatchDetail(shop::home().deadlines[0].order.clone())]);
}

#[test]
fn what_is_not_known_is_no_zero() {
    let mut app = app(Lang::Zh, SIZES[0]);
    let mut home = shop::home();
    home.as_of = None;
    for counter in &mut home.counters {
        counter.value = 0;
    }
    app.update(Event::Home(Box::new(home)));
    assert_eq!(screen(&app).matches('—').count(), 6, "{}", screen(&app));
}

#[test]
fn only_a_pull_that_lasts_is_told_of() {
    let mut app = app(Lang::Zh, SIZES[0]);
    app.update(Event::Sync(status(Activity::Pulling)));
    app.update(Event::Sync(status(Activity::Pulling)));
    assert!(!screen(&app).contains("正在同步"));
    app.update(Event::Tick(shop::NOW.plus(Span::seconds(1))));
    assert!(screen(&app).contains("正在同步"));
    app.update(Event::Sync(status(Activity::Idle)));
    assert!(!screen(&app).contains("正在同步"));
}

#[test]
fn the_cursor_stays_at_the_top_until_somebody_looks_and_then_on_its_row() {
    let mut app = app(Lang::Zh, SIZES[0]);
    let mut longer = shop::list();
    longer.rows.rotate_right(1);
    app.update(Event::List(Box::new(longer.clone())));
    assert_eq!(app.orders.cursor, 0);
    press(&mut app, "4");
    app.update(Event::List(Box::new(shop::list())));
    assert_eq!(app.selected_row().map(|row| &row.key), longer.rows.first().map(|row| &row.key));
}

#[test]
fn a_key_with_ctrl_means_nothing_on_a_page() {
    let mut app = app(Lang::Zh, SIZES[0]);
    open_detail(&mut app);
    let effects = app.update(Event::Key(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)));
    assert_eq!((effects, app.sheet), (Vec::new(), None));
}
