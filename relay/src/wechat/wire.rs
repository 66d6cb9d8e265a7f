//! Answers as they come. Every field may be missing, null or empty; ids and numbers come as numbers or as strings.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A list that may be null.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(from).map(Option::unwrap_or_default)
}

/// An integer that may be text, a boolean, null or empty.
pub(super) fn int<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let bad = || serde::de::Error::custom("expected an integer");
    match Value::deserialize(from)? {
        Value::Null => Ok(0),
        Value::Bool(yes) => Ok(i64::from(yes)),
        Value::Number(number) => number.as_i64().ok_or_else(bad),
        Value::String(text) if text.is_empty() => Ok(0),
        Value::String(text) => text.trim().parse().map_err(|_| bad()),
        Value::Array(_) | Value::Object(_) => Err(bad()),
    }
}

/// As [`int`]; `None` only if the field is missing.
pub(super) fn maybe_int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    int(from).map(Some)
}

/// Text that may be a number or null. A number is taken digit by digit, so that 64 bits survive.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text),
        Value::Number(number) if number.is_u64() || number.is_i64() => Ok(number.to_string()),
        _ => Err(serde::de::Error::custom("expected text")),
    }
}

/// A flag that may be 0/1 or null.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    int(from).map(|n| n != 0)
}

/// Texts in a list that may be null; `None` only if the field is missing.
pub(super) fn maybe_texts<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    struct Text(#[serde(deserialize_with = "text")] String);
    let texts = Option::<Vec<Text>>::deserialize(from)?.unwrap_or_default();
    Ok(Some(texts.into_iter().map(|text| text.0).collect()))
}

macro_rules! wire {
    ($($(#[$doc:meta])* $name:ident { $($field:ident : $ty:ty = $with:literal),* $(,)? $(; rest $rest:ident)? })*) => {$(
        $(#[$doc])*
        #[derive(Deserialize, Default)]
        #[serde(default)]
        pub(super) struct $name {
            $(#[serde(deserialize_with = $with)] pub(super) $field: $ty,)*
            $(#[serde(flatten)] pub(super) $rest: BTreeMap<String, Value>,)?
        }
    )*};
}

wire! {
    /// What every answer has.
    Envelope { errcode: Option<i64> = "maybe_int", errmsg: String = "text" }
    Token { access_token: String = "text", expires_in: i64 = "int" }
    OrderIds {
        order_id_list: Option<Vec<String>> = "maybe_texts", next_key: String = "text", has_more: bool = "flag",
        errcode: Option<i64> = "maybe_int"
    }
    ShopAnswer { info: ShopInfo = "or_default" }
    ShopInfo { nickname: String = "text", status: String = "text" }
    Companies { company_list: Vec<Company> = "or_default" }
    Company { delivery_id: String = "text", delivery_name: String = "text" }

    OrderAnswer { order: WireOrder = "or_default" }
    WireOrder {
        order_id: String = "text", openid: String = "text", create_time: i64 = "int", update_time: i64 = "int", status: i64 = "int",
        order_detail: Detail = "or_default", aftersale_detail: AfterSales = "or_default", is_present: bool = "flag"; rest rest
    }
    Detail {
        product_infos: Vec<Line> = "or_default", pay_info: Pay = "or_default", price_info: BTreeMap<String, Value> = "or_default",
        delivery_info: Delivery = "or_default", ext_info: Ext = "or_default", settle_info: Settle = "or_default"; rest rest
    }
    Line {
        product_id: String = "text", sku_id: String = "text", title: String = "text", thumb_img: String = "text", sku_cnt: i64 = "int",
        sale_price: i64 = "int", real_price: i64 = "int", on_aftersale_sku_cnt: i64 = "int", finish_aftersale_sku_cnt: i64 = "int",
        sku_code: String = "text", sku_attrs: Vec<Attr> = "or_default", delivery_deadline: i64 = "int",
        sku_deliver_info: SkuDeliver = "or_default"
    }
    Attr { attr_key: String = "text", attr_value: String = "text" }
    SkuDeliver { stock_type: i64 = "int" }
    Pay { payment_method: i64 = "int", pay_time: i64 = "int" }
    Delivery {
        address_info: Address = "or_default", delivery_product_info: Vec<WireParcel> = "or_default", ship_done_time: i64 = "int",
        deliver_method: i64 = "int", address_under_review: Option<Address> = "Option::deserialize", address_apply_time: i64 = "int"
    }
    Address {
        user_name: String = "text", tel_number: String = "text", province_name: String = "text", city_name: String = "text",
        county_name: String = "text", detail_info: String = "text", house_number: String = "text", hash_code: String = "text"
    }
    WireParcel {
        waybill_id: String = "text", delivery_id: String = "text", delivery_name: String = "text", delivery_time: i64 = "int",
        product_infos: Vec<WireItem> = "or_default"
    }
    WireItem { product_id: String = "text", sku_id: String = "text", product_cnt: i64 = "int" }
    Ext {
        customer_notes: String = "text", merchant_notes: String = "text", confirm_receipt_time: i64 = "int", finder_id: String = "text",
        live_id: String = "text", order_scene: i64 = "int"
    }
    Settle { settle_time: i64 = "int" }
    AfterSales { aftersale_order_list: Vec<AfterSale> = "or_default", on_aftersale_order_cnt: i64 = "int" }
    AfterSale { aftersale_order_id: String = "text" }

    CaseIds {
        after_sale_order_id_list: Option<Vec<String>> = "maybe_texts", next_key: String = "text", has_more: bool = "flag",
        errcode: Option<i64> = "maybe_int"
    }
    CaseAnswer { after_sale_order: Case = "or_default" }
    Case {
        after_sale_order_id: String = "text", order_id: String = "text", openid: String = "text", status: String = "text",
        r#type: String = "text", sub_type: String = "text", reason: String = "text", reason_text: String = "text",
        create_time: i64 = "int", update_time: i64 = "int", complete_time: i64 = "int", deadline: i64 = "int",
        complaint_id: String = "text", need_offline_refund: bool = "flag", product_info: CaseProduct = "or_default",
        details: CaseDetails = "or_default", refund_info: RefundInfo = "or_default", refund_resp: RefundResp = "or_default",
        return_info: CaseParcel = "or_default", merchant_upload_info: MerchantUpload = "or_default",
        merchant_update_detail: Proposal = "or_default", exchange_product_info: ExchangeProduct = "or_default",
        exchange_delivery_info: CaseParcel = "or_default"; rest rest
    }
    CaseProduct {
        product_id: String = "text", sku_id: String = "text", sku_code: String = "text", count: i64 = "int",
        gift_product_list: Vec<CaseGift> = "or_default"; rest rest
    }
    CaseGift { product_id: String = "text", sku_id: String = "text", sku_code: String = "text", count: i64 = "int" }
    CaseDetails {
        desc: String = "text", receive_product: bool = "flag", cancel_time: i64 = "int",
        media_id_list: Option<Vec<String>> = "maybe_texts", media_infos: Vec<Media> = "or_default"; rest rest
    }
    Media {
        picture_media_id: String = "text", video_media_id: String = "text", video_play_length: i64 = "int"
    }
    RefundInfo { amount: i64 = "int", refund_reason: i64 = "int"; rest rest }
    RefundResp { code: String = "text", ret: i64 = "int", message: String = "text" }
    CaseParcel { waybill_id: String = "text", delivery_id: String = "text", delivery_name: String = "text", return_type: i64 = "int" }
    MerchantUpload { reject_reason: String = "text", refund_certificates: Option<Vec<String>> = "maybe_texts" }
    Proposal {
        merchant_update_type: i64 = "int", merchant_update_desc: String = "text", update_reason_type: i64 = "int",
        old_after_sale_type: i64 = "int", new_after_sale_type: i64 = "int", old_after_sale_amount: i64 = "int",
        new_after_sale_amount: i64 = "int", media_ids: Option<Vec<String>> = "maybe_texts"
    }
    ExchangeProduct {
        product_id: String = "text", old_sku_id: String = "text", new_sku_id: String = "text", product_cnt: i64 = "int",
        old_sku_price: i64 = "int", new_sku_price: i64 = "int", old_sku_code: String = "text", new_sku_code: String = "text"
    }
}
