//! Marked orders: one flag, one note, one run.

use shopkeeper_cli::tui::{Sheet, ShipRun, Standing};
use shopkeeper_core::error::CoreError;
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{BATCH, Flag, OrderDetail, OrderList, OrderRow, Receipt, ShipDraft};
use shopkeeper_protocol::CommandId;

use super::*;

fn keys() -> Vec<OrderKey> {
    shop::list().rows.into_iter().map(|row| row.key).collect()
}

fn refused(code: &str) -> CoreError {
    CoreError::NotPossible(code.into())
}

fn answer(app: &mut App, effect: &Effect, result: Result<Answer, CoreError>) -> Vec<Effect> {
    app.update(Event::Outcome(effect.clone(), result))
}

#[test]
fn marked_orders() {
    golden("list-marked", |app| drop(press(app, "4  ")));
    golden("batch-flag", |app| drop(press(app, "4Af")));
    golden("batch-note", |app| drop(press(app, "4An下午统一发")));
    golden("batch-refused", |app| {
        let sent = press(app, "4Af1");
        let mut batch: Vec<_> = keys().into_iter().map(|key| (key, Ok(()))).collect();
        batch[3].1 = Err(CoreError::NotFound("order"));
        answer(app, sent.last().unwrap(), Ok(Answer::Batch(batch)));
    });
}

#[test]
fn space_marks_and_one_key_marks_all_or_none() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4  ");
    assert_eq!(app.orders.marks.keys(), keys()[..2]);
    press(&mut app, "k ");
    assert_eq!(app.orders.marks.keys(), keys()[..1]);
    press(&mut app, "A");
    assert_eq!(app.orders.marks.keys().len(), 4);
    press(&mut app, "A");
    assert!(app.orders.marks.is_empty());
    press(&mut app, " \u{1b}");
    assert!(app.orders.marks.is_empty());
    // Another list: what is out of sight is not acted on.
    press(&mut app, "A");
    app.update(Event::Key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE)));
    assert!(app.orders.marks.is_empty());
}

#[test]
fn more_than_two_hundred_are_not_marked_and_it_is_said() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4");
    let rows = (0..=BATCH).map(|at| OrderRow { key: format!("wx:{at}").as_str().into(), ..shop::row() });
    app.update(Event::List(Box::new(OrderList { rows: rows.collect(), ..shop::list() })));
    press(&mut app, "A");
    assert_eq!(app.orders.marks.keys().len(), BATCH);
    assert!(screen(&app).contains("一次最多选 200 单"), "{}", screen(&app));
}

#[test]
fn a_flag_for_many_names_each_order_that_refused() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4");
    let sent = press(&mut app, "Af2");
    assert_eq!(sent, [Effect::FlagMany(keys(), Some(Flag::Orange))]);
    let mut batch: Vec<_> = keys().into_iter().map(|key| (key, Ok(()))).collect();
    batch[1].1 = Err(CoreError::NotFound("order"));
    answer(&mut app, &sent[0], Ok(Answer::Batch(batch)));
    assert_eq!(app.orders.marks.keys(), keys()[1..2], "what was refused stays marked");
    let drawn = screen(&app);
    assert!(drawn.contains("3 单已插橙旗 · 1 单没成") && drawn.contains("#…4821"), "{drawn}");
    // All well: nothing stays marked, and one line says it.
    let sent = press(&mut app, "\nf0");
    assert_eq!(sent, [Effect::FlagMany(keys()[1..2].to_vec(), None)]);
    answer(&mut app, &sent[0], Ok(Answer::Batch(vec![(keys()[1].clone(), Ok(()))])));
    assert!(app.orders.marks.is_empty());
    assert!(screen(&app).contains("1 单已拔旗"), "{}", screen(&app));
}

#[test]
fn a_note_for_many_survives_escape_and_a_full_disk() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4An下午发\u{1b}");
    assert!(app.sheet.is_none());
    let sent = press(&mut app, "n！\n");
    assert_eq!(sent, [Effect::NoteMany(keys(), "下午发！".to_owned())]);
    answer(&mut app, &sent[0], Err(CoreError::StorageFull));
    assert!(matches!(&app.sheet, Some(Sheet::NoteMany { field }) if field.text() == "下午发！"), "{:?}", app.sheet);
    assert_eq!(app.orders.marks.keys(), keys());
}

/// Answers a look-up with an order that can be shipped, unless a reason is given.
fn look(app: &mut App, effects: &[Effect], cannot_ship: Option<&str>) -> Vec<Effect> {
    let Some(Effect::LookAt(key)) = effects.last() else { panic!("{effects:?}") };
    let list = shop::list();
    let row = list.rows.iter().find(|row| row.key == *key).unwrap().clone();
    let detail = OrderDetail { row, cannot_ship: cannot_ship.map(Into::into), ..shop::detail() };
    answer(app, effects.last().unwrap(), Ok(Answer::Order(Box::new(detail))))
}

fn run(app: &App) -> &ShipRun {
    match &app.sheet {
        Some(Sheet::ShipRun(run)) => run,
        other => panic!("{other:?}"),
    }
}

fn saved(at: u8) -> Result<Answer, CoreError> {
    Ok(Answer::Receipt(Receipt { command: CommandId::from_bytes([at; 16]), undo_until: shop::minutes(1) }))
}

fn draft(effects: &[Effect]) -> (OrderKey, ShipDraft) {
    match effects.last() {
        Some(Effect::Ship(key, draft)) => (key.clone(), draft.clone()),
        other => panic!("{other:?}"),
    }
}

/// A run over four orders: the first cannot be shipped, the second has a remark and is saved, the third is refused.
fn halfway(app: &mut App) {
    let first = press(app, "4As");
    let second = look(app, &first, Some("address_request_pending"));
    look(app, &second, None);
    press(app, "SF140922836633\n");
    let sent = press(app, "\n");
    let third = answer(app, sent.last().unwrap(), saved(1));
    look(app, &third, None);
    let sent = press(app, "SF140922836633\n");
    answer(app, sent.last().unwrap(), Err(refused("waybill_used")));
}

#[test]
fn a_run_over_marked_orders() {
    golden("run", |app| {
        let first = press(app, "4As");
        let second = look(app, &first, Some("address_request_pending"));
        look(app, &second, None);
        press(app, "SF140922836633\n");
    });
    golden("run-refused", halfway);
    golden("run-end", |app| {
        halfway(app);
        press(app, "\u{1b}");
    });
}

#[test]
fn each_waybill_of_a_run_is_saved_as_it_is_entered() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4");
    let first = press(&mut app, "As");
    assert_eq!(first, [Effect::LookAt(keys()[0].clone())]);
    // It cannot be shipped: passed over, and the next is looked up.
    let second = look(&mut app, &first, Some("address_request_pending"));
    assert_eq!(second, [Effect::LookAt(keys()[1].clone())]);
    look(&mut app, &second, None);
    assert_eq!(press(&mut app, "\n"), [], "there is no waybill yet");
    assert_eq!(press(&mut app, "SF140922836633\n"), [], "the buyer's words were not read yet");
    let sent = press(&mut app, "\n");
    let (key, parcels) = draft(&sent);
    assert_eq!((&key, parcels.parcels[0].waybill.as_str()), (&keys()[1], "SF140922836633"));
    assert_eq!((&parcels.parcels[0].carrier, &parcels.parcels[0].items), (&None, &None));
    let third = answer(&mut app, &sent[0], saved(1));
    assert_eq!(third, [Effect::LookAt(keys()[2].clone())]);
    look(&mut app, &third, None);
    // Refused: the number stays and is mended.
    let sent = press(&mut app, "SF14092283663\n");
    assert_eq!(answer(&mut app, &sent[0], Err(refused("waybill_length"))), []);
    assert_eq!(run(&app).at, 2);
    app.update(Event::Key(KeyEvent::new(KeyCode::Right, KeyModifiers::NONE)));
    let sent = press(&mut app, "41\n");
    assert_eq!(draft(&sent).1.parcels[0].waybill, "SF1409228366341");
    let fourth = answer(&mut app, &sent[0], saved(2));
    look(&mut app, &fourth, None);
    // The last is left out with a number typed; the end says so, and the number is there the next time.
    press(&mut app, "YT88\t");
    assert!(run(&app).order().is_none());
    let stand: Vec<bool> = run(&app).orders.iter().map(|order| order.standing == Standing::Saved).collect();
    assert_eq!(stand, [false, true, true, false]);
    press(&mut app, "\n");
    assert_eq!((app.sheet.is_none(), app.orders.marks.keys()), (true, vec![keys()[0].clone(), keys()[3].clone()]));
    press(&mut app, "s");
    assert_eq!(run(&app).orders[1].waybill.text(), "YT88");
}

#[test]
fn a_number_that_is_scanned_next_never_grows_onto_the_one_before() {
    let mut app = app(Lang::Zh, SIZES[0]);
    press(&mut app, "4");
    let first = press(&mut app, "As");
    let second = look(&mut app, &first, Some("address_request_pending"));
    look(&mut app, &second, None);
    // The remark stops the first number; whoever does not look scans on, and nothing is saved.
    assert_eq!(press(&mut app, "SF140922836633\nSF140922836641\n"), []);
    app.update(Event::Paste("SF140922836658".to_owned()));
    assert_eq!(press(&mut app, "\n"), [], "a number that was not there when the remark was asked for");
    assert_eq!(run(&app).order().unwrap().waybill.text(), "SF140922836658");
    let sent = press(&mut app, "\n");
    assert_eq!(draft(&sent).1.parcels[0].waybill, "SF140922836658");
    // A refused one is replaced as well.
    let third = answer(&mut app, &sent[0], saved(1));
    look(&mut app, &third, None);
    let sent = press(&mut app, "SF140922836658\n");
    answer(&mut app, &sent[0], Err(refused("waybill_used")));
    let sent = press(&mut app, "SF140922836666\n");
    assert_eq!(draft(&sent).1.parcels[0].waybill, "SF140922836666");
}
