//! The search page: what each key asks for, which answers count, and how it all looks.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;
use shopkeeper_cli::phrase;
use shopkeeper_cli::tui::theme::{Depth, Ground, Theme};
use shopkeeper_cli::tui::{Answer, App, Effect, Event, Page, SearchFocus, Sheet, Tab, view};
use shopkeeper_cli::words::{Lang, Words};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::orders::{
    Count, Covered, Extent, Field, From, Highlight, SearchAnswer, SearchHit, SearchResults, Window,
};

use super::{SIZES, app, golden, press, screen, shop};

/// A highlight of every place of a word in a field.
fn found(field: Field, at: u32, text: &str, word: &str) -> Highlight {
    let ranges = text.match_indices(word).map(|(at, word)| at..at + word.len()).collect();
    Highlight { field, at, text: text.to_owned(), ranges }
}

/// The rows of the list, found by what was typed.
fn results(word: &str, extent: Extent) -> SearchResults {
    let list = shop::list();
    let hits = list.rows.into_iter().map(|row| {
        let mut highlights: Vec<Highlight> = Vec::new();
        for (at, line) in (0..).zip(&row.lines) {
            highlights.push(found(Field::Product, at, &line.title, word));
            highlights.push(found(Field::Sku, at, &line.sku_text, word));
        }
        highlights.push(found(Field::Buyer, 0, &row.buyer, word));
        highlights.push(found(Field::City, 0, &row.city, word));
        highlights.push(found(Field::BuyerNote, 0, &row.buyer_note, word));
        highlights.push(found(Field::PrivateNote, 0, row.note.as_deref().unwrap_or_default(), word));
        highlights.retain(|highlight| !highlight.ranges.is_empty());
        SearchHit { row, highlights }
    });
    let hits: Vec<SearchHit> = hits.collect();
    SearchResults {
        revision: 7,
        count: Count::Exact(hits.len().try_into().unwrap()),
        hits,
        before: None,
        after: None,
        state: shop::state(extent),
        not_indexed: 0,
        covered: Covered::default(),
    }
}

fn answer(app: &App, results: SearchResults) -> Event {
    let query = phrase::searched(app.words, app.search.text().unwrap());
    Event::Search(Box::new(SearchAnswer { query, window: app.search.window.clone(), results }))
}

fn none(extent: Extent) -> SearchResults {
    SearchResults { hits: Vec::new(), count: Count::Exact(0), ..results("桂", extent) }
}

/// In Chinese.
fn asks(text: &str) -> Effect {
    asks_in(Words::of(Lang::Zh), text)
}

fn asks_in(words: Words, text: &str) -> Effect {
    Effect::Search { query: Box::new(phrase::searched(words, text)), window: Window::top(60) }
}

/// On the page, with the answer to a text.
fn searched(app: &mut App, text: &str) {
    press(app, "4/");
    press(app, text);
    let found = results(text, Extent::Complete);
    app.update(answer(app, found));
}

fn code(app: &mut App, code: KeyCode) -> Vec<Effect> {
    app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

#[test]
fn nothing_typed_yet() {
    golden("search", |app| drop(press(app, "/")));
}

#[test]
fn what_was_found_stands_out_and_what_was_not_searched_is_said() {
    golden("search-found", |app| {
        press(app, "4/");
        press(app, "红 6617");
        let since = Some(shop::minutes(-60 * 24 * 400));
        let mut results = results("红", Extent::Partial { since });
        results.hits[2].highlights.insert(0, found(Field::Waybill, 0, "SF14092283666617", "6617"));
        results.hits[1].highlights.push(found(
            Field::PlatformNote,
            0,
            &format!("{}尾号6617", "很长的话".repeat(20)),
            "6617",
        ));
        results.hits.truncate(3);
        results.count = Count::AtLeast(3);
        results.not_indexed = 1_200;
        app.update(answer(app, results));
        code(app, KeyCode::Down);
        code(app, KeyCode::Down);
    });
}

/// What stands out on the screen, row by row.
fn loud(app: &App) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
    let theme = Theme::new(Ground::Light, Depth::True);
    terminal.draw(|frame| view::draw(app, &theme, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let rows = (0..app.size.1).map(|y| {
        let cells = (0..app.size.0).map(|x| &buffer[(x, y)]);
        let loud = cells.filter(|cell| cell.modifier.contains(Modifier::UNDERLINED));
        loud.map(|cell| cell.symbol()).filter(|symbol| *symbol != " ").collect::<String>()
    });
    rows.filter(|row| !row.is_empty()).collect()
}

#[test]
fn the_words_stand_out_where_they_are() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4/x");
    let row = shop::row();
    let fields = [
        found(Field::Number, 0, &row.number, "04821"),
        found(Field::Waybill, 0, "SF14092283666617", "6617"),
        found(Field::Product, 0, "桂花乌龙", "花"),
        found(Field::Sku, 0, "红盒 · 250g", "250"),
        found(Field::Product, 1, "茉莉银针", "银针"),
        found(Field::City, 0, "杭州市", "州"),
        found(Field::BuyerNote, 0, "要红盒，别压坏", "压"),
        found(Field::PrivateNote, 0, "先问红盒还有没有", "有"),
    ];
    let hit = SearchHit { row, highlights: fields.to_vec() };
    let one = answer(&app, SearchResults { hits: vec![hit], count: Count::Exact(1), ..none(Extent::Complete) });
    app.update(one);
    // Of the number the row shows the end only, so it is told whole beside it.
    assert_eq!(loud(&app), ["4821", "花250银针州", "压有有", "04821", "6617"]);
}

#[test]
fn nothing_found_in_all_there_is() {
    golden("search-empty-known", |app| {
        press(app, "4/");
        press(app, "枇杷");
        app.update(answer(app, none(Extent::KnownEmpty)));
    });
}

#[test]
fn nothing_found_in_what_is_here() {
    golden("search-empty-unknown", |app| {
        press(app, "4/");
        press(app, "枇杷");
        let covered = Covered { open: true, since: Some(shop::minutes(-60 * 24 * 400)) };
        app.update(answer(app, SearchResults { covered, ..none(Extent::UnknownEmpty) }));
    });
}

#[test]
fn a_text_that_is_too_long_is_said_at_the_field() {
    golden("search-refused", |app| {
        press(app, "/");
        let text = "很长".repeat(60);
        let effects = app.update(Event::Paste(text.clone()));
        assert_eq!(effects, [asks_in(app.words, &text)]);
        let error = CoreError::BadInput { field: "text", what: "search_too_long".to_owned() };
        app.update(Event::Outcome(effects[0].clone(), Err(error)));
    });
}

#[test]
fn every_key_asks_and_only_the_answer_to_the_last_one_counts() {
    let mut app = app(Lang::Zh, SIZES[0]);
    assert_eq!(press(&mut app, "/"), [Effect::LeaveDetail]);
    assert_eq!(press(&mut app, "红"), [asks("红")]);
    let late = answer(&app, results("红", Extent::Complete));
    assert_eq!(press(&mut app, "盒"), [asks("红盒")]);
    app.update(late);
    assert!(app.search.answer.is_none(), "an answer to a text that is gone");
    let now = answer(&app, results("红盒", Extent::Complete));
    app.update(now);
    assert_eq!(app.search.current().map(|answer| answer.results.hits.len()), Some(4));
    // Moving in the text asks nothing.
    assert_eq!(code(&mut app, KeyCode::Left), []);
    assert_eq!(code(&mut app, KeyCode::Backspace), [asks("盒")]);
    assert!(app.search.current().is_none() && app.search.hits().len() == 4, "shown until the next answer is here");
    assert_eq!(code(&mut app, KeyCode::Delete), [Effect::LeaveSearch]);
    assert!(app.search.hits().is_empty());
    assert_eq!(press(&mut app, "   "), [], "blanks ask for nothing");
}

#[test]
fn letters_are_typed_until_the_cursor_is_on_what_was_found() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "/");
    assert_eq!(press(&mut app, "q?a1").last(), Some(&asks("q?a1")), "no key of a page is one in a field");
    app.update(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    press(&mut app, "红");
    let found = answer(&app, results("红", Extent::Complete));
    app.update(found);
    press(&mut app, "f");
    assert!(app.sheet.is_none(), "an f was typed");
    code(&mut app, KeyCode::Backspace);
    let found = answer(&app, results("红", Extent::Complete));
    app.update(found);
    code(&mut app, KeyCode::Down);
    assert_eq!(app.search.focus, SearchFocus::Hits);
    let rows = shop::list().rows;
    press(&mut app, "jf");
    assert!(matches!(&app.sheet, Some(Sheet::PickFlag { order, .. }) if *order == rows[1].key));
    press(&mut app, "\u{1b}n");
    assert!(matches!(&app.sheet, Some(Sheet::Note { order, platform: false, .. }) if *order == rows[1].key));
    press(&mut app, "\u{1b}p");
    assert!(matches!(&app.sheet, Some(Sheet::Note { platform: true, .. })));
    press(&mut app, "\u{1b}");
    assert_eq!(press(&mut app, "s"), [Effect::WatchDetail(rows[1].key.clone()), Effect::LeaveSearch]);
    // Esc goes back to the hits, and asks again for what stands there.
    assert_eq!(press(&mut app, "\u{1b}"), [Effect::LeaveDetail, asks("红")]);
    assert_eq!(app.search.selected().map(|row| &row.key), Some(&rows[1].key));
    press(&mut app, "kk");
    assert_eq!(app.search.focus, SearchFocus::Text, "above the first is the field");
    code(&mut app, KeyCode::Down);
    press(&mut app, "//");
    assert_eq!(app.search.field.text(), "红/", "the first goes to the field, the second is typed");
}

#[test]
fn the_text_is_kept_on_every_way_back() {
    let mut app = app(Lang::Zh, SIZES[0]);
    searched(&mut app, "桂花");
    let first = shop::list().rows[0].key.clone();
    assert_eq!(press(&mut app, "\n"), [Effect::WatchDetail(first), Effect::LeaveSearch]);
    press(&mut app, "\u{1b}");
    assert_eq!(app.page(), Some(&Page::Search));
    assert_eq!(press(&mut app, "\u{1b}"), [Effect::LeaveDetail, Effect::LeaveSearch]);
    assert_eq!((app.page(), app.tab), (None, Tab::Shop));
    // From another tab too.
    press(&mut app, "1");
    assert_eq!(press(&mut app, "/"), [Effect::LeaveDetail, asks("桂花")]);
    assert!(screen(&app).contains("桂花"), "{}", screen(&app));
    code(&mut app, KeyCode::Tab);
    assert_eq!((app.tab, app.search.is_watched), (Tab::Messages, false));
}

#[test]
fn enter_before_the_answer_opens_its_first_order_and_another_key_takes_that_back() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "/");
    assert_eq!(press(&mut app, "桂\n"), [asks("桂")]);
    let found = answer(&app, results("桂", Extent::Complete));
    let opened = app.update(found);
    assert_eq!(opened, [Effect::WatchDetail(shop::list().rows[0].key.clone()), Effect::LeaveSearch]);
    press(&mut app, "\u{1b}花\n乌");
    let found = answer(&app, results("桂花乌", Extent::Complete));
    assert_eq!(app.update(found), []);
    assert_eq!(app.page(), Some(&Page::Search));
}

#[test]
fn the_cursor_stays_on_its_order_when_what_is_found_changes() {
    let mut app = app(Lang::Zh, SIZES[0]);
    searched(&mut app, "桂");
    code(&mut app, KeyCode::Down);
    press(&mut app, "jj");
    let chosen = app.search.selected().unwrap().key.clone();
    let mut moved = results("桂", Extent::Complete);
    moved.hits.remove(0);
    let moved = answer(&app, moved);
    app.update(moved);
    assert_eq!(app.search.selected().map(|row| row.key.clone()), Some(chosen));
    // When nothing is left to stand on, the field has the keys.
    let gone = answer(&app, none(Extent::KnownEmpty));
    app.update(gone);
    assert_eq!(app.search.focus, SearchFocus::Text);
}

#[test]
fn the_window_follows_the_cursor_and_a_page_that_ended_early_goes_on() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4/桂");
    let row = shop::row();
    let hit = SearchHit { row: row.clone(), highlights: vec![found(Field::Product, 0, "桂花乌龙", "桂")] };
    let long = SearchResults {
        hits: vec![hit; 60],
        count: Count::AtLeast(60),
        after: Some(row.anchor.clone()),
        ..none(Extent::Complete)
    };
    let event = answer(&app, long.clone());
    assert_eq!(app.update(event), []);
    code(&mut app, KeyCode::Down);
    let below = Window { from: From::After(row.anchor.clone()), size: 60 };
    assert_eq!(
        press(&mut app, &"j".repeat(45)),
        [Effect::Search { query: Box::new(phrase::searched(app.words, "桂")), window: below.clone() }]
    );
    press(&mut app, "g");
    assert_eq!(app.search.window, Window::top(60));
    // Nothing on this page and more behind it.
    let event = answer(&app, SearchResults { hits: Vec::new(), count: Count::AtLeast(0), ..long });
    assert_eq!(
        app.update(event),
        [Effect::Search { query: Box::new(phrase::searched(app.words, "桂")), window: below }]
    );
    assert!(!screen(&app).contains("没有"), "nothing is claimed yet:\n{}", screen(&app));
}

#[test]
fn anything_can_be_typed_and_pasted() {
    let mut app = app(Lang::Zh, SIZES[1]);
    press(&mut app, "/");
    assert_eq!(press(&mut app, "🙏👨‍👩‍👧é\"*'").last(), Some(&asks("🙏👨‍👩‍👧é\"*'")));
    screen(&app);
    app.update(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    assert_eq!(app.update(Event::Paste("红\u{1b}[2J盒\r\n\t茶".to_owned())), [asks("红 [2J盒   茶")]);
    app.update(Event::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)));
    assert_eq!(app.update(Event::Paste("\u{0}\u{7}\u{85}".to_owned())), [], "nothing is left of it");
    let long = "长".repeat(10_000);
    let typed = app.update(Event::Paste(long.clone()));
    assert_eq!(typed, [asks(&format!("   {long}"))]);
    press(&mut app, &"z".repeat(200));
    let drawn = screen(&app);
    assert!(drawn.contains("zz▏") && !drawn.contains("zzz▏ "), "the end of the text is in sight:\n{drawn}");
}

#[test]
fn a_refusal_ends_the_old_hits_and_the_next_key_asks_again() {
    let mut app = app(Lang::En, SIZES[0]);
    searched(&mut app, "a b c d e f g h");
    let typed = press(&mut app, " i");
    let error = CoreError::BadInput { field: "text", what: "search_too_many_words".to_owned() };
    app.update(Event::Outcome(typed.last().unwrap().clone(), Err(error)));
    let drawn = screen(&app);
    assert!(drawn.contains("! Too many words") && app.search.hits().is_empty(), "{drawn}");
    assert!(app.notice.is_none(), "it is said at the field");
    assert_eq!(press(&mut app, "\n"), [], "there is nothing to wait for");
    let again = asks_in(app.words, "a b c d e f g h ");
    assert_eq!(code(&mut app, KeyCode::Backspace), std::slice::from_ref(&again));
    app.update(Event::Outcome(again, Ok(Answer::Nothing)));
    assert!(app.search.refused.is_none());
}
