//! What the command line shows.

use std::io::{Result, Write};

use chrono::DateTime;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use shopkeeper_protocol::{Invite, Role};

use crate::relay::PushTarget;
use crate::store::DeviceInfo;

/// As a QR code for the phone's camera, and as text for a phone without one.
pub(super) fn invite(invite: &Invite, out: &mut dyn Write) -> Result<()> {
    let text = invite.to_string();
    // An address too long for a QR code can still be typed.
    if let Ok(code) = QrCode::new(text.as_bytes()) {
        // Dark on light whatever the terminal's colours are: most cameras want it so, and most terminals are dark.
        let picture = code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        writeln!(out, "{picture}\n")?;
    }
    writeln!(out, "{text}\n\ncode: {}   (good for five minutes, for one phone)", invite.code)
}

pub(super) fn devices(devices: &[DeviceInfo], out: &mut dyn Write) -> Result<()> {
    for device in devices {
        let role = match &device.role {
            Role::Owner => "owner",
            Role::Other(role) => role,
        };
        let seen = device.seen_at.map_or_else(|| "never seen".to_owned(), |at| format!("seen {}", hour(at)));
        let now = device.revoked_at.map_or(seen, |at| format!("revoked {}", hour(at)));
        let (paired, name) = (hour(device.paired_at), printable(&device.name));
        writeln!(out, "{}  {role}  paired {paired}  {now}  {name}", device.id)?;
    }
    if devices.is_empty() { writeln!(out, "no phone is paired") } else { Ok(()) }
}

pub(super) fn push(target: &PushTarget, public_url: Option<&str>, out: &mut dyn Write) -> Result<()> {
    let url = public_url.unwrap_or("<the relay's public address>");
    writeln!(out, "URL:            {url}{}", target.path)?;
    writeln!(out, "Token:          {}", target.token)?;
    writeln!(out, "EncodingAESKey: {}", target.aes_key)
}

fn hour(at: i64) -> String {
    DateTime::from_timestamp_millis(at)
        .map_or_else(|| "?".to_owned(), |time| time.format("%Y-%m-%d %H:%MZ").to_string())
}

/// A device names itself, and a name must not steer the owner's terminal.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
