//! The promises can fail: for each of them, a world that breaks it is found out.
//!
//! A small honest world is played, and judged good. Then its evidence is falsified in one place, as a bug would have it, and the judgement
//! must name exactly that. The last test breaks the network instead of the evidence.

use std::path::Path;
use std::time::Duration;

use shopkeeper_core::orders::{Flag, OrderFilter, OrderSort, OrderTab, ParcelDraft, ShipDraft, Window};
use shopkeeper_core::outbox::{ItemState, OutboxItem, WorkKind};
use shopkeeper_core::time::Instant;
use shopkeeper_sandbox::world::{Effect, EffectKind};

use super::evidence::Evidence;
use super::in_one_thread;
use super::ledger::{Ledger, TakenBack, Wish};
use super::promises::{self, Broken};
use super::world::SimWorld;

/// Two orders, of which one is shipped and one noted, a flag and a private note.
struct Honest {
    evidence: Evidence,
    ledger: Ledger,
    shipped: String,
}

impl Honest {
    async fn play(dir: &Path) -> Self {
        let world = SimWorld::new(5, dir, 20, 2).await;
        for phone in &world.phones {
            phone.core().sync().unwrap().now().await.unwrap();
        }
        let mut ledger = Ledger::default();
        let orders = world.phones[0].core().orders().unwrap();
        let filter = OrderFilter { tab: OrderTab::ToShip, ..OrderFilter::default() };
        let row = orders.list(&filter, OrderSort::MostUrgent, &Window::top(1)).unwrap().rows.remove(0);
        let parcel = ParcelDraft { carrier: Some("SF".into()), waybill: "SF0000000000001".into(), items: None };
        let shipped = orders.ship(&row.key, &ShipDraft { parcels: vec![parcel] }).unwrap().command;
        let waybills = vec!["SF0000000000001".to_owned()];
        ledger.confirm(shipped, 0, row.key.clone(), Wish::Ship { waybills });
        let noted = orders.write_platform_note(&row.key, "备注一").unwrap().command;
        ledger.confirm(noted, 0, row.key.clone(), Wish::Note { text: "备注一".into() });
        orders.set_flag(&row.key, Some(Flag::Red)).unwrap();
        ledger.flags.insert((0, row.key.clone()), Some(Flag::Red));
        orders.add_note(&row.key, "私密一").unwrap();
        ledger.notes.insert((0, row.key.clone()), vec!["私密一".into()]);
        world.pass(Duration::from_secs(120)).await;
        Self { evidence: Evidence::whole(&world), ledger, shipped: row.number }
    }

    fn judge(&self) -> Result<(), Broken> {
        promises::finally(&self.evidence, &self.ledger)
    }
}

/// Plays, falsifies, and expects to be found out with these words.
fn is_found_out(words: &str, falsify: impl FnOnce(&mut Honest)) {
    in_one_thread(async |dir| {
        let mut honest = Honest::play(dir).await;
        assert_eq!(honest.judge(), Ok(()), "an honest world is believed");
        assert!(promises::has_drained(&honest.evidence));
        falsify(&mut honest);
        let broken = honest.judge().expect_err("a falsified world is found out");
        assert!(broken.contains(words), "expected `{words}`, found `{broken}`");
    });
}

fn effect(honest: &mut Honest, wanted: impl Fn(&EffectKind) -> bool) -> &mut Effect {
    honest.evidence.books.effects.iter_mut().find(|effect| wanted(&effect.kind)).expect("it took effect")
}

fn is_delivery(kind: &EffectKind) -> bool {
    matches!(kind, EffectKind::Delivery { .. })
}

#[test]
fn a_parcel_that_was_delivered_twice() {
    is_found_out("SF0000000000001 took effect too often", |honest| {
        let doubled = effect(honest, is_delivery).clone();
        honest.evidence.books.effects.push(doubled);
    });
}

#[test]
fn a_note_that_was_written_twice() {
    is_found_out("备注一 took effect too often", |honest| {
        let doubled = effect(honest, |kind| matches!(kind, EffectKind::Note { .. })).clone();
        honest.evidence.books.effects.push(doubled);
    });
}

#[test]
fn a_counter_that_an_audit_had_to_set_right() {
    is_found_out("a counter does not count its list", |honest| {
        honest.evidence.phones[1].miscounted.push("to_ship was 3 and is 2".to_owned());
    });
}

#[test]
fn a_shipment_that_got_lost() {
    is_found_out("was confirmed and is nowhere", |honest| {
        honest.evidence.books.effects.retain(|effect| !is_delivery(&effect.kind));
    });
}

#[test]
fn a_shipment_of_which_one_parcel_got_lost() {
    is_found_out("took effect in part", |honest| {
        for confirmed in honest.ledger.commands.values_mut() {
            if let Wish::Ship { waybills } = &mut confirmed.wish {
                waybills.push("SF0000000000002".into());
            }
        }
    });
}

#[test]
fn a_shipment_that_was_undone_and_sent_all_the_same() {
    is_found_out("was taken back with certainty", |honest| {
        for confirmed in honest.ledger.commands.values_mut() {
            confirmed.taken_back = TakenBack::Certainly;
        }
    });
}

#[test]
fn a_command_that_stopped_for_no_reason() {
    for (reason, words) in [("", "was stopped by  for no reason"), ("note_changed", "was stopped by note_changed")] {
        is_found_out(words, |honest| {
            let item = waits(honest, ItemState::NeedsAction { reason: reason.into(), platform_code: None });
            // Nobody else touched the order, and it had no other command.
            honest.ledger.commands.retain(|other, _| *other == item.id);
            honest.evidence.phones[0].outbox.push(item);
        });
    }
}

#[test]
fn a_badge_that_is_not_its_list() {
    is_found_out("is not its list", |honest| honest.evidence.phones[1].badges[0].value += 1);
    is_found_out("is not its list", |honest| {
        let badge = &mut honest.evidence.phones[1].badges[0];
        badge.rows = badge.rows.map(|rows| rows + 1);
    });
}

#[test]
fn a_phone_that_lost_a_row_or_shows_one_twice_or_one_too_many() {
    is_found_out("phone1 lacks", |honest| _ = honest.evidence.phones[1].orders.pop_first());
    is_found_out("is listed twice", |honest| honest.evidence.phones[1].listed_twice.push("1".into()));
    is_found_out("orders that the platform does not have", |honest| {
        let orders = &mut honest.evidence.phones[1].orders;
        let sight = orders.values().next().cloned().unwrap();
        orders.insert("1".into(), sight);
    });
}

#[test]
fn a_phone_that_differs_from_the_platform() {
    type Falsify = fn(&mut super::evidence::OrderSight);
    let falsifications: [(&str, Falsify); 4] = [
        ("status:", |sight| sight.status = 10),
        ("lines:", |sight| sight.lines[0].shipped += 1),
        ("parcels:", |sight| sight.parcels[0].1 += 1),
        ("note:", |sight| sight.merchant_note.clear()),
    ];
    for (words, falsify) in falsifications {
        is_found_out(words, |honest| {
            let number = honest.shipped.clone();
            falsify(honest.evidence.phones[1].orders.get_mut(&number).expect("it is there"));
        });
    }
}

#[test]
fn a_flag_or_a_private_note_that_went_missing() {
    is_found_out("the flag of", |honest| {
        let number = honest.shipped.clone();
        honest.evidence.phones[0].orders.get_mut(&number).unwrap().flag = None;
    });
    is_found_out("private notes of", |honest| {
        let number = honest.shipped.clone();
        honest.evidence.phones[0].orders.get_mut(&number).unwrap().private_notes.clear();
    });
}

#[test]
fn a_screen_that_was_not_told() {
    is_found_out("home shows", |honest| honest.evidence.phones[0].stale_screens.push("home shows nothing".into()));
    in_one_thread(async |dir| {
        let mut world = SimWorld::new(5, dir, 20, 1).await;
        world.phones[0].turn_screens();
        let stale = Evidence::glance(&world).phones[0].stale_screens.clone();
        assert_eq!(stale.len(), 3, "nobody had the time to tell: {stale:?}");
        world.pass(Duration::from_secs(60)).await;
        assert_eq!(Evidence::glance(&world).phones[0].stale_screens, [""; 0]);
    });
}

#[test]
fn a_phone_that_forgets_when_it_is_killed() {
    in_one_thread(async |dir| {
        let honest = Honest::play(dir).await;
        let before = &honest.evidence.phones[0];
        assert_eq!(promises::opens_on_what_it_showed(before, before), Ok(()));
        let mut after = before.clone();
        after.orders.get_mut(&honest.shipped).unwrap().flag = None;
        let broken = promises::opens_on_what_it_showed(before, &after).unwrap_err();
        assert!(broken.contains("opened again, it shows"), "{broken}");
        let mut after = before.clone();
        after.orders.pop_last();
        assert!(promises::opens_on_what_it_showed(before, &after).is_err());
        let mut working = before.clone();
        working.outbox.push(waits(&honest, ItemState::Waiting));
        let broken = promises::opens_on_what_it_showed(&working, before).unwrap_err();
        assert!(broken.contains("opened again with []"), "{broken}");
    });
}

/// The honest world's first command, as if it were still in the outbox.
fn waits(honest: &Honest, state: ItemState) -> OutboxItem {
    let (id, confirmed) = honest.ledger.commands.first_key_value().unwrap();
    OutboxItem {
        id: id.clone(),
        order: confirmed.order.clone(),
        number: honest.shipped.clone(),
        work: WorkKind::Note { text: "备注一".into() },
        state,
        due: None,
        created_at: Instant::from_ms(0),
        attempts: 1,
    }
}
