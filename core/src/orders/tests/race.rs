//! A shipment is in sight at every moment: while it moves from one file to the other, whoever reads at the same time sees it in at least
//! one of them.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use shopkeeper_protocol::CommandId;

use super::desk::{Desk, START, all_in, order, shipped};
use crate::orders::{Flag, FlagFilter, OrderFilter, OrderSort, OrderTab, Shipping, Window};
use crate::store::outbox::CommandState;
use crate::sync::Version;

const ROUNDS: u32 = 60;

#[tokio::test(start_paused = true)]
async fn while_a_command_is_pruned_no_read_sees_neither_it_nor_its_effect() {
    let desk = Desk::new();
    let (over, reads) = (AtomicBool::new(false), AtomicU64::new(0));
    let told = order("1001");
    let (key, nobody) = ("wx:1".into(), CommandId::from_bytes([9; 16]));
    desk.put("wx:1", &told);
    desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    std::thread::scope(|scope| {
        let look = || {
            let mut revision = 0;
            while !over.load(Ordering::Acquire) {
                let detail = desk.orders.detail(&key).unwrap();
                assert!(detail.revision >= revision, "revisions rise");
                revision = detail.revision;
                assert_ne!(detail.row.shipping, Shipping::None);
                let parcels = detail.parcels.iter().filter(|parcel| parcel.waybill == "SF1234567890").count();
                assert_eq!(parcels, 1, "{:?}", detail.parcels);
                let left: u32 = detail.lines.iter().map(|line| line.remaining).sum();
                assert_eq!(left, 0, "nothing can be put into a second parcel");
                let pieces: u32 = detail.lines.iter().map(|line| line.shipped + line.saved).sum();
                assert_eq!(pieces, 3);
                let list = desk.orders.list(&OrderFilter::default(), OrderSort::Newest, &Window::top(10)).unwrap();
                assert_ne!(list.rows[0].shipping, Shipping::None);
                reads.fetch_add(1, Ordering::Relaxed);
            }
        };
        let readers = [scope.spawn(look), scope.spawn(look)];
        // Commits that have nothing to do with it, so many that hardly a read gets by without meeting some.
        let busy = scope.spawn(|| {
            for at in (0..).take_while(|_| !over.load(Ordering::Acquire)) {
                desk.store.write_cache(|tx| tx.put_outcome(&nobody, Version { generation: 1, seq: at }, "{}")).unwrap();
            }
        });
        for _ in 0..ROUNDS {
            // Delivered: the new reading, its outcome, the end of the command. Then a merchant's nightmare, backwards: the parcel is typed
            // again while the order is still shown as shipped, and the platform takes the old one back.
            let seen = desk.put("wx:1", &shipped(&told, "SF1234567890", START));
            desk.all_become("wx:1", &CommandState::Done { seen });
            let rows = desk.store.overlays().of(&key).to_vec();
            desk.store.write_actions(|tx| rows.iter().try_for_each(|row| tx.remove_command(row))).unwrap();
            let rows: Vec<_> = rows
                .iter()
                .map(|row| crate::store::outbox::CommandRow { state: CommandState::Waiting, ..(**row).clone() })
                .collect();
            desk.store.write_actions(|tx| rows.iter().try_for_each(|row| tx.add_command(row.clone()))).unwrap();
            desk.put("wx:1", &told);
        }
        over.store(true, Ordering::Release);
        for reader in readers {
            reader.join().unwrap();
        }
        busy.join().unwrap();
    });
    assert!(reads.load(Ordering::Relaxed) > 0);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_began_before_a_prune_sees_the_command_to_its_end() {
    let desk = Desk::new();
    let key = "wx:1".into();
    desk.put("wx:1", &order("1001"));
    desk.orders.ship(&key, &all_in("SF1234567890")).unwrap();
    let before = desk.store.revision();
    let seen = desk.store.view(|view| {
        let done = desk.put("wx:1", &shipped(&order("1001"), "SF1234567890", START));
        desk.all_become("wx:1", &CommandState::Done { seen: done });
        let rows = desk.store.overlays().of(&key).to_vec();
        desk.store.write_actions(|tx| rows.iter().try_for_each(|row| tx.remove_command(row)))?;
        let row = view.cache.order_row(&key)?.unwrap();
        let commands = view.local.overlays.of(&key);
        let anchor = row.anchor(&OrderFilter::default(), OrderSort::Newest);
        Ok((view.revision, crate::orders::compose::row(row, anchor, None, commands).shipping))
    });
    assert_eq!(seen, Ok((before, Shipping::Saved)));
    assert_eq!(desk.row("wx:1").shipping, Shipping::Recorded { all: true });
}

#[tokio::test(start_paused = true)]
async fn badge_and_list_agree_while_taps_and_readings_race() {
    let desk = Desk::new();
    for n in 0..8 {
        desk.put(&format!("wx:{n}"), &order(&format!("100{n}")));
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let look = || {
            while !over.load(Ordering::Acquire) {
                for tab in OrderTab::EVERY {
                    let filter = OrderFilter { tab, ..OrderFilter::default() };
                    let list = desk.orders.list(&filter, OrderSort::MostUrgent, &Window::top(50)).unwrap();
                    let rows = u64::try_from(list.rows.len()).unwrap();
                    assert_eq!(list.count, crate::orders::Count::Exact(rows), "{tab:?}");
                }
            }
        };
        let reader = scope.spawn(look);
        for round in 0..ROUNDS {
            let key = format!("wx:{}", round % 8);
            if let Ok(receipt) = desk.orders.ship(&key.as_str().into(), &all_in(&format!("SF12345678{round:02}"))) {
                desk.put(&key, &shipped(&order(&format!("100{}", round % 8)), "SF0000000000", START));
                desk.outbox.withdraw(&receipt.command).unwrap();
                desk.put(&key, &order(&format!("100{}", round % 8)));
            }
        }
        over.store(true, Ordering::Release);
        reader.join().unwrap();
    });
}

#[tokio::test(start_paused = true)]
async fn a_filter_follows_a_tap_though_somebody_else_is_writing_the_mirror() {
    let desk = Desk::new();
    desk.put("wx:1", &order("1001"));
    let key = "wx:1".into();
    let flagged = OrderFilter { flag: Some(FlagFilter::Any), ..OrderFilter::default() };
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // As the mirror's task, a moment after each tap.
        let mirror = scope.spawn(|| {
            while !over.load(Ordering::Acquire) {
                desk.store.mirror_due().unwrap();
            }
        });
        let missed = (0..ROUNDS * 5).filter(|round| {
            let wanted = (round % 2 == 0).then_some(Flag::Red);
            desk.orders.set_flag(&key, wanted).unwrap();
            let list = desk.orders.list(&flagged, OrderSort::Newest, &Window::top(10)).unwrap();
            list.rows.len() != usize::from(wanted.is_some())
        });
        let missed = missed.count();
        over.store(true, Ordering::Release);
        mirror.join().unwrap();
        assert_eq!(missed, 0, "lists that did not know of the tap before them");
    });
}
