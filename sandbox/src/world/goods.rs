//! What the shop sells: tea, food and things for the house, as a small shop in Fujian would have them.

/// A product as it stands in the table. Prices are fen.
pub(crate) struct Good {
    pub(crate) title: &'static str,
    /// Merchant's own code; a SKU adds its number.
    pub(crate) code: &'static str,
    /// Name of the attribute that tells the SKUs apart.
    pub(crate) attr: &'static str,
    pub(crate) skus: &'static [(&'static str, i32)],
    pub(crate) promise: Promise,
}

/// When the merchant has promised to ship.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Promise {
    /// Hours after payment.
    Hours(u16),
    /// Paid in full now, shipped that many days after payment.
    Presale(u16),
    /// Nothing is sent by parcel.
    Virtual,
}

const fn good(
    title: &'static str,
    code: &'static str,
    attr: &'static str,
    skus: &'static [(&'static str, i32)],
    promise: Promise,
) -> Good {
    Good { title, code, attr, skus, promise }
}

use Promise::{Hours, Presale, Virtual};

pub(crate) const GOODS: &[Good] = &[
    good(
        "桂花乌龙茶 秋香手工窨制",
        "GHWL",
        "规格",
        &[("50克罐装", 3900), ("125克袋装", 7600), ("250克礼盒", 16800)],
        Hours(48),
    ),
    good("安溪铁观音 清香型", "TGY", "规格", &[("125克", 5800), ("250克", 10800), ("500克", 19800)], Hours(48)),
    good("武夷岩茶 大红袍", "DHP", "规格", &[("8克×10泡", 12800), ("8克×20泡", 23800)], Hours(48)),
    good("武夷肉桂 中足火", "RG", "规格", &[("8克×6泡", 15800), ("8克×12泡", 29800)], Hours(48)),
    good("福鼎白毫银针 2024春", "BHYZ", "规格", &[("50克", 16800), ("100克", 31800)], Hours(48)),
    good("福鼎白牡丹 散茶", "BMD", "规格", &[("100克", 8800), ("250克", 19800)], Hours(48)),
    good("三年陈寿眉饼", "SM", "规格", &[("100克小饼", 6900), ("350克大饼", 18900)], Hours(72)),
    good("正山小种 传统松烟", "ZSXZ", "香型", &[("烟香125克", 7900), ("无烟花香125克", 8900)], Hours(48)),
    good("金骏眉 明前芽头", "JJM", "规格", &[("50克", 19800), ("100克", 37800)], Hours(48)),
    good("西湖龙井 雨前一级", "XHLJ", "规格", &[("50克", 13800), ("125克", 31800)], Hours(24)),
    good("碧螺春 洞庭山", "BLC", "规格", &[("50克", 11800), ("100克", 21800)], Hours(24)),
    good("黄山毛峰 一级", "HSMF", "规格", &[("100克", 7800), ("250克", 17800)], Hours(48)),
    good("太平猴魁 布尖", "TPHK", "规格", &[("80克", 12800), ("150克", 22800)], Hours(48)),
    good("云南古树普洱生茶", "PES", "规格", &[("100克小饼", 8800), ("357克大饼", 26800)], Hours(72)),
    good("勐海熟普洱 糯香小沱", "PESX", "规格", &[("250克罐", 5900), ("500克袋", 10800)], Hours(48)),
    good("茉莉花茶 七窨龙珠", "MLLZ", "规格", &[("100克", 6800), ("200克", 12800)], Hours(48)),
    good("凤凰单丛 鸭屎香", "YSX", "规格", &[("100克", 9800), ("250克", 21800)], Hours(48)),
    good("六堡茶 五年陈", "LBC", "规格", &[("100克", 7800), ("500克", 32800)], Hours(72)),
    good("新会小青柑 宫廷熟普", "XQG", "规格", &[("150克罐", 8800), ("250克罐", 13800)], Hours(48)),
    good("十年老陈皮", "CP", "规格", &[("50克", 9800), ("125克", 22800)], Hours(48)),
    good("大麦苦荞茶 独立包", "KQ", "口味", &[("苦荞250克", 2900), ("大麦250克", 1990), ("各一袋", 4590)], Hours(24)),
    good("胎菊 杭白菊", "TJ", "规格", &[("30克罐", 2590), ("100克袋", 5900)], Hours(48)),
    good("冻干玫瑰花冠茶", "MG", "规格", &[("6朵", 1990), ("20朵罐装", 4990)], Hours(48)),
    good("红枣桂圆枸杞茶", "HZGY", "规格", &[("15包", 3290), ("45包", 7990)], Hours(48)),
    good(
        "冷泡茶 水果混合装",
        "LPC",
        "口味",
        &[("白桃乌龙10包", 2990), ("葡萄乌龙10包", 2990), ("荔枝红茶10包", 2990)],
        Hours(24),
    ),
    good("2025明前龙井 预售", "LJYS", "规格", &[("100克", 39800), ("250克", 95800)], Presale(10)),
    good("阳澄湖大闸蟹礼券装 预售", "DZX", "规格", &[("4公4母", 26800), ("5公5母", 39800)], Presale(7)),
    good("赣南脐橙 现摘", "QC", "规格", &[("5斤", 3680), ("10斤", 5980)], Hours(48)),
    good("烟台红富士苹果", "PG", "规格", &[("5斤中果", 3980), ("9斤大果", 7280)], Hours(48)),
    good("琯溪蜜柚 红心", "MY", "规格", &[("2个装", 2980), ("4个装", 4980)], Hours(48)),
    good("新疆灰枣", "HZ", "规格", &[("500克", 2280), ("2500克", 8980)], Hours(48)),
    good("薄皮核桃 阿克苏185", "HT", "规格", &[("500克", 2690), ("2500克", 11980)], Hours(48)),
    good("每日坚果 混合装", "JG", "规格", &[("7包", 2990), ("30包", 9980)], Hours(24)),
    good("古田银耳 糯耳", "YE", "规格", &[("150克", 2880), ("500克", 8680)], Hours(48)),
    good("建宁莲子 去芯", "LZ", "规格", &[("250克", 3980), ("500克", 7580)], Hours(48)),
    good("东北五常大米 稻花香", "DM", "规格", &[("2.5公斤", 4990), ("5公斤", 8990), ("10公斤", 16990)], Hours(48)),
    good("手工红薯粉条", "FT", "规格", &[("500克×2", 2390), ("500克×5", 4990)], Hours(48)),
    good("柳州螺蛳粉", "LSF", "规格", &[("3包", 2880), ("10包", 8490)], Hours(24)),
    good("郫县豆瓣酱 红油", "DBJ", "规格", &[("500克", 1580), ("1000克", 2680)], Hours(48)),
    good("古法小磨香油", "XY", "规格", &[("200毫升", 2580), ("500毫升×2", 8980)], Hours(48)),
    good("农家土蜂蜜 荆条蜜", "FM", "规格", &[("500克", 4980), ("1000克", 8980)], Hours(48)),
    good("古法红糖 甘蔗原汁", "HT2", "规格", &[("350克", 2380), ("1000克", 5680)], Hours(48)),
    good("广式腊肠 七分瘦", "LC", "口味", &[("咸甜500克", 4980), ("麻辣500克", 4980)], Hours(48)),
    good("金华火腿切片", "HTQ", "规格", &[("200克", 5980), ("500克礼盒", 15800)], Hours(48)),
    good("漳州蛋黄酥", "DHS", "口味", &[("红豆6枚", 2990), ("雪媚娘6枚", 3290), ("混合12枚", 5890)], Hours(24)),
    good("苏式鲜花饼", "XHB", "口味", &[("玫瑰10枚", 2680), ("茉莉10枚", 2680)], Hours(24)),
    good(
        "手撕牛肉干 内蒙古",
        "NRG",
        "口味",
        &[("原味250克", 7980), ("孜然250克", 7980), ("香辣500克", 14980)],
        Hours(48),
    ),
    good("即食海苔脆", "HTC", "口味", &[("芝麻", 1990), ("巴旦木", 2290)], Hours(24)),
    good("永春芦柑果脯", "LG", "规格", &[("250克", 1890), ("500克", 3290)], Hours(48)),
    good("手工陶杯 柴烧", "CUP", "颜色", &[("青灰", 4900), ("茶褐", 4900), ("月白", 5600)], Hours(72)),
    good("建盏 兔毫主人杯", "JZ", "口径", &[("75毫米", 12800), ("90毫米", 16800)], Hours(72)),
    good("白瓷盖碗 德化", "GW", "容量", &[("110毫升", 5900), ("150毫升", 6900)], Hours(72)),
    good("紫砂壶 西施 朱泥", "ZSH", "容量", &[("120毫升", 26800), ("200毫升", 32800)], Hours(72)),
    good("玻璃公道杯 耐热", "GDB", "容量", &[("250毫升", 2980), ("400毫升", 3680)], Hours(48)),
    good("旅行茶具 一壶三杯", "LXCJ", "颜色", &[("墨绿", 8800), ("米白", 8800)], Hours(48)),
    good("竹制茶盘 储水式", "CPN", "尺寸", &[("39厘米", 6900), ("50厘米", 10900)], Hours(72)),
    good("茶叶密封罐 马口铁", "GZ", "规格", &[("小号", 1680), ("大号", 2680), ("三只装", 5880)], Hours(48)),
    good("煮茶电陶炉 静音", "DTL", "颜色", &[("黑", 15800), ("白", 15800)], Hours(48)),
    good("亚麻茶席 扎染", "CX", "尺寸", &[("30×180厘米", 5800), ("45×220厘米", 8800)], Hours(48)),
    good("沉香线香 静室", "XX", "规格", &[("10克", 5900), ("30克", 15900)], Hours(48)),
    good("实木砧板 整木铁木", "ZB", "尺寸", &[("33厘米", 8900), ("40厘米", 12900)], Hours(72)),
    good("纯棉家用毛巾", "MJ", "颜色", &[("浅灰两条", 2990), ("米色两条", 2990), ("四条混色", 5490)], Hours(24)),
    good("手编竹篮 收纳", "ZL", "尺寸", &[("小号", 3900), ("中号", 5900), ("大号", 7900)], Hours(72)),
    good("铸铁小炒锅 无涂层", "CG", "尺寸", &[("28厘米", 13900), ("32厘米", 16900)], Hours(48)),
    good("定制刻字茶罐", "KZ", "款式", &[("单罐", 6800), ("双罐礼盒", 12800)], Presale(15)),
    good("茶友会电子礼品卡", "CARD", "面值", &[("100元", 10000), ("300元", 30000)], Virtual),
];

/// The good behind the `product`th product of the shop. A shop with more products than goods has them in further batches.
pub(crate) fn of(product: u16) -> &'static Good {
    &GOODS[usize::from(product) % GOODS.len()]
}

/// What the product is called, its batch included.
pub(crate) fn title(product: u16) -> String {
    let title = of(product).title;
    match usize::from(product) / GOODS.len() {
        0 => title.to_owned(),
        batch => format!("{title} 第{}批", batch + 1),
    }
}

/// The merchant's own code of a SKU.
pub(crate) fn sku_code(product: u16, sku: u8) -> String {
    let code = of(product).code;
    match usize::from(product) / GOODS.len() {
        0 => format!("{code}-{}", sku + 1),
        batch => format!("{code}-{}-B{}", sku + 1, batch + 1),
    }
}

/// The index of the one product that is not sent by parcel.
pub(crate) const VIRTUAL_GOOD: usize = GOODS.len() - 1;
