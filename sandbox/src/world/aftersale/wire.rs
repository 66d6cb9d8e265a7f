//! A case as getaftersaleorder shows it (wire reference §2.4). What does not apply is there and empty, as the platform sends it.

use serde_json::{Value, json};

use super::reasons::REASONS;
use super::{AftersaleId, AftersaleKind, AftersaleStatus, Case};
use crate::world::{Refusal, World, goods, people, sku_number};

impl World {
    /// `after_sale_order`.
    pub fn case_json(&self, id: AftersaleId) -> Result<Value, Refusal> {
        let case = self.cases.row(self.find_case(id)?);
        let order = self.order(case.order);
        let details = &case.details;
        let (reason, reason_text) = REASONS[usize::from(case.reason) % REASONS.len()];
        let line = self.lines_at(case.order).get(usize::from(case.line));
        let product = line.map_or(0, |line| line.product);
        let parcel = |parcel: &Option<(String, String)>| {
            let (carrier, waybill) = parcel.clone().unwrap_or_default();
            let name = people::carrier_name(&carrier);
            json!({ "waybill_id": waybill, "delivery_id": carrier, "delivery_name": name })
        };
        let media: Vec<Value> = details
            .media
            .iter()
            .map(|id| json!({ "media_type": 1, "picture_media_id": id, "video_media_id": "" }))
            .collect();
        let mut json = json!({
            "after_sale_order_id": case.id.to_string(),
            "order_id": order.id.to_string(),
            "openid": self.openid(order.buyer),
            "unionid": "",
            "status": case.status.name(),
            "type": case.kind.name(),
            "sub_type": "DEFAULT",
            "reason": reason,
            "reason_text": reason_text,
            "create_time": case.created,
            "update_time": case.updated,
            "product_info": {
                "product_id": line.map(|line| self.product_id(line)).unwrap_or_default(),
                "sku_id": line.map(|line| self.sku_id(line)).unwrap_or_default(),
                "count": case.count,
                "sku_code": line.map(|line| goods::sku_code(product, line.sku)).unwrap_or_default(),
                "fast_refund": false,
            },
            "details": {
                "desc": details.desc,
                "receive_product": details.received,
                "cancel_time": details.withdrawn,
                "media_id_list": details.media,
                "media_infos": media,
            },
            "refund_info": { "amount": case.amount, "refund_reason": case.refund_reason },
            "return_info": parcel(&details.return_parcel),
            "merchant_upload_info": {
                "reject_reason": details.reject_reason,
                "refund_certificates": details.certificates,
            },
            "refund_resp": refund_resp(case),
        });
        let Some(fields) = json.as_object_mut() else { return Ok(json) };
        fields["return_info"]["return_type"] = u8::from(details.return_parcel.is_some()).into();
        if case.completed > 0 {
            fields.insert("complete_time".into(), case.completed.into());
        }
        if case.deadline > 0 && case.status.is_merchants_turn() {
            fields.insert("deadline".into(), case.deadline.into());
        }
        if case.status == AftersaleStatus::PlatformRefundFail {
            fields.insert("need_offline_refund".into(), true.into());
        }
        if let Some(proposal) =
            details.proposal.as_ref().filter(|_| case.status == AftersaleStatus::UserWaitConfirmUpdate)
        {
            let detail = json!({
                "merchant_update_type": proposal.kind.code(),
                "merchant_update_desc": proposal.desc,
                "update_reason_type": proposal.reason,
                "old_after_sale_type": kind_number(case.kind),
                "new_after_sale_type": kind_number(proposal.to),
                "old_after_sale_amount": case.amount,
                "new_after_sale_amount": proposal.amount,
                "media_ids": proposal.media,
            });
            fields.insert("merchant_update_detail".into(), detail);
        }
        if let (AftersaleKind::Exchange, Some(new_sku), Some(line)) = (case.kind, details.new_sku, line) {
            let exchange = json!({
                "product_id": self.product_id(line),
                "old_sku_id": self.sku_id(line),
                "new_sku_id": sku_number(self.config.seed, product, new_sku).to_string(),
                "product_cnt": case.count,
                "old_sku_price": line.unit_price,
                "new_sku_price": line.unit_price,
                "old_sku_code": goods::sku_code(product, line.sku),
                "new_sku_code": goods::sku_code(product, new_sku),
            });
            fields.insert("exchange_product_info".into(), exchange);
            fields.insert("exchange_delivery_info".into(), parcel(&details.new_parcel));
        }
        Ok(json)
    }
}

/// The numeric twins of `type` in a negotiation.
const fn kind_number(kind: AftersaleKind) -> u8 {
    match kind {
        AftersaleKind::Refund => 1,
        AftersaleKind::Return => 2,
        AftersaleKind::Exchange => 3,
    }
}

fn refund_resp(case: &Case) -> Value {
    if case.details.refund_failed {
        json!({ "code": "USER_ACCOUNT_ABNORMAL", "ret": 268_566_527, "message": "退款失败，买家账户异常" })
    } else {
        json!({ "code": "", "ret": 0, "message": "" })
    }
}
