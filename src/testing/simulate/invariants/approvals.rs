use std::collections::BTreeSet;

use super::{Held, Invariant, is_of};
use crate::cards::Cards;
use crate::engine::{Covers, Event, Instance, Verdict};
use crate::testing::simulate::book::{Facts, Stored};
use crate::testing::simulate::given::{Given, Order};
use crate::values::PersonId;

/// Law 11, and what an agreement is to.
pub(super) struct Approvals;

impl Invariant for Approvals {
    fn name(&self) -> &'static str {
        "approvals"
    }

    fn rule(&self) -> &'static str {
        "Who asked, holds the card or edited the request does not agree to it; as many agree as must; and what is agreed to is \
         what was seen."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let Some(before) = stored.before else { return Ok(()) };
        for entry in stored.entries {
            let person = entry.actor.person;
            let judged = |it: &Event<Cards>| matches!(it, Event::Judged { verdict: Verdict::Approve, .. });
            let agrees = entry.events.iter().any(judged);
            if let (true, Some(person)) = (agrees, person)
                && is_barred(stored, before, person)
            {
                return Err(format!("{person} agrees to {}, and has a part in it", before.id()));
            }
            let met = entry.events.iter().any(|it| matches!(it, Event::Approved { automatic: false, .. }));
            let Some(approval) = before.approval().filter(|_| met) else { continue };
            let voters: BTreeSet<_> = approval.votes_now().map(|it| it.person).chain(person).collect();
            let needed: u32 = approval.open().iter().map(|it| it.needs).sum();
            if u32::try_from(voters.len()).is_ok_and(|it| it < needed) {
                return Err(format!("{} is approved by {} persons, and needs {needed}", before.id(), voters.len()));
            }
        }
        Ok(())
    }

    fn answered(&mut self, given: &Given, _: Option<&Given>, facts: &Facts) -> Held {
        let Order::Judge(_, judgement) = &*given.order else { return Ok(()) };
        let (Some(now), Some(recorded)) =
            (given.came.as_ref().and_then(|it| it.standing()), facts.commands.get(&given.id))
        else {
            return Ok(());
        };
        let Some(asked) = recorded.approval.as_ref().filter(|_| judgement.verdict == Verdict::Approve) else {
            return Ok(());
        };
        let call = given.call;
        if judgement.seen != Some(asked.covers) {
            return Err(format!("[{call}] agrees to another plan than waits for agreement"));
        }
        let exact = asked.policy.covers == Covers::Exact;
        if !is_of(now, &asked.plan) && (exact || !recorded.differed) {
            return Err(format!("[{call}] agreed to {:?}, and {:?} was done", asked.plan, now.items));
        }
        Ok(())
    }
}

/// Whether a person may not agree: whoever asked for it, edited it, or holds the card.
fn is_barred(stored: &Stored<'_>, before: &Instance<Cards>, person: PersonId) -> bool {
    let holds = || {
        let dossier = stored.facts.dossier(before.subject());
        dossier.holder_of(before.subject()).is_some_and(|it| it.at().id() == person.uuid())
    };
    before.requester() == Some(person)
        || before.on_behalf() == Some(person)
        || before.editors().contains(&person)
        || holds()
}
