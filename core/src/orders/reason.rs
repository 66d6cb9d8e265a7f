//! Why this phone does not do what was asked of it, as codes; the words stand in `design/words` under `reason.<code>`. What the relay and
//! the platform say has its codes in [`shopkeeper_protocol::reason`].

/// The buyer has not paid.
pub const UNPAID: &str = "unpaid";
/// Somebody else has to do something first.
pub const WAITING: &str = "waiting";
/// Nothing is left to ship.
pub const ALL_SHIPPED: &str = "all_shipped";
/// Everything that is left is in parcels that wait on the phone.
pub const ALREADY_SAVED: &str = "already_saved";
/// The order is closed.
pub const CLOSED: &str = "closed";
/// The rulebook does not have the status.
pub const STATUS_UNKNOWN: &str = "status_unknown";
/// Goods that travel without a parcel.
pub const VIRTUAL: &str = "virtual";
/// A parcel with nothing in it, or no parcel at all.
pub const NO_LINES: &str = "no_lines";
/// The order has no such line.
pub const LINE_UNKNOWN: &str = "line_unknown";
/// Zero pieces of a line.
pub const ZERO_QUANTITY: &str = "zero_quantity";
/// More pieces than are left.
pub const TOO_MANY: &str = "too_many";
/// No waybill.
pub const WAYBILL_EMPTY: &str = "waybill_empty";
/// Characters that no waybill has.
pub const WAYBILL_FORMAT: &str = "waybill_format";
/// Too short or too long for a waybill.
pub const WAYBILL_LENGTH: &str = "waybill_length";
/// Two waybills in one field.
pub const WAYBILL_TWO: &str = "waybill_two";
/// Too few digits for a waybill.
pub const WAYBILL_DIGITS: &str = "waybill_digits";
/// The waybill is in this order or in this draft already.
pub const DUPLICATE_WAYBILL: &str = "duplicate_waybill";
/// The waybill was used in another order.
pub const WAYBILL_USED: &str = "waybill_used";
/// Longer than the rulebook allows.
pub const NOTE_TOO_LONG: &str = "note_too_long";
/// Control characters.
pub const NOTE_CHARACTERS: &str = "note_characters";
/// The note that is there already.
pub const NOTE_SAME: &str = "note_same";
/// No work of the order waits on this phone.
pub const NOTHING_WAITS: &str = "nothing_waits";
/// Work waits, and none of it was refused or is in doubt.
pub const NOTHING_REFUSED: &str = "nothing_refused";
