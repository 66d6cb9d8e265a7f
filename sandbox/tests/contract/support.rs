//! A shop in process, called without sockets.

use axum::Router;
use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use shopkeeper_sandbox::faults::ReplyLost;
use shopkeeper_sandbox::http::{Platform, PlatformConfig, router};
use shopkeeper_sandbox::world::{
    AftersaleId, AftersaleKind, AftersaleRequest, Basket, OrderId, ParcelRequest, ParcelRequestItem, Pick, PushEvent,
    Status, World, WorldConfig,
};
use shopkeeper_sandbox::{ManualClock, SharedWorld};
use tower::ServiceExt;

pub(crate) const APPID: &str = "wx0123456789abcdef";
pub(crate) const SECRET: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const NOW_S: i64 = 1_790_000_000;

/// A shop with a clock that the test moves and a token that is good.
pub(crate) struct Shop {
    pub(crate) platform: Platform,
    pub(crate) clock: ManualClock,
    pub(crate) router: Router,
    pub(crate) token: String,
}

impl Shop {
    /// 300 past orders, nobody acts by himself.
    pub(crate) async fn quiet() -> Self {
        Self::of(WorldConfig::new(7, 300, NOW_S).quiet(), PlatformConfig::new(APPID, SECRET)).await
    }

    pub(crate) async fn of(world: WorldConfig, config: PlatformConfig) -> Self {
        let clock = ManualClock::at(NOW_S * 1000);
        let platform = Platform::new(SharedWorld::new(World::new(world)), clock.clock(), config);
        let router = router(platform.clone());
        let mut shop = Self { platform, clock, router, token: String::new() };
        shop.token = shop.fresh_token().await;
        shop
    }

    pub(crate) async fn fresh_token(&self) -> String {
        let body = json!({ "grant_type": "client_credential", "appid": APPID, "secret": SECRET });
        let answer = self.raw(Method::POST, "/cgi-bin/stable_token", body.to_string()).await;
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut World) -> R) -> R {
        self.platform.world().with(f)
    }

    /// A business call with the good token.
    pub(crate) async fn call(&self, path: &str, body: Value) -> Value {
        self.raw(Method::POST, &format!("{path}?access_token={}", self.token), body.to_string()).await
    }

    /// The JSON of an answer that arrives with HTTP 200.
    pub(crate) async fn raw(&self, method: Method, uri: &str, body: String) -> Value {
        let (status, text) = self.try_raw(method, uri, body).await.expect("the reply was lost");
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).expect("an answer is JSON")
    }

    pub(crate) async fn try_raw(&self, method: Method, uri: &str, body: String) -> Result<(u16, String), ReplyLost> {
        let request = Request::builder().method(method).uri(uri).body(Body::from(body)).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("the router is infallible");
        if let Some(lost) = response.extensions().get::<ReplyLost>() {
            return Err(*lost);
        }
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.expect("a body").to_bytes();
        Ok((status, String::from_utf8(bytes.to_vec()).expect("UTF-8")))
    }

    /// An order that waits to be shipped and for which `fits` holds.
    pub(crate) fn to_ship(&self, fits: impl Fn(&[(String, String, u16, u16)]) -> bool) -> OrderId {
        self.with(|world| {
            world
                .orders_in(Status::ToShip)
                .into_iter()
                .find(|id| fits(&world.lines_of(*id)))
                .expect("the shop has such an order")
        })
    }

    pub(crate) async fn get_order(&self, id: OrderId) -> Value {
        let answer = self.call("/channels/ec/order/get", json!({ "order_id": id.to_string() })).await;
        assert_eq!(answer["errcode"], 0, "{answer}");
        answer["order"].clone()
    }

    pub(crate) async fn send(&self, id: OrderId, parcels: &[ParcelRequest]) -> Value {
        let body = json!({ "order_id": id.to_string(), "delivery_list": parcels });
        self.call("/channels/ec/order/delivery/send", body).await
    }
}

pub(crate) fn code(answer: &Value) -> i64 {
    answer["errcode"].as_i64().expect("a refusal has an errcode")
}

pub(crate) fn item(line: &(String, String, u16, u16), count: u16) -> ParcelRequestItem {
    ParcelRequestItem { product_id: line.0.clone(), sku_id: line.1.clone(), product_cnt: i64::from(count) }
}

pub(crate) fn parcel(waybill: &str, items: Vec<ParcelRequestItem>) -> ParcelRequest {
    ParcelRequest {
        delivery_id: "SF".to_owned(),
        waybill_id: waybill.to_owned(),
        deliver_type: 1,
        product_infos: items,
    }
}

/// One parcel with everything that is left.
pub(crate) fn whole(lines: &[(String, String, u16, u16)], waybill: &str) -> ParcelRequest {
    let left = lines.iter().filter(|line| line.2 > line.3);
    parcel(waybill, left.map(|line| item(line, line.2 - line.3)).collect())
}

/// An ordinary order with these lines, paid.
pub(crate) fn bought(world: &mut World, picks: Vec<Pick>) -> OrderId {
    let now_s = world.now_s();
    let id = world.buyer_orders(now_s, &Basket { picks, plain: true, ..Basket::default() });
    world.buyer_pays(now_s, id).expect("unpaid");
    id
}

/// The same, sent.
pub(crate) fn sent(world: &mut World, picks: Vec<Pick>) -> OrderId {
    let id = bought(world, picks);
    let parcel = whole(&world.lines_of(id), "SF1234567890");
    world.deliver(world.now_s(), id, &[parcel]).expect("to ship");
    id
}

/// A good whose SKUs all cost the same.
pub(crate) fn same_price(count: u16) -> Pick {
    Pick::named("冷泡茶", "白桃", count).expect("the shop sells it")
}

/// A buyer opens a case for all of the first line.
pub(crate) fn asks(world: &mut World, id: OrderId, kind: AftersaleKind) -> AftersaleId {
    let new_sku = (kind == AftersaleKind::Exchange).then_some(1);
    let request = AftersaleRequest { new_sku, received: true, ..AftersaleRequest::new(kind) };
    world.buyer_asks(world.now_s(), id, 0, &request).expect("a case may be opened")
}

/// Names of events, each with what it says besides ids.
pub(crate) fn said(events: &[PushEvent]) -> Vec<String> {
    let text = |event: &PushEvent| -> Value { serde_json::from_str(&event.plaintext("gh_1")).expect("JSON") };
    events
        .iter()
        .map(|event| {
            let text = text(event);
            let inner = [
                "order_info",
                "finder_shop_aftersale_status_update",
                "ProductSpuAudit",
                "ProductSpuListing",
                "ProductSpuUpdate",
            ]
            .into_iter()
            .find_map(|field| text.get(field))
            .expect("a payload");
            let detail =
                ["type", "status", "cancel_type", "finish_delivery"].into_iter().find_map(|field| inner.get(field));
            let detail = detail.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
            format!("{} {}", event.name().trim_start_matches("channels_ec_"), detail.unwrap_or_default())
                .trim()
                .to_owned()
        })
        .collect()
}
