//! The life of one seed.

use std::path::Path;
use std::time::Duration;

use super::evidence::Evidence;
use super::ledger::Ledger;
use super::net::Weather;
use super::promises::{self, Broken, Tally};
use super::world::SimWorld;
use super::{finding, in_one_thread, merchants, others};

const STEPS: usize = 220;
const ORDERS: u32 = 40;
const PHONES: usize = 2;
/// Steps between two looks at what holds at any moment.
const GLANCE: usize = 10;
/// How much later than believed a request reaches the platform at most, in milliseconds: less than the relay waits before it takes
/// absence for proof.
pub const LATE: u64 = 4_000;

/// What came of a seed.
#[derive(Debug)]
pub struct Run {
    pub hash: String,
    pub lines: Vec<String>,
    pub tally: Tally,
}

/// One seed, or the story of how it broke a promise.
pub fn run(seed: u64, late: u64) -> Result<Run, String> {
    in_one_thread(async |dir| {
        let mut world = SimWorld::new(seed, dir, ORDERS, PHONES).await;
        let mut ledger = Ledger::default();
        let lived = live(&mut world, &mut ledger, late).await;
        if let Ok(folder) = std::env::var("SHOPKEEPER_SIM_TRACE") {
            let path = Path::new(&folder).join(format!("seed-{seed}.txt"));
            std::fs::write(&path, world.trace.lines().join("\n")).expect("the trace can be written");
        }
        match lived {
            Ok(()) => {
                let tally = promises::tally(&ledger, &Evidence::glance(&world).books);
                Ok(Run { hash: world.trace.hash(), lines: world.trace.lines(), tally })
            }
            Err(broken) => Err(format!("seed {seed}: {broken}\n--- the end of its story ---\n{}", world.trace.story())),
        }
    })
}

async fn live(world: &mut SimWorld, ledger: &mut Ledger, late: u64) -> Result<(), Broken> {
    for number in 1..=STEPS {
        step(world, ledger, late).await?;
        if number % GLANCE == 0 {
            let evidence = Evidence::glance(world);
            for (phone, item) in promises::waiting(&evidence) {
                world.trace.note(format!("phone{phone} still has {} ({:?})", item.id, item.state));
            }
            promises::always(&evidence, ledger)?;
        }
    }
    heal(world);
    settle(world).await?;
    world.trace.note(format!("in the end {:?}", promises::tally(ledger, &Evidence::glance(world).books)));
    promises::finally(&Evidence::whole(world), ledger)
}

async fn step(world: &mut SimWorld, ledger: &mut Ledger, late: u64) -> Result<(), Broken> {
    let phone = usize::try_from(world.dice.below(world.phones.len() as u64)).unwrap_or(0);
    match world.dice.below(100) {
        0..=15 => merchants::ship(world, ledger, phone),
        16 => merchants::tap_several(world, ledger, phone),
        17..=18 => finding::narrow(world, phone)?,
        19 => finding::search(world, phone)?,
        20..=27 => merchants::write_platform_note(world, ledger, phone),
        28..=32 => merchants::set_flag(world, ledger, phone),
        33..=37 => merchants::add_private_note(world, ledger, phone),
        38..=42 => merchants::take_back(world, ledger, phone)?,
        43..=46 => merchants::retry(world, ledger, phone),
        47..=48 => merchants::refresh(world, phone).await,
        49 => merchants::put_away(world, phone).await,
        50 => merchants::look_at_screens(world, phone),
        51..=61 => others::buyer(world, ledger),
        62..=66 => others::colleague(world, ledger),
        67..=76 => others::weather(world, ledger, phone, late),
        77..=79 => others::trouble_at_the_platform(world, ledger),
        80..=83 => others::kill_phone(world, phone).await?,
        84..=87 => others::kill_relay(world, ledger).await,
        _ => world.pass(Duration::from_millis(world.dice.between(50, 40_000))).await,
    }
    world.pass(Duration::from_millis(world.dice.between(1, 1_500))).await;
    Ok(())
}

fn heal(world: &mut SimWorld) {
    world.trace.note("everything heals");
    world.start_relay();
    world.platform.faults().clear();
    world.set_backbone(Weather::CLEAR, Weather::CLEAR);
    for index in 0..world.phones.len() {
        world.start_phone(index);
        world.set_link(index, Weather::CLEAR);
    }
}

/// Gives the world time to drain; a world that does not is stalled, which is a broken promise too.
async fn settle(world: &SimWorld) -> Result<(), Broken> {
    for _ in 0..60 {
        world.pass(Duration::from_secs(60)).await;
        if !promises::has_drained(&Evidence::glance(world)) {
            continue;
        }
        for phone in &world.phones {
            let pulled = phone.core().sync().expect("paired").now().await;
            pulled.map_err(|error| format!("{} cannot pull after healing: {error}", phone.name))?;
        }
        // Screens are told a moment after the pull.
        world.pass(Duration::from_secs(2)).await;
        if promises::has_drained(&Evidence::glance(world)) {
            return Ok(());
        }
    }
    Err(format!("stalled after healing: {:?}", promises::waiting(&Evidence::glance(world))))
}
