//! The part that no platform has: faults, switches, books, and buyers and colleagues on a string. Plain HTTP statuses here;
//! a malformed body is 400 with what is wrong about it.

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Platform, envelope};
use crate::faults::Fault;
use crate::world::{AftersaleId, AftersaleRequest, Basket, BuyerStep, OrderId, ParcelRequest, Refusal, Switches};

fn ok(body: &impl Serialize) -> Response {
    match serde_json::to_value(body) {
        Ok(body) => envelope::json_response(StatusCode::OK, &body),
        Err(error) => problem(StatusCode::INTERNAL_SERVER_ERROR, "unwritable", &error.to_string()),
    }
}

fn problem(status: StatusCode, code: &str, message: &str) -> Response {
    envelope::json_response(status, &json!({ "error": { "code": code, "message": message } }))
}

#[allow(clippy::result_large_err, reason = "the error is the answer, and admin calls are rare")]
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Response> {
    serde_json::from_slice(body).map_err(|error| problem(StatusCode::BAD_REQUEST, "malformed", &error.to_string()))
}

fn done(result: Result<Value, Refusal>) -> Response {
    match result {
        Ok(body) => envelope::json_response(StatusCode::OK, &body),
        Err(refusal) => problem(StatusCode::CONFLICT, "refused", &refusal.to_string()),
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    Many(Vec<Fault>),
    One(Fault),
}

pub(super) async fn list_faults(State(platform): State<Platform>) -> Response {
    ok(&platform.faults().active())
}

pub(super) async fn add_faults(State(platform): State<Platform>, body: Bytes) -> Response {
    // Read as one fault first when it is an object, so that the message names what is wrong with it.
    let faults = match serde_json::from_slice::<OneOrMany>(&body) {
        Ok(OneOrMany::Many(faults)) => faults,
        Ok(OneOrMany::One(fault)) => vec![fault],
        Err(_) => match read::<Fault>(&body) {
            Ok(fault) => vec![fault],
            Err(response) => return response,
        },
    };
    for fault in faults {
        if let Err(error) = platform.faults().add(fault) {
            return problem(StatusCode::BAD_REQUEST, "impossible", &error.to_string());
        }
    }
    ok(&platform.faults().active())
}

pub(super) async fn clear_faults(State(platform): State<Platform>) -> Response {
    platform.faults().clear();
    ok(&json!([]))
}

pub(super) async fn switches(State(platform): State<Platform>) -> Response {
    ok(&platform.world().with(|world| world.switches().clone()))
}

pub(super) async fn set_switches(State(platform): State<Platform>, body: Bytes) -> Response {
    let switches: Switches = match read(&body) {
        Ok(switches) => switches,
        Err(response) => return response,
    };
    let now_s = platform.now_s();
    platform.world().with(|world| world.set_switches(now_s, switches.clone()));
    ok(&switches)
}

pub(super) async fn books(State(platform): State<Platform>) -> Response {
    ok(&platform.world().with(|world| world.books()))
}

pub(super) async fn aftersales(State(platform): State<Platform>) -> Response {
    ok(&platform.world().with(|world| world.case_books()))
}

pub(super) async fn shelf(State(platform): State<Platform>) -> Response {
    ok(&platform.world().with(|world| world.shelf_books()))
}

pub(super) async fn flow(State(platform): State<Platform>) -> Response {
    ok(&platform.world().with(|world| world.flow_books()))
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct ScriptBody {
    from_s: i64,
    until_s: i64,
}

/// `bad_day` begins now; `outage` says from when until when.
pub(super) async fn script(State(platform): State<Platform>, Path(name): Path<String>, body: Bytes) -> Response {
    let body: ScriptBody = match read(&body) {
        Ok(body) => body,
        Err(response) => return response,
    };
    let now_s = platform.now_s();
    match name.as_str() {
        "bad_day" => platform.world().with(|world| world.bad_day(now_s)),
        "outage" => platform.world().with(|world| world.plan_outage(now_s, body.from_s, body.until_s)),
        _ => return problem(StatusCode::NOT_FOUND, "unknown_script", &name),
    }
    ok(&json!({ "now_s": now_s }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BuyerBody {
    order_id: Option<OrderId>,
    #[serde(default)]
    basket: Basket,
    #[serde(default)]
    line: u8,
    request: Option<AftersaleRequest>,
    case: Option<AftersaleId>,
    step: Option<BuyerStep>,
    #[serde(default)]
    new_sku: u8,
    #[serde(default)]
    accept: bool,
}

pub(super) async fn buyer(State(platform): State<Platform>, Path(verb): Path<String>, body: Bytes) -> Response {
    let body: BuyerBody = match read(&body) {
        Ok(body) => body,
        Err(response) => return response,
    };
    let now_s = platform.now_s();
    if verb == "orders" {
        let id = platform.world().with(|world| world.buyer_orders(now_s, &body.basket));
        return ok(&json!({ "order_id": id }));
    }
    if verb == "takes_step" {
        let (Some(case), Some(step)) = (body.case, body.step) else {
            return problem(StatusCode::BAD_REQUEST, "malformed", "case and step are required");
        };
        let result = platform.world().with(|world| world.buyer_takes_step(now_s, case, &step));
        return done(result.map(|()| json!({ "case": case })));
    }
    let Some(id) = body.order_id else {
        return problem(StatusCode::BAD_REQUEST, "malformed", "order_id is required");
    };
    if verb == "asks" {
        let Some(request) = body.request else {
            return problem(StatusCode::BAD_REQUEST, "malformed", "request is required");
        };
        let result = platform.world().with(|world| world.buyer_asks(now_s, id, body.line, &request));
        return done(result.map(|case| json!({ "case": case })));
    }
    let result = platform.world().with(|world| {
        Some(match verb.as_str() {
            "requests_sku" => world.buyer_requests_sku(now_s, id, body.line, body.new_sku),
            "withdraws_sku_request" => world.buyer_withdraws_sku_request(now_s, id),
            "answers_address" => world.buyer_answers_address(now_s, id, body.accept),
            "pays" => world.buyer_pays(now_s, id),
            "cancels" => world.buyer_cancels(now_s, id),
            "hurries" => world.buyer_hurries(now_s, id),
            "confirms" => world.buyer_confirms(now_s, id),
            "requests_address_change" => world.buyer_requests_address_change(now_s, id),
            "opens_aftersale" => world.buyer_opens_aftersale(now_s, id, body.line),
            "withdraws_aftersales" => world.buyer_withdraws_aftersales(now_s, id),
            _ => return None,
        })
    });
    match result {
        Some(result) => done(result.map(|()| json!({ "order_id": id }))),
        None => problem(StatusCode::NOT_FOUND, "unknown_verb", &verb),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColleagueBody {
    order_id: OrderId,
    #[serde(default)]
    text: String,
    #[serde(default)]
    delivery_list: Vec<ParcelRequest>,
}

pub(super) async fn colleague(State(platform): State<Platform>, Path(verb): Path<String>, body: Bytes) -> Response {
    let body: ColleagueBody = match read(&body) {
        Ok(body) => body,
        Err(response) => return response,
    };
    let (now_s, id) = (platform.now_s(), body.order_id);
    let result = platform.world().with(|world| {
        Some(match verb.as_str() {
            "ships" => world.colleague_ships(now_s, id, &body.delivery_list),
            "notes" => world.colleague_notes(now_s, id, &body.text),
            _ => return None,
        })
    });
    match result {
        Some(result) => done(result.map(|()| json!({ "order_id": id }))),
        None => problem(StatusCode::NOT_FOUND, "unknown_verb", &verb),
    }
}
