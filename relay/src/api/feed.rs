//! Feeds as bytes, and the feed of changes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use axum::extract::Query;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderMap;
use serde_json::value::RawValue;
use shopkeeper_protocol::{
    Cursor, End, EntityKind, EntityLine, GoneLine, Hello, Incarnation, Line, Reset, Seq, Watermark,
};

use super::answer::{No, Packing, page};
use super::handshake::{Caller, Shared};
use crate::store::{FeedRow, Place, Reader, StoreError};

/// Entities of a page, if the phone names no limit, and the most it gets.
const LIMIT: usize = 500;
const MOST: usize = 2_000;
/// A page ends with the entity that passes this many bytes of bodies.
const PAGE_BYTES: usize = 4 * 1_024 * 1_024;

/// The part of an address after `?`.
pub(super) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(super) fn of(hello: &Hello, uri: &http::Uri) -> Result<Self, No> {
        match Query::try_from_uri(uri) {
            Ok(Query(fields)) => Ok(Self(fields)),
            Err(_) => Err(No::bad_request(hello, "query: expected name=value pairs, percent-encoded")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(super) fn limit(&self, hello: &Hello) -> Result<usize, No> {
        let Some(text) = self.get("limit") else { return Ok(LIMIT) };
        match text.parse::<usize>() {
            Ok(limit) if limit > 0 => Ok(limit.min(MOST)),
            _ => Err(No::bad_request(hello, format!("limit: expected 1 to {MOST}"))),
        }
    }
}

/// The entity kinds that a phone stores, and is told of.
pub(super) type Kinds = BTreeSet<EntityKind>;

impl Fields {
    /// Those that the phone names; of one that names none, those of the first version.
    pub(super) fn kinds(&self, hello: &Hello) -> Result<Kinds, No> {
        let Some(named) = self.get("kinds") else { return Ok(EntityKind::OF_1_0.into()) };
        if named.split(',').any(str::is_empty) {
            return Err(No::bad_request(hello, "kinds: expected names with commas between"));
        }
        Ok(named.split(',').map(EntityKind::from).collect())
    }
}

/// How far the relay has seen the platform, as far as a phone wants to know.
pub(super) fn watermarks(reader: &Reader<'_>, kinds: &Kinds) -> Result<Vec<Watermark>, StoreError> {
    let mut marks = reader.watermarks()?;
    marks.retain(|mark| kinds.contains(&mark.kind));
    Ok(marks)
}

/// `GET /v1/changes`.
pub(super) async fn changes(api: Shared, caller: Caller, uri: http::Uri, headers: HeaderMap) -> Result<Response, No> {
    let hello = caller.hello;
    let fields = Fields::of(&hello, &uri)?;
    let limit = fields.limit(&hello)?;
    let Some(incarnation) = fields.get("incarnation") else {
        return Err(No::bad_request(&hello, "incarnation: expected the one of the cursor"));
    };
    let seq: Option<Seq> = fields.get("seq").and_then(|text| text.parse().ok());
    let Some(seq) = seq else {
        return Err(No::bad_request(&hello, "seq: expected the one of the cursor, a whole number"));
    };
    let cursor = Cursor { incarnation: Incarnation(incarnation.to_owned()), seq };
    let asked = Asked { kinds: fields.kinds(&hello)?, limit, packing: Packing::wanted(&headers) };
    let (said, now) = (hello.clone(), api.store.incarnation());
    let packing = asked.packing;
    let bytes = api.store.read(move |reader| changes_page(reader, said, &now, &cursor, &asked)).await;
    bytes.map(|bytes| page(packing, bytes)).map_err(|error| No::store(&hello, &error))
}

/// What a page shall be.
pub(super) struct Asked {
    pub(super) kinds: Kinds,
    pub(super) limit: usize,
    pub(super) packing: Packing,
}

fn changes_page(
    reader: &Reader<'_>,
    hello: Hello,
    now: &Incarnation,
    cursor: &Cursor,
    asked: &Asked,
) -> Result<Vec<u8>, StoreError> {
    let mut lines = Lines::begin(asked.packing, hello)?;
    if let Place::Void(why) = reader.place(cursor)? {
        return lines.reset(why);
    }
    let head = reader.head()?;
    let rows = reader.changes(&asked.kinds, cursor.seq, asked.limit)?;
    // Of what the phone asks for there is no more, whatever else was numbered since.
    let mut all = rows.len() < asked.limit;
    let mut seq = cursor.seq;
    for row in rows {
        seq = row.seq;
        lines.row(row)?;
        if lines.is_full() {
            all = false;
            break;
        }
    }
    if all {
        seq = head;
    }
    lines.end(End {
        cursor: Cursor { incarnation: now.clone(), seq },
        continue_from: None,
        head,
        more: seq < head,
        watermarks: watermarks(reader, &asked.kinds)?,
        claims: Vec::new(),
        progress: None,
    })
}

/// A feed being written. The work is done inside the reading transaction, where it is off the runtime's threads.
pub(super) struct Lines {
    sink: Sink,
    line: Vec<u8>,
    written: usize,
}

enum Sink {
    Plain(Vec<u8>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Lines {
    pub(super) fn begin(packing: Packing, hello: Hello) -> Result<Self, StoreError> {
        let sink = match packing {
            Packing::Plain => Sink::Plain(Vec::new()),
            // Level 3: within a few percent of the default's size on order bodies, in a third of its time.
            Packing::Gzip => Sink::Gzip(GzEncoder::new(Vec::new(), Compression::new(3))),
        };
        let mut lines = Self { sink, line: Vec::new(), written: 0 };
        lines.write(&Line::Hello(hello))?;
        Ok(lines)
    }

    /// Writes a row. A body that is no JSON cannot have been written by this build; it is passed over, because a phone that got an
    /// unreadable line would stand still at this place for ever.
    pub(super) fn row(&mut self, row: FeedRow) -> Result<(), StoreError> {
        let FeedRow { kind, key, seq, body, .. } = row;
        let Some(body) = body else {
            return self.write(&Line::Gone(GoneLine { kind, key, seq }));
        };
        let Ok(body) = serde_json::from_str::<&RawValue>(&body) else {
            tracing::error!(seq, kind = kind.as_str(), "a stored body is no JSON");
            return Ok(());
        };
        self.write(&Line::Entity(EntityLine { kind, key, seq, body }))
    }

    /// Whether this page holds as many bytes as a page should.
    pub(super) fn is_full(&self) -> bool {
        self.written >= PAGE_BYTES
    }

    pub(super) fn end(mut self, end: End) -> Result<Vec<u8>, StoreError> {
        self.write(&Line::End(Box::new(end)))?;
        self.finish()
    }

    pub(super) fn reset(mut self, why: Reset) -> Result<Vec<u8>, StoreError> {
        tracing::info!(?why, "a cursor is void");
        self.write(&Line::Reset(why))?;
        self.finish()
    }

    fn write(&mut self, line: &Line<'_>) -> Result<(), StoreError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(|_| StoreError::Corrupt("a feed line"))?;
        self.line.push(b'\n');
        self.written += self.line.len();
        match &mut self.sink {
            Sink::Plain(bytes) => bytes.extend_from_slice(&self.line),
            Sink::Gzip(gzip) => gzip.write_all(&self.line).map_err(|_| StoreError::Interrupted)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>, StoreError> {
        match self.sink {
            Sink::Plain(bytes) => Ok(bytes),
            Sink::Gzip(gzip) => gzip.finish().map_err(|_| StoreError::Interrupted),
        }
    }
}
