use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    CardState, Cause, CertificateState, DeadlineEnd, Deputyship, Exemption, Hold, HoldId, IllegalMove, Object,
    PersonState, PolicyDeadline, RelationState, RevocationReason, RoleGrant, RuleId, Salt, Visible,
};
use crate::values::{Digest, InstanceId, Kind, ObjectRef, Timestamp};

/// The state of an object of any kind.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum ObjectState {
    /// Of a person.
    Person(PersonState),
    /// Of a card.
    Card(CardState),
    /// Of a certificate, as wanted.
    Certificate(CertificateState),
    /// Of a relation.
    Relation(RelationState),
}

impl ObjectState {
    /// The name in words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ObjectState::Person(it) => it.name(),
            ObjectState::Card(it) => it.name(),
            ObjectState::Certificate(it) => it.name(),
            ObjectState::Relation(it) => it.name(),
        }
    }
}

impl fmt::Display for ObjectState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One validated change of one object.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// Its state changes, along its graph.
    Moved {
        /// The object.
        object: ObjectRef,
        /// The state it leaves.
        from: ObjectState,
        /// The state it takes.
        to: ObjectState,
        /// Why, for a certificate that is held or revoked.
        reason: Option<RevocationReason>,
    },
    /// A hold opens.
    HoldOpened {
        /// The object.
        object: ObjectRef,
        /// The hold.
        hold: Hold,
    },
    /// The limit of a hold moves.
    HoldLimited {
        /// The object.
        object: ObjectRef,
        /// The hold.
        hold: HoldId,
        /// The limit; none if it has no longer one.
        until: Option<Timestamp>,
    },
    /// A hold closes and leaves its object.
    HoldClosed {
        /// The object.
        object: ObjectRef,
        /// The hold.
        hold: HoldId,
        /// Why it was there.
        cause: Cause,
    },
    /// A certificate is left alone although its card is out of use.
    Exempted {
        /// The certificate.
        certificate: ObjectRef,
        /// The exemption.
        exemption: Exemption,
    },
    /// The card is in use again, the exemption is over.
    ExemptionLifted {
        /// The certificate.
        certificate: ObjectRef,
        /// The card.
        card: ObjectRef,
    },
    /// The authority says what state the certificate has there.
    Confirmed {
        /// The certificate.
        certificate: ObjectRef,
        /// The state at the authority.
        state: CertificateState,
    },
    /// It was read back what relying parties are told of it.
    Seen {
        /// The certificate.
        certificate: ObjectRef,
        /// The state they are told.
        state: CertificateState,
        /// Since when all of them are.
        since: Timestamp,
    },
    /// The object is new here. Its fields stand in its record, a digest of them in the history.
    Registered {
        /// The object.
        object: ObjectRef,
        /// The state it came in.
        state: Option<ObjectState>,
        /// Why, for a certificate that came in revoked.
        reason: Option<RevocationReason>,
        /// A salted digest of what stays the same about it.
        facts: Digest,
    },
    /// A person or certificate is related to a card that lives in another home.
    Related {
        /// The person or certificate.
        object: ObjectRef,
        /// The card.
        card: ObjectRef,
    },
    /// Its personal data is gone; the object stays.
    Erased {
        /// The object.
        object: ObjectRef,
        /// The digest of what is left.
        facts: Digest,
    },
    /// Nothing about it changes but the salt under which it is told: that of its home has been erased.
    Restated {
        /// The object.
        object: ObjectRef,
        /// The digest of what stays the same about it.
        facts: Digest,
    },
    /// A person has a role, proposes to have it, or somebody else agrees to it.
    RoleGranted {
        /// The person.
        person: ObjectRef,
        /// The role as it is after it.
        grant: RoleGrant,
        /// The digest of what stays the same about the person.
        facts: Digest,
    },
    /// A role ends.
    RoleWithdrawn {
        /// The person.
        person: ObjectRef,
        /// The role as it was.
        grant: RoleGrant,
        /// The digest of what stays the same about the person.
        facts: Digest,
    },
    /// A person stands in for another, it is proposed, or somebody else agrees to it.
    DeputyNamed {
        /// Who stands in.
        person: ObjectRef,
        /// For whom and when, as it is after it.
        deputyship: Deputyship,
        /// The digest of what stays the same about the person.
        facts: Digest,
    },
    /// A person no longer stands in for another.
    DeputyEnded {
        /// Who stood in.
        person: ObjectRef,
        /// For whom and when, as it was.
        deputyship: Deputyship,
        /// The digest of what stays the same about the person.
        facts: Digest,
    },
    /// A rule of the policy profile says by when something must have come about for the certificates of a card.
    DeadlineSet {
        /// The card.
        card: ObjectRef,
        /// Which rule, and by when.
        deadline: PolicyDeadline,
    },
    /// That deadline is met, or no longer counts.
    DeadlineEnded {
        /// The card.
        card: ObjectRef,
        /// The instance that had set it.
        instance: InstanceId,
        /// The rule.
        rule: RuleId,
        /// How it ended.
        how: DeadlineEnd,
        /// When that was known here.
        at: Timestamp,
    },
}

impl Change {
    /// That an object is new here, with what it brings along.
    pub(crate) fn registration(new: &Object, salt: Salt) -> Vec<Change> {
        let (object, facts) = (new.at(), new.facts(salt));
        let opened = new.holds().iter().map(|hold| Change::HoldOpened { object, hold: hold.clone() });
        let (mut reason, mut more) = (None, opened.collect::<Vec<_>>());
        if let Object::Certificate(it) = new {
            reason = it.reason();
            more.extend(it.exemptions().iter().map(|it| Change::Exempted { certificate: object, exemption: *it }));
            more.extend(it.confirmed().map(|state| Change::Confirmed { certificate: object, state }));
            let seen = |it: Visible| Change::Seen { certificate: object, state: it.state, since: it.since };
            more.extend(it.visible().map(seen));
        }
        more.extend(new.cards_elsewhere().map(|card| Change::Related { object, card: *card }));
        let mut changes = vec![Change::Registered { object, state: new.state(), reason, facts }];
        changes.append(&mut more);
        changes
    }

    /// The object that changes.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        match self {
            Change::Moved { object, .. }
            | Change::HoldOpened { object, .. }
            | Change::HoldLimited { object, .. }
            | Change::HoldClosed { object, .. }
            | Change::Registered { object, .. }
            | Change::Related { object, .. }
            | Change::Erased { object, .. }
            | Change::Restated { object, .. } => *object,
            Change::RoleGranted { person, .. }
            | Change::RoleWithdrawn { person, .. }
            | Change::DeputyNamed { person, .. }
            | Change::DeputyEnded { person, .. } => *person,
            Change::DeadlineSet { card, .. } | Change::DeadlineEnded { card, .. } => *card,
            Change::Exempted { certificate, .. }
            | Change::ExemptionLifted { certificate, .. }
            | Change::Confirmed { certificate, .. }
            | Change::Seen { certificate, .. } => *certificate,
        }
    }
}

/// Why a change cannot be made to the object as it is.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum ChangeRefused {
    /// The graph has no such way.
    #[error(transparent)]
    Card(#[from] IllegalMove<CardState>),
    /// The graph has no such way.
    #[error(transparent)]
    Certificate(#[from] IllegalMove<CertificateState>),
    /// The graph has no such way.
    #[error(transparent)]
    Relation(#[from] IllegalMove<RelationState>),
    /// The graph has no such way.
    #[error(transparent)]
    Person(#[from] IllegalMove<PersonState>),
    /// The object is in the dossier already.
    #[error("object {0} is there already")]
    Exists(ObjectRef),
    /// No object of its kind begins in its state.
    #[error("a new object cannot begin as `{state}`")]
    NotFirst {
        /// The object.
        object: ObjectRef,
        /// Its state.
        state: ObjectState,
    },
    /// The object is not in the dossier.
    #[error("object {0} is not in the dossier")]
    Missing(ObjectRef),
    /// The object is not in the state the change starts from.
    #[error("object {object} is not `{expected}`")]
    NotThere {
        /// The object.
        object: ObjectRef,
        /// The state the change starts from.
        expected: ObjectState,
    },
    /// The state is one of another kind of object.
    #[error("`{state}` is no state of objects of kind {}", kind.code())]
    WrongKind {
        /// The state.
        state: ObjectState,
        /// The kind of the object.
        kind: Kind,
    },
    /// The hold is not open.
    #[error("hold {0} is not open, so it cannot be closed or limited")]
    NoSuchHold(HoldId),
    /// The object can have no holds.
    #[error("object {0} can have no holds")]
    CannotBeHeld(ObjectRef),
}
