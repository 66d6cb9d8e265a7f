//! Every look can fail: each of these expects something that is not so, in a town where almost nothing has happened.

use super::deeds;
use super::parse::Scenario;
use crate::simulation::in_one_thread;

/// A town with two orders, a flag and a waybill that waits.
const BEGINNING: &str = r#"
    {"sync": {}}, {"offline": {}}, {"flag": {"order": "tea", "colour": "red"}},
    {"ship": {"order": "tea", "parcels": [{"waybill": "SF1234567890123"}], "as": "work"}}"#;

/// What is wrong, and the field that has to be named.
const WRONG: [(&str, &str); 77] = [
    (r#"{"see_list": {"count": 3}}"#, "count"),
    (r#"{"see_list": {"of": {"tab": "to_ship", "sort": "most_urgent"}, "orders": ["cup", "tea"]}}"#, "orders"),
    (r#"{"see_list": {"of": {"sort": "most_urgent"}, "first": ["cup"]}}"#, "first"),
    (r#"{"see_list": {"saved_not_delivered": 0}}"#, "saved_not_delivered"),
    (r#"{"see_list": {"of": {"flag": {"is": "red"}}, "count": 0}}"#, "count"),
    (r#"{"see_list": {"freshness": "very_stale"}}"#, "freshness"),
    (r#"{"see_list": {"link": "online"}}"#, "link"),
    (r#"{"see_list": {"of": {"tab": "closed"}, "extent": "known_empty"}}"#, "extent"),
    (r#"{"see_list": {"of": {"tab": "closed"}}}"#, "expects nothing"),
    (r#"{"see_list": {"states": ["offline", "fresh"]}}"#, "states"),
    (r#"{"see_list": {"refused": "bad_input"}}"#, "refused"),
    (r#"{"see_list": {"of": {"view": "none"}, "count": 0}}"#, "view"),
    (r#"{"see_list": {"of": {"view": "red", "pending": true}, "count": 0}}"#, "view"),
    (r#"{"see_list": {"of": {"like": {"order": "tea", "in": ["amount"]}}, "orders": []}}"#, "orders"),
    (r#"{"see_list": {"of": {"paid": {"from": 2}}, "count": 2}}"#, "count"),
    (r#"{"see_search": {"words": ["铁观音"]}}"#, "expects nothing"),
    (r#"{"see_search": {"words": ["铁观音"], "orders": ["tea"]}}"#, "orders"),
    (r#"{"see_search": {"words": ["铁观音"], "first": ["tea"]}}"#, "first"),
    (r#"{"see_search": {"words": [{"order": "tea", "of": "number", "last": 4}], "orders": []}}"#, "orders"),
    (r#"{"see_search": {"words": [{"order": "cup", "of": "waybill"}], "orders": []}}"#, "has no parcel"),
    (r#"{"see_search": {"words": ["铁观音"], "states": ["fresh"]}}"#, "states"),
    (r#"{"see_search": {"words": ["铁观音"], "not_indexed": 1}}"#, "not_indexed"),
    (r#"{"see_search": {"words": ["铁观音"], "refused": "bad_input"}}"#, "refused"),
    (
        r#"{"see_search": {"words": ["铁观音"], "marks": [{"order": "tea", "field": "product", "marked": "铁"}]}}"#,
        "marks.tea",
    ),
    (r#"{"see_views": {"names": ["red"]}}"#, "names"),
    (r#"{"see_phone": {"paired": false}}"#, "paired"),
    (r#"{"see_phone": {"refused": "not_paired"}}"#, "refused"),
    (r#"{"see_provisions": {"complete": true}}"#, "complete"),
    (r#"{"see_provisions": {"open_orders": {"here": 3}}}"#, "open_orders.here"),
    (r#"{"see_provisions": {"carriers": {"missing": "on_its_way"}}}"#, "carriers.missing"),
    (r#"{"see_provisions": {"unsent": 0, "before_leaving": ["cup"]}}"#, "before_leaving"),
    (r#"{"see_provisions": {"offline_until": "cup"}}"#, "offline_until"),
    (r#"{"see_order": {"order": "tea", "impossible": {}}}"#, "impossible"),
    (r#"{"see_order": {"order": "tea", "one_parcel": 2}}"#, "one_parcel"),
    (r#"{"see_order": {"order": "tea", "buyer_card": {"nth": 2}}}"#, "buyer_card.nth"),
    (r#"{"see_order": {"order": "tea", "lines": [{"state": "to_ship"}]}}"#, "lines.0.state"),
    (r#"{"flag_many": {"on": {"orders": ["tea"], "answers": {"tea": "unpaid"}}, "colour": "red"}}"#, "refused"),
    (r#"{"see_home": {"dot": true, "shop": 3}}"#, "shop"),
    (r#"{"see_order": {"order": "tea"}}"#, "expects nothing"),
    (r#"{"see_order": {"order": "tea", "phase": "done"}}"#, "phase"),
    (r#"{"see_order": {"order": "tea", "status": 30}}"#, "status"),
    (r#"{"see_order": {"order": "tea", "tabs": ["all"]}}"#, "tabs"),
    (r#"{"see_order": {"order": "tea", "shipping": "recorded"}}"#, "shipping"),
    (r#"{"see_order": {"order": "tea", "reason": "after_sale_open"}}"#, "reason"),
    (r#"{"see_order": {"order": "tea", "flag": "none"}}"#, "flag"),
    (r#"{"see_order": {"order": "tea", "note": "x"}}"#, "note"),
    (r#"{"see_order": {"order": "tea", "notes": ["x"]}}"#, "notes"),
    (r#"{"see_order": {"order": "tea", "platform_note": "x"}}"#, "platform_note"),
    (r#"{"see_order": {"order": "tea", "buyer_note": "x"}}"#, "buyer_note"),
    (r#"{"see_order": {"order": "tea", "hurried": true}}"#, "hurried"),
    (r#"{"see_order": {"order": "tea", "address_requested": true}}"#, "address_requested"),
    (r#"{"see_order": {"order": "tea", "after_sale_open": true}}"#, "after_sale_open"),
    (r#"{"see_order": {"order": "tea", "pending": 0}}"#, "pending"),
    (r#"{"see_order": {"order": "tea", "unknown": 1}}"#, "unknown"),
    (r#"{"see_order": {"order": "tea", "needs_action": 1}}"#, "needs_action"),
    (r#"{"see_order": {"order": "tea", "due_in_minutes": 0}}"#, "due_in_minutes"),
    (r#"{"see_order": {"order": "tea", "due_basis": "rulebook"}}"#, "due_basis"),
    (r#"{"see_order": {"order": "tea", "cannot_ship": ""}}"#, "cannot_ship"),
    (r#"{"see_order": {"order": "tea", "lines": [{"saved": 0}]}}"#, "lines.0.saved"),
    (r#"{"see_order": {"order": "tea", "lines": []}}"#, "lines"),
    (
        r#"{"see_order": {"order": "tea", "parcels": [{"waybill": "SF1234567890123", "standing": "recorded"}]}}"#,
        "parcels.0.standing",
    ),
    (r#"{"see_order": {"order": "tea", "timeline": ["created"]}}"#, "timeline"),
    (r#"{"see_order": {"order": "tea", "late": ["created"]}}"#, "late"),
    (r#"{"see_order": {"order": "tea", "more_has": ["x"]}}"#, "more_has"),
    (r#"{"see_outbox": {"items": []}}"#, "items"),
    (r#"{"see_outbox": {"items": [{"order": "tea", "state": "checking"}]}}"#, "items.0.state"),
    (r#"{"see_home": {"to_ship": 1}}"#, "to_ship"),
    (r#"{"see_home": {"deadlines": ["cup", "tea"]}}"#, "deadlines"),
    (r#"{"see_truth": {"all_delivered": true}}"#, "all_delivered"),
    (r#"{"see_truth": {"data_age_minutes": 90}}"#, "data_age_minutes"),
    (r#"{"see_truth": {"clock_wrong_by_minutes": 90}}"#, "clock_wrong_by_minutes"),
    (r#"{"see_books": {"order": "tea", "status": "shipped"}}"#, "status"),
    (r#"{"see_books": {"order": "tea", "deliveries": 1}}"#, "deliveries"),
    (r#"{"see_books": {"order": "tea", "parcels": [{"waybill": "SF1234567890123"}]}}"#, "parcels"),
    (r#"{"see_effects": {"deliveries": 1}}"#, "deliveries"),
    (r#"{"see_effects": {"orders": ["tea"]}}"#, "orders"),
    (r#"{"withdraw": {"work": "work", "refused": "undo_over"}}"#, "refused"),
];

/// The same after something happened at the platform that the phone cannot know.
const WRONG_LATER: [(&str, &str); 3] = [
    (r#"{"see_equal": {}}"#, "阿芳: cup: status"),
    (r#"{"see_equal": {"phone": "阿芳"}}"#, "阿芳: cup: parcels"),
    (r#"{"see_equal": {}}"#, "platform note"),
];

fn scenario(steps: &str) -> Scenario {
    let text = format!(
        r#"{{"story": "s", "given": {{"shop": "阿芳", "orders": [{{"name": "tea", "paid_hours_ago": 9}}, {{"name": "cup"}}]}},
            "steps": [{steps}]}}"#
    );
    Scenario::parse("falsified", &text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_look_can_fail_and_names_what_differs() {
    in_one_thread(async |dir| {
        let beginning = scenario(BEGINNING);
        let mut town = beginning.given.opens(dir).await.unwrap();
        for step in &beginning.steps {
            deeds::take(&mut town, &step.step).await.unwrap();
        }
        for (wrong, field) in WRONG {
            let said = deeds::take(&mut town, &scenario(wrong).steps[0].step).await;
            assert!(said.as_ref().is_err_and(|said| said.contains(field)), "{wrong} said {said:?}");
        }
        let later = r#"{"colleague_ships": {"order": "cup", "parcel": {"waybill": "SF7000000000001"}}}, {"colleague_notes": {"order": "cup", "text": "x"}}"#;
        for step in scenario(later).steps {
            deeds::take(&mut town, &step.step).await.unwrap();
        }
        for (wrong, field) in WRONG_LATER {
            let said = deeds::take(&mut town, &scenario(wrong).steps[0].step).await;
            assert!(said.as_ref().is_err_and(|said| said.contains(field)), "{wrong} said {said:?}");
        }
    });
}
