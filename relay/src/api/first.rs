//! The first sync: everything that a new phone needs, by importance.
//!
//! The first page takes the head `S0`, and the continuation carries it on: all pages tell versions up to `S0`, and the changes from `S0` tell
//! the rest, so both together are the store, however they interleave with writes. A continuation is a place in a walk by key, not a row
//! number; it can be handed in any number of times, also to a later life of the relay.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use shopkeeper_protocol::{
    Claim, Complete, Cursor, End, EntityKey, EntityKind, Hello, Incarnation, Progress, Reset, Seq,
};

use super::answer::{No, Packing, page};
use super::feed::{Asked, Fields, Kinds, Lines, watermarks};
use super::handshake::{Caller, Shared};
use crate::store::{After, Among, Place, Reader, StoreError};

/// How far back events and outcomes are told, in ms: 90 days.
const EVENTS: i64 = 90 * 24 * 3_600 * 1_000;

/// A part of the first sync.
struct Stage {
    /// Its name in a continuation, which may come back to a later build: never another's.
    number: usize,
    name: &'static str,
    kind: EntityKind,
    open: Option<bool>,
    recent: bool,
}

/// In order of importance.
const STAGES: &[Stage] = &[
    Stage { number: 0, name: "shop", kind: EntityKind::Shop, open: None, recent: false },
    Stage { number: 1, name: "carriers", kind: EntityKind::Carrier, open: None, recent: false },
    Stage { number: 2, name: "open_orders", kind: EntityKind::Order, open: Some(true), recent: false },
    Stage { number: 6, name: "open_after_sales", kind: EntityKind::AfterSale, open: Some(true), recent: false },
    Stage { number: 3, name: "history", kind: EntityKind::Order, open: Some(false), recent: false },
    Stage { number: 7, name: "after_sales", kind: EntityKind::AfterSale, open: Some(false), recent: false },
    Stage { number: 4, name: "events", kind: EntityKind::OrderEvent, open: None, recent: true },
    Stage { number: 5, name: "outcomes", kind: EntityKind::CommandOutcome, open: None, recent: true },
];

/// Where a first sync stands; opaque to the phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Continuation {
    v: u32,
    incarnation: Incarnation,
    s0: Seq,
    /// Relay time of the first page.
    began: i64,
    /// Its place in [`STAGES`]; in a continuation, its number.
    #[serde(with = "numbered")]
    stage: usize,
    /// Creation time and key of the last entity told of this stage.
    last: Option<(i64, EntityKey)>,
    sent: u64,
    /// What was complete at the relay when `S0` was taken; what became complete later, the changes tell.
    #[serde(flatten)]
    orders: Known,
    #[serde(default)]
    after_sales: Known,
    /// What the first page was asked for.
    #[serde(default = "of_1_0")]
    kinds: Kinds,
    /// How many entities there were, and the head at which they were counted: it takes as long as reading a page. Absent in a continuation
    /// of an earlier build.
    #[serde(default)]
    counted: Option<(Seq, u64)>,
}

/// What the relay claimed of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Known {
    open_complete: bool,
    created_since: Option<i64>,
}

impl Known {
    fn of(reader: &Reader<'_>, kind: &EntityKind) -> Result<Self, StoreError> {
        let mark = reader.watermark(kind)?;
        Ok(mark.map_or_else(Self::default, |mark| Self {
            open_complete: mark.open_complete,
            created_since: mark.created_since,
        }))
    }
}

fn of_1_0() -> Kinds {
    EntityKind::OF_1_0.into()
}

mod numbered {
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use super::STAGES;

    pub(super) fn serialize<S: Serializer>(stage: &usize, to: S) -> Result<S::Ok, S::Error> {
        match STAGES.get(*stage) {
            Some(stage) => stage.number.serialize(to),
            None => Err(serde::ser::Error::custom("past the last stage")),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
        let number = usize::deserialize(from)?;
        let known = STAGES.iter().position(|stage| stage.number == number);
        known.ok_or_else(|| serde::de::Error::custom("no such stage"))
    }
}

const CONTINUATION_VERSION: u32 = 1;

/// `GET /v1/first`.
pub(super) async fn first(api: Shared, caller: Caller, uri: http::Uri, headers: HeaderMap) -> Result<Response, No> {
    let hello = caller.hello;
    let fields = Fields::of(&hello, &uri)?;
    let limit = fields.limit(&hello)?;
    let from = match fields.get("from") {
        None => None,
        Some(text) => match Continuation::read(text) {
            Some(from) => Some(from),
            None => return Err(No::bad_request(&hello, "from: expected the continue_from of a page")),
        },
    };
    let asked = Asked { kinds: fields.kinds(&hello)?, limit, packing: Packing::wanted(&headers) };
    let packing = asked.packing;
    let (said, here, now) = (hello.clone(), api.store.incarnation(), (api.clock)());
    let bytes = api
        .store
        .read(move |reader| {
            let from = match from {
                Some(from) => from,
                None => Continuation::begin(reader, here, now, asked.kinds)?,
            };
            first_page(reader, said, from, asked.limit, asked.packing)
        })
        .await;
    bytes.map(|bytes| page(packing, bytes)).map_err(|error| No::store(&hello, &error))
}

fn first_page(
    reader: &Reader<'_>,
    hello: Hello,
    mut at: Continuation,
    limit: usize,
    packing: Packing,
) -> Result<Vec<u8>, StoreError> {
    let mut lines = Lines::begin(packing, hello)?;
    let cursor = Cursor { incarnation: at.incarnation.clone(), seq: at.s0 };
    if let Place::Void(why) = reader.place(&cursor)? {
        return lines.reset(why);
    }
    if at.v != CONTINUATION_VERSION {
        return lines.reset(Reset::UnknownIncarnation);
    }
    let mut room = limit;
    while let Some(stage) = STAGES.get(at.stage)
        && room > 0
    {
        if !at.kinds.contains(&stage.kind) {
            at.stage += 1;
            continue;
        }
        let after = at.last.clone().map(|(created_at, key)| After { created_at, key });
        let rows = reader.by_importance(&at.among(stage), after.as_ref(), room)?;
        let ends = rows.len() < room;
        for row in rows {
            at.last = Some((row.created_at, row.key.clone()));
            at.sent += 1;
            room -= 1;
            lines.row(row)?;
            if lines.is_full() {
                break;
            }
        }
        if lines.is_full() {
            break;
        }
        if ends {
            at.stage += 1;
            at.last = None;
        }
    }
    let head = reader.head()?;
    let total = at.total(reader, head)?;
    lines.end(End {
        cursor,
        head,
        more: false,
        watermarks: watermarks(reader, &at.kinds)?,
        claims: at.claims(),
        progress: Some(at.progress(total)),
        continue_from: (at.stage < STAGES.len()).then(|| at.write()),
    })
}

impl Continuation {
    fn begin(reader: &Reader<'_>, incarnation: Incarnation, now: i64, kinds: Kinds) -> Result<Self, StoreError> {
        Ok(Self {
            v: CONTINUATION_VERSION,
            incarnation,
            s0: reader.head()?,
            began: now,
            stage: 0,
            last: None,
            sent: 0,
            orders: Known::of(reader, &EntityKind::Order)?,
            after_sales: Known::of(reader, &EntityKind::AfterSale)?,
            kinds,
            counted: None,
        })
    }

    fn read(text: &str) -> Option<Self> {
        serde_json::from_slice(&BASE64.decode(text).ok()?).ok()
    }

    fn write(&self) -> String {
        // Serializing plain fields into memory cannot fail; an empty text would be refused as `from`.
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn among(&self, stage: &Stage) -> Among {
        let since = if stage.recent { self.began.saturating_sub(EVENTS) } else { i64::MIN };
        Among { kind: stage.kind.clone(), open: stage.open, since, until: self.s0 }
    }

    /// What is complete on a phone that has stored all pages up to this one.
    fn claims(&self) -> Vec<Claim> {
        let mut claims = self.claims_of(EntityKind::Order, self.orders);
        claims.extend(self.claims_of(EntityKind::AfterSale, self.after_sales));
        claims
    }

    fn claims_of(&self, kind: EntityKind, known: Known) -> Vec<Claim> {
        if !self.kinds.contains(&kind) {
            return Vec::new();
        }
        let stage = |open| STAGES.iter().position(|stage| stage.kind == kind && stage.open == Some(open));
        let (Some(open), Some(history)) = (stage(true), stage(false)) else { return Vec::new() };
        let mut claims = Vec::new();
        if self.stage > open && known.open_complete {
            claims.push(Claim { kind: kind.clone(), complete: Complete::Open });
        }
        // Of the instant that the walk has reached, there may be more to come.
        let reached = match &self.last {
            _ if self.stage > history => Some(0),
            Some((created_at, _)) if self.stage == history => Some(created_at.saturating_add(1)),
            _ => None,
        };
        if let (Some(reached), Some(since)) = (reached, known.created_since) {
            claims.push(Claim { kind, complete: Complete::CreatedSince(reached.max(since)) });
        }
        claims
    }

    /// How many entities there are by now: counted anew only if anything was written since they were counted last.
    fn total(&mut self, reader: &Reader<'_>, head: Seq) -> Result<u64, StoreError> {
        let known = self.counted.filter(|(at, _)| *at == head).map(|(_, total)| total);
        let total = match known {
            Some(total) => total,
            None => {
                let stages = STAGES.iter().filter(|stage| self.kinds.contains(&stage.kind));
                let counts = stages.map(|stage| reader.count(&self.among(stage)));
                counts.sum::<Result<u64, StoreError>>()?
            }
        };
        self.counted = Some((head, total));
        Ok(total)
    }

    fn progress(&self, total: u64) -> Progress {
        let stage = STAGES.get(self.stage).or(STAGES.last()).map_or("", |stage| stage.name);
        Progress { stage: stage.to_owned(), sent: self.sent, total: total.max(self.sent) }
    }
}
