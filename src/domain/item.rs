use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CauseKind, ExemptionPolicy, ObjectState, RevocationReason};
use crate::values::ObjectRef;

/// One line of a plan: what would happen to one object. The preview shows it, its digest covers it.
///
/// It holds no ids of the run, no times and no revisions: the same plan has the same lines.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The object.
    pub object: ObjectRef,
    /// What would happen to it.
    pub what: What,
}

/// What would happen to an object.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum What {
    /// It takes another state.
    Becomes {
        /// The state it leaves.
        from: ObjectState,
        /// The state it takes.
        to: ObjectState,
        /// Why, for a certificate that is held or revoked.
        reason: Option<RevocationReason>,
        /// Other active cards that carry it, for a certificate.
        also_on: Vec<ObjectRef>,
    },
    /// It is new.
    Registered {
        /// The state it comes in; none for lineage relations.
        state: Option<ObjectState>,
    },
    /// It is held already; this cause is added and nothing is asked of anybody.
    HeldToo,
    /// Its hold has a limit from now on.
    HeldFor {
        /// So many days.
        days: u32,
    },
    /// Our hold goes, others stay: it remains as it is.
    StillHeld {
        /// The causes that stay.
        causes: Vec<CauseKind>,
    },
    /// It is left alone by a recorded exemption.
    Exempt {
        /// The policy that says so.
        policy: ExemptionPolicy,
    },
    /// There is nothing to do.
    Nothing {
        /// Why.
        why: WhyNot,
    },
}

/// Why there is nothing to do about an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum WhyNot {
    /// Its end is past: nothing to hold.
    Expired,
    /// It is revoked: not restored.
    Revoked,
    /// The card stays inactive, so it stays on hold.
    CardStillHeld,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            What::Becomes { to, reason, also_on, .. } => {
                write!(f, "becomes {to}")?;
                if let Some(reason) = reason {
                    write!(f, " ({reason})")?;
                }
                match also_on.len() {
                    0 => Ok(()),
                    1 => f.write_str("; another active card carries it too"),
                    more => write!(f, "; {more} other active cards carry it too"),
                }
            }
            What::Registered { state: Some(state) } => write!(f, "is registered, {state}"),
            What::Registered { state: None } => f.write_str("is registered"),
            What::HeldToo => f.write_str("is held already; this cause is added"),
            What::HeldFor { days: 1 } => f.write_str("is held for 1 day"),
            What::HeldFor { days } => write!(f, "is held for {days} days"),
            What::StillHeld { causes } => {
                let names: Vec<_> = causes.iter().map(|it| it.name()).collect();
                write!(f, "stays held: {}", names.join(", "))
            }
            What::Exempt { policy } => write!(f, "is left alone: {policy}"),
            What::Nothing { why: WhyNot::Expired } => f.write_str("has expired: nothing to hold or to restore"),
            What::Nothing { why: WhyNot::Revoked } => f.write_str("is revoked: not restored"),
            What::Nothing { why: WhyNot::CardStillHeld } => f.write_str("stays on hold: the card is still inactive"),
        }
    }
}
