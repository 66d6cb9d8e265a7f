use shopkeeper_core::time::Span;

use super::*;

/// 2026-09-14 13:15 in Shanghai.
const NOW: Instant = Instant::from_ms(1_789_362_900_000);

fn days(text: &str) -> Result<(Option<String>, Option<String>), Misread> {
    let zone = ShopZone::default();
    let range = text.parse::<When>()?.range(zone, NOW)?;
    let day = |at: Instant| zone.day(at).date().to_string();
    // The last day, not the midnight after it.
    Ok((range.from.map(day), range.until.map(|until| day(until.minus(Span::ms(1))))))
}

#[test]
fn times_are_read_in_the_shops_zone() {
    for (text, first, last) in [
        ("today", Some("2026-09-14"), Some("2026-09-14")),
        ("昨天", Some("2026-09-13"), Some("2026-09-13")),
        ("7d", Some("2026-09-08"), Some("2026-09-14")),
        ("近30天", Some("2026-08-16"), Some("2026-09-14")),
        ("9/1", Some("2026-09-01"), Some("2026-09-01")),
        ("9月1日", Some("2026-09-01"), Some("2026-09-01")),
        ("12/24", Some("2025-12-24"), Some("2025-12-24")),
        ("2026-09-01..2026-09-14", Some("2026-09-01"), Some("2026-09-14")),
        ("9-1 到 9-14", Some("2026-09-01"), Some("2026-09-14")),
        ("12/20..1/5", Some("2025-12-20"), Some("2026-01-05")),
        ("2/29", Some("2024-02-29"), Some("2024-02-29")),
        ("9/1..", Some("2026-09-01"), None),
        ("..2026年9月1日", None, Some("2026-09-01")),
        ("any", None, None),
    ] {
        let expected = (first.map(str::to_owned), last.map(str::to_owned));
        assert_eq!(days(text), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_no_time_is_named() {
    for text in ["", "13/1", "2026-13-01", "2/30", "2026-02-29", "0d", "-3d", "soon", "1", "26-9-1", "..", "1/2/3/4"] {
        assert!(matches!(days(text), Err(Misread::Day(_))), "{text}: {:?}", days(text));
    }
    for text in ["2026-09-14..2026-09-01", "2027-01-01..9/1"] {
        assert_eq!(days(text), Err(Misread::Backwards), "{text}");
    }
}

#[test]
fn amounts_are_yuan_and_kept_in_fen() {
    let fen = |fen| Some(Money::from_fen(fen));
    for (text, least, most) in [
        ("50..100", fen(5_000), fen(10_000)),
        ("50-100", fen(5_000), fen(10_000)),
        ("¥49.9 ~ ¥1,234.50", fen(4_990), fen(123_450)),
        ("50..", fen(5_000), None),
        ("..0", None, fen(0)),
        ("88", fen(8_800), fen(8_800)),
    ] {
        assert_eq!(amount(text), Ok(AmountRange { least, most }), "{text}");
    }
    for text in ["", "abc", "..", "-5", "5.001", "5.", "1e3", "9999999999999", "５０"] {
        assert!(matches!(amount(text), Err(Misread::Amount(_))), "{text}: {:?}", amount(text));
    }
    assert_eq!(amount("100..50"), Err(Misread::AmountBackwards));
}

#[test]
fn places_become_the_platforms_names() {
    for (text, province, city) in [
        ("浙江", "浙江省", None),
        ("浙江 杭州", "浙江省", Some("杭州市")),
        ("浙江省/杭州市", "浙江省", Some("杭州市")),
        ("内蒙古/锡林郭勒盟", "内蒙古自治区", Some("锡林郭勒盟")),
        ("上海", "上海市", None),
        ("Atlantis", "Atlantis", None),
    ] {
        let expected = RegionFilter { province: province.to_owned(), city: city.map(str::to_owned) };
        assert_eq!(region(text), Ok(expected), "{text}");
    }
    for text in ["", "/", "浙江/", "浙\u{7}江", &"省".repeat(65)] {
        assert!(matches!(region(text), Err(Misread::Region(_))), "{text:?}");
    }
}

#[test]
fn products_are_ids() {
    assert_eq!(product("10001"), Ok(ProductFilter { product: "10001".to_owned(), sku: None }));
    assert_eq!(product("10001/7"), Ok(ProductFilter { product: "10001".to_owned(), sku: Some("7".to_owned()) }));
    for text in ["", "10001/", "/7", "two words", &"1".repeat(129)] {
        assert!(matches!(product(text), Err(Misread::Product(_))), "{text:?}");
    }
}
