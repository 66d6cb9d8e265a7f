//! Lives of the relay: restarted, crashed, and restored from an old copy of its folder.
//!
//! A new life is a new incarnation. A phone whose cursor that life knows goes on as if nothing had been; one that has seen more than a
//! restored store ever will begins a new generation. Whatever a merchant put on the phone is touched by neither.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use shopkeeper_core::orders::Flag;
use shopkeeper_protocol::path;

use super::road::{deliveries, whole};
use crate::support::equal::the_phone_equals_the_books;
use crate::support::live::{Phone, Town, key, until_true};
use crate::support::wire::Lose;

/// Which generation the phone is in, and whose life its cursor is of.
fn place(phone: &Phone) -> (i64, String) {
    let file = phone.shop_dir().join("cache.db");
    let cache = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the phone's cache");
    let row =
        cache.query_row("SELECT generation, incarnation FROM sync_state", [], |row| Ok((row.get(0)?, row.get(1)?)));
    row.expect("where the sync stands")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_relay_is_another_life_and_the_same_history() {
    let mut town = Town::quiet(13, 30).await;
    let id = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let mut phone = town.ready_phone("counter").await;
    let (generation, life) = place(&phone);
    let orders = phone.core().orders().expect("a paired phone");
    orders.set_flag(&key(id), Some(Flag::Blue)).expect("a flag");
    orders.ship(&key(id), &whole("SF1000000000001")).expect("nothing speaks against it");

    // It crashes with the command accepted and perhaps done, and nobody told.
    phone.wire.lose_next(path::COMMANDS, Lose::ReplyAndLink);
    phone.after_the_undo_window(&town);
    until_true("the command is lost from sight", || phone.wire.still_to_lose() == 0).await;
    town.crash_relay();
    let new = town.paid_order(&[("新疆灰枣", "500克", 1)]);
    town.start_relay().await;
    phone.wire.join();
    phone.all_delivered().await;
    phone.sync().await;
    until_true("the new order is here", || phone.knows(new)).await;
    assert_eq!(deliveries(&town.books(), id), [["SF1000000000001"]]);
    the_phone_equals_the_books(&phone, &town);
    let (now, lives_now) = place(&phone);
    assert_eq!(now, generation, "the history is the same");
    assert_ne!(lives_now, life, "the life is another one");

    // Ended in order, and opened again.
    town.stop_relay().await;
    let late = town.paid_order(&[("新疆灰枣", "2500克", 1)]);
    town.start_relay().await;
    phone.sync().await;
    until_true("the late order is here", || phone.knows(late)).await;
    the_phone_equals_the_books(&phone, &town);
    assert_eq!(place(&phone).0, generation);
    assert_eq!(phone.detail(id).row.flag, Some(Flag::Blue));
    town.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_restored_from_an_old_copy_ends_equal_and_doubles_nothing() {
    let mut town = Town::quiet(13, 30).await;
    let delivered = town.paid_order(&[("桂花乌龙茶", "125克", 2)]);
    let in_doubt = town.paid_order(&[("柳州螺蛳粉", "10包", 1)]);
    let waiting = town.paid_order(&[("薄皮核桃", "500克", 2)]);
    let mut phone = town.ready_phone("counter").await;
    let (generation, _) = place(&phone);
    town.stop_relay().await;
    let copy = town.dir().join("copy");
    copy_folder(&town.relay_dir(), &copy);
    town.start_relay().await;

    // Everything that follows is known to the phone and the platform, and to no relay that is restored.
    let orders = phone.core().orders().expect("a paired phone");
    orders.set_flag(&key(waiting), Some(Flag::Purple)).expect("a flag");
    orders.add_note(&key(waiting), "等客户补差价").expect("a private note");
    orders.ship(&key(delivered), &whole("SF1000000000001")).expect("nothing speaks against it");
    phone.after_the_undo_window(&town);
    phone.all_delivered().await;
    let new = town.paid_order(&[("新疆灰枣", "500克", 1)]);
    town.world(|world, now| world.colleague_notes(now, new, "送礼用")).expect("an order");
    phone.sync().await;
    until_true("the phone is ahead of the copy", || {
        phone.knows(new) && phone.detail(new).row.merchant_note == "送礼用"
    })
    .await;
    let orders = phone.core().orders().expect("a paired phone");
    orders.ship(&key(in_doubt), &whole("SF1000000000002")).expect("nothing speaks against it");
    phone.wire.lose_next(path::COMMANDS, Lose::ReplyAndLink);
    phone.after_the_undo_window(&town);
    until_true("it was done and the phone does not know", || {
        phone.wire.still_to_lose() == 0 && town.books().deliveries_of(in_doubt) == 1
    })
    .await;
    let orders = phone.core().orders().expect("a paired phone");
    orders.ship(&key(waiting), &whole("SF1000000000003")).expect("nothing speaks against it");
    phone.after_the_undo_window(&town);

    town.crash_relay();
    restore(&mut town, &copy).await;
    assert_eq!(phone.detail(waiting).row.flag, Some(Flag::Purple));
    phone.wire.join();
    phone.all_delivered().await;
    phone.sync().await;
    until_true("a new generation has everything", || place(&phone).0 > generation).await;
    phone.has_everything(&town).await;

    let books = town.books();
    assert_eq!(deliveries(&books, delivered), [["SF1000000000001"]]);
    assert_eq!(deliveries(&books, in_doubt), [["SF1000000000002"]], "read back, not done again");
    assert_eq!(deliveries(&books, waiting), [["SF1000000000003"]]);
    the_phone_equals_the_books(&phone, &town);
    let detail = phone.detail(waiting);
    assert_eq!((detail.row.flag, detail.row.note.as_deref()), (Some(Flag::Purple), Some("等客户补差价")));
    town.close().await;
}

/// Puts the copy in the place of the relay's folder. The life before may still be writing its last words, so they are waited for.
async fn restore(town: &mut Town, copy: &Path) {
    let dir = town.relay_dir();
    // Whoever opens it is alone with it.
    town.start_relay().await;
    town.stop_relay().await;
    std::fs::remove_dir_all(&dir).expect("the folder goes");
    copy_folder(copy, &dir);
    town.start_relay().await;
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a plain file");
    }
}
