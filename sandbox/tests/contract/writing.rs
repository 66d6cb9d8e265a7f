//! Notes and deliveries: what takes effect and what is refused (wire reference §2.3).

use proptest::prelude::*;
use serde_json::{Value, json};
use shopkeeper_sandbox::http::PlatformConfig;
use shopkeeper_sandbox::world::{Actor, Basket, EffectKind, OrderId, Pick, Status, Switches, World, WorldConfig};

use crate::support::{APPID, NOW_S, SECRET, Shop, code, item, parcel, whole};

const NOTE: &str = "/channels/ec/order/merchantnotes/update";
const SEND: &str = "/channels/ec/order/delivery/send";

fn lines(shop: &Shop, id: OrderId) -> Vec<(String, String, u16, u16)> {
    shop.with(|world| world.lines_of(id))
}

/// An order with these lines, paid.
fn paid(world: &mut World, picks: Vec<Pick>) -> OrderId {
    for _ in 0..200 {
        let id = world.buyer_orders(NOW_S, &Basket { picks: picks.clone(), ..Basket::default() });
        world.buyer_pays(NOW_S, id).expect("unpaid");
        // Chance may make it a gift or a group order, which wait for others first.
        if world.status(id) == Some(Status::ToShip) {
            return id;
        }
    }
    panic!("only gifts and groups");
}

fn two_lines() -> Vec<Pick> {
    vec![Pick { product: 0, sku: 0, count: 3 }, Pick { product: 1, sku: 0, count: 1 }]
}

#[tokio::test]
async fn a_note_overwrites_and_is_shown() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true);
    for text in ["周三发", "", "要顺丰😀"] {
        assert_eq!(code(&shop.call(NOTE, json!({ "order_id": id.to_string(), "merchant_notes": text })).await), 0);
        let order = shop.get_order(id).await;
        assert_eq!(order["order_detail"]["ext_info"]["merchant_notes"], text);
        assert_eq!(order["update_time"], NOW_S);
    }
    assert_eq!(shop.with(|world| world.books()).notes_of(id), 3);
}

#[tokio::test]
async fn notes_are_refused() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true).to_string();
    for (body, expected) in [
        (json!({ "order_id": "5", "merchant_notes": "x" }), 100002),
        (json!({ "order_id": id, "merchant_notes": 5 }), 47001),
        (json!({ "order_id": id }), 40097),
        (json!({ "merchant_notes": "x" }), 40097),
        (json!({ "order_id": id, "merchant_notes": "长".repeat(501) }), 40097),
    ] {
        assert_eq!(code(&shop.call(NOTE, body.clone()).await), expected, "{body}");
    }
    assert!(shop.with(|world| world.books()).effects.is_empty());
}

#[tokio::test]
async fn all_lines_in_one_parcel() {
    let shop = Shop::quiet().await;
    let id = shop.to_ship(|_| true);
    shop.clock.advance_ms(60_000);
    assert_eq!(code(&shop.send(id, &[whole(&lines(&shop, id), "SF1234567890")]).await), 0);
    let order = shop.get_order(id).await;
    assert_eq!(order["status"], 30);
    assert_eq!(order["update_time"], NOW_S + 60);
    let info = &order["order_detail"]["delivery_info"];
    assert_eq!(info["ship_done_time"], NOW_S + 60);
    assert_eq!(info["delivery_product_info"][0]["waybill_id"], "SF1234567890");
    assert_eq!(info["delivery_product_info"][0]["delivery_name"], "顺丰速运");
    // The same again is refused and has no second effect.
    assert_eq!(code(&shop.send(id, &[whole(&lines(&shop, id), "SF1234567890")]).await), 109002);
    let mut again = whole(&lines(&shop, id), "SF1234567890");
    again.product_infos = lines(&shop, id).iter().map(|line| item(line, line.2)).collect();
    assert_eq!(code(&shop.send(id, &[again]).await), 109001);
    assert_eq!(shop.with(|world| world.books()).deliveries_of(id), 1);
}

#[tokio::test]
async fn some_lines_then_the_rest() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let before = lines(&shop, id);
    assert_eq!(code(&shop.send(id, &[parcel("SF0000000001", vec![item(&before[0], 2)])]).await), 0);
    assert_eq!(shop.get_order(id).await["status"], 21);
    assert_eq!(code(&shop.send(id, &[parcel("SF0000000002", vec![item(&before[0], 2)])]).await), 109000);
    let rest = parcel("SF0000000003", vec![item(&before[0], 1), item(&before[1], 1)]);
    assert_eq!(code(&shop.send(id, &[rest]).await), 0);
    assert_eq!(shop.get_order(id).await["status"], 30);
    let books = shop.with(|world| world.books_of(&[id]));
    assert_eq!(books.orders[0].parcels.len(), 2);
    assert_eq!(books.effects.len(), 2);
    assert!(books.effects.iter().all(|effect| effect.by == Actor::Api));
}

#[tokio::test]
async fn several_parcels_in_one_call_are_one_effect() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let l = lines(&shop, id);
    let parcels =
        [parcel("SF0000000001", vec![item(&l[0], 1)]), parcel("SF0000000002", vec![item(&l[0], 2), item(&l[1], 1)])];
    assert_eq!(code(&shop.send(id, &parcels).await), 0);
    let order = shop.get_order(id).await;
    assert_eq!(order["status"], 30);
    assert_eq!(order["order_detail"]["delivery_info"]["delivery_product_info"].as_array().map(Vec::len), Some(2));
    let books = shop.with(|world| world.books_of(&[id]));
    assert!(
        matches!(&books.effects[..], [e] if matches!(&e.kind, EffectKind::Delivery { parcels } if parcels.len() == 2))
    );
}

#[tokio::test]
async fn a_call_with_one_bad_parcel_has_no_effect() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let l = lines(&shop, id);
    let good = parcel("SF0000000001", vec![item(&l[0], 1)]);
    let mut stranger = item(&l[1], 1);
    stranger.sku_id = "1".to_owned();
    assert_eq!(code(&shop.send(id, &[good, parcel("SF0000000002", vec![stranger])]).await), 606031);
    assert_eq!(lines(&shop, id), l);
    assert_eq!(shop.with(|world| world.status(id)), Some(Status::ToShip));
}

#[tokio::test]
async fn deliveries_are_refused() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let l = lines(&shop, id);
    let base = || whole(&l, "SF1234567890");
    type Parcels<'a> = Box<dyn Fn() -> Vec<Value> + 'a>;
    let cases: [(&str, i64, Parcels<'_>); 14] = [
        ("no parcels", 109002, Box::new(Vec::new)),
        ("no products", 109002, Box::new(|| vec![json!(parcel("SF1234567890", Vec::new()))])),
        ("virtual type", 606008, Box::new(|| vec![with(json!(base()), "deliver_type", json!(3))])),
        ("dead type", 606008, Box::new(|| vec![with(json!(base()), "deliver_type", json!(2))])),
        ("carrier", 606004, Box::new(|| vec![with(json!(base()), "delivery_id", json!("XX"))])),
        ("no carrier", 606004, Box::new(|| vec![with(json!(base()), "delivery_id", json!(""))])),
        ("no waybill", 606005, Box::new(|| vec![with(json!(base()), "waybill_id", json!(""))])),
        ("long waybill", 606005, Box::new(|| vec![with(json!(base()), "waybill_id", json!("1".repeat(65)))])),
        ("waybill format", 6060479, Box::new(|| vec![with(json!(base()), "waybill_id", json!("顺丰1234567"))])),
        ("short waybill", 6060479, Box::new(|| vec![with(json!(base()), "waybill_id", json!("12-3"))])),
        ("zero pieces", 109000, Box::new(|| vec![json!(parcel("SF1234567890", vec![item(&l[0], 0)]))])),
        ("too many", 109000, Box::new(|| vec![json!(parcel("SF1234567890", vec![item(&l[0], 4)]))])),
        (
            "too many together",
            109000,
            Box::new(|| vec![json!(parcel("SF1234567890", vec![item(&l[0], 2), item(&l[0], 2)]))]),
        ),
        (
            "number for an id",
            47001,
            Box::new(|| {
                let mut one = json!(base());
                one["product_infos"][0]["product_id"] = json!(1);
                vec![one]
            }),
        ),
    ];
    for (name, expected, list) in &cases {
        let body = json!({ "order_id": id.to_string(), "delivery_list": list() });
        assert_eq!(code(&shop.call(SEND, body).await), *expected, "{name}");
    }
    assert_eq!(code(&shop.call(SEND, json!({ "order_id": "7", "delivery_list": [base()] })).await), 100002);
    assert_eq!(code(&shop.call(SEND, json!({ "order_id": id.to_string() })).await), 109002);
    assert_eq!(shop.with(|world| world.books()).deliveries_of(id), 0);
    // Anything else goes by OTHER.
    let mut other = base();
    other.delivery_id = "OTHER".to_owned();
    assert_eq!(code(&shop.send(id, &[other]).await), 0);
}

fn with(mut parcel: Value, field: &str, value: Value) -> Value {
    parcel[field] = value;
    parcel
}

#[tokio::test]
async fn states_that_do_not_ship_refuse() {
    let shop = Shop::of(WorldConfig::new(5, 1_000, NOW_S).quiet(), PlatformConfig::new(APPID, SECRET)).await;
    for status in Status::ALL {
        let id = shop.with(|world| world.orders_in(status)[0]);
        let all = lines(&shop, id);
        let request = parcel("SF1234567890", all.iter().map(|line| item(line, line.2)).collect());
        let expected = match status {
            Status::ToShip => 0,
            Status::PartlyShipped => 109001, // its first line has gone; asking for it again is too much
            Status::Shipped | Status::Completed => 109001,
            _ => 101100,
        };
        let answer = code(&shop.send(id, &[request]).await);
        // A partly shipped single line still has pieces left, then the number does not match.
        assert!(answer == expected || (status == Status::PartlyShipped && answer == 109000), "{status:?}: {answer}");
    }
}

#[tokio::test]
async fn what_holds_an_order_holds_its_delivery() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let request = [whole(&lines(&shop, id), "SF1234567890")];

    shop.with(|world| world.buyer_opens_aftersale(NOW_S, id, 1)).expect("open");
    assert_eq!(code(&shop.send(id, &request).await), 108009);
    let order = shop.get_order(id).await;
    assert_eq!(order["aftersale_detail"]["on_aftersale_order_cnt"], 1);
    assert_eq!(order["order_detail"]["product_infos"][1]["on_aftersale_sku_cnt"], 1);
    shop.with(|world| world.buyer_withdraws_aftersales(NOW_S, id)).expect("withdrawn");

    shop.with(|world| world.buyer_requests_address_change(NOW_S, id)).expect("asked");
    assert_eq!(code(&shop.send(id, &request).await), 10020115);
    assert!(shop.get_order(id).await["order_detail"]["delivery_info"]["address_under_review"]["city_name"].is_string());
    let accept = "/channels/ec/order/addressmodify/accept";
    assert_eq!(code(&shop.call(accept, json!({ "order_id": id.to_string() })).await), 0);
    assert_eq!(code(&shop.call(accept, json!({ "order_id": id.to_string() })).await), 10020116);

    let without = Switches { default_return_address: false, living: false, ..Switches::default() };
    shop.with(|world| world.set_switches(NOW_S, without));
    assert_eq!(code(&shop.send(id, &request).await), 606003);
    shop.with(|world| world.set_switches(NOW_S, Switches { living: false, ..Switches::default() }));
    assert_eq!(code(&shop.send(id, &request).await), 0);
}

#[tokio::test]
async fn virtual_goods_go_whole_and_without_parcel() {
    let shop = Shop::quiet().await;
    let card = 65;
    let id = shop.with(|world| paid(world, vec![Pick { product: card, sku: 0, count: 2 }]));
    assert_eq!(shop.get_order(id).await["order_detail"]["delivery_info"]["deliver_method"], 3);
    let l = lines(&shop, id);
    assert_eq!(code(&shop.send(id, &[whole(&l, "SF1234567890")]).await), 606008);
    let send = |count: u16| {
        let product = item(&l[0], count);
        json!({ "order_id": id.to_string(), "delivery_list": [{ "deliver_type": 3, "product_infos": [product] }] })
    };
    assert_eq!(code(&shop.call(SEND, send(1)).await), 606051);
    assert_eq!(code(&shop.call(SEND, send(2)).await), 0);
}

#[tokio::test]
async fn repeated_shipments_can_be_refused() {
    let shop = Shop::quiet().await;
    let (plain, strict) = shop.with(|world| (paid(world, two_lines()), paid(world, two_lines())));
    let split = |id| {
        let l = lines(&shop, id);
        [parcel("SF0000000001", vec![item(&l[0], 1)]), parcel("SF0000000001", vec![item(&l[0], 1)])]
    };
    assert_eq!(code(&shop.send(plain, &split(plain)).await), 0);
    let switches = Switches { refuse_repeated_shipment: true, living: false, ..Switches::default() };
    shop.with(|world| world.set_switches(NOW_S, switches));
    assert_eq!(code(&shop.send(strict, &split(strict)).await), 109001);
    assert_eq!(code(&shop.send(strict, &split(strict)[..1]).await), 0);
    assert_eq!(code(&shop.send(strict, &split(strict)[1..]).await), 109001);
}

#[tokio::test]
async fn a_colleague_changes_the_same_order() {
    let shop = Shop::quiet().await;
    let id = shop.with(|world| paid(world, two_lines()));
    let l = lines(&shop, id);
    shop.with(|world| world.colleague_ships(NOW_S + 9, id, &[whole(&l, "YT1234567")])).expect("shipped");
    assert_eq!(shop.get_order(id).await["status"], 30);
    assert_eq!(shop.with(|world| world.books_of(&[id])).effects[0].by, Actor::Colleague);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However parcels are cut and whatever is refused, no piece is sent twice and none too many.
    #[test]
    fn pieces_are_conserved(seed in 0u64..1_000, calls in prop::collection::vec((0usize..3, 0u16..4, any::<bool>()), 1..12)) {
        let mut world = World::new(WorldConfig::new(seed, 10, NOW_S).quiet());
        let picks = vec![
            Pick { product: 0, sku: 0, count: 3 },
            Pick { product: 1, sku: 1, count: 2 },
            Pick { product: 30, sku: 0, count: 1 },
        ];
        let id = paid(&mut world, picks);
        let mut accepted = [0u16; 3];
        for (number, (line, count, doubled)) in calls.into_iter().enumerate() {
            let lines = world.lines_of(id);
            let request = parcel(&format!("SF00000{number}"), vec![item(&lines[line], count)]);
            for _ in 0..=usize::from(doubled) {
                let effects = world.books().effects.len();
                if world.deliver(NOW_S, id, std::slice::from_ref(&request)).is_ok() {
                    accepted[line] += count;
                } else {
                    prop_assert_eq!(world.books().effects.len(), effects);
                }
            }
        }
        let lines = world.lines_of(id);
        for (line, accepted) in lines.iter().zip(accepted) {
            prop_assert_eq!(line.3, accepted);
            prop_assert!(line.3 <= line.2);
        }
        let book = &world.books_of(&[id]).orders[0];
        let in_parcels: u16 = book.parcels.iter().flat_map(|p| &p.items).map(|i| i.count).sum();
        prop_assert_eq!(in_parcels, accepted.iter().sum::<u16>());
        let expected = match in_parcels {
            0 => Status::ToShip,
            6 => Status::Shipped,
            _ => Status::PartlyShipped,
        };
        prop_assert_eq!(book.status, expected);
    }

    /// Sums hold for any basket.
    #[test]
    fn baskets_add_up(seed in 0u64..10_000, picks in prop::collection::vec((0u16..66, 0u8..3, 1u16..9), 1..5)) {
        let mut world = World::new(WorldConfig::new(seed, 10, NOW_S).quiet());
        let picks = picks.into_iter().map(|(product, sku, count)| Pick { product, sku, count }).collect();
        let id = world.buyer_orders(NOW_S, &Basket { picks, ..Basket::default() });
        crate::world_is_sound::check_money(&world.order_json(id).expect("known"));
    }
}
