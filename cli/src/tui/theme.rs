//! Colours by role, read from `design/tokens.json`: the terminal paints the same paper, ink and indigo as the phones.
//!
//! The ground is painted too, because only then is the contrast the one that was designed. Terminals without true colour get
//! the nearest of the 256; `NO_COLOR` and dumb terminals get none, and everything still reads, because words and marks carry it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ratatui::style::{Color, Modifier, Style};
use serde_json::Value;
use shopkeeper_core::orders::Flag;

use crate::phrase::Urgency;

static TOKENS: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../design/tokens.json")).unwrap_or_default());

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    None,
    Indexed,
    True,
}

/// Which set of the tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Light,
    Dark,
}

/// The colours of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    colours: BTreeMap<String, Color>,
    depth: Depth,
}

impl Theme {
    #[must_use]
    pub fn new(ground: Ground, depth: Depth) -> Self {
        let set = match ground {
            Ground::Light => "light",
            Ground::Dark => "dark",
        };
        let mut colours = BTreeMap::new();
        collect("", &TOKENS["color"][set], depth, &mut colours);
        Self { colours, depth }
    }

    /// What the environment says about this terminal: `NO_COLOR`, `TERM`, `COLORTERM`, `COLORFGBG`.
    #[must_use]
    pub fn of_terminal(environment: impl Fn(&str) -> Option<String>) -> Self {
        let has = |name: &str| environment(name).is_some_and(|value| !value.is_empty());
        let term = environment("TERM").unwrap_or_default();
        let depth = if has("NO_COLOR") || term.is_empty() || term == "dumb" {
            Depth::None
        } else if environment("COLORTERM").is_some_and(|value| value == "truecolor" || value == "24bit")
            || term.ends_with("-direct")
        {
            Depth::True
        } else {
            Depth::Indexed
        };
        // `15;0` is white on black; 7 and 15 are the light grounds.
        let light = environment("COLORFGBG")
            .and_then(|value| value.rsplit(';').next().map(str::to_owned))
            .is_some_and(|ground| ground == "7" || ground == "15");
        Self::new(if light { Ground::Light } else { Ground::Dark }, depth)
    }

    /// A role's colour by its token name, for example `ink2` or `flag.red`.
    #[must_use]
    pub fn colour(&self, role: &str) -> Color {
        self.colours.get(role).copied().unwrap_or(Color::Reset)
    }

    fn text(&self, role: &str) -> Style {
        Style::new().fg(self.colour(role))
    }

    /// Ground and plain text.
    #[must_use]
    pub fn paper(&self) -> Style {
        self.text("ink").bg(self.colour("paper"))
    }

    #[must_use]
    pub fn ink(&self) -> Style {
        self.text("ink")
    }

    #[must_use]
    pub fn strong(&self) -> Style {
        self.text("ink").add_modifier(Modifier::BOLD)
    }

    #[must_use]
    pub fn second(&self) -> Style {
        self.text("ink2")
    }

    #[must_use]
    pub fn quiet(&self) -> Style {
        self.text("ink3")
    }

    #[must_use]
    pub fn line(&self) -> Style {
        self.text("outline")
    }

    /// Actions, links, wire, beads.
    #[must_use]
    pub fn indigo(&self) -> Style {
        self.text("indigo")
    }

    /// Due within four hours, overdue, or a person must act. Nothing else.
    #[must_use]
    pub fn verm(&self) -> Style {
        self.text("verm").add_modifier(Modifier::BOLD)
    }

    /// Due within twelve hours, or data much too old.
    #[must_use]
    pub fn amber(&self) -> Style {
        self.text("amber")
    }

    /// A word that was searched for, where it stands. By more than colour: it can lie on any text and any ground.
    #[must_use]
    pub fn found(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new().add_modifier(Modifier::REVERSED);
        }
        self.text("indigo").add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    /// The selected row.
    #[must_use]
    pub fn selected(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new().add_modifier(Modifier::BOLD);
        }
        Style::new().bg(self.colour("indigoSoft"))
    }

    /// A chosen tab or button.
    #[must_use]
    pub fn chosen(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new().add_modifier(Modifier::REVERSED);
        }
        self.text("onIndigo").bg(self.colour("indigo")).add_modifier(Modifier::BOLD)
    }

    /// A well: input field, quotation.
    #[must_use]
    pub fn well(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new().add_modifier(Modifier::UNDERLINED);
        }
        self.text("ink").bg(self.colour("sunken"))
    }

    /// The bar that floats with 撤销.
    #[must_use]
    pub fn toast(&self) -> Style {
        if self.depth == Depth::None {
            return Style::new().add_modifier(Modifier::REVERSED);
        }
        self.text("onToast").bg(self.colour("toast"))
    }

    #[must_use]
    pub fn urgency(&self, urgency: Urgency) -> Style {
        match urgency {
            Urgency::Overdue if self.depth != Depth::None => {
                self.text("onVerm").bg(self.colour("verm")).add_modifier(Modifier::BOLD)
            }
            Urgency::Overdue | Urgency::Soon => self.verm(),
            Urgency::Today => self.amber(),
            Urgency::Later => self.second(),
        }
    }

    #[must_use]
    pub fn flag(&self, flag: Flag) -> Style {
        let name = match flag {
            Flag::Red => "flag.red",
            Flag::Orange => "flag.orange",
            Flag::Yellow => "flag.yellow",
            Flag::Green => "flag.green",
            Flag::Blue => "flag.blue",
            Flag::Purple => "flag.purple",
        };
        self.text(name)
    }
}

fn collect(prefix: &str, tokens: &Value, depth: Depth, colours: &mut BTreeMap<String, Color>) {
    let Some(tokens) = tokens.as_object() else { return };
    for (name, token) in tokens {
        let role = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match token["$value"]["hex"].as_str().and_then(parse) {
            Some((red, green, blue)) => {
                let colour = match depth {
                    Depth::None => Color::Reset,
                    Depth::Indexed => Color::Indexed(nearest(red, green, blue)),
                    Depth::True => Color::Rgb(red, green, blue),
                };
                colours.insert(role, colour);
            }
            None => collect(&role, token, depth, colours),
        }
    }
}

/// `#RRGGBB`
fn parse(hex: &str) -> Option<(u8, u8, u8)> {
    let value = u32::from_str_radix(hex.strip_prefix('#').filter(|digits| digits.len() == 6)?, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes();
    Some((red, green, blue))
}

/// The nearest of the 216 cube colours and 24 greys of the 256-colour palette; the first 16 belong to the user's scheme.
fn nearest(red: u8, green: u8, blue: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let cube = (0..216u8).map(|at| {
        let step = |place: u8| STEPS[usize::from(at / place % 6)];
        (16 + at, step(36), step(6), step(1))
    });
    let greys = (0..24u8).map(|at| (232 + at, 8 + 10 * at, 8 + 10 * at, 8 + 10 * at));
    let distance = |r: u8, g: u8, b: u8| {
        let part = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        part(r, red) + part(g, green) + part(b, blue)
    };
    cube.chain(greys).min_by_key(|&(_, r, g, b)| distance(r, g, b)).map_or(0, |(index, ..)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_that_is_used_is_a_token() {
        for ground in [Ground::Light, Ground::Dark] {
            let theme = Theme::new(ground, Depth::True);
            for role in [
                "paper",
                "ink",
                "ink2",
                "ink3",
                "outline",
                "indigo",
                "onIndigo",
                "indigoSoft",
                "sunken",
                "verm",
                "onVerm",
                "amber",
                "toast",
                "onToast",
                "flag.red",
                "flag.orange",
                "flag.yellow",
                "flag.green",
                "flag.blue",
                "flag.purple",
            ] {
                assert_ne!(theme.colour(role), Color::Reset, "{role}");
            }
        }
    }

    #[test]
    fn the_environment_decides_depth_and_ground() {
        let of = |pairs: &'static [(&str, &str)]| {
            Theme::of_terminal(move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(of(&[]).depth, Depth::None);
        assert_eq!(of(&[("TERM", "xterm"), ("NO_COLOR", "1")]).depth, Depth::None);
        assert_eq!(of(&[("TERM", "tmux-256color")]).depth, Depth::Indexed);
        assert_eq!(of(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]).depth, Depth::True);
        let light = of(&[("TERM", "xterm"), ("COLORTERM", "truecolor"), ("COLORFGBG", "0;15")]);
        assert_eq!(light.colour("paper"), Color::Rgb(0xF6, 0xF4, 0xEF));
    }

    #[test]
    fn exact_palette_colours_map_to_themselves() {
        assert_eq!(nearest(255, 255, 255), 231);
        assert_eq!(nearest(0, 0, 0), 16);
        assert_eq!(nearest(118, 118, 118), 243);
        assert_eq!(nearest(0x5f, 0x87, 0xaf), 67);
    }
}
