//! Why buyers ask, and why merchants may refuse. The numbers of the new form are the platform's secret: clients show the
//! text and send back what they were given, so any numbers do.

use serde_json::{Value, json};

/// (`reason`, `reason_text`), old symbols first.
pub(crate) const REASONS: &[(&str, &str)] = &[
    ("NO_LONGER_WANT", "多拍/拍错/不想要"),
    ("INCORRECT_SELECTION", "拍错规格"),
    ("NO_EXPRESS_INFO", "快递一直未送达"),
    ("NOT_DELIVERED_TOO_LONG", "商家长时间未发货"),
    ("QUALITY_ISSUE", "质量问题"),
    ("SEND_WRONG_GOODS", "商家发错货"),
    ("NOT_MATCH_PRODUCT_DESC", "与商品描述不符"),
    ("NO_REASON_7_DAYS", "7天无理由"),
    ("10000002", "包装破损，茶叶散落"),
    ("10000005", "少件/漏发"),
    ("OTHERS", "其他"),
];

/// Reasons of one who has nothing in hands yet.
pub(crate) const BEFORE_RECEIPT: [u8; 4] = [0, 1, 2, 3];
/// Reasons of one who has looked at the goods.
pub(crate) const AFTER_RECEIPT: [u8; 6] = [4, 5, 6, 7, 8, 9];

/// Where a refusal may be given (`reject_scene`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RejectScene {
    Refund = 1,
    Return = 4,
    Exchange = 5,
    Reship = 6,
}

/// (`reject_reason_type`, its text, the reason that goes to the buyer, scene)
const REJECTIONS: &[(i64, &str, &str, RejectScene)] = &[
    (1, "已发货", "包裹已在途中，请收到后再申请", RejectScene::Refund),
    (2, "已与买家协商一致", "已与您协商一致，请撤销申请", RejectScene::Refund),
    (3, "凭证不足", "请补充能看清问题的照片", RejectScene::Refund),
    (10, "超过退货期限", "已超过可退货的时间", RejectScene::Return),
    (11, "商品影响二次销售", "商品已拆封或使用，影响二次销售", RejectScene::Return),
    (12, "退回商品与原商品不符", "退回的商品与发出的不一致", RejectScene::Return),
    (13, "未收到退货", "还没有收到退回的包裹", RejectScene::Return),
    (20, "没有可换的规格", "您要换的规格没有库存", RejectScene::Exchange),
    (21, "超过换货期限", "已超过可换货的时间", RejectScene::Exchange),
    (30, "退回商品与原商品不符", "退回的商品与发出的不一致", RejectScene::Reship),
    (31, "未收到退货", "还没有收到退回的包裹", RejectScene::Reship),
];

/// What a reason of this type tells the buyer, if it may be given here.
pub(super) fn reject_reason(reason_type: i64, scene: RejectScene) -> Option<&'static str> {
    REJECTIONS.iter().find(|(known, _, _, at)| *known == reason_type && *at == scene).map(|(_, _, text, _)| *text)
}

/// `reason_list` of aftersale/reason/get.
pub(crate) fn reasons_json() -> Vec<Value> {
    REASONS.iter().map(|(reason, text)| json!({ "reason": reason, "reason_text": text })).collect()
}

/// `reason_list` of aftersale/rejectreason/get.
pub(crate) fn reject_reasons_json() -> Vec<Value> {
    REJECTIONS
        .iter()
        .map(|(reason_type, text, reason, scene)| {
            json!({
                "reject_reason_type": reason_type,
                "reject_reason_type_text": text,
                "reject_reason": reason,
                "reject_scene": *scene as u8,
            })
        })
        .collect()
}
