use serde::{Deserialize, Serialize};

use crate::values::{EffectId, ObjectRef, PersonId, Timestamp, codes};

codes! {
    /// What a person does about an incident.
    pub enum Resolution ("resolution") {
        /// The request is tried again.
        Retry = "retry",
        /// The request is given up: what it asked for is not done, and stays so until it is wanted anew.
        Skip = "skip",
        /// It was dealt with outside of here: the request is not made any more, and the outside is believed only when it is
        /// asked again.
        ByHand = "by hand",
    }
}

/// Something that stands open for a person to look at, until it is closed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Incident {
    /// The object.
    pub object: ObjectRef,
    /// What it is, with everything the outside said.
    pub what: String,
    /// Since when.
    pub since: Timestamp,
    /// The request that is not tried any more, if it is about one.
    pub effect: Option<EffectId>,
    /// How it was closed, if it was.
    pub closed: Option<Closed>,
}

/// How an incident was closed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// By whom; none if it closed by itself.
    pub by: Option<PersonId>,
    /// What that person did; none if the outside answered after all, or a later request overtook this one.
    pub how: Option<Resolution>,
}

impl Incident {
    /// Whether somebody should look at it still.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed.is_none()
    }
}
