//! Reads times, amounts, products and places.

use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};
use shopkeeper_core::money::Money;
use shopkeeper_core::orders::{AmountRange, Period, ProductFilter, RegionFilter, TimeRange};
use shopkeeper_core::time::{Instant, ShopZone};

/// Why a text is none of these. The display is for a command line; [`Misread::key`] names the sentence for a screen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    #[error("`{0}` is no day such as 2026-09-14, 9/14, today or 7d")]
    Day(String),
    #[error("the end lies before the beginning")]
    Backwards,
    #[error("`{0}` is no amount in yuan such as 50 or 49.90")]
    Amount(String),
    #[error("the greatest amount is below the least")]
    AmountBackwards,
    #[error("`{0}` is no PRODUCT or PRODUCT/SKU")]
    Product(String),
    #[error("`{0}` is no PROVINCE or PROVINCE/CITY")]
    Region(String),
}

impl Misread {
    /// Key of the sentence that says it.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Day(_) => "filter.bad.day",
            Self::Backwards => "filter.bad.backwards",
            Self::Amount(_) => "filter.bad.amount",
            Self::AmountBackwards => "filter.bad.amount_backwards",
            Self::Product(_) => "filter.bad.product",
            Self::Region(_) => "filter.bad.region",
        }
    }

    /// What was written where something else belongs.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Day(text) | Self::Amount(text) | Self::Product(text) | Self::Region(text) => text,
            Self::Backwards | Self::AmountBackwards => "",
        }
    }
}

/// A stretch of time: `today` · `7d` · `9/14` · `2026-09-01..2026-09-14` · `9/1..` · `..9/14` · `any`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// That it happened at all.
    Any,
    Period(Period),
    /// From the first day to the last, both of them whole.
    Days {
        first: Option<Day>,
        last: Option<Day>,
    },
}

/// A day, with or without its year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    year: Option<i32>,
    month: u32,
    day: u32,
}

impl When {
    /// The instants of the fixed days; a period moves and has none of its own.
    ///
    /// # Errors
    /// [`Misread::Backwards`]: what needs the year of today to be seen.
    pub fn range(self, zone: ShopZone, now: Instant) -> Result<TimeRange, Misread> {
        let today = zone.day(now).date();
        match self {
            Self::Any => Ok(TimeRange::default()),
            Self::Period(period) => Ok(period.range(zone, now)),
            Self::Days { first, last } => {
                let last = last.map(|last| last.at_or_before(today));
                // `12/20..1/5` begins in the year before its end.
                let first = first.map(|first| first.at_or_before(last.unwrap_or(today)));
                if let (Some(first), Some(last)) = (first, last)
                    && first > last
                {
                    return Err(Misread::Backwards);
                }
                let until = last.and_then(|last| last.succ_opt());
                Ok(TimeRange { from: first.map(|day| zone.midnight(day)), until: until.map(|day| zone.midnight(day)) })
            }
        }
    }

    /// The period that has to be kept beside the filter, if this is one.
    #[must_use]
    pub const fn period(self) -> Option<Period> {
        match self {
            Self::Period(period) => Some(period),
            Self::Any | Self::Days { .. } => None,
        }
    }
}

impl Day {
    /// The day itself, or the latest of its name up to a day.
    fn at_or_before(self, limit: NaiveDate) -> NaiveDate {
        let of = |year| NaiveDate::from_ymd_opt(year, self.month, self.day);
        match self.year {
            Some(year) => of(year),
            // 29 February comes within eight years.
            None => (0..=8).filter_map(|back| of(limit.year() - back)).find(|day| *day <= limit),
        }
        .unwrap_or(limit)
    }
}

impl FromStr for Day {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let text = text.trim();
        let bad = || Misread::Day(text.to_owned());
        let plain = text.trim_end_matches(['日', '号']).replace(['年', '月', '-', '.'], "/");
        let parts: Vec<u32> = plain
            .split('/')
            .map(|part| if part.len() <= 4 { part.trim().parse().map_err(|_| bad()) } else { Err(bad()) })
            .collect::<Result<_, _>>()?;
        let (year, month, day) = match parts[..] {
            [year, month, day] => (Some(i32::try_from(year).map_err(|_| bad())?), month, day),
            [month, day] => (None, month, day),
            _ => return Err(bad()),
        };
        // A year of two digits is more often a slip than a year of Nero's.
        if year.is_some_and(|year| !(2000..=2999).contains(&year)) {
            return Err(bad());
        }
        // Without a year a leap year shows whether there is such a day.
        NaiveDate::from_ymd_opt(year.unwrap_or(2024), month, day).map(|_| Self { year, month, day }).ok_or_else(bad)
    }
}

impl FromStr for When {
    type Err = Misread;

    fn from_str(text: &str) -> Result<Self, Misread> {
        let text = text.trim();
        match text {
            "any" | "不限" => return Ok(Self::Any),
            "today" | "今天" => return Ok(Self::Period(Period::Today)),
            "yesterday" | "昨天" => return Ok(Self::Period(Period::Yesterday)),
            _ => {}
        }
        let days = text.strip_suffix(['d', '天']).map(|days| days.trim_start_matches('近').trim());
        if let Some(days) = days {
            let days = days.parse().ok().filter(|days| *days > 0);
            return days.map(|days| Self::Period(Period::Days(days))).ok_or_else(|| Misread::Day(text.to_owned()));
        }
        let end = |end: &str| if end.trim().is_empty() { Ok(None) } else { end.parse().map(Some) };
        let Some((first, last)) = halves(text) else {
            let day = text.parse()?;
            return Ok(Self::Days { first: Some(day), last: Some(day) });
        };
        let (first, last): (Option<Day>, Option<Day>) = (end(first)?, end(last)?);
        if first.is_none() && last.is_none() {
            return Err(Misread::Day(text.to_owned()));
        }
        if let (Some(Day { year: Some(_), .. }), Some(Day { year: Some(_), .. })) = (first, last) {
            let key = |day: Option<Day>| day.map(|day| (day.year, day.month, day.day));
            if key(first) > key(last) {
                return Err(Misread::Backwards);
            }
        }
        Ok(Self::Days { first, last })
    }
}

/// `a..b`, `a~b`, `a 到 b`, `a b`.
fn halves(text: &str) -> Option<(&str, &str)> {
    ["..", "~", "～", "至", "到", " "].iter().find_map(|between| text.split_once(between))
}

/// `50..100` · `50-100` · `50..` · `..100` · `50`, in yuan, both ends included.
///
/// # Errors
/// [`Misread::Amount`] and [`Misread::AmountBackwards`].
pub fn amount(text: &str) -> Result<AmountRange, Misread> {
    let text = text.trim();
    let end = |end: &str| if end.trim().is_empty() { Ok(None) } else { yuan(end).map(Some) };
    let range = match halves(text).or_else(|| text.split_once('-').filter(|(least, _)| !least.is_empty())) {
        Some((least, most)) => AmountRange { least: end(least)?, most: end(most)? },
        None => {
            let exact = Some(yuan(text)?);
            AmountRange { least: exact, most: exact }
        }
    };
    match range {
        AmountRange { least: None, most: None } => Err(Misread::Amount(text.to_owned())),
        AmountRange { least: Some(least), most: Some(most) } if least > most => Err(Misread::AmountBackwards),
        range => Ok(range),
    }
}

fn yuan(text: &str) -> Result<Money, Misread> {
    let bad = || Misread::Amount(text.trim().to_owned());
    let plain = text.trim().trim_start_matches(['¥', '￥']).trim_end_matches('元').replace([',', '，'], "");
    let (whole, cents) = plain.split_once('.').unwrap_or((&plain, "0"));
    let digits = |text: &str, most| text.len() <= most && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 12) || !digits(cents, 2) {
        return Err(bad());
    }
    let whole: i64 = whole.parse().map_err(|_| bad())?;
    let cents: i64 = format!("{cents:0<2}").parse().map_err(|_| bad())?;
    Ok(Money::from_fen(whole * 100 + cents))
}

/// `PRODUCT` or `PRODUCT/SKU`, ids at the platform.
///
/// # Errors
/// [`Misread::Product`].
pub fn product(text: &str) -> Result<ProductFilter, Misread> {
    let bad = || Misread::Product(text.trim().to_owned());
    let (product, sku) = pair(text, '/').ok_or_else(bad)?;
    let is_id = |id: &str| id.chars().count() <= 128 && !id.contains(char::is_whitespace);
    if !is_id(&product) || !sku.as_deref().is_none_or(is_id) {
        return Err(bad());
    }
    Ok(ProductFilter { product, sku })
}

/// The names of the provinces as the platform writes them; a person writes 浙江.
const PROVINCES: [&str; 34] = [
    "北京市",
    "天津市",
    "上海市",
    "重庆市",
    "河北省",
    "山西省",
    "辽宁省",
    "吉林省",
    "黑龙江省",
    "江苏省",
    "浙江省",
    "安徽省",
    "福建省",
    "江西省",
    "山东省",
    "河南省",
    "湖北省",
    "湖南省",
    "广东省",
    "海南省",
    "四川省",
    "贵州省",
    "云南省",
    "陕西省",
    "甘肃省",
    "青海省",
    "台湾省",
    "内蒙古自治区",
    "广西壮族自治区",
    "西藏自治区",
    "宁夏回族自治区",
    "新疆维吾尔自治区",
    "香港特别行政区",
    "澳门特别行政区",
];

/// `浙江` · `浙江省/杭州市` · `浙江 杭州`. A province's short name becomes its whole one, and so does a city's of two or three characters;
/// whatever else is written stays as it is.
///
/// # Errors
/// [`Misread::Region`].
pub fn region(text: &str) -> Result<RegionFilter, Misread> {
    let bad = || Misread::Region(text.trim().to_owned());
    let between = if text.contains('/') { '/' } else { ' ' };
    let (province, city) = pair(text, between).ok_or_else(bad)?;
    let fits = |name: &str| name.chars().count() <= 64;
    if !fits(&province) || !city.as_deref().is_none_or(fits) {
        return Err(bad());
    }
    let short = province.chars().count() >= 2;
    let whole = PROVINCES.iter().find(|whole| short && whole.starts_with(&province));
    let province = whole.map_or(province, |whole| (*whole).to_owned());
    let city = city.map(|city| {
        let bare = (2..=3).contains(&city.chars().count()) && !city.ends_with(['市', '盟', '区', '县']);
        if bare && city.chars().all(|c| !c.is_ascii()) { format!("{city}市") } else { city }
    });
    Ok(RegionFilter { province, city })
}

/// One text or two.
fn pair(text: &str, between: char) -> Option<(String, Option<String>)> {
    let (first, second) = match text.trim().split_once(between) {
        Some((first, second)) => (first.trim(), Some(second.trim())),
        None => (text.trim(), None),
    };
    let filled = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    (filled(first) && second.is_none_or(filled)).then(|| (first.to_owned(), second.map(str::to_owned)))
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
