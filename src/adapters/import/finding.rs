use std::fmt;

use super::Place;
use crate::domain::Unusable;
use crate::values::{ObjectRef, Timestamp};

/// A fact that comes in although somebody should look at it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// Where it stands in the file.
    pub place: Place,
    /// The object that it is about.
    pub object: ObjectRef,
    /// What was found.
    pub fact: Fact,
}

/// What a [`Finding`] says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fact {
    /// It breaks the [invariant](crate::domain::INVARIANTS) of this name.
    Breach(&'static str),
    /// The certificate is past its end and comes in as expired.
    Expired(Timestamp),
    /// The card is in use by its state, though it should not be.
    Unusable(Unusable),
    /// The field begins as a formula of a spreadsheet does. It is kept as text; whoever exports it again takes care.
    Formula,
    /// The store has it otherwise, and an import changes nothing that is stored.
    NotUpdated,
    /// The card carries the certificate already.
    Carried,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        match &self.fact {
            Fact::Breach(rule) => write!(f, "this breaks the rule `{rule}`"),
            Fact::Expired(until) => write!(f, "the certificate ended at {until} and comes in as expired"),
            Fact::Unusable(why) => write!(f, "the card is in use though it should not be: {why}"),
            Fact::Formula => f.write_str("this begins like a formula of a spreadsheet; it is kept as text"),
            Fact::NotUpdated => f.write_str("the store has it otherwise, and keeps what it has"),
            Fact::Carried => f.write_str("the card carries this certificate already"),
        }
    }
}
