use std::collections::BTreeSet;

use super::{Plan, Refusal};
use crate::domain::{Change, DeadlineEnd, IssuerName, Measure, PolicyDeadline};
use crate::values::{ObjectRef, Value};

/// The name of the form field that says why.
pub const REASON: &str = "reason";

/// The name of the form field that says when the organisation was told.
pub const NOTIFIED_AT: &str = "notified-at";

/// The name of the form field that says since when the card is not in its holder's hands.
pub const LOST_SINCE: &str = "lost-since";

impl Plan<'_> {
    /// The deadline that a rule of the policy profile sets for what is done with `card`, if one does. It counts from the
    /// notification that the form names, else from when the instance began. What begins by itself, nobody has notified.
    ///
    /// One of the same rule that is open, and asks for as much as early, is enough.
    pub(super) fn set_deadline(&mut self, card: ObjectRef, measure: Measure) -> Result<(), Refusal> {
        let (instance, now) = (self.context.instance, self.context.now);
        let answers = self.context.answers;
        let notified = match answers.get(NOTIFIED_AT) {
            Some(Value::Time(at)) => *at,
            _ => instance.began().unwrap_or(now),
        };
        if self.context.actor.is_none() {
            return Ok(());
        }
        let found = self.context.policy.profile.deadline(answers.text(REASON), measure, notified);
        let Some((by, rule)) = found else { return Ok(()) };
        let met_by = rule.met_by(measure);
        let known = |it: &PolicyDeadline| it.is_open() && it.rule == rule.id && it.by <= by && it.met_by >= met_by;
        if self.dossier.card(card).is_some_and(|it| it.deadlines().iter().any(known)) {
            return Ok(());
        }
        let deadline = PolicyDeadline { rule: rule.id, instance, notified, by, met_by, ended: None };
        self.change(Change::DeadlineSet { card, deadline })
    }

    /// Ends the open deadlines of `card`.
    pub(super) fn end_deadlines(&mut self, card: ObjectRef, how: DeadlineEnd) -> Result<(), Refusal> {
        let now = self.context.now;
        let open = self.dossier.card(card).map(|it| it.deadlines().to_vec()).unwrap_or_default();
        let mut open = open.into_iter().filter(PolicyDeadline::is_open);
        open.try_for_each(|it| self.change(it.end(card, how, now)))
    }

    /// Says of the deadlines that are met already that they are: those of a card without certificates, say. `read_back` are
    /// the issuers of which it is read back what they publish.
    ///
    /// # Errors
    ///
    /// [`Refusal::Change`] if a card is not in the dossier.
    pub fn meet_deadlines(&mut self, read_back: &BTreeSet<IssuerName>) -> Result<(), Refusal> {
        let met = self.dossier.deadlines_met(read_back, self.context.now);
        met.into_iter().try_for_each(|it| self.change(it))
    }
}
