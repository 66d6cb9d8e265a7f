//! The form in which parcels are typed.
//!
//! It opens with one parcel that holds all that remains. A second parcel starts empty, and each piece can lie in one parcel only: what
//! one takes, the others can no longer. Saving is possible once every parcel has a waybill and something inside, and the
//! buyer's remark, if there is one, was read (「知道了」): it is the commonest reason for a wrong parcel.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use shopkeeper_core::ids::OrderKey;
use shopkeeper_core::orders::{OrderDetail, ParcelDraft, ShipBy, ShipDraft};
use shopkeeper_protocol::Carrier;

use super::field::Field;
use super::measure::tame;
use crate::phrase::goods_name;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShipForm {
    pub key: OrderKey,
    pub number: String,
    pub receiver: String,
    pub due: Option<ShipBy>,
    pub buyer_note: String,
    /// The remark was read.
    pub understood: bool,
    pub lines: Vec<FormLine>,
    pub parcels: Vec<FormParcel>,
    pub focus: Focus,
    pub carriers: Vec<Carrier>,
    /// Key of the sentence that says why it is not saved yet.
    pub trouble: Option<&'static str>,
}

/// A line that still has something to ship.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormLine {
    /// Its place in the order's detail.
    pub place: usize,
    pub name: String,
    pub remaining: u32,
}

/// A parcel as far as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormParcel {
    pub waybill: Field,
    /// Carrier code; `None` lets the waybill's pattern decide.
    pub carrier: Option<String>,
    /// Pieces of each of [`ShipForm::lines`].
    pub pieces: Vec<u32>,
}

/// Where the keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Waybill(usize),
    Carrier(usize),
    Piece(usize, usize),
    AddParcel,
    Understood,
    Save,
}

/// What a key led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Stay,
    Save(ShipDraft),
}

impl ShipForm {
    #[must_use]
    pub fn new(detail: &OrderDetail, carriers: Vec<Carrier>) -> Self {
        let lines: Vec<FormLine> = detail
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line.remaining > 0)
            .map(|(place, line)| FormLine {
                place,
                name: goods_name(&line.title, &line.sku_text),
                remaining: line.remaining,
            })
            .collect();
        let row = &detail.row;
        let first = FormParcel {
            waybill: Field::default(),
            carrier: None,
            pieces: lines.iter().map(|line| line.remaining).collect(),
        };
        Self {
            key: row.key.clone(),
            number: row.number.clone(),
            receiver: tame(&format!("{} {}{}", row.buyer, row.province, row.city)),
            due: row.ship_by,
            buyer_note: tame(&row.buyer_note),
            understood: row.buyer_note.is_empty(),
            lines,
            parcels: vec![first],
            focus: Focus::Waybill(0),
            carriers,
            trouble: None,
        }
    }

    /// Every place a key can go to, in order.
    fn places(&self) -> Vec<Focus> {
        let mut places = Vec::new();
        for parcel in 0..self.parcels.len() {
            places.push(Focus::Waybill(parcel));
            places.push(Focus::Carrier(parcel));
            // One piece in all leaves nothing to choose.
            if self.total() > 1 {
                places.extend((0..self.lines.len()).map(|line| Focus::Piece(parcel, line)));
            }
        }
        if self.parcels.len() < self.most_parcels() {
            places.push(Focus::AddParcel);
        }
        if !self.buyer_note.is_empty() {
            places.push(Focus::Understood);
        }
        places.push(Focus::Save);
        places
    }

    fn total(&self) -> u32 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.remaining))
    }

    /// A parcel needs a piece; ten is what a person can still look over.
    fn most_parcels(&self) -> usize {
        usize::try_from(self.total()).unwrap_or(usize::MAX).min(10)
    }

    #[must_use]
    pub fn can_add_parcel(&self) -> bool {
        self.parcels.len() < self.most_parcels()
    }

    /// Pieces of a line that are in no parcel.
    #[must_use]
    pub fn free(&self, line: usize) -> u32 {
        let taken =
            self.parcels.iter().filter_map(|parcel| parcel.pieces.get(line)).fold(0u32, |a, b| a.saturating_add(*b));
        self.lines.get(line).map_or(0, |line| line.remaining).saturating_sub(taken)
    }

    /// The carriers as the chooser walks through them: by the waybill first, then the shop's.
    fn choose_carrier(&mut self, parcel: usize, forward: bool) {
        let count = self.carriers.len() + 1;
        let Some(parcel) = self.parcels.get_mut(parcel) else { return };
        let now = parcel
            .carrier
            .as_ref()
            .and_then(|code| self.carriers.iter().position(|carrier| carrier.code.as_str() == code))
            .map_or(0, |at| at + 1);
        let next = if forward { (now + 1) % count } else { (now + count - 1) % count };
        parcel.carrier =
            next.checked_sub(1).and_then(|at| self.carriers.get(at)).map(|carrier| carrier.code.to_string());
    }

    fn change_piece(&mut self, parcel: usize, line: usize, more: bool) {
        let free = self.free(line);
        let Some(pieces) = self.parcels.get_mut(parcel).and_then(|parcel| parcel.pieces.get_mut(line)) else { return };
        if more && free > 0 {
            *pieces += 1;
        } else if !more {
            *pieces = pieces.saturating_sub(1);
        }
    }

    /// Everything of the line that is free, or nothing.
    fn toggle_piece(&mut self, parcel: usize, line: usize) {
        let free = self.free(line);
        let Some(pieces) = self.parcels.get_mut(parcel).and_then(|parcel| parcel.pieces.get_mut(line)) else { return };
        *pieces = if *pieces > 0 { 0 } else { free };
    }

    fn add_parcel(&mut self) {
        if !self.can_add_parcel() {
            return;
        }
        let free: Vec<u32> = (0..self.lines.len()).map(|line| self.free(line)).collect();
        self.parcels.push(FormParcel { waybill: Field::default(), carrier: None, pieces: free });
        self.focus = Focus::Waybill(self.parcels.len() - 1);
    }

    fn move_focus(&mut self, forward: bool) {
        let places = self.places();
        let now = places.iter().position(|place| *place == self.focus).unwrap_or(0);
        let next = if forward { (now + 1).min(places.len() - 1) } else { now.saturating_sub(1) };
        if let Some(place) = places.get(next) {
            self.focus = *place;
        }
    }

    /// Takes a key; Esc is not for the form.
    pub fn key(&mut self, key: KeyEvent) -> Step {
        self.trouble = None;
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char('s') => return self.save(),
                KeyCode::Char('n') => {
                    self.add_parcel();
                    return Step::Stay;
                }
                _ => {}
            }
        }
        match key.code {
            KeyCode::Tab | KeyCode::Down => self.move_focus(true),
            KeyCode::BackTab | KeyCode::Up => self.move_focus(false),
            code => return self.key_at(key, code),
        }
        Step::Stay
    }

    fn key_at(&mut self, key: KeyEvent, code: KeyCode) -> Step {
        let more = matches!(code, KeyCode::Right | KeyCode::Char('+'));
        let less = matches!(code, KeyCode::Left | KeyCode::Char('-'));
        let press = matches!(code, KeyCode::Enter | KeyCode::Char(' '));
        match self.focus {
            Focus::Waybill(parcel) => {
                if code == KeyCode::Enter {
                    self.move_focus(true);
                } else if let Some(parcel) = self.parcels.get_mut(parcel) {
                    parcel.waybill.key(key);
                }
            }
            Focus::Carrier(parcel) if more || less => self.choose_carrier(parcel, more),
            Focus::Piece(parcel, line) if more || less => self.change_piece(parcel, line, more),
            Focus::Piece(parcel, line) if code == KeyCode::Char(' ') => self.toggle_piece(parcel, line),
            Focus::AddParcel if press => self.add_parcel(),
            Focus::Understood if press => {
                self.understood = !self.understood;
                if self.understood {
                    self.move_focus(true);
                }
            }
            Focus::Save if code == KeyCode::Enter => return self.save(),
            _ if code == KeyCode::Enter => self.move_focus(true),
            _ => {}
        }
        Step::Stay
    }

    /// Pasted text goes into the waybill that is being typed.
    pub fn paste(&mut self, text: &str) {
        if let Focus::Waybill(parcel) = self.focus
            && let Some(parcel) = self.parcels.get_mut(parcel)
        {
            parcel.waybill.insert(text.trim());
        }
    }

    /// The draft, or where the first thing is missing.
    fn save(&mut self) -> Step {
        for (at, parcel) in self.parcels.iter().enumerate() {
            if parcel.waybill.text().trim().is_empty() {
                (self.trouble, self.focus) = (Some("reason.waybill_empty"), Focus::Waybill(at));
                return Step::Stay;
            }
            if parcel.pieces.iter().all(|pieces| *pieces == 0) {
                let place = if self.total() > 1 { Focus::Piece(at, 0) } else { Focus::Waybill(at) };
                (self.trouble, self.focus) = (Some("reason.no_lines"), place);
                return Step::Stay;
            }
        }
        if !self.understood {
            (self.trouble, self.focus) = (Some("ship.read_first"), Focus::Understood);
            return Step::Stay;
        }
        let parcels = self
            .parcels
            .iter()
            .map(|parcel| ParcelDraft {
                carrier: parcel.carrier.clone(),
                waybill: parcel.waybill.text().trim().to_owned(),
                items: Some(
                    self.lines
                        .iter()
                        .zip(&parcel.pieces)
                        .filter(|(_, pieces)| **pieces > 0)
                        .map(|(line, pieces)| (line.place, *pieces))
                        .collect(),
                ),
            })
            .collect();
        Step::Save(ShipDraft { parcels })
    }
}
