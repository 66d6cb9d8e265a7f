//! Reading a feed: unpacking within a cap, and line by line, so tolerantly that one bad line costs one line.

use std::io::{BufRead, Read as _};

use bytes::Bytes;
use flate2::read::GzDecoder;
use shopkeeper_protocol::{End, EntityKey, EntityKind, EntityLine, GoneLine, Hello, Line, Reset, Seq};

use super::NetError;

/// A feed page unpacked. A page of 2,000 orders is about 4 MB; what is beyond this is no page.
const UNPACKED_CAP: u64 = 128 * 1024 * 1024;

/// The two bytes with which every gzip stream begins and no JSON text does.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The text of a feed, whether it travelled packed or plain.
///
/// # Errors
/// [`NetError::Unreadable`] if nothing at all can be unpacked, [`NetError::Lost`] beyond the cap. A stream that breaks off in the
/// middle gives what came before the break: its lines are good, and without an end line they move no cursor.
pub(crate) fn unpack(bytes: &Bytes) -> Result<Bytes, NetError> {
    if !bytes.starts_with(&GZIP_MAGIC) {
        return Ok(bytes.clone());
    }
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(6));
    let mut source = GzDecoder::new(bytes.as_ref()).take(UNPACKED_CAP + 1);
    // What was unpacked before an error stays in `text`.
    let whole = source.read_to_end(&mut text).is_ok();
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > UNPACKED_CAP {
        return Err(NetError::Lost(crate::ports::TransportError::TooLarge));
    }
    if !whole && text.is_empty() {
        return Err(NetError::Unreadable("the packed feed cannot be unpacked".to_owned()));
    }
    Ok(text.into())
}

/// One line, as far as this build can read it.
#[derive(Debug)]
pub(crate) enum Read<'a> {
    Hello(Hello),
    Entity(EntityLine<'a>),
    Gone(GoneLine),
    Reset(Reset),
    End(End),
    /// A line of a kind that a newer relay knows.
    Unknown,
    /// A line that is broken: kept with what can be told of it.
    Broken(Broken<'a>),
}

/// See [`Read::Broken`].
#[derive(Debug)]
pub(crate) struct Broken<'a> {
    pub(crate) kind: EntityKind,
    pub(crate) key: EntityKey,
    pub(crate) seq: Seq,
    pub(crate) text: &'a [u8],
    /// What is wrong, without values.
    pub(crate) what: String,
}

/// An entity line whose body nobody has looked at yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct AtSight<'a> {
    pub(crate) kind: &'a str,
    pub(crate) key: &'a str,
    pub(crate) seq: Seq,
    /// What stands where a body should: if it is one JSON value, then it is the body, and the line is good.
    pub(crate) body: &'a str,
}

impl<'a> AtSight<'a> {
    /// Takes a line apart that is written as relays write entities; of any other line [`Lines`] has to say what it is. A body is most of a
    /// page, and whoever reads it finds out whether it is JSON: so nobody has to walk over it before.
    pub(crate) fn of(line: &'a [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?.strip_suffix("}}\n")?;
        let (kind, rest) = line.strip_prefix(r#"{"entity":{"kind":""#)?.split_once('"')?;
        let (key, rest) = rest.strip_prefix(r#","key":""#)?.split_once('"')?;
        let (seq, rest) = rest.strip_prefix(r#","seq":"#)?.split_once(',')?;
        let body = rest.strip_prefix(r#""body":"#).filter(|body| body.starts_with('{') && body.ends_with('}'))?;
        let plain = |text: &str| !text.bytes().any(|byte| byte == b'\\' || byte.is_ascii_control());
        let number = seq.bytes().all(|byte| byte.is_ascii_digit()) && (seq == "0" || !seq.starts_with('0'));
        let seq = seq.parse().ok().filter(|_| number && plain(kind) && plain(key))?;
        Some(Self { kind, key, seq, body })
    }
}

/// Walks over the lines of a feed; can be taken up again at any line's start.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    pub(crate) fn from(text: &'a [u8], at: usize) -> Self {
        Self { text, at }
    }

    /// Where the next line begins.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next line, if it is one that can be taken apart at sight and of which the caller can make something. Otherwise it is still the
    /// next one.
    pub(crate) fn next_at_sight<T>(&mut self, take: impl FnOnce(AtSight<'a>) -> Option<T>) -> Option<T> {
        let line = self.line()?;
        let taken = take(AtSight::of(line)?)?;
        self.at += line.len();
        Some(taken)
    }

    /// The next line with its line break, if it has one.
    fn line(&self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        // Many bytes at once, which a search with a closure is not; a slice has nothing that could fail.
        let length = BufRead::skip_until(&mut &*rest, b'\n').unwrap_or(rest.len());
        Some(rest.get(..length).unwrap_or(rest))
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Read<'a>;

    fn next(&mut self) -> Option<Read<'a>> {
        loop {
            let taken = self.line()?;
            let (line, whole) = taken.strip_suffix(b"\n").map_or((taken, false), |line| (line, true));
            self.at += taken.len();
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match serde_json::from_slice::<Line<'a>>(line) {
                Ok(Line::Hello(hello)) => return Some(Read::Hello(hello)),
                Ok(Line::Entity(entity)) => return Some(Read::Entity(entity)),
                Ok(Line::Gone(gone)) => return Some(Read::Gone(gone)),
                Ok(Line::Reset(reset)) => return Some(Read::Reset(reset)),
                Ok(Line::End(end)) => return Some(Read::End(*end)),
                // A last line without its line break is where the answer broke off, not something to keep.
                Err(_) if !whole => return None,
                Err(error) => return Some(unreadable(line, &error)),
            }
        }
    }
}

/// Tells a line of a later protocol from a broken one, and a broken one's identity where it has any.
fn unreadable<'a>(line: &'a [u8], error: &serde_json::Error) -> Read<'a> {
    use serde_json::Value;
    let value: Option<Value> = serde_json::from_slice(line).ok();
    let named =
        value.as_ref().and_then(Value::as_object).filter(|object| object.len() == 1).and_then(|o| o.iter().next());
    let body = match named {
        Some((name, body)) if name == "entity" || name == "gone" => Some(body),
        Some((name, _)) if !matches!(name.as_str(), "hello" | "reset" | "end") => return Read::Unknown,
        _ => None,
    };
    let field = |name: &str| body.and_then(|body| body.get(name)).and_then(Value::as_str).unwrap_or_default();
    let kind = match field("kind") {
        "" => EntityKind::Other("line".to_owned()),
        kind => EntityKind::from(kind),
    };
    let key = match field("key") {
        "" => EntityKey(digest(line)),
        key => EntityKey::from(key),
    };
    let seq = body.and_then(|body| body.get("seq")).and_then(Value::as_u64).unwrap_or_default();
    // serde_json's words may quote a value; its category and place never do.
    let what = format!("{:?} at column {}", error.classify(), error.column());
    Read::Broken(Broken { kind, key, seq, text: line, what })
}

/// A name for a line that has none of its own.
fn digest(line: &[u8]) -> String {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(line);
    hex::encode(hash.get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Vec<String> {
        Lines::from(text.as_bytes(), 0)
            .map(|line| match line {
                Read::Hello(_) => "hello".to_owned(),
                Read::Entity(entity) => format!("entity {}", entity.key),
                Read::Gone(gone) => format!("gone {}", gone.key),
                Read::Reset(_) => "reset".to_owned(),
                Read::End(end) => format!("end {}", end.cursor.seq),
                Read::Unknown => "unknown".to_owned(),
                Read::Broken(broken) => format!("broken {} {} {}", broken.kind.as_str(), broken.key, broken.seq),
            })
            .collect()
    }

    #[test]
    fn a_bad_line_costs_itself_and_a_cut_one_nothing() {
        let text = concat!(
            r#"{"entity":{"kind":"order","key":"wx:1","seq":1,"body":{"x":1}}}"#,
            "\n\r\n",
            r#"{"entity":{"kind":"order","key":"wx:2","seq":"2","body":{}}}"#,
            "\n{not json}\n",
            r#"{"weather":{"of":"tomorrow"}}"#,
            "\n",
            r#"{"end":{"cursor":{"incarnation":"a","seq":9}}}"#,
            "\n",
            r#"{"entity":{"kind":"order","key":"wx:3","se"#,
        );
        let lines = read(text);
        assert_eq!(lines[0], "entity wx:1");
        assert_eq!(lines[1], "broken order wx:2 0");
        assert!(lines[2].starts_with("broken line "), "{}", lines[2]);
        assert_eq!(&lines[3..], ["unknown", "end 9"]);
    }

    fn piece() -> impl Strategy<Value = String> {
        let texts = [
            "{\"entity\":{\"kind\":\"",
            "\"",
            ",\"key\":\"",
            "wx:1",
            "order",
            ",\"seq\":",
            "7",
            "0",
            "+",
            "-",
            ".5",
            "e1",
            ",",
            ":",
            "\"body\":",
            "{",
            "}",
            "{}",
            "[",
            "]",
            "\\",
            "\u{1}",
            " ",
            "茶",
            "null",
            "\"x\"",
            "\r",
        ];
        prop_oneof![20 => prop::sample::select(texts.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
    }

    proptest! {
        #[test]
        fn at_sight_a_line_is_what_it_is_when_it_is_read(
            kind in prop_oneof![8 => Just("order".to_owned()), 1 => piece()],
            key in prop_oneof![8 => Just("wx:1".to_owned()), 1 => piece()],
            seq in prop_oneof![8 => any::<u64>().prop_map(|seq| seq.to_string()), 1 => piece()],
            body in prop_oneof![2 => Just("{}".to_owned()), 3 => prop::collection::vec(piece(), 0..8).prop_map(|all| all.concat())],
        ) {
            let line = format!("{{\"entity\":{{\"kind\":\"{kind}\",\"key\":\"{key}\",\"seq\":{seq},\"body\":{body}}}}}\n");
            let first = line.split_inclusive('\n').next().unwrap_or_default();
            let Some(seen) = AtSight::of(first.as_bytes()) else { return Ok(()) };
            if serde_json::from_str::<&serde_json::value::RawValue>(seen.body).is_err() {
                return Ok(());
            }
            let Some(Read::Entity(read)) = Lines::from(first.as_bytes(), 0).next() else { panic!("{first}") };
            prop_assert_eq!((seen.kind, seen.key, seen.seq), (read.kind.as_str(), read.key.as_str(), read.seq));
            prop_assert_eq!(seen.body, read.body.get());
        }
    }

    #[test]
    fn a_line_as_relays_write_it_is_taken_apart_at_sight() {
        let line = b"{\"entity\":{\"kind\":\"order\",\"key\":\"wx:1\",\"seq\":12,\"body\":{\"a\":{}}}}\n";
        let seen = AtSight { kind: "order", key: "wx:1", seq: 12, body: "{\"a\":{}}" };
        assert_eq!(AtSight::of(line), Some(seen));
        for other in
            ["{\"end\":{}}\n", "{\"entity\":{\"kind\":\"order\",\"key\":\"wx:1\",\"seq\":12,\"body\":{}}}", "\n", ""]
        {
            assert_eq!(AtSight::of(other.as_bytes()), None, "{other}");
        }
    }

    #[test]
    fn broken_lines_tell_no_values() {
        let text = "{\"entity\":{\"kind\":\"order\",\"key\":\"wx:2\",\"seq\":\"13800002807\",\"body\":{}}}\n";
        let Some(Read::Broken(broken)) = Lines::from(text.as_bytes(), 0).next() else { panic!("not broken") };
        assert!(!broken.what.contains("13800002807"), "{}", broken.what);
    }

    #[test]
    fn packed_and_plain_are_the_same_and_a_cut_stream_gives_its_beginning() {
        let line = "{\"gone\":{\"kind\":\"order\",\"key\":\"wx:1\",\"seq\":3}}\n";
        let mut text = String::new();
        for _ in 0..20_000 {
            text.push_str(line);
        }
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(text.as_bytes()).unwrap();
        let packed = packer.finish().unwrap();
        assert_eq!(unpack(&packed.clone().into()).unwrap(), text.as_bytes());
        assert_eq!(unpack(&text.clone().into()).unwrap(), text.as_bytes());
        let cut = unpack(&packed[..packed.len() / 2].to_vec().into()).unwrap();
        assert!(!cut.is_empty() && text.as_bytes().starts_with(&cut));
        assert!(matches!(unpack(&packed[..3].to_vec().into()), Err(NetError::Unreadable(_))));
    }
}
