//! A town: one shop with its platform, relay and phones, in which orders, phones and work have names.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use shopkeeper_core::core::Core;
use shopkeeper_core::ids::{CommandId, OrderKey};
use shopkeeper_core::orders::OrderDetail;
use shopkeeper_sandbox::world::{OrderId, World, WorldConfig};

use super::builders::OrderSpec;
use super::personas::Shop;
use crate::simulation::net::Weather;
use crate::simulation::ports::BEGIN_MS;
use crate::simulation::world::{APPID, SimWorld};

const SEED: u64 = 1;
/// Nothing that a test gives may be older than this.
const PAST_S: i64 = 60 * 86_400;
/// Buyers pay so long after they ordered.
const PAYS_AFTER_S: i64 = 60;

/// See the module.
pub struct Town {
    pub world: SimWorld,
    names: &'static [&'static str],
    orders: BTreeMap<String, OrderId>,
    work: BTreeMap<String, CommandId>,
}

impl Town {
    pub(super) async fn open(given: &Shop, dir: &Path) -> Result<Self, String> {
        let begin_s = BEGIN_MS / 1000;
        let config = WorldConfig { appid: APPID.into(), ..WorldConfig::new(SEED, 0, begin_s - PAST_S) };
        let mut shop = World::new(WorldConfig { switches: given.platform.switches(), ..config });
        let mut orders = BTreeMap::new();
        let mut specs: Vec<OrderSpec> = given.orders.iter().flat_map(repeated).collect();
        // The platform's orders come in the order of their time.
        specs.sort_by_key(|spec| std::cmp::Reverse(spec.age_s()));
        for spec in specs {
            if spec.age_s() + PAYS_AFTER_S > PAST_S {
                return Err(format!("order {}: nothing can be older than {} days", spec.name, PAST_S / 86_400));
            }
            let paid_at = begin_s - spec.age_s();
            let basket = spec.basket(giver(&orders, &spec)?)?;
            let id = shop.buyer_orders(paid_at - PAYS_AFTER_S, &basket);
            if !spec.unpaid {
                shop.buyer_pays(paid_at, id).map_err(|refusal| format!("order {}: {refusal}", spec.name))?;
            }
            if orders.insert(spec.name.clone(), id).is_some() {
                return Err(format!("name: two orders are called {}", spec.name));
            }
        }
        // Told to nobody: the relay reads the past, it is not pushed.
        shop.take_events();
        let names = given.shop.phones();
        let paired = names.len().checked_sub(given.unpaired).ok_or("unpaired: there are not so many phones")?;
        let world = SimWorld::around(shop, dir, names.len(), paired).await;
        Ok(Self { world, names, orders, work: BTreeMap::new() })
    }

    /// Every phone by its name.
    pub fn phones(&self) -> impl Iterator<Item = (usize, &'static str)> + use<> {
        self.names.iter().copied().enumerate()
    }

    /// The place of a phone; nobody named: the owner's.
    pub fn phone(&self, name: Option<&str>) -> Result<usize, String> {
        let Some(name) = name else { return Ok(0) };
        self.names.iter().position(|other| *other == name).ok_or_else(|| format!("phone: nobody here is called {name}"))
    }

    /// The core of a phone that is on.
    pub fn core(&self, name: Option<&str>) -> Result<&Core, String> {
        let phone = &self.world.phones[self.phone(name)?];
        if phone.is_on() { Ok(phone.core()) } else { Err("phone: it is off".to_owned()) }
    }

    /// An order's number at the platform.
    pub fn id(&self, order: &str) -> Result<OrderId, String> {
        self.orders.get(order).copied().ok_or_else(|| format!("order: none is called {order}"))
    }

    /// What the test calls the order with a number.
    pub fn name_of(&self, number: &str) -> String {
        let named = self.orders.iter().find(|(_, id)| id.to_string() == number);
        named.map_or_else(|| number.to_owned(), |(name, _)| name.clone())
    }

    /// An order's key on a phone that has it.
    pub fn key(&self, phone: Option<&str>, order: &str) -> Result<OrderKey, String> {
        let number = self.id(order)?.to_string();
        let orders = self.core(phone)?.orders().map_err(|error| error.to_string())?;
        let mut found = orders.find(&number).map_err(|error| error.to_string())?;
        found.pop().ok_or_else(|| format!("order: {order} is not on the phone"))
    }

    /// An order as a phone shows it.
    pub fn detail(&self, phone: Option<&str>, order: &str) -> Result<OrderDetail, String> {
        let key = self.key(phone, order)?;
        let orders = self.core(phone)?.orders().map_err(|error| error.to_string())?;
        orders.detail(&key).map_err(|error| error.to_string())
    }

    /// A buyer orders now.
    pub fn buyer_orders(&mut self, spec: &OrderSpec) -> Result<(), String> {
        let now_s = self.world.now_s();
        for spec in repeated(spec) {
            let basket = spec.basket(giver(&self.orders, &spec)?)?;
            let id = self.world.shop.with(|shop| shop.buyer_orders(now_s, &basket));
            if !spec.unpaid {
                let paid = self.world.shop.with(|shop| shop.buyer_pays(now_s, id));
                paid.map_err(|refusal| format!("order {}: {refusal}", spec.name))?;
            }
            if self.orders.insert(spec.name.clone(), id).is_some() {
                return Err(format!("name: two orders are called {}", spec.name));
            }
        }
        Ok(())
    }

    /// Remembers a command by a name.
    pub fn call_work(&mut self, name: Option<&str>, command: CommandId) -> Result<(), String> {
        if let Some(name) = name
            && self.work.insert(name.to_owned(), command).is_some()
        {
            return Err(format!("as: two pieces of work are called {name}"));
        }
        Ok(())
    }

    /// A command by its name.
    pub fn work(&self, name: &str) -> Result<CommandId, String> {
        self.work.get(name).cloned().ok_or_else(|| format!("work: none is called {name}"))
    }

    /// Cuts or mends a phone's link; the phone is told.
    pub fn set_link(&self, phone: Option<&str>, online: bool) -> Result<(), String> {
        let weather = if online { Weather::CLEAR } else { Weather { cut: true, ..Weather::CLEAR } };
        self.world.set_link(self.phone(phone)?, weather);
        Ok(())
    }

    /// Lets simulated time pass.
    pub async fn pass(&self, seconds: u64) {
        self.world.pass(Duration::from_secs(seconds)).await;
    }
}

/// The order whose buyer orders again.
fn giver(orders: &BTreeMap<String, OrderId>, spec: &OrderSpec) -> Result<Option<OrderId>, String> {
    let Some(older) = &spec.buyer_of else { return Ok(None) };
    let id = orders.get(older).copied();
    id.map(Some).ok_or_else(|| format!("buyer_of: order {}: no older one is called {older}", spec.name))
}

/// The orders that a description stands for.
fn repeated(spec: &OrderSpec) -> Vec<OrderSpec> {
    let Some(times) = spec.repeat else { return vec![spec.clone()] };
    (1..=times).map(|n| OrderSpec { name: format!("{}-{n}", spec.name), repeat: None, ..spec.clone() }).collect()
}
