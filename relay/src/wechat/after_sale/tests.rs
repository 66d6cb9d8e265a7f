use proptest::prelude::*;
use serde_json::json;

use super::super::wire::CaseAnswer;
use super::*;

const NOW: i64 = 1_790_100_000;

// The example of the wire reference.
const CASE: &str = r#"{"errcode":0,"errmsg":"ok","after_sale_order":{"after_sale_order_id":"2000000012345678","order_id":"3705115058471208928","openid":"oX_buyer_1",
 "status":"MERCHANT_PROCESSING","type":"RETURN","sub_type":"DEFAULT","reason":"QUALITY_ISSUE","reason_text":"质量问题",
 "create_time":1790090000,"update_time":1790090000,"deadline":1790262800,
 "product_info":{"product_id":"10000012345678","sku_id":"2345678901","count":1,"sku_code":"CUP-B"},
 "details":{"desc":"杯口有裂纹","receive_product":true,"cancel_time":0,"media_id_list":["mid_1"]},
 "refund_info":{"amount":4400},"return_info":{"waybill_id":"","delivery_id":"","delivery_name":""},
 "merchant_upload_info":{"reject_reason":"","refund_certificates":[]},"refund_resp":{"code":"","ret":0,"message":""}}}"#;

fn read(text: &str) -> Result<AfterSale, String> {
    let answer: CaseAnswer = serde_json::from_str(text).map_err(|error| error.to_string())?;
    after_sale(answer.after_sale_order, NOW)
}

#[test]
fn the_example_case() {
    let case = read(CASE).unwrap();
    assert_eq!(case.number, "2000000012345678");
    assert_eq!(case.order, Some(EntityKey::from("wx:3705115058471208928")));
    assert_eq!([&case.wanted, &case.sub_type, &case.status], ["RETURN", "", "MERCHANT_PROCESSING"]);
    assert_eq!((case.created_at, case.updated_at), (1_790_090_000_000, 1_790_090_000_000));
    assert_eq!((case.deadline, case.completed_at, case.withdrawn_at), (Some(1_790_262_800_000), None, None));
    assert_eq!([&case.reason, &case.reason_text, &case.buyer], ["QUALITY_ISSUE", "质量问题", "oX_buyer_1"]);
    assert!(case.received && case.description == "杯口有裂纹");
    let line = AfterSaleLine {
        product: "10000012345678".to_owned(),
        sku: "2345678901".to_owned(),
        sku_code: "CUP-B".to_owned(),
        quantity: 1,
        gift: false,
    };
    assert_eq!(case.lines, [line]);
    assert_eq!(case.refund, Refund { amount: 4_400, ..Refund::default() });
    assert_eq!(case.evidence, [Evidence { picture: "mid_1".to_owned(), ..Evidence::default() }]);
    assert!(case.return_parcel.is_none() && case.proposal.is_none() && case.exchange.is_none());
    assert_eq!(case.extra, BTreeMap::new());
    assert!(is_open(&case) && standing(&case.status) == Standing::Asked);
}

#[test]
fn what_few_cases_have() {
    let case = read(
        r#"{"after_sale_order":{"after_sale_order_id":2000000012345679,"order_id":3705115058471208928,"status":"USER_WAIT_CONFIRM_UPDATE",
            "type":"EXCHANGE","sub_type":"REFUND_PRICE_DIFF","create_time":"1790090000","complaint_id":"77","need_offline_refund":true,
            "product_info":{"product_id":1,"sku_id":2,"count":"3","gift_product_list":[{"product_id":8,"sku_id":9,"count":1,"task_id":"t"}]},
            "details":{"cancel_time":1790090500,"media_infos":[{"media_type":2,"picture_media_id":"still","video_media_id":"film","video_play_length":7}],
              "media_id_list":["still"]},
            "refund_info":{"amount":"4400","refund_reason":5},
            "refund_resp":{"code":"","ret":268566527,"message":"买家账户异常"},
            "return_info":{"waybill_id":"SF1","delivery_id":"SF","delivery_name":"顺丰","return_type":1},
            "merchant_upload_info":{"reject_reason":"请补充照片","refund_certificates":["c1"]},
            "merchant_update_detail":{"merchant_update_type":3,"merchant_update_desc":"退一半","update_reason_type":2,"old_after_sale_type":2,
              "new_after_sale_type":1,"old_after_sale_amount":4400,"new_after_sale_amount":2200,"media_ids":["m"]},
            "exchange_product_info":{"product_id":1,"old_sku_id":2,"new_sku_id":3,"product_cnt":3,"old_sku_price":100,"new_sku_price":120},
            "exchange_delivery_info":{"waybill_id":"YT9","delivery_id":"YTO"}}}"#,
    )
    .unwrap();
    assert_eq!((case.sub_type.as_str(), case.complaint.as_str()), ("REFUND_PRICE_DIFF", "77"));
    assert_eq!(case.lines.iter().map(|line| (line.quantity, line.gift)).collect::<Vec<_>>(), [(3, false), (1, true)]);
    assert_eq!(case.withdrawn_at, Some(1_790_090_500_000));
    assert_eq!(case.evidence, [Evidence { picture: "still".to_owned(), film: "film".to_owned(), seconds: 7 }]);
    let refund = &case.refund;
    assert_eq!((refund.amount, refund.cause, refund.offline), (4_400, 5, true));
    assert_eq!((refund.failure.as_str(), refund.failure_text.as_str()), ("268566527", "买家账户异常"));
    let parcel = case.return_parcel.as_ref().unwrap();
    assert_eq!((parcel.carrier.as_str(), parcel.waybill.as_str(), parcel.way), ("SF", "SF1", 1));
    assert_eq!((case.rejection.as_str(), case.certificates.as_slice()), ("请补充照片", &["c1".to_owned()][..]));
    let proposal = case.proposal.as_ref().unwrap();
    assert_eq!((proposal.kind, proposal.from_type, proposal.to_type), (3, 2, 1));
    assert_eq!((proposal.from_amount, proposal.to_amount, proposal.text.as_str()), (4_400, 2_200, "退一半"));
    let exchange = case.exchange.as_ref().unwrap();
    assert_eq!((exchange.from_sku.as_str(), exchange.to_sku.as_str(), exchange.to_price), ("2", "3", 120));
    assert_eq!(exchange.parcel.as_ref().unwrap().waybill, "YT9");
    assert_eq!((case.extra, standing(&case.status)), (BTreeMap::new(), Standing::Elsewhere));
}

#[test]
fn empty_objects_are_nothing_and_unknown_statuses_are_open() {
    let case = read(
        r#"{"after_sale_order":{"after_sale_order_id":"7","status":"WAIT_FOR_THE_MOON","product_info":null,"details":null,"refund_info":{},
            "complaint_id":"0","exchange_product_info":{"product_id":"","old_sku_id":"0","new_sku_id":""},
            "exchange_delivery_info":{"waybill_id":""},"merchant_update_detail":{"merchant_update_type":0},"order_id":"0"}}"#,
    )
    .unwrap();
    assert!(case.exchange.is_none() && case.proposal.is_none() && case.complaint.is_empty() && case.order.is_none());
    assert!(is_open(&case) && standing(&case.status) == Standing::Elsewhere);
    for closed in CLOSED {
        assert!(!is_open(&AfterSale { status: closed.to_owned(), ..AfterSale::default() }));
    }
}

#[test]
fn a_deadline_may_come_as_the_time_that_is_left() {
    let at = |told: &str| {
        read(&CASE.replace(r#""deadline":1790262800"#, &format!(r#""deadline":{told}"#))).unwrap().deadline
    };
    assert_eq!(at("1790262800"), Some(1_790_262_800_000));
    assert_eq!(at("172800"), Some((NOW + 172_800) / 60 * 60_000));
    assert_eq!((at("0"), at("null"), at("\"\"")), (None, None, None));
}

#[test]
fn what_has_no_place_is_kept_by_its_object_unless_it_is_of_people() {
    let case = read(
        r#"{"after_sale_order":{"after_sale_order_id":"7","status":"MERCHANT_PROCESSING","unionid":"o_1","gen_scene":2,
            "virtual_tel_num_info":{"virtual_tel_number":"138"},"exchange_info":{"user_address_info":{"user_name":"林"}},
            "details":{"tel_number":"13800002807","wxa_vip_discounted_price":3},"refund_info":{"amount":1,"platform_discount_return_amount":5},
            "product_info":{"fast_refund":true,"voucher_list":[{"vourcher_code":"v"}]},
            "return_info":{"address_info":{"user_name":"林"}}}}"#,
    )
    .unwrap();
    let kept = json!({
        "gen_scene": 2, "details": { "wxa_vip_discounted_price": 3 }, "refund_info": { "platform_discount_return_amount": 5 },
        "product_info": { "fast_refund": true, "voucher_list": [{ "vourcher_code": "v" }] },
    });
    assert_eq!(serde_json::to_value(&case.extra).unwrap(), kept);
}

#[test]
fn what_cannot_be_read_is_named_without_its_value() {
    let bad = r#"{"after_sale_order":{"after_sale_order_id":"7","status":"X","product_info":{"count":-3}}}"#;
    assert_eq!(read(bad).unwrap_err(), "product_info.count: not a number of pieces");
    assert_eq!(read(r#"{"after_sale_order":{}}"#).unwrap_err(), "after_sale_order.after_sale_order_id: not an id");
    assert_eq!(
        read(r#"{"after_sale_order":{"after_sale_order_id":"7"}}"#).unwrap_err(),
        "after_sale_order.status: missing"
    );
}

#[test]
fn keys_there_and_back() {
    assert_eq!(id(&key("2000000012345678")), Some("2000000012345678"));
    for other in ["wx:2000000012345678", "wx:aftersale:", "wx:aftersale:7a", "other:aftersale:7", "wx:carrier:SF"] {
        assert_eq!(id(&EntityKey::from(other)), None);
    }
    assert_eq!(mapping::id(&key("7")), None, "an after-sale is no order");
}

proptest! {
    /// Any value in any place is read, or refused without being quoted.
    #[test]
    fn whatever_stands_in_a_field_is_read_or_named_and_never_quoted(
        object in prop_oneof![Just(""), Just("product_info"), Just("details"), Just("refund_info"), Just("return_info"), Just("refund_resp")],
        field in any::<prop::sample::Index>(),
        odd in prop_oneof![
            Just(Value::Null), Just(json!(["林"])), Just(json!({ "林": 1 })), Just(json!("林")), any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from), any::<bool>().prop_map(Value::from),
        ],
    ) {
        let mut answer: Value = serde_json::from_str(CASE).unwrap();
        let case = &mut answer["after_sale_order"];
        let fields = if object.is_empty() { case } else { &mut case[object] }.as_object_mut().unwrap();
        let chosen = field.index(fields.len());
        *fields.values_mut().nth(chosen).unwrap() = odd;
        let Ok(answer) = serde_json::from_value::<CaseAnswer>(answer) else { return Ok(()) };
        match after_sale(answer.after_sale_order, NOW) {
            Ok(case) => prop_assert!(id(&key(&case.number)).is_some() && !case.status.is_empty()),
            Err(error) => prop_assert!(!error.contains('林'), "{}", error),
        }
    }
}
