//! People, cards, certificates and the relations between them: pure, without I/O, clock or chance.
//!
//! Objects have private fields and are checked when they are made. Their states and the ways
//! between them are [tables of data](Graph). What a process would do is a [`Plan`]: it is shown
//! before it is done, and then committed. What must always hold is a list of
//! [named invariants](INVARIANTS).
#![doc = concat!("\n\n", include_str!("../manual/states.md"))]

mod answer;
mod appoint;
mod authority;
mod card;
mod certificate;
mod change;
mod deadline;
mod dossier;
mod erasure;
mod facts;
mod grant;
mod graph;
mod head;
mod hold;
mod invariant;
mod item;
mod object;
mod person;
mod plan;
mod policy;
mod profile;
mod reason;
mod relation;
mod serial;
mod states;
mod text;
mod told;
mod usable;
mod visible;

pub use self::answer::Answer;
pub use self::authority::{Authorities, AuthorityAction, AuthorityRequest, Capabilities, StatusRequest};
pub(crate) use self::card::plain_number;
pub use self::card::{Card, CardId, CardKind, CardNumber, Validity};
pub use self::certificate::{Certificate, CertificateContent, CertificateId, Exemption, ExemptionPolicy, KeyUse};
pub use self::change::{Change, ChangeRefused, ObjectState};
pub use self::deadline::{DeadlineEnd, PolicyDeadline};
pub use self::dossier::{Dossier, Neighbours};
pub(crate) use self::facts::Salt;
pub use self::grant::{Deputyship, RoleGrant};
pub use self::graph::{Graph, IllegalMove, Move, Node, Source};
pub use self::head::Head;
pub use self::hold::{Cause, CauseKind, Hold, HoldId};
pub use self::invariant::{Breach, Check, INVARIANTS, Invariant};
pub use self::item::{PlanItem, What, WhyNot};
pub use self::object::Object;
pub use self::person::Person;
pub use self::plan::{
    CardPart, CardPlan, Certificates, LOST_SINCE, NOTIFIED_AT, PersonPlan, Plan, PlanContext, PlanOutcome, REASON,
    Refusal, Relations,
};
pub use self::policy::{Drift, ExpiryCertificates, HoldEnd, Policy, SharedCertificates, Unholdable};
pub use self::profile::{Demand, Measure, PROFILE_RULES, Profile, ProfileRule, Provenance, RuleId};
pub use self::reason::{RevocationReason, RevocationRefused};
pub use self::relation::{End, Relation, RelationId, RelationKind};
pub use self::serial::{IssuerName, Serial};
pub use self::states::{
    CARD, CERTIFICATE, CardState, CertificateState, HOLD, HoldState, PERSON, PersonState, RELATION, RelationState,
    TEMPORARY_CARD,
};
pub use self::text::Invalid;
pub(crate) use self::text::words;
pub use self::told::Told;
pub use self::usable::{Unusable, usable};
pub use self::visible::{ReadBack, Tally, Visible};

use crate::values::Kind;

/// The kind of [`Person`] records.
pub const PERSON_KIND: Kind = Kind::new(16);
/// The kind of [`Card`] records.
pub const CARD_KIND: Kind = Kind::new(17);
/// The kind of [`Certificate`] records.
pub const CERTIFICATE_KIND: Kind = Kind::new(18);
/// The kind of [`Relation`] records.
pub const RELATION_KIND: Kind = Kind::new(19);
