//! Golden dumps: what a merchant sees of one day in a tea shop, kept as text that people read.
//!
//! The shop is always the same one, on simulated time: seven orders, a morning online, an afternoon without a network, a colleague and
//! two buyers who did something meanwhile. Each file beside this one is one screen at the end of that day. A change in a file is a change
//! of what somebody sees, and gets looked at.
//!
//! `UPDATE_GOLDEN=1` writes the files anew.

mod difference;

use std::path::PathBuf;

use shopkeeper_core::orders::{Flag, OrderFilter, OrderSort, OrderTab, ParcelDraft, ShipDraft, Window};

use crate::simulation::in_one_thread;
use crate::support::builders::{ColleagueParcel, order};
use crate::support::dump::Reader;
use crate::support::personas::fang;
use crate::support::town::Town;

/// The day, up to its end.
async fn day(dir: &std::path::Path) -> Result<Town, String> {
    let shop = fang()
        .has_order(
            order("礼盒")
                .line("桂花乌龙", "礼盒", 2)
                .line("白瓷盖碗", "150毫升", 1)
                .paid_hours_ago(30)
                .remark("送人的，请不要放价格单"),
        )
        .has_order(order("口粮").line("安溪铁观音", "500克", 1).paid_hours_ago(4))
        .has_order(order("急单").line("西湖龙井", "125克", 1).paid_hours_ago(20))
        .has_order(
            order("囤货")
                .line("桂花乌龙", "125克", 6)
                .line("三年陈寿眉饼", "小饼", 3)
                .paid_hours_ago(10)
                .hides_deadline(),
        )
        .has_order(order("改地址").line("手工陶杯", "月白", 1).paid_hours_ago(2))
        .has_order(order("退款").line("金骏眉", "50克", 1).paid_hours_ago(5))
        .has_order(order("未付").line("新会小青柑", "250克", 1).unpaid());
    let town = shop.opens(dir).await?;
    let core = town.core(None)?.clone();
    core.sync().unwrap().now().await.unwrap();
    town.pass(120).await;

    // The morning, online: one order in part, one flag, a note that has two versions.
    let orders = core.orders().unwrap();
    let key = |name: &str| town.key(None, name);
    let parcel =
        |waybill: &str, items: Option<Vec<(usize, u32)>>| ParcelDraft { carrier: None, waybill: waybill.into(), items };
    orders.ship(&key("囤货")?, &ShipDraft { parcels: vec![parcel("SF1000000000001", Some(vec![(0, 4)]))] }).unwrap();
    orders.set_flag(&key("礼盒")?, Some(Flag::Red)).unwrap();
    orders.add_note(&key("礼盒")?, "要红盒").unwrap();
    town.pass(180).await;
    orders.add_note(&key("礼盒")?, "要红盒，附手写贺卡").unwrap();
    town.world.shop.with(|shop| shop.buyer_hurries(town.world.now_s(), town.id("急单").unwrap())).unwrap();
    town.pass(120).await;

    // The afternoon, without a network. Others go on.
    town.set_link(None, false)?;
    orders.ship(&key("急单")?, &ShipDraft { parcels: vec![parcel("YT2000000000001", None)] }).unwrap();
    orders.ship(&key("退款")?, &ShipDraft { parcels: vec![parcel("SF1000000000002", None)] }).unwrap();
    orders.write_platform_note(&key("口粮")?, "送两包试饮").unwrap();
    let now_s = town.world.now_s();
    town.world.shop.with(|shop| {
        shop.buyer_requests_address_change(now_s, town.id("改地址")?).map_err(|refusal| refusal.to_string())?;
        shop.buyer_opens_aftersale(now_s, town.id("退款")?, 0).map_err(|refusal| refusal.to_string())?;
        let colleague = ColleagueParcel { waybill: "SF9000000000001".into(), carrier: "SF".into(), pieces: None };
        let request = colleague.request(&shop.lines_of(town.id("口粮")?))?;
        shop.colleague_ships(now_s, town.id("口粮")?, &[request]).map_err(|refusal| refusal.to_string())
    })?;
    town.pass(3_600).await;

    // Evening: the network is back, and is gone again with two parcels and a note typed.
    town.set_link(None, true)?;
    town.pass(180).await;
    town.set_link(None, false)?;
    let two = vec![parcel("SF1000000000003", Some(vec![(0, 2)])), parcel("ZT3000000000001", Some(vec![(1, 1)]))];
    orders.ship(&key("礼盒")?, &ShipDraft { parcels: two }).unwrap();
    orders.write_platform_note(&key("未付")?, "催付过").unwrap();
    town.pass(420).await;
    Ok(town)
}

/// Compares a dump with its file, or writes the file.
fn keep(name: &str, text: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return None;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    (kept != text).then(|| format!("{name} differs (- kept, + now):\n{}", difference::of(&kept, text)))
}

#[test]
fn the_screens_of_a_day_are_what_they_were() {
    in_one_thread(async |dir| {
        let town = day(dir).await.unwrap();
        let core = town.core(None).unwrap();
        let reader = Reader { zone: core.zone(), name: &|number| town.name_of(number) };
        let orders = core.orders().unwrap();
        let list = |tab, sort| {
            let filter = OrderFilter { tab, ..OrderFilter::default() };
            reader.list(&orders.list(&filter, sort, &Window::top(50)).unwrap())
        };
        let detail = |name: &str| reader.detail(&town.detail(None, name).unwrap());
        let screens = [
            ("list_all_newest.txt", list(OrderTab::All, OrderSort::Newest)),
            ("list_to_ship_most_urgent.txt", list(OrderTab::ToShip, OrderSort::MostUrgent)),
            ("list_closed_empty.txt", list(OrderTab::Closed, OrderSort::Newest)),
            ("detail_two_parcels_saved.txt", detail("礼盒")),
            ("detail_part_shipped.txt", detail("囤货")),
            ("detail_refund_while_it_waited.txt", detail("退款")),
            ("detail_shipped_by_a_colleague.txt", detail("口粮")),
            ("outbox.txt", reader.outbox(&core.outbox().unwrap().view().unwrap())),
            ("home.txt", reader.home(&core.home().unwrap().view().unwrap())),
        ];
        let differences: Vec<_> = screens.iter().filter_map(|(name, text)| keep(name, text)).collect();
        assert!(differences.is_empty(), "{}\nUPDATE_GOLDEN=1 writes them anew", differences.join("\n"));
    });
}
