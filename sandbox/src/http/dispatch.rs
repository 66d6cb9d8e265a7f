//! From a request to an answer; see the module's life of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Platform, envelope, orders, shop};
use crate::faults::{FaultKind, ReplyLost};
use crate::world::Refusal;

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
            _ => return None,
        })
    }

    fn method(self) -> Method {
        match self {
            Self::Token | Self::ShopInfo => Method::GET,
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
    pub(super) body: Vec<u8>,
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
    let answer = answer(&platform, &parts.method, &parts.uri, body).await;
    if platform.world().broken().is_some() {
        return envelope::server_error(StatusCode::INTERNAL_SERVER_ERROR);
    }
    let mut answer = answer.unwrap_or_else(|refusal| {
        tracing::debug!(path, code = refusal.code, "refused");
        envelope::refusal(&refusal, &platform.rid())
    });
    for fault in &struck {
        match fault {
            FaultKind::ReplyLostAfter => return envelope::lost(ReplyLost { after_effect: true }),
            FaultKind::EmptyAnswer { after_effect: true } => return envelope::empty(),
            FaultKind::UnknownEnums => garble_enums(&mut answer),
            FaultKind::ExtraFields => garble_fields(&mut answer),
            FaultKind::BadShape => garble_shape(&mut answer),
            _ => {}
        }
    }
    envelope::json_response(StatusCode::OK, &answer)
}

async fn answer(platform: &Platform, method: &Method, uri: &Uri, body: Body) -> Result<Value, Refusal> {
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
    let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| Refusal::new(45002, "content size out of limit"))?;
    let call = Call { query, body: body.to_vec() };
    let fields = match endpoint {
        Endpoint::Token => return shop::token(platform, &call),
        Endpoint::StableToken => return shop::stable_token(platform, &call),
        Endpoint::QuotaGet => shop::quota(platform, &call)?,
        Endpoint::QuotaClear => shop::clear_quota(platform, &call)?,
        Endpoint::QuotaClearAll => shop::clear_all_quotas(platform, &call)?,
        Endpoint::ShopInfo => shop::info(platform),
        Endpoint::Carriers => shop::carriers(&call)?,
        Endpoint::OrderList => orders::list(platform, &call)?,
        Endpoint::OrderGet => orders::get(platform, &call)?,
        Endpoint::NotesUpdate => orders::update_note(platform, &call)?,
        Endpoint::DeliverySend => orders::deliver(platform, &call)?,
        Endpoint::AddressAccept => orders::answer_address(platform, &call, true)?,
        Endpoint::AddressReject => orders::answer_address(platform, &call, false)?,
    };
    Ok(envelope::success(fields))
}

fn garble_enums(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["status"] = json!(77);
        order["order_detail"]["ext_info"]["order_scene"] = json!(99);
        order["order_detail"]["pay_info"]["payment_method"] = json!(88);
    }
}

fn garble_fields(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["brand_new_field"] = json!({ "since": "2027", "list": [1, "two", null] });
        order["order_detail"]["delivery_info"]["drone_info"] = json!(null);
    }
    answer["trace_hint"] = json!("unknown to every client");
}

fn garble_shape(answer: &mut Value) {
    if let Some(order) = answer.get_mut("order") {
        order["create_time"] = json!("soon");
        order["order_detail"]["price_info"]["order_price"] = json!({ "yuan": 1 });
    }
}
