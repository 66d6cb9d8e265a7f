//! Pictures: taken in for certificates and products, and given out as evidence (wire reference §2.1).
//!
//! A picture is a media id and bytes in memory, which end with the process: a case keeps the id alone, as the platform's
//! answers do. Evidence of pretend buyers is one small picture, the same for all.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Platform;
use super::dispatch::Call;
use crate::world::Refusal;
use crate::world::random::derived_text;

const MEDIA_BYTES: usize = 2 << 20;
const LINK_BYTES: usize = 10 << 20;
/// The longest body that the platform reads at this door: a picture and what stands around it.
pub(super) const BODY_LIMIT: usize = LINK_BYTES + (64 << 10);

/// A grey dot.
const EVIDENCE: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00,
    0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49,
    0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xcd, 0x72, 0xb6, 0x00, 0x00,
    0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
];

/// Pictures that were taken in, by media id.
#[derive(Debug, Default)]
pub(super) struct Album {
    pictures: BTreeMap<String, Vec<u8>>,
    taken: u64,
}

#[derive(Deserialize)]
struct LinkBody {
    img_url: Option<String>,
}

fn bad(what: &str) -> Refusal {
    Refusal::new(10020055, format!("invalid args: {what}"))
}

pub(super) fn upload(platform: &Platform, call: &Call) -> Result<Value, Refusal> {
    let flag = |name: &str| match call.query.get(name).map(String::as_str) {
        Some("0") => Ok(false),
        Some("1") => Ok(true),
        _ => Err(bad(name)),
    };
    let (by_link, gives_link) = (flag("upload_type")?, flag("resp_type")?);
    let picture = if by_link {
        let url = call.body::<LinkBody>()?.img_url.ok_or_else(|| bad("img_url"))?;
        check_link(&url)?;
        // Nobody is called: what the address would give is left to imagination.
        EVIDENCE.to_vec()
    } else {
        for side in ["height", "width"] {
            let size = call.query.get(side).and_then(|text| text.parse::<u32>().ok()).filter(|size| *size > 0);
            size.ok_or_else(|| bad(side))?;
        }
        let picture = part(&call.content_type, &call.body, "media").ok_or_else(|| bad("media"))?;
        check_picture(picture, if gives_link { LINK_BYTES } else { MEDIA_BYTES })?;
        picture.to_vec()
    };
    let name = platform.album(|album| {
        album.taken += 1;
        let name = derived_text(platform.0.seed, 0x3ed1_a000_0000 | album.taken, 32);
        if !gives_link {
            album.pictures.insert(name.clone(), picture);
        }
        name
    });
    Ok(if gives_link {
        json!({ "pic_file": { "img_url": format!("https://mmecimage.cn/p/{}/H{name}", platform.0.config.appid) } })
    } else {
        json!({ "pic_file": { "media_id": name, "pay_media_id": format!("pay_{name}") } })
    })
}

/// The bytes behind a media id: what was uploaded, or a buyer's evidence.
pub(super) fn get(platform: &Platform, call: &Call) -> Result<Vec<u8>, Refusal> {
    let id = call.query.get("media_id").filter(|id| !id.is_empty()).ok_or_else(|| Refusal::bad_argument("media_id"))?;
    if let Some(picture) = platform.album(|album| album.pictures.get(id).cloned()) {
        return Ok(picture);
    }
    let known = platform.world().with(|world| world.is_evidence(id));
    if known { Ok(EVIDENCE.to_vec()) } else { Err(Refusal::bad_argument("media_id")) }
}

fn check_link(url: &str) -> Result<(), Refusal> {
    if url.starts_with("//") {
        return Err(Refusal::new(10020254, "img_url must not begin with //"));
    }
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(char::is_whitespace)) {
        return Err(Refusal::new(10020061, "illegal img_url"));
    }
    Ok(())
}

fn check_picture(picture: &[u8], limit: usize) -> Result<(), Refusal> {
    if picture.is_empty() {
        return Err(Refusal::new(10020059, "empty picture"));
    }
    if picture.len() > limit {
        return Err(Refusal::new(10020060, "picture too big"));
    }
    let begins = |magic: &[u8]| picture.starts_with(magic);
    let known = begins(b"\x89PNG")
        || begins(b"\xff\xd8\xff")
        || begins(b"BM")
        || begins(b"<svg")
        || begins(b"<?xml")
        || begins(b"RIFF") && picture.get(8..12) == Some(b"WEBP");
    if known { Ok(()) } else { Err(Refusal::new(10020056, "unknown picture format")) }
}

/// What stands in this field of a multipart body.
fn part<'a>(content_type: &str, body: &'a [u8], field: &str) -> Option<&'a [u8]> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|one| one.trim().strip_prefix("boundary="))?.trim_matches('"');
    let wanted = format!("name=\"{field}\"");
    let border = format!("--{boundary}");
    let mut rest = &body[find(body, border.as_bytes())? + border.len()..];
    while let Some(rest_of_line) = rest.strip_prefix(b"\r\n") {
        let head_end = find(rest_of_line, b"\r\n\r\n")?;
        let (head, content) = (&rest_of_line[..head_end], &rest_of_line[head_end + 4..]);
        let next = find(content, format!("\r\n{border}").as_bytes())?;
        if std::str::from_utf8(head).is_ok_and(|head| head.contains(&wanted)) {
            return Some(&content[..next]);
        }
        rest = &content[next + 2 + border.len()..];
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
