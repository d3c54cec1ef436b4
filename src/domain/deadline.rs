use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Card, Certificate, CertificateState, Change, Dossier, End, IssuerName, Measure, RelationKind, RuleId};
use crate::values::{InstanceId, ObjectRef, Timestamp, codes};

codes! {
    /// How a deadline of a rule ended.
    pub enum DeadlineEnd ("end of a deadline") {
        /// What the rule asks for has come about, in time or late.
        Met = "met",
        /// The card is in use again: what was notified is not so.
        Lifted = "lifted",
    }
}

/// By when something must have come about for the certificates of a card, by a rule of a [policy profile](super::Profile).
///
/// It is set by the process that takes the card out of use, and stays with the card: what meets it may be another process, as
/// a lock after a deactivation.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PolicyDeadline {
    /// The rule.
    pub rule: RuleId,
    /// The instance that set it.
    pub instance: InstanceId,
    /// When the organisation was told.
    pub notified: Timestamp,
    /// By when.
    pub by: Timestamp,
    /// What must have come about for each certificate of the card.
    pub met_by: Measure,
    /// How it ended and when, if it did.
    pub ended: Option<(DeadlineEnd, Timestamp)>,
}

impl PolicyDeadline {
    /// Whether nothing has ended it yet.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// When it was met, if it was.
    #[must_use]
    pub fn met(&self) -> Option<Timestamp> {
        self.ended.filter(|(how, _)| *how == DeadlineEnd::Met).map(|(_, at)| at)
    }

    /// Whether it was missed: it is open past its time, or was met after it.
    #[must_use]
    pub fn is_missed(&self, now: Timestamp) -> bool {
        match self.ended {
            None => self.by < now,
            Some((DeadlineEnd::Met, at)) => self.by < at,
            Some((DeadlineEnd::Lifted, _)) => false,
        }
    }

    /// In words, that it is overdue, and by which rule.
    #[must_use]
    pub fn overdue(&self) -> String {
        let (says, source) = self.rule.rule().map_or(("", ""), |it| (it.says, it.source));
        format!("overdue since {} by rule {} ({source}): {says}; notified at {}", self.by, self.rule, self.notified)
    }

    /// What a change does to the deadlines of a card. One that is set takes the place of those that have ended; the history
    /// has these.
    pub(super) fn change(deadlines: &mut Vec<PolicyDeadline>, change: &Change) {
        match change {
            Change::DeadlineSet { deadline, .. } => {
                deadlines.retain(PolicyDeadline::is_open);
                deadlines.push(*deadline);
            }
            Change::DeadlineEnded { instance, rule, how, at, .. } => {
                let same = |it: &&mut PolicyDeadline| it.is_open() && it.instance == *instance && it.rule == *rule;
                deadlines.iter_mut().filter(same).for_each(|it| it.ended = Some((*how, *at)));
            }
            _ => {}
        }
    }

    pub(super) fn end(&self, card: ObjectRef, how: DeadlineEnd, at: Timestamp) -> Change {
        Change::DeadlineEnded { card, instance: self.instance, rule: self.rule, how, at }
    }
}

impl Dossier {
    /// The deadlines that are met by now, as changes.
    ///
    /// A certificate meets its rule once its authority has confirmed it and, where it is read back what that publishes,
    /// relying parties see it; or once it has expired. One that was left alone does not. A card of which a certificate is not in
    /// the dossier is not judged.
    #[must_use]
    pub fn deadlines_met(&self, read_back: &BTreeSet<IssuerName>, now: Timestamp) -> Vec<Change> {
        let mut met = Vec::new();
        for card in self.cards().filter(|it| it.deadlines().iter().any(PolicyDeadline::is_open)) {
            let open = card.deadlines().iter().filter(|it| it.is_open());
            let done = |it: &&PolicyDeadline| self.all_are(card, it.met_by, read_back, now);
            met.extend(open.filter(done).map(|it| it.end(card.at(), DeadlineEnd::Met, now)));
        }
        met
    }

    fn all_are(&self, card: &Card, measure: Measure, read_back: &BTreeSet<IssuerName>, now: Timestamp) -> bool {
        let carried = self.relations_of(card.at()).filter(|it| it.kind() == RelationKind::Carries && it.counts());
        carried.filter(|it| it.from() == card.at()).all(|relation| {
            let End::Object(at) = relation.to() else { return true };
            self.certificate(*at).is_some_and(|it| is(it, measure, read_back.contains(it.issuer()), now))
        })
    }
}

/// Whether a certificate has come to what a measure asks for, as far as relying parties can know.
fn is(certificate: &Certificate, measure: Measure, read_back: bool, now: Timestamp) -> bool {
    if certificate.validity().is_over(now) {
        return true;
    }
    let enough = |state: CertificateState| match measure {
        Measure::Hold => matches!(state, CertificateState::OnHold | CertificateState::Revoked),
        Measure::Revocation => state == CertificateState::Revoked,
    };
    let seen = !read_back || certificate.visible().is_some_and(|it| enough(it.state));
    enough(certificate.wanted()) && certificate.confirmed().is_some_and(enough) && seen
}
