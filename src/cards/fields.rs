use super::{Cards, CardsOptions};
use crate::domain::{LOST_SINCE, NOTIFIED_AT, REASON};
use crate::engine::{Asks, Field, Form};

/// A form that shows the card and its holder, as every card process does.
#[must_use]
pub fn card_and_holder() -> Form<Cards> {
    Form::shows(&["card", "holder"])
}

/// Why: one of the reasons the administrator lists.
#[must_use]
pub fn reason() -> Field<Cards> {
    Field {
        name: REASON,
        label: "Reason",
        asks: Asks::Choice(|options: &CardsOptions| options.reasons.iter().map(String::as_str).collect()),
        required: false,
    }
}

/// A note in free text; personal.
#[must_use]
pub fn note() -> Field<Cards> {
    Field { name: "note", label: "Note", asks: Asks::Text(1000), required: false }
}

/// When the organisation was told, from which deadlines are counted.
#[must_use]
pub fn notified_at() -> Field<Cards> {
    Field { name: NOTIFIED_AT, label: "Notified at", asks: Asks::PastTime, required: false }
}

/// Since when the card is not in its holder's hands. Authorities are told with the certificates that are held or revoked, as
/// the invalidity date of RFC 5280, section 5.3.2: by it, old signatures are judged.
#[must_use]
pub fn lost_since() -> Field<Cards> {
    Field { name: LOST_SINCE, label: "Lost since", asks: Asks::PastTime, required: false }
}
