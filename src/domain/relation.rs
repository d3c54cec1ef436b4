use serde::{Deserialize, Serialize};

use super::graph::Graph;
use super::head::{Head, object};
use super::text::{Invalid, line};
use super::{Card, Hold, RELATION, RELATION_KIND, RelationState};
use crate::values::{ObjectRef, codes, uuid_id};

uuid_id! {
    /// A relation.
    RelationId
}

codes! {
    /// What a relation says.
    pub enum RelationKind ("relation kind") {
        /// The card is held by the person.
        Holder = "holder",
        /// The card carries the certificate.
        Carries = "carries",
        /// The card entitles to something outside.
        Entitles = "entitles",
        /// The card signs in to an account outside.
        Account = "account",
        /// The card opens a door.
        Door = "door",
        /// The card replaces another. Lineage.
        Replaces = "replaces",
        /// The card was derived from another. Lineage.
        DerivedFrom = "derived from",
        /// The card was requested by the person. Lineage.
        RequestedBy = "requested by",
    }
}

impl RelationKind {
    /// The graph of its states; lineage relations have no state and are never touched.
    #[must_use]
    pub fn graph(self) -> Option<&'static Graph<RelationState>> {
        match self {
            RelationKind::Holder
            | RelationKind::Carries
            | RelationKind::Entitles
            | RelationKind::Account
            | RelationKind::Door => Some(&RELATION),
            RelationKind::Replaces | RelationKind::DerivedFrom | RelationKind::RequestedBy => None,
        }
    }
}

/// The far end of a relation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum End {
    /// An object of ours.
    Object(ObjectRef),
    /// Something outside, by name: a door, an account, an entitlement.
    Outside(String),
}

/// A link from a card to another object; it lives in the home of its card (law 14).
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    #[serde(skip)]
    pub(crate) head: Head,
    id: RelationId,
    kind: RelationKind,
    pub(crate) state: Option<RelationState>,
    from: ObjectRef,
    to: End,
    pub(crate) holds: Vec<Hold>,
}

object!(Relation, RelationId, RELATION_KIND);

impl Relation {
    /// `card` is related to an object of ours. Active, if the kind has states.
    #[must_use]
    pub fn to_object(id: RelationId, kind: RelationKind, card: &Card, to: ObjectRef) -> Self {
        Relation::new(id, kind, card, End::Object(to))
    }

    /// `card` is related to something outside, by name.
    ///
    /// # Errors
    ///
    /// [`Invalid`] if the name is not one line of at most 200 characters.
    pub fn to_outside(id: RelationId, kind: RelationKind, card: &Card, name: &str) -> Result<Self, Invalid> {
        Ok(Relation::new(id, kind, card, End::Outside(line("name at the far end of a relation", name, 200)?)))
    }

    fn new(id: RelationId, kind: RelationKind, card: &Card, to: End) -> Self {
        let head = Head { tenant: card.tenant(), home: card.home(), ..Head::default() };
        let state = kind.graph().map(|_| RelationState::Active);
        Relation { head, id, kind, state, from: card.at(), to, holds: Vec::new() }
    }

    /// In another state. An inactive relation needs the hold that makes it so.
    ///
    /// # Errors
    ///
    /// [`Invalid`] for a lineage relation, which has no state.
    pub fn in_state(mut self, state: RelationState) -> Result<Self, Invalid> {
        if self.kind.graph().is_none() {
            return Err(Invalid::new("relation state", state.name(), format!("none: `{}` is lineage", self.kind)));
        }
        self.state = Some(state);
        Ok(self)
    }

    /// With an open hold.
    #[must_use]
    pub fn with_hold(mut self, hold: Hold) -> Self {
        self.holds.push(hold);
        self
    }

    /// What it says.
    #[must_use]
    pub fn kind(&self) -> RelationKind {
        self.kind
    }

    /// The state; none for lineage.
    #[must_use]
    pub fn state(&self) -> Option<RelationState> {
        self.state
    }

    /// The card.
    #[must_use]
    pub fn from(&self) -> ObjectRef {
        self.from
    }

    /// The far end.
    #[must_use]
    pub fn to(&self) -> &End {
        &self.to
    }

    /// The open holds.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// Without the name of an account.
    pub(super) fn stripped(self) -> Self {
        match (self.kind, &self.to) {
            (RelationKind::Account, End::Outside(_)) => Relation { to: End::Outside("erased".to_owned()), ..self },
            _ => self,
        }
    }

    /// What must know of the card because it lives in another home: the holder, or the certificate. And the card.
    pub(crate) fn to_be_told(&self) -> Option<(ObjectRef, ObjectRef)> {
        match (self.kind, &self.to) {
            (RelationKind::Holder | RelationKind::Carries, End::Object(to)) if to.home() != self.from.home() => {
                Some((*to, self.from))
            }
            _ => None,
        }
    }

    /// Whether `object` stands at one of its ends.
    #[must_use]
    pub fn touches(&self, object: ObjectRef) -> bool {
        self.from == object || self.to == End::Object(object)
    }

    /// Whether it still counts for ownership: only `ended` cuts.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.state != Some(RelationState::Ended)
    }
}
