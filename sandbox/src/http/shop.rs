//! Tokens, quotas, the shop itself and the carriers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::dispatch::Call;
use super::tokens::Grant;
use crate::world::{Refusal, carriers as known_carriers};

/// Token answers have no `errcode` when they succeed.
fn grant(grant: &Grant) -> Value {
    json!({ "access_token": grant.token, "expires_in": grant.expires_in_s })
}

fn check_credentials(
    platform: &Platform,
    grant_type: Option<&str>,
    appid: Option<&str>,
    secret: Option<&str>,
) -> Result<(), Refusal> {
    let config = &platform.0.config;
    if grant_type != Some("client_credential") {
        return Err(Refusal::new(40002, "invalid grant_type"));
    }
    let present = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    let appid = present(appid).ok_or_else(|| Refusal::new(41002, "appid missing"))?;
    let secret = present(secret).ok_or_else(|| Refusal::new(41004, "appsecret missing"))?;
    if appid != config.appid {
        return Err(Refusal::new(40013, "invalid appid"));
    }
    if secret != config.secret {
        return Err(Refusal::new(40125, "invalid appsecret"));
    }
    Ok(())
}

pub(super) fn token(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let field = |name: &str| call.query.get(name).map(String::as_str);
    check_credentials(platform, field("grant_type"), field("appid"), field("secret"))?;
    let now_ms = platform.now_ms();
    Ok(grant(&platform.tokens(|desk| desk.mint_plain(now_ms))))
}

#[derive(Deserialize)]
struct StableTokenBody {
    grant_type: Option<String>,
    appid: Option<String>,
    secret: Option<String>,
    force_refresh: Option<bool>,
}

pub(super) fn stable_token(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: StableTokenBody = call.body()?;
    check_credentials(platform, body.grant_type.as_deref(), body.appid.as_deref(), body.secret.as_deref())?;
    let now_ms = platform.now_ms();
    let forced = body.force_refresh.unwrap_or(false);
    platform.tokens(|desk| desk.stable(now_ms, forced)).map(|granted| grant(&granted))
}

#[derive(Deserialize)]
struct CgiPath {
    cgi_path: Option<String>,
}

impl CgiPath {
    fn checked(self) -> Result<String, Refusal> {
        self.cgi_path.filter(|path| path.starts_with('/')).ok_or_else(|| Refusal::new(76003, "invalid cgi_path"))
    }
}

pub(super) fn quota(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let path = call.body::<CgiPath>()?.checked()?;
    let now_s = platform.now_s();
    let ((limit, used), minute) = platform.quotas(|quotas| (quotas.of(&path, now_s), quotas.minute_limit()));
    Ok(json!({
        "quota": { "daily_limit": limit, "used": used, "remain": limit - used.min(limit) },
        "rate_limit": { "call_count": minute, "refresh_second": 60 },
    }))
}

pub(super) fn clear_quota(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let path = call.body::<CgiPath>()?.checked()?;
    platform.quotas(|quotas| quotas.clear(Some(&path)));
    Ok(json!({}))
}

#[derive(Deserialize)]
struct AppIdBody {
    appid: Option<String>,
}

pub(super) fn clear_all_quotas(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    if call.body::<AppIdBody>()?.appid.as_deref() != Some(platform.0.config.appid.as_str()) {
        return Err(Refusal::new(40013, "invalid appid"));
    }
    platform.quotas(|quotas| quotas.clear(None));
    Ok(json!({}))
}

pub(super) fn info(platform: &Platform) -> Value {
    let (username, opened) = platform.world().with(|world| (world.username(), world.config().now_s - 800 * 86_400));
    json!({
        "info": {
            "nickname": "山里人茶食铺",
            "headimg_url": "https://mmecimage.cn/p/shop/head",
            "subject_type": "个体工商户",
            "status": "open_finished",
            "username": username,
            "is_local_life": 0,
            "open_timestamp": opened,
        }
    })
}

#[derive(Deserialize)]
struct CarriersBody {
    #[serde(rename = "ewaybill_only")]
    _ewaybill_only: Option<bool>,
}

/// Both forms answer the same list; no carrier of the pretend shop is bound to electronic waybills.
pub(super) fn carriers(call: &Call) -> Result<Value, Refusal> {
    call.body::<CarriersBody>()?;
    let list: Vec<Value> =
        known_carriers().map(|(id, name)| json!({ "delivery_id": id, "delivery_name": name })).collect();
    Ok(json!({ "company_list": list }))
}

#[derive(Deserialize)]
struct AddressesBody {
    offset: Option<usize>,
    limit: Option<usize>,
}

/// Where goods may come back to.
pub(super) fn addresses(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: AddressesBody = call.body()?;
    let (Some(offset), Some(limit)) = (body.offset, body.limit) else {
        return Err(Refusal::bad_argument("offset and limit are required"));
    };
    let all = platform.world().with(|world| world.addresses());
    let ids: Vec<String> = all.iter().skip(offset).take(limit).map(u64::to_string).collect();
    Ok(json!({ "address_id_list": ids }))
}

#[derive(Deserialize)]
struct AddressBody {
    address_id: Option<String>,
}

pub(super) fn address(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let body: AddressBody = call.body()?;
    let id = body.address_id.ok_or_else(|| Refusal::bad_argument("address_id is required"))?;
    let (all, opened) = platform.world().with(|world| (world.addresses(), world.config().now_s - 800 * 86_400));
    let place = all.iter().position(|known| known.to_string() == id);
    let place = place.ok_or_else(|| Refusal::bad_argument("address_id"))?;
    let default = u8::from(place == 0);
    // The shop's own, which is no secret: a pretend warehouse.
    Ok(json!({
        "address_detail": {
            "address_id": id,
            "address_info": {
                "user_name": if place == 0 { "山里人仓库" } else { "山里人门店" },
                "tel_number": "0594-0000000",
                "province_name": "福建省",
                "city_name": "宁德市",
                "county_name": "福鼎市",
                "detail_info": if place == 0 { "茶山路一号仓" } else { "茶山路十号" },
                "house_number": "",
                "postal_code": "355200",
            },
            "landline": "",
            "remark": "",
            "send_addr": 1,
            "default_send": default,
            "recv_addr": 1,
            "default_recv": default,
            "create_time": opened,
            "update_time": opened,
        }
    }))
}
