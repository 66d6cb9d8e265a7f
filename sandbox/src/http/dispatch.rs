//! From a request to an answer; see the module's life of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Platform, aftersales, envelope, media, order_changes, orders, products, shop};
use crate::faults::{FaultKind, ReplyLost};
use crate::world::{ProductChange, Refusal};

const BODY_LIMIT: usize = 1 << 20;

/// What the sandbox answers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Token,
    StableToken,
    QuotaGet,
    QuotaClear,
    QuotaClearAll,
    ShopInfo,
    OrderList,
    OrderGet,
    NotesUpdate,
    Carriers,
    DeliverySend,
    AddressAccept,
    AddressReject,
    AddressUpdate,
    PriceUpdate,
    DeliveryUpdate,
    SkuRequests,
    SkuApprove,
    SkuReject,
    OrderSearch,
    CaseList,
    CaseGet,
    CaseReasons,
    CaseRejectReasons,
    CaseAccept,
    CaseReject,
    CaseCertify,
    CasePropose,
    CaseShip,
    CaseRejectShip,
    CaseOpen,
    ProductList,
    ProductGet,
    ProductListing,
    ProductDelisting,
    ProductDelete,
    AuditCancel,
    AuditQuota,
    AuditFree,
    StockGet,
    StockBatch,
    StockUpdate,
    StockFlow,
    Addresses,
    Address,
    ImageUpload,
    MediaGet,
}

impl Endpoint {
    fn at(path: &str) -> Option<Self> {
        Some(match path {
            "/cgi-bin/token" => Self::Token,
            "/cgi-bin/stable_token" => Self::StableToken,
            "/cgi-bin/openapi/quota/get" => Self::QuotaGet,
            "/cgi-bin/openapi/quota/clear" => Self::QuotaClear,
            "/cgi-bin/clear_quota" => Self::QuotaClearAll,
            "/channels/ec/basics/info/get" => Self::ShopInfo,
            "/channels/ec/order/list/get" => Self::OrderList,
            "/channels/ec/order/get" => Self::OrderGet,
            "/channels/ec/order/merchantnotes/update" => Self::NotesUpdate,
            "/channels/ec/order/deliverycompanylist/new/get" | "/channels/ec/order/deliverycompanylist/get" => {
                Self::Carriers
            }
            "/channels/ec/order/delivery/send" => Self::DeliverySend,
            "/channels/ec/order/addressmodify/accept" => Self::AddressAccept,
            "/channels/ec/order/addressmodify/reject" => Self::AddressReject,
            "/channels/ec/order/address/update" => Self::AddressUpdate,
            "/channels/ec/order/price/update" => Self::PriceUpdate,
            "/channels/ec/order/deliveryinfo/update" => Self::DeliveryUpdate,
            "/channels/ec/order/preshipmentchangesku/get" => Self::SkuRequests,
            "/channels/ec/order/preshipmentchangesku/approve" => Self::SkuApprove,
            "/channels/ec/order/preshipmentchangesku/reject" => Self::SkuReject,
            "/channels/ec/order/search" => Self::OrderSearch,
            "/channels/ec/aftersale/getaftersalelist" => Self::CaseList,
            "/channels/ec/aftersale/getaftersaleorder" => Self::CaseGet,
            "/channels/ec/aftersale/reason/get" => Self::CaseReasons,
            "/channels/ec/aftersale/rejectreason/get" => Self::CaseRejectReasons,
            "/channels/ec/aftersale/acceptapply" => Self::CaseAccept,
            "/channels/ec/aftersale/rejectapply" => Self::CaseReject,
            "/channels/ec/aftersale/uploadrefundcertificate" => Self::CaseCertify,
            "/channels/ec/aftersale/merchantupdateaftersale" => Self::CasePropose,
            "/channels/ec/aftersale/acceptexchangereship" => Self::CaseShip,
            "/channels/ec/aftersale/rejectexchangereship" => Self::CaseRejectShip,
            "/channels/ec/aftersale/genaftersaleorder" => Self::CaseOpen,
            "/channels/ec/product/list/get" => Self::ProductList,
            "/channels/ec/product/get" => Self::ProductGet,
            "/channels/ec/product/listing" => Self::ProductListing,
            "/channels/ec/product/delisting" => Self::ProductDelisting,
            "/channels/ec/product/delete" => Self::ProductDelete,
            "/channels/ec/product/audit/cancel" => Self::AuditCancel,
            "/channels/ec/product/getauditquota" => Self::AuditQuota,
            "/channels/ec/product/auditfree" => Self::AuditFree,
            "/channels/ec/product/stock/get" => Self::StockGet,
            "/channels/ec/product/stock/batchget" => Self::StockBatch,
            "/channels/ec/product/stock/update" => Self::StockUpdate,
            "/channels/ec/product/stock/getflow" => Self::StockFlow,
            "/channels/ec/merchant/address/list" => Self::Addresses,
            "/channels/ec/merchant/address/get" => Self::Address,
            "/shop/ec/basics/img/upload" | "/channels/ec/basics/img/upload" => Self::ImageUpload,
            "/channels/ec/basics/media/get" => Self::MediaGet,
            _ => return None,
        })
    }

    fn method(self) -> Method {
        match self {
            Self::Token | Self::ShopInfo | Self::MediaGet => Method::GET,
            _ => Method::POST,
        }
    }

    fn needs_token(self) -> bool {
        !matches!(self, Self::Token | Self::StableToken)
    }

    /// Resetting quotas is not itself counted, or it could not be called when it is needed.
    fn is_counted(self) -> bool {
        self.needs_token() && !matches!(self, Self::QuotaGet | Self::QuotaClear | Self::QuotaClearAll)
    }
}

/// A call that got past the door.
pub(super) struct Call {
    pub(super) query: BTreeMap<String, String>,
    /// Empty when none was sent.
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

/// What comes back: JSON nearly always.
enum Answer {
    Json(Value),
    Bytes(Vec<u8>),
}

impl Call {
    /// The body as `T`. Neither the text of the body nor a value of it appears in the refusal.
    pub(super) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        if self.body.is_empty() {
            return Err(Refusal::new(44002, "empty post data"));
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| Refusal::new(47001, format!("data format error at {}:{}", error.line(), error.column())))
    }
}

pub(super) async fn dispatch(State(platform): State<Platform>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    if platform.world().with(|world| world.is_out(platform.now_s())) {
        return envelope::server_error(StatusCode::SERVICE_UNAVAILABLE);
    }
    let struck = platform.faults().strike_call(&path);
    for fault in &struck {
        match fault {
            FaultKind::Latency { ms } => tokio::time::sleep(Duration::from_millis(*ms)).await,
            FaultKind::ReplyLostBefore => return envelope::lost(ReplyLost { after_effect: false }),
            FaultKind::EmptyAnswer { after_effect: false } => return envelope::empty(),
            FaultKind::ServerError { status } => {
                return envelope::server_error(
                    StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                );
            }
            FaultKind::Errcode { code } => {
                let reason = if *code == -1 { "system busy" } else { "refused on purpose" };
                let refusal = Refusal::new(*code, reason);
                return envelope::json_response(StatusCode::OK, &envelope::refusal(&refusal, &platform.rid()));
            }
            FaultKind::DeadTokens => platform.tokens(|desk| desk.kill_all()),
            _ => {}
        }
    }
    let answer = answer(&platform, &parts, body).await;
    if platform.world().broken().is_some() {
        return envelope::server_error(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut answer = answer.unwrap_or_else(|refusal| {
        tracing::debug!(path, code = refusal.code, "refused");
        Answer::Json(envelope::refusal(&refusal, &platform.rid()))
    });
    for fault in &struck {
        match (fault, &mut answer) {
            (FaultKind::ReplyLostAfter, _) => return envelope::lost(ReplyLost { after_effect: true }),
            (FaultKind::EmptyAnswer { after_effect: true }, _) => return envelope::empty(),
            (FaultKind::UnknownEnums, Answer::Json(answer)) => garble_enums(answer),
            (FaultKind::ExtraFields, Answer::Json(answer)) => garble_fields(answer),
            (FaultKind::BadShape, Answer::Json(answer)) => garble_shape(answer),
            _ => {}
        }
    }
    match answer {
        Answer::Json(answer) => envelope::json_response(StatusCode::OK, &answer),
        Answer::Bytes(bytes) => envelope::picture(bytes),
    }
}

async fn answer(platform: &Platform, parts: &Parts, body: Body) -> Result<Answer, Refusal> {
    let (uri, method) = (&parts.uri, &parts.method);
    let path = uri.path();
    let endpoint = Endpoint::at(path).ok_or_else(|| Refusal::new(40066, "invalid url"))?;
    if *method != endpoint.method() {
        return Err(if endpoint.method() == Method::GET {
            Refusal::new(43001, "require GET method")
        } else {
            Refusal::new(43002, "require POST method")
        });
    }
    let query = match Query::<BTreeMap<String, String>>::try_from_uri(uri) {
        Ok(Query(query)) => query,
        Err(_) => return Err(Refusal::bad_argument("query string")),
    };
    if endpoint.needs_token() {
        let token = query.get("access_token").filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Refusal::new(41001, "access_token missing"))?;
        let now_ms = platform.now_ms();
        platform.tokens(|desk| desk.check(token, now_ms))?;
    }
    if endpoint.is_counted() {
        let now_s = platform.now_s();
        platform.quotas(|quotas| quotas.spend(path, now_s))?;
    }
    let limit = if endpoint == Endpoint::ImageUpload { media::BODY_LIMIT } else { BODY_LIMIT };
    let body = to_bytes(body, limit).await.map_err(|_| Refusal::new(45002, "content size out of limit"))?;
    let content_type =
        parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let call = Call { query, content_type, body: body.to_vec() };
    Ok(match endpoint {
        Endpoint::Token => Answer::Json(shop::token(platform, &call)?),
        Endpoint::StableToken => Answer::Json(shop::stable_token(platform, &call)?),
        Endpoint::MediaGet => Answer::Bytes(media::get(platform, &call)?),
        _ => Answer::Json(envelope::success(work(endpoint, platform, &call)?)),
    })
}

/// The fields of a successful answer of everything that answers in the common envelope.
fn work(endpoint: Endpoint, platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    match endpoint {
        // These three answer in ways of their own.
        Endpoint::Token | Endpoint::StableToken | Endpoint::MediaGet => Err(Refusal::new(40066, "invalid url")),
        Endpoint::ImageUpload => media::upload(platform, call),
        Endpoint::QuotaGet => shop::quota(platform, call),
        Endpoint::QuotaClear => shop::clear_quota(platform, call),
        Endpoint::QuotaClearAll => shop::clear_all_quotas(platform, call),
        Endpoint::ShopInfo => Ok(shop::info(platform)),
        Endpoint::Carriers => shop::carriers(call),
        Endpoint::Addresses => shop::addresses(platform, call),
        Endpoint::Address => shop::address(platform, call),
        Endpoint::OrderList => orders::list(platform, call),
        Endpoint::OrderGet => orders::get(platform, call),
        Endpoint::NotesUpdate => orders::update_note(platform, call),
        Endpoint::DeliverySend => orders::deliver(platform, call),
        Endpoint::AddressAccept => orders::answer_address(platform, call, true),
        Endpoint::AddressReject => orders::answer_address(platform, call, false),
        Endpoint::AddressUpdate => order_changes::propose_address(platform, call),
        Endpoint::PriceUpdate => order_changes::reprice(platform, call),
        Endpoint::DeliveryUpdate => order_changes::correct(platform, call),
        Endpoint::SkuRequests => order_changes::sku_requests(platform, call),
        Endpoint::SkuApprove => order_changes::answer_sku(platform, call, true),
        Endpoint::SkuReject => order_changes::answer_sku(platform, call, false),
        Endpoint::OrderSearch => order_changes::search(platform, call),
        Endpoint::CaseList => aftersales::list(platform, call),
        Endpoint::CaseGet => aftersales::get(platform, call),
        Endpoint::CaseReasons => aftersales::reasons(call),
        Endpoint::CaseRejectReasons => aftersales::reject_reasons(call),
        Endpoint::CaseAccept => aftersales::accept(platform, call),
        Endpoint::CaseReject => aftersales::reject(platform, call),
        Endpoint::CaseCertify => aftersales::certify(platform, call),
        Endpoint::CasePropose => aftersales::propose(platform, call),
        Endpoint::CaseShip => aftersales::ship_replacement(platform, call),
        Endpoint::CaseRejectShip => aftersales::reject_replacement(platform, call),
        Endpoint::CaseOpen => aftersales::open(platform, call),
        Endpoint::ProductList => products::list(platform, call),
        Endpoint::ProductGet => products::get(platform, call),
        Endpoint::ProductListing => products::simply(platform, call, &ProductChange::List),
        Endpoint::ProductDelisting => products::simply(platform, call, &ProductChange::Delist),
        Endpoint::ProductDelete => products::simply(platform, call, &ProductChange::Delete),
        Endpoint::AuditCancel => products::simply(platform, call, &ProductChange::CancelAudit),
        Endpoint::AuditQuota => products::audit_quota(platform, call),
        Endpoint::AuditFree => products::patch(platform, call),
        Endpoint::StockGet => products::get_stock(platform, call),
        Endpoint::StockBatch => products::batch_stock(platform, call),
        Endpoint::StockUpdate => products::update_stock(platform, call),
        Endpoint::StockFlow => products::flow(platform, call),
    }
}

fn garble_enums(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["status"] = json!(77);
        order["order_detail"]["ext_info"]["order_scene"] = json!(99);
        order["order_detail"]["pay_info"]["payment_method"] = json!(88);
    }
    if let Some(case) = answer.get_mut("after_sale_order") {
        case["status"] = json!("ROBOT_PROCESSING");
        case["type"] = json!("BARTER");
    }
    if let Some(product) = answer.get_mut("product") {
        product["status"] = json!(77);
        product["product_type"] = json!(99);
    }
}

fn garble_fields(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["brand_new_field"] = json!({ "since": "2027", "list": [1, "two", null] });
        order["order_detail"]["delivery_info"]["drone_info"] = json!(null);
    }
    for name in ["after_sale_order", "product"] {
        if let Some(object) = answer.get_mut(name) {
            object["brand_new_field"] = json!({ "since": "2027", "list": [1, "two", null] });
        }
    }
    answer["trace_hint"] = json!("unknown to every client");
}

fn garble_shape(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["create_time"] = json!("soon");
        order["order_detail"]["price_info"]["order_price"] = json!({ "yuan": 1 });
    }
    if let Some(case) = answer.get_mut("after_sale_order") {
        case["refund_info"] = json!("all of it");
    }
    if let Some(product) = answer.get_mut("product") {
        product["skus"] = json!({ "first": null });
    }
}
