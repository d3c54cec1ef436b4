use super::graph::{Graph, Move, Node, Source};
use crate::values::codes;

codes! {
    /// The state of a card. Temporary cards use a part of these with a [graph](TEMPORARY_CARD) of their own.
    pub enum CardState ("card state") {
        /// Known, nothing asked for yet.
        Registered = "registered",
        /// Somebody asked for it; a decision is awaited.
        Requested = "requested",
        /// Granted, not yet produced.
        Approved = "approved",
        /// Refused. Final.
        Rejected = "rejected",
        /// Given up. Final.
        Aborted = "aborted",
        /// Produced, not yet in use.
        Issued = "issued",
        /// Production failed; may be repeated.
        Failed = "failed",
        /// In use.
        Active = "active",
        /// Out of use until reactivated; exactly while a hold is open.
        Inactive = "inactive",
        /// Out of use for good. Final.
        Locked = "locked",
        /// Its validity has ended. Final, except for temporary cards, which are handed in.
        Expired = "expired",
        /// A temporary card in the drawer.
        Unassigned = "unassigned",
        /// A temporary card that somebody carries.
        Assigned = "assigned",
    }
}

codes! {
    /// The state of a certificate: as we want it, or as its authority has confirmed it.
    pub enum CertificateState ("certificate state") {
        /// Came from the authority, is not on the card yet.
        Issued = "issued",
        /// In use.
        Valid = "valid",
        /// Suspended: `certificateHold`, RFC 5280 reason 6.
        OnHold = "on hold",
        /// Revoked for good. Final.
        Revoked = "revoked",
        /// Past its end. Final.
        Expired = "expired",
    }
}

codes! {
    /// The state of a person as a user of cards.
    pub enum PersonState ("person state") {
        /// Known, nothing asked for yet.
        Registered = "registered",
        /// Somebody asked for them to become a user.
        Requested = "requested",
        /// Granted, not yet in use.
        Approved = "approved",
        /// Refused. Final.
        Rejected = "rejected",
        /// Given up. Final.
        Aborted = "aborted",
        /// May hold active cards and act.
        Active = "active",
        /// May not, for now.
        Inactive = "inactive",
        /// May not, for good. Final.
        Locked = "locked",
    }
}

codes! {
    /// The state of a relation that has one; lineage relations have none.
    pub enum RelationState ("relation state") {
        /// In force.
        Active = "active",
        /// Out of force; exactly while a hold is open. Still read for ownership.
        Inactive = "inactive",
        /// Over. Final, and the only state that cuts ownership.
        Ended = "ended",
    }
}

codes! {
    /// The state of a hold. A closed hold leaves its object; the history keeps it.
    pub enum HoldState ("hold state") {
        /// The object is inactive or on hold for this reason.
        Open = "open",
        /// The reason is gone. Final.
        Closed = "closed",
    }
}

const fn first<S>(state: S) -> Node<S> {
    Node { state, first: true, last: false }
}

const fn inner<S>(state: S) -> Node<S> {
    Node { state, first: false, last: false }
}

const fn last<S>(state: S) -> Node<S> {
    Node { state, first: false, last: true }
}

const fn field<S>(from: S, to: S, by: &'static str) -> Move<S> {
    Move { from, to, by, source: Source::Field }
}

const fn ours<S>(from: S, to: S, by: &'static str) -> Move<S> {
    Move { from, to, by, source: Source::Ours }
}

/// The states of a card.
///
/// An inactive, issued or active card may be taken over from another system, so those are first states as well.
pub static CARD: Graph<CardState> = {
    use CardState::*;
    Graph {
        name: "card",
        states: &[
            first(Registered),
            first(Requested),
            inner(Approved),
            last(Rejected),
            last(Aborted),
            first(Issued),
            inner(Failed),
            first(Active),
            first(Inactive),
            last(Locked),
            last(Expired),
        ],
        moves: &[
            field(Registered, Requested, "request"),
            field(Registered, Issued, "issue"),
            field(Registered, Active, "issue"),
            field(Registered, Failed, "production fails"),
            field(Requested, Approved, "approve"),
            field(Requested, Rejected, "reject"),
            field(Requested, Aborted, "abort"),
            field(Approved, Issued, "issue"),
            field(Approved, Active, "issue"),
            field(Approved, Failed, "production fails"),
            ours(Approved, Aborted, "abort"),
            field(Failed, Issued, "issue again"),
            field(Failed, Active, "issue again"),
            ours(Failed, Aborted, "abort"),
            field(Issued, Active, "activate"),
            ours(Issued, Locked, "lock"),
            ours(Issued, Expired, "validity ends"),
            field(Active, Inactive, "deactivate"),
            field(Active, Locked, "lock"),
            field(Active, Expired, "validity ends"),
            field(Inactive, Active, "reactivate"),
            field(Inactive, Locked, "lock"),
            field(Inactive, Expired, "validity ends"),
        ],
    }
};

/// The states of a temporary card.
pub static TEMPORARY_CARD: Graph<CardState> = {
    use CardState::*;
    Graph {
        name: "temporary card",
        states: &[
            first(Requested),
            last(Aborted),
            inner(Failed),
            first(Unassigned),
            first(Assigned),
            last(Locked),
            inner(Expired),
        ],
        moves: &[
            field(Requested, Aborted, "abort"),
            field(Requested, Failed, "production fails"),
            field(Requested, Unassigned, "issue"),
            ours(Failed, Unassigned, "issue again"),
            ours(Failed, Aborted, "abort"),
            field(Unassigned, Assigned, "assign"),
            field(Unassigned, Locked, "lock"),
            field(Unassigned, Expired, "validity ends"),
            field(Assigned, Unassigned, "withdraw"),
            field(Assigned, Locked, "lock"),
            field(Assigned, Expired, "validity ends"),
            field(Expired, Unassigned, "withdraw"),
        ],
    }
};

/// The states of a certificate.
///
/// An issued one can be held and revoked too: it is good at the authority although the card operation failed, and has
/// to be cleaned up.
pub static CERTIFICATE: Graph<CertificateState> = {
    use CertificateState::*;
    Graph {
        name: "certificate",
        states: &[first(Issued), first(Valid), first(OnHold), last(Revoked), last(Expired)],
        moves: &[
            field(Issued, Valid, "write to card"),
            ours(Issued, OnHold, "hold"),
            ours(Issued, Revoked, "clean up"),
            ours(Issued, Expired, "validity ends"),
            field(Valid, OnHold, "hold"),
            field(Valid, Revoked, "revoke"),
            field(Valid, Expired, "validity ends"),
            field(OnHold, Valid, "release"),
            field(OnHold, Revoked, "revoke"),
            field(OnHold, Expired, "validity ends"),
        ],
    }
};

/// The states of a person.
///
/// The field lists the states before `active` without the ways between them; those are ours, as for a card.
pub static PERSON: Graph<PersonState> = {
    use PersonState::*;
    Graph {
        name: "person",
        states: &[
            first(Registered),
            first(Requested),
            inner(Approved),
            last(Rejected),
            last(Aborted),
            first(Active),
            first(Inactive),
            last(Locked),
        ],
        moves: &[
            ours(Registered, Requested, "request"),
            ours(Registered, Active, "activate"),
            ours(Requested, Approved, "approve"),
            ours(Requested, Rejected, "reject"),
            ours(Requested, Aborted, "abort"),
            ours(Approved, Active, "activate"),
            field(Active, Inactive, "deactivate"),
            field(Active, Locked, "lock"),
            field(Inactive, Active, "reactivate"),
            field(Inactive, Locked, "lock"),
        ],
    }
};

/// The states of a relation that has one.
pub static RELATION: Graph<RelationState> = {
    use RelationState::*;
    Graph {
        name: "relation",
        states: &[first(Active), first(Inactive), last(Ended)],
        moves: &[
            field(Active, Inactive, "deactivate"),
            field(Inactive, Active, "reactivate"),
            ours(Active, Ended, "end"),
            ours(Inactive, Ended, "end"),
        ],
    }
};

/// The states of a hold.
pub static HOLD: Graph<HoldState> = {
    use HoldState::*;
    Graph { name: "hold", states: &[first(Open), last(Closed)], moves: &[ours(Open, Closed, "close")] }
};
