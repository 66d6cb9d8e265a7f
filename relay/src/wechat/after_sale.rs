//! After-sales in the protocol's words.
//!
//! Sub-objects that do not apply come full of empty texts, so a thing is there if one of its telling fields is. Statuses, types and reasons
//! stay as they come: the rulebook knows them. Only what decides about acting is known here ([`standing`], [`is_open`]).

use std::collections::BTreeMap;

use serde_json::Value;
use shopkeeper_protocol::{
    AfterSale, AfterSaleLine, AfterSaleParcel, AfterSaleProposal, EntityKey, Evidence, Exchange, Refund,
};

use super::mapping::{self, SOURCE, at, is_id, kept, pieces};
use super::wire;
use crate::platform::Standing;

/// Statuses after which nothing comes.
const CLOSED: [&str; 7] = [
    "MERCHANT_REFUND_RETRY_FAIL",
    "MERCHANT_REFUND_SUCCESS",
    "MERCHANT_RETURN_SUCCESS",
    "MERCHANT_EXCHANGE_SUCCESS",
    // As the platform spells it.
    "USER_CANCELD",
    "RETURN_CLOSED",
    "MERCHANT_FAIL",
];

/// A deadline below this is what is left of it, in seconds; above, it is an instant.
const LEFT: i64 = 1_000_000_000;

/// What is documented and not kept: it names people or tells how to reach them, or is what the platform settles with others.
const LEFT_OUT: [&str; 5] = [
    "tel_number",
    "virtual_tel_num_info",
    "address_info",
    "user_address_info",
    // Holds both addresses of an exchange again.
    "exchange_info",
];

pub(super) fn key(id: &str) -> EntityKey {
    EntityKey(format!("{SOURCE}:aftersale:{id}"))
}

/// The platform's id in a key of an after-sale of this source.
pub(super) fn id(key: &EntityKey) -> Option<&str> {
    key.as_str().strip_prefix(SOURCE)?.strip_prefix(":aftersale:").filter(|id| is_id(id))
}

/// A status that nobody knows yet may need the shop.
pub(super) fn is_open(case: &AfterSale) -> bool {
    !CLOSED.contains(&case.status.as_str())
}

/// What a status means for acting on it.
pub(super) fn standing(status: &str) -> Standing {
    match status {
        "MERCHANT_PROCESSING" => Standing::Asked,
        "USER_WAIT_RETURN" | "RETURN_CLOSED" => Standing::ReturnAgreed,
        "MERCHANT_WAIT_RECEIPT" => Standing::GoodsBack,
        "USER_WAIT_RECEIPT" | "MERCHANT_EXCHANGE_SUCCESS" => Standing::Replaced,
        "PLATFORM_REFUNDING" | "WAIT_PACKAGE_INTERCEPT" | "MERCHANT_REFUND_SUCCESS" | "MERCHANT_RETURN_SUCCESS" => {
            Standing::Refunding
        }
        "PLATFORM_REFUND_FAIL" | "MERCHANT_REFUND_RETRY_FAIL" => Standing::RefundFailed,
        "MERCHANT_OVERDUE_REFUND" => Standing::RefundOverdue,
        "MERCHANT_REJECT_REFUND" | "MERCHANT_REJECT_RETURN" | "MERCHANT_REJECT_EXCHANGE" | "MERCHANT_REJECT_RESHIP" => {
            Standing::Rejected
        }
        "PLATFORM_PROCESSING" => Standing::Disputed,
        "USER_CANCELD" | "MERCHANT_FAIL" => Standing::Over,
        _ => Standing::Elsewhere,
    }
}

/// An after-sale; the error names the field and never its value. `now`: when it was read, in seconds.
pub(super) fn after_sale(wire: wire::Case, now: i64) -> Result<AfterSale, String> {
    if !is_id(&wire.after_sale_order_id) {
        return Err("after_sale_order.after_sale_order_id: not an id".to_owned());
    }
    if wire.status.is_empty() {
        return Err("after_sale_order.status: missing".to_owned());
    }
    let extra = extra([
        ("", wire.rest),
        ("product_info", wire.product_info.rest),
        ("details", wire.details.rest),
        ("refund_info", wire.refund_info.rest),
    ]);
    let mut lines = vec![AfterSaleLine {
        product: wire.product_info.product_id,
        sku: wire.product_info.sku_id,
        sku_code: wire.product_info.sku_code,
        quantity: pieces(wire.product_info.count, "product_info.count")?,
        gift: false,
    }];
    for gift in wire.product_info.gift_product_list {
        lines.push(AfterSaleLine {
            product: gift.product_id,
            sku: gift.sku_id,
            sku_code: gift.sku_code,
            quantity: pieces(gift.count, "gift_product_list.count")?,
            gift: true,
        });
    }
    let exchange_parcel = parcel(wire.exchange_delivery_info);
    Ok(AfterSale {
        number: wire.after_sale_order_id,
        order: is_id(&wire.order_id).then(|| mapping::key(&wire.order_id)),
        wanted: wire.r#type,
        // The ordinary one is spelled out, or left out.
        sub_type: if wire.sub_type == "DEFAULT" { String::new() } else { wire.sub_type },
        status: wire.status,
        created_at: at(wire.create_time).unwrap_or_default(),
        updated_at: at(wire.update_time).unwrap_or_default(),
        completed_at: at(wire.complete_time),
        deadline: at(deadline(wire.deadline, now)),
        reason: wire.reason,
        reason_text: wire.reason_text,
        buyer: wire.openid,
        description: wire.details.desc,
        received: wire.details.receive_product,
        withdrawn_at: at(wire.details.cancel_time),
        lines,
        refund: Refund {
            amount: wire.refund_info.amount,
            cause: wire.refund_info.refund_reason,
            offline: wire.need_offline_refund,
            ..failure(wire.refund_resp)
        },
        evidence: evidence(wire.details.media_infos, wire.details.media_id_list),
        return_parcel: parcel(wire.return_info),
        rejection: wire.merchant_upload_info.reject_reason,
        certificates: wire.merchant_upload_info.refund_certificates.unwrap_or_default(),
        proposal: proposal(wire.merchant_update_detail),
        exchange: exchange(wire.exchange_product_info, exchange_parcel)?,
        complaint: if wire.complaint_id == "0" { String::new() } else { wire.complaint_id },
        extra,
    })
}

/// The instant of a deadline, in seconds. What comes as time left is taken to the minute, so that two readings of one deadline are equal.
fn deadline(told: i64, now: i64) -> i64 {
    if (1..LEFT).contains(&told) {
        let instant = now.saturating_add(told);
        instant - instant.rem_euclid(60)
    } else {
        told
    }
}

/// What the payment side says, if a refund failed.
fn failure(answer: wire::RefundResp) -> Refund {
    if answer.ret == 0 && answer.code.is_empty() {
        return Refund::default();
    }
    let failure = if answer.code.is_empty() { answer.ret.to_string() } else { answer.code };
    Refund { failure, failure_text: answer.message, ..Refund::default() }
}

/// Newer answers tell pictures and films, older ones ids alone.
fn evidence(media: Vec<wire::Media>, ids: Option<Vec<String>>) -> Vec<Evidence> {
    if media.is_empty() {
        let pictures = ids.unwrap_or_default().into_iter().filter(|id| !id.is_empty());
        return pictures.map(|picture| Evidence { picture, ..Evidence::default() }).collect();
    }
    media
        .into_iter()
        .map(|media| Evidence {
            picture: media.picture_media_id,
            film: media.video_media_id,
            seconds: media.video_play_length,
        })
        .collect()
}

fn parcel(wire: wire::CaseParcel) -> Option<AfterSaleParcel> {
    let there = !wire.waybill_id.is_empty() || !wire.delivery_id.is_empty() || wire.return_type != 0;
    there.then_some(AfterSaleParcel {
        carrier: wire.delivery_id,
        carrier_name: wire.delivery_name,
        waybill: wire.waybill_id,
        way: wire.return_type,
    })
}

fn proposal(wire: wire::Proposal) -> Option<AfterSaleProposal> {
    (wire.merchant_update_type != 0).then(|| AfterSaleProposal {
        kind: wire.merchant_update_type,
        reason: wire.update_reason_type,
        text: wire.merchant_update_desc,
        from_type: wire.old_after_sale_type,
        to_type: wire.new_after_sale_type,
        from_amount: wire.old_after_sale_amount,
        to_amount: wire.new_after_sale_amount,
        media: wire.media_ids.unwrap_or_default(),
    })
}

fn exchange(wire: wire::ExchangeProduct, parcel: Option<AfterSaleParcel>) -> Result<Option<Exchange>, String> {
    let there =
        [&wire.product_id, &wire.old_sku_id, &wire.new_sku_id].iter().any(|id| !matches!(id.as_str(), "" | "0"));
    if !there {
        return Ok(None);
    }
    Ok(Some(Exchange {
        product: wire.product_id,
        from_sku: wire.old_sku_id,
        to_sku: wire.new_sku_id,
        from_code: wire.old_sku_code,
        to_code: wire.new_sku_code,
        quantity: pieces(wire.product_cnt, "exchange_product_info.product_cnt")?,
        from_price: wire.old_sku_price,
        to_price: wire.new_sku_price,
        parcel,
    }))
}

/// What has no place, by the object in which it came; the outermost object's under their own names.
fn extra<const N: usize>(rests: [(&str, BTreeMap<String, Value>); N]) -> BTreeMap<String, Value> {
    let mut extra = BTreeMap::new();
    for (object, rest) in rests {
        let rest = kept(rest).filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
        if object.is_empty() {
            extra.extend(rest);
            continue;
        }
        let rest: serde_json::Map<String, Value> = rest.collect();
        if !rest.is_empty() {
            extra.insert(object.to_owned(), Value::Object(rest));
        }
    }
    extra
}

#[cfg(test)]
mod tests;
