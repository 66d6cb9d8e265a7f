//! A scripted bad day, and outages: what a merchant's tools must get through. The script is a list of acts in the agenda of
//! living buyers, so it is drawn from the seed, stands on the tape as one verb, and needs living buyers to happen.
//!
//! | hours after it begins | what |
//! |---|---|
//! | 0 to 1 | a hundred orders, nearly all paid |
//! | 0:30 to 3 | twelve buyers ask for another address, six for another SKU, twenty hurry, fifteen want their money back |
//! | 3 to 5 | the platform is out: no call is answered |

use super::living::Act;
use super::order::{Kind, Status};
use super::tape::Verb;
use super::{Basket, World};

const HOUR: i64 = 3_600;
const ORDERS: u32 = 100;
/// Whoever acts is found among so many of the newest orders.
const NEWEST: usize = 5_000;

/// What somebody, found when the time comes, does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Somebody {
    AsksForAddress,
    AsksForSku,
    Hurries,
    WantsMoney,
}

impl World {
    /// A bad day begins now.
    pub fn bad_day(&mut self, now_s: i64) {
        let at = self.tick(now_s);
        for _ in 0..ORDERS {
            let orders = at + self.life.between(1, HOUR);
            self.agenda.put(orders, Act::Rush);
        }
        let crowd = [
            (12, Somebody::AsksForAddress),
            (6, Somebody::AsksForSku),
            (20, Somebody::Hurries),
            (15, Somebody::WantsMoney),
        ];
        for (times, what) in crowd {
            for _ in 0..times {
                let acts = at + self.life.between(HOUR / 2, 3 * HOUR);
                self.agenda.put(acts, Act::Somebody(what));
            }
        }
        self.outages.push((at + 3 * HOUR, at + 5 * HOUR));
        self.note_down(at, Verb::BadDay);
    }

    /// No call is answered from `from_s` until `until_s`, unix seconds.
    pub fn plan_outage(&mut self, now_s: i64, from_s: i64, until_s: i64) {
        let at = self.tick(now_s);
        self.outages.push((from_s, until_s));
        self.note_down(at, Verb::Outage { from: from_s, until: until_s });
    }

    /// Whether the platform is out at this time.
    pub fn is_out(&self, now_s: i64) -> bool {
        self.outages.iter().any(|(from, until)| (*from..*until).contains(&now_s))
    }

    pub(crate) fn rush(&mut self, at: i64) {
        let Some(index) = self.place_order(at, &Basket::default()) else { return };
        if self.life.per_mille(950) {
            let pays = at + self.life.between(10, 120);
            self.agenda.put(pays, Act::Pay(index));
        }
    }

    pub(crate) fn somebody(&mut self, at: i64, what: Somebody) {
        let fits = |world: &Self, index: u32| {
            let order = world.order(index);
            order.status == Status::ToShip
                && order.kind == Kind::Plain
                && !world.reserved.contains(&index)
                && world.lines_at(index).iter().all(|line| line.on_aftersale == 0)
        };
        let last = self.orders.len();
        let waiting: Vec<u32> =
            (last.saturating_sub(NEWEST)..last).map(|index| index as u32).filter(|index| fits(self, *index)).collect();
        if waiting.is_empty() {
            return;
        }
        // A SKU of the same price is not to be had of every good: the first from a drawn place on.
        let first = self.life.below(waiting.len() as u32) as usize;
        let index = waiting[first];
        match what {
            Somebody::AsksForAddress => _ = self.ask_for_address(index, at),
            Somebody::Hurries => _ = self.hurry(index, at),
            Somebody::WantsMoney => self.ask_for_money(index, at),
            Somebody::AsksForSku => {
                for step in 0..waiting.len() {
                    let index = waiting[(first + step) % waiting.len()];
                    self.ask_for_some_sku(index, at);
                    if self.pending_sku(index).is_some_and(|request| request.at == at) {
                        break;
                    }
                }
            }
        }
    }
}
