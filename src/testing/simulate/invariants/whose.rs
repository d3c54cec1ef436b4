use super::{Held, Invariant};
use crate::cards::ADMINISTRATOR;
use crate::engine::{Event, Outcome};
use crate::testing::simulate::book::Stored;

/// Who goes on with what somebody began.
pub(super) struct Whose;

impl Invariant for Whose {
    fn name(&self) -> &'static str {
        "whose"
    }

    fn rule(&self) -> &'static str {
        "A form is answered, and an instance cancelled or withdrawn, by whoever started it; an incident is dealt with by an \
         administrator."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let Some(before) = stored.before else { return Ok(()) };
        for entry in stored.entries {
            for event in &entry.events {
                let own = match event {
                    Event::Answered { .. } | Event::Resubmitted { .. } | Event::Ended(Outcome::Cancelled) => true,
                    Event::Ended(Outcome::Withdrawn) => true,
                    Event::Resolved { .. } if entry.actor.role != ADMINISTRATOR => {
                        return Err(format!("an incident was dealt with by the role `{}`", entry.actor.role));
                    }
                    _ => false,
                };
                if own && entry.actor.person != before.requester() {
                    let (by, of) = (entry.actor.person, before.requester());
                    return Err(format!("{} of {of:?} was gone on with by {by:?}", before.id()));
                }
            }
        }
        Ok(())
    }
}
