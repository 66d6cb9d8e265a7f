//! The adapter of WeChat Shop: the only place that knows its paths, codes and field names.

mod after_sale;
mod calls;
mod crypto;
mod errors;
mod mapping;
mod push;
mod token;
mod wire;

use async_trait::async_trait;
use serde_json::{Value, json};
use shopkeeper_protocol::{
    AcceptAfterSale, AfterSale, AfterSalePrecondition, Agreement, Carrier, EntityKey, Note, ReasonCode,
    RejectAfterSale, Ship, ShopFacts, ShopKey, reason,
};

use self::calls::{Calls, Kind};
use self::crypto::PushKeys;
use crate::config::{PushSecrets, RelayConfig};
use crate::platform::{
    Entity, Followed, KeyPage, ListedBy, Listing, Platform, PlatformError, Push, PushError, Standing,
};
use crate::ports::Ports;

/// The largest page that the platform gives.
const PAGE: u32 = 100;

const DAY: i64 = 24 * 3_600;

/// A shop at WeChat.
pub(crate) struct WeChat {
    calls: Calls,
    /// `None`: pushes cannot be read, so none is taken.
    keys: Option<PushKeys>,
}

impl WeChat {
    pub(crate) fn new(config: &RelayConfig, push: &PushSecrets, ports: Ports) -> Self {
        Self {
            keys: PushKeys::new(push.token.expose(), push.aes_key.expose(), &config.appid),
            calls: Calls {
                url: config.platform_url.trim_end_matches('/').to_owned(),
                appid: config.appid.clone(),
                secret: config.secret.clone(),
                ports,
                tokens: token::Tokens::default(),
            },
        }
    }

    async fn order_page(&self, listing: &Listing, next: Option<&str>) -> Result<Page, PlatformError> {
        let range = match listing.by {
            ListedBy::Created => "create_time_range",
            ListedBy::Updated => "update_time_range",
        };
        let mut body = json!({
            range: { "start_time": listing.from, "end_time": listing.to }, "page_size": PAGE, "next_key": next.unwrap_or_default(),
        });
        if let (Some(status), Some(body)) = (listing.status, body.as_object_mut()) {
            body.insert("status".to_owned(), status.into());
        }
        let page: wire::OrderIds = self.calls.call(Kind::Read, "/channels/ec/order/list/get", &body).await?;
        let wire::OrderIds { order_id_list: ids, next_key, has_more, errcode } = page;
        Ok(Page { ids, next_key, has_more, said_ok: errcode.is_some() })
    }

    async fn case_page(&self, listing: &Listing, next: Option<&str>) -> Result<Page, PlatformError> {
        let [begin, end] = match listing.by {
            ListedBy::Created => ["begin_create_time", "end_create_time"],
            ListedBy::Updated => ["begin_update_time", "end_update_time"],
        };
        let body = json!({ begin: listing.from, end: listing.to, "next_key": next.unwrap_or_default() });
        let page: wire::CaseIds = self.calls.call(Kind::Read, "/channels/ec/aftersale/getaftersalelist", &body).await?;
        let wire::CaseIds { after_sale_order_id_list: ids, next_key, has_more, errcode } = page;
        Ok(Page { ids, next_key, has_more, said_ok: errcode.is_some() })
    }

    async fn order(&self, id: &str) -> Result<Entity, PlatformError> {
        let answer: wire::OrderAnswer =
            self.calls.call(Kind::Read, "/channels/ec/order/get", &json!({ "order_id": id })).await?;
        let order = mapping::order(answer.order).map_err(PlatformError::Unreadable)?;
        if order.number == id {
            Ok(Entity::Order(Box::new(order)))
        } else {
            Err(PlatformError::Unreadable("order.order_id: another order".to_owned()))
        }
    }

    async fn case(&self, id: &str) -> Result<Entity, PlatformError> {
        let (path, body) = ("/channels/ec/aftersale/getaftersaleorder", json!({ "after_sale_order_id": id }));
        let answer: wire::CaseAnswer = self.calls.call(Kind::Read, path, &body).await?;
        let now = self.calls.now().div_euclid(1_000);
        let case = after_sale::after_sale(answer.after_sale_order, now).map_err(PlatformError::Unreadable)?;
        if case.number == id {
            Ok(Entity::AfterSale(Box::new(case)))
        } else {
            Err(PlatformError::Unreadable("after_sale_order_id: another after-sale".to_owned()))
        }
    }

    /// The platform answers writes with an envelope only.
    async fn write(&self, path: &str, body: &Value) -> Result<(), PlatformError> {
        let answer: wire::Envelope = self.calls.call(Kind::Write, path, body).await?;
        // Success may be told by the text alone, but not by an object that could be anybody's.
        if answer.errcode.is_none() && answer.errmsg.is_empty() {
            return Err(PlatformError::Lost("not an answer of the platform".to_owned()));
        }
        Ok(())
    }
}

/// A page of ids, of whatever they are.
struct Page {
    ids: Option<Vec<String>>,
    next_key: String,
    has_more: bool,
    /// The answer has the platform's envelope.
    said_ok: bool,
}

#[async_trait]
impl Platform for WeChat {
    fn source(&self) -> &'static str {
        mapping::SOURCE
    }

    fn open_statuses(&self) -> &'static [i64] {
        &mapping::OPEN
    }

    fn shippable_statuses(&self) -> &'static [i64] {
        &mapping::SHIPPABLE
    }

    /// Seven days of orders, a day of after-sales; a second less, because whether the last midnight counts is not documented.
    fn longest_window(&self, of: Followed) -> i64 {
        match of {
            Followed::Orders => 7 * DAY - 1,
            Followed::AfterSales => DAY - 1,
        }
    }

    fn is_open(&self, entity: &Entity) -> bool {
        match entity {
            Entity::Order(order) => mapping::is_open_order(order),
            Entity::AfterSale(case) => after_sale::is_open(case),
        }
    }

    fn standing(&self, case: &AfterSale) -> Standing {
        after_sale::standing(&case.status)
    }

    fn after_sale_key(&self, number: &str) -> Option<EntityKey> {
        mapping::is_id(number).then(|| after_sale::key(number))
    }

    async fn shop(&self) -> Result<ShopFacts, PlatformError> {
        let answer: wire::ShopAnswer = self.calls.call(Kind::Get, "/channels/ec/basics/info/get", &Value::Null).await?;
        if answer.info.nickname.is_empty() && answer.info.status.is_empty() {
            return Err(PlatformError::Unreadable("info: missing".to_owned()));
        }
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let key: String = self.calls.appid.chars().filter(plain).map(|c| c.to_ascii_lowercase()).collect();
        Ok(ShopFacts {
            key: ShopKey(key),
            name: answer.info.nickname,
            zone_offset_minutes: errors::ZONE_MINUTES,
            status: answer.info.status,
        })
    }

    async fn carriers(&self) -> Result<Vec<Carrier>, PlatformError> {
        let path = "/channels/ec/order/deliverycompanylist/new/get";
        let answer: wire::Companies = self.calls.call(Kind::Read, path, &json!({ "ewaybill_only": false })).await?;
        if answer.company_list.is_empty() {
            // Taken at its word, it would leave the shop nobody to ship with.
            return Err(PlatformError::Unreadable("company_list: empty".to_owned()));
        }
        Ok(mapping::carriers(answer))
    }

    async fn list(&self, listing: &Listing, next: Option<&str>) -> Result<KeyPage, PlatformError> {
        let page = match listing.of {
            Followed::Orders => self.order_page(listing, next).await?,
            Followed::AfterSales => self.case_page(listing, next).await?,
        };
        let ids = match page.ids {
            Some(ids) => ids,
            // An empty window may come without a list; an object that could be anybody's must not pass for one.
            None if page.said_ok => Vec::new(),
            None => return Err(PlatformError::Lost("not an answer of the platform".to_owned())),
        };
        // A page that leads to itself would be read for ever.
        if page.has_more && (page.next_key.is_empty() || next == Some(page.next_key.as_str())) {
            return Err(PlatformError::WindowSpoiled { code: 0 });
        }
        if ids.iter().any(|id| !mapping::is_id(id)) {
            return Err(PlatformError::Unreadable("a list of ids: not an id".to_owned()));
        }
        let key = match listing.of {
            Followed::Orders => mapping::key,
            Followed::AfterSales => after_sale::key,
        };
        Ok(KeyPage { keys: ids.iter().map(|id| key(id)).collect(), next: page.has_more.then_some(page.next_key) })
    }

    async fn read(&self, of: Followed, key: &EntityKey) -> Result<Entity, PlatformError> {
        let missing = PlatformError::NotFound { code: 0 };
        match of {
            Followed::Orders => self.order(mapping::id(key).ok_or(missing)?).await,
            Followed::AfterSales => self.case(after_sale::id(key).ok_or(missing)?).await,
        }
    }

    async fn ship(&self, ship: &Ship) -> Result<(), PlatformError> {
        let parcels = ship.parcels.iter().map(|parcel| {
            let items = parcel.items.iter();
            let items = items.map(|item| json!({ "product_id": item.product, "sku_id": item.sku, "product_cnt": item.quantity }));
            let items: Vec<Value> = items.collect();
            if parcel.carrier.as_str().is_empty() && parcel.waybill.is_empty() {
                // Goods that travel without a parcel.
                return json!({ "deliver_type": 3, "product_infos": items });
            }
            json!({
                "delivery_id": parcel.carrier.as_str(), "waybill_id": parcel.waybill, "deliver_type": 1, "product_infos": items,
            })
        });
        let body = json!({ "order_id": id_to_write(&ship.order)?, "delivery_list": parcels.collect::<Vec<_>>() });
        self.write("/channels/ec/order/delivery/send", &body).await
    }

    async fn write_note(&self, note: &Note) -> Result<(), PlatformError> {
        let body = json!({ "order_id": id_to_write(&note.order)?, "merchant_notes": note.text });
        self.write("/channels/ec/order/merchantnotes/update", &body).await
    }

    async fn accept_after_sale(&self, accept: &AcceptAfterSale) -> Result<(), PlatformError> {
        let mut body = json!({
            "after_sale_order_id": case_to_write(&accept.after_sale)?,
            "accept_type": match accept.agree { Agreement::Return => 1, Agreement::Refund => 2 },
        });
        if let (Some(address), Some(body)) = (&accept.return_address, body.as_object_mut()) {
            body.insert("address_id".to_owned(), address.as_str().into());
        }
        self.write("/channels/ec/aftersale/acceptapply", &body).await
    }

    async fn reject_after_sale(&self, reject: &RejectAfterSale) -> Result<(), PlatformError> {
        let mut body = json!({
            "after_sale_order_id": case_to_write(&reject.after_sale)?,
            "reject_reason_type": reject.reason, "reject_reason": reject.text,
        });
        // Goods that came back and get no replacement are refused by another call, which takes pictures.
        if !self.takes_certificates(&reject.expected) {
            return self.write("/channels/ec/aftersale/rejectapply", &body).await;
        }
        if let Some(body) = body.as_object_mut() {
            body.insert("reject_certificates".to_owned(), json!(reject.certificates));
        }
        self.write("/channels/ec/aftersale/rejectexchangereship", &body).await
    }

    fn takes_certificates(&self, seen: &AfterSalePrecondition) -> bool {
        seen.wanted == "EXCHANGE" && after_sale::standing(&seen.status) == Standing::GoodsBack
    }

    fn read_push(&self, query: &str, body: &[u8]) -> Result<Push, PushError> {
        push::read(self.keys.as_ref().ok_or(PushError::BadSignature)?, query, body)
    }

    fn answer_push_check(&self, query: &str) -> Result<String, PushError> {
        push::check(self.keys.as_ref().ok_or(PushError::BadSignature)?, query)
    }
}

fn id_to_write(key: &EntityKey) -> Result<&str, PlatformError> {
    let refused = || PlatformError::Refused { reason: ReasonCode::from(reason::ORDER_NOT_FOUND), code: 0 };
    mapping::id(key).ok_or_else(refused)
}

fn case_to_write(key: &EntityKey) -> Result<&str, PlatformError> {
    let refused = || PlatformError::Refused { reason: ReasonCode::from(reason::AFTER_SALE_NOT_FOUND), code: 0 };
    after_sale::id(key).ok_or_else(refused)
}

#[cfg(test)]
mod tests;
