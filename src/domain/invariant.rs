use super::{CARD_KIND, CardState, CauseKind, CertificateState, Dossier, Hold, Object, ObjectState, RelationState};
use crate::values::{ObjectRef, Timestamp};

/// A rule that always holds: its name, the rule in words, and the check.
#[derive(Debug)]
pub struct Invariant {
    /// The name.
    pub name: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// What finds the objects that break it.
    pub check: Check,
}

/// How an [`Invariant`] is checked.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// It is about how things are at a time.
    State(fn(&Dossier, Timestamp) -> Vec<ObjectRef>),
    /// It is about how things were before a commit and are after it.
    Step(fn(&Dossier, &Dossier) -> Vec<ObjectRef>),
}

/// An object that breaks a rule.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Breach {
    /// The name of the rule.
    pub invariant: &'static str,
    /// The object.
    pub object: ObjectRef,
}

/// Every rule about the objects of a dossier. A commit may not add a breach (law 9).
pub static INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "held exactly while a hold is open",
        rule: "A card or relation is inactive, and a certificate on hold, exactly while it has an open hold.",
        check: Check::State(held_exactly_while_a_hold_is_open),
    },
    Invariant {
        name: "every state is in its graph",
        rule: "Every object's state is a state of its graph; lineage relations have none.",
        check: Check::State(every_state_is_in_its_graph),
    },
    Invariant {
        name: "no usable certificate on a card out of use",
        rule: "Every unexpired certificate of an inactive, locked or expired card is wanted on hold or revoked, or carries a \
               recorded exemption that names the policy.",
        check: Check::State(no_usable_certificate_on_a_card_out_of_use),
    },
    Invariant {
        name: "no active relation of a card out of use",
        rule: "No relation of an inactive, locked or expired card is active.",
        check: Check::State(no_active_relation_of_a_card_out_of_use),
    },
    Invariant {
        name: "revoked with a reason",
        rule: "A certificate has a reason exactly while it is on hold (certificateHold) or revoked (a permanent one).",
        check: Check::State(revoked_with_a_reason),
    },
    Invariant {
        name: "every hold has a cause",
        rule: "The open holds of an object have different ids; a hold for a card's sake names that card and the instance \
               that opened it, one for a person's sake the person.",
        check: Check::State(every_hold_has_a_cause),
    },
    Invariant {
        name: "no way out of a final state",
        rule: "An object in a final state stays in it.",
        check: Check::Step(no_way_out_of_a_final_state),
    },
    Invariant {
        name: "nothing vanishes or moves",
        rule: "Every object that was there is there, in the same tenant and home, and its revision has not gone back.",
        check: Check::Step(nothing_vanishes_or_moves),
    },
];

impl Breach {
    /// Every breach in `dossier` at `now`.
    #[must_use]
    pub fn all(dossier: &Dossier, now: Timestamp) -> Vec<Breach> {
        breaches(|check| match check {
            Check::State(of) => of(dossier, now),
            Check::Step(_) => Vec::new(),
        })
    }

    /// Every breach on the way from `before` to `after`.
    #[must_use]
    pub fn between(before: &Dossier, after: &Dossier) -> Vec<Breach> {
        breaches(|check| match check {
            Check::State(_) => Vec::new(),
            Check::Step(of) => of(before, after),
        })
    }
}

fn breaches(found: impl Fn(Check) -> Vec<ObjectRef>) -> Vec<Breach> {
    let of = |it: &'static Invariant| found(it.check).into_iter().map(|object| Breach { invariant: it.name, object });
    INVARIANTS.iter().flat_map(of).collect()
}

fn broken<'a>(objects: impl Iterator<Item = &'a Object>, rule: impl Fn(&Object) -> bool) -> Vec<ObjectRef> {
    objects.filter(|it| !rule(it)).map(Object::at).collect()
}

fn held_exactly_while_a_hold_is_open(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    broken(dossier.objects(), |object| {
        let held = matches!(
            object.state(),
            Some(
                ObjectState::Card(CardState::Inactive)
                    | ObjectState::Relation(RelationState::Inactive)
                    | ObjectState::Certificate(CertificateState::OnHold)
            )
        );
        held != object.holds().is_empty()
    })
}

fn every_state_is_in_its_graph(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    broken(dossier.objects(), |object| match object {
        Object::Person(it) => super::PERSON.has(it.state()),
        Object::Card(it) => it.graph().has(it.state()),
        Object::Certificate(it) => super::CERTIFICATE.has(it.wanted()),
        Object::Relation(it) => match (it.kind().graph(), it.state()) {
            (Some(graph), Some(state)) => graph.has(state),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        },
    })
}

fn no_usable_certificate_on_a_card_out_of_use(dossier: &Dossier, now: Timestamp) -> Vec<ObjectRef> {
    let mut found = Vec::new();
    for card in dossier.cards().filter(|it| it.is_out_of_use()) {
        for certificate in dossier.certificates_of(card.at()) {
            let out = !matches!(certificate.wanted(), CertificateState::Issued | CertificateState::Valid);
            let exempt = certificate.exemptions().iter().any(|it| it.card == card.at());
            if !out && !exempt && !certificate.validity().is_over(now) && !found.contains(&certificate.at()) {
                found.push(certificate.at());
            }
        }
    }
    found
}

fn no_active_relation_of_a_card_out_of_use(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    let out = |at| dossier.card(at).is_some_and(super::Card::is_out_of_use);
    dossier
        .relations()
        .filter(|it| it.state() == Some(RelationState::Active) && out(it.from()))
        .map(super::Relation::at)
        .collect()
}

fn revoked_with_a_reason(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    broken(dossier.objects(), |object| match object {
        Object::Certificate(it) => match it.wanted() {
            CertificateState::OnHold => it.reason() == Some(super::RevocationReason::CertificateHold),
            CertificateState::Revoked => it.reason().is_some_and(super::RevocationReason::is_permanent),
            CertificateState::Issued | CertificateState::Valid => it.reason().is_none(),
            CertificateState::Expired => true,
        },
        _ => true,
    })
}

fn every_hold_has_a_cause(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    broken(dossier.objects(), |object| {
        let holds = object.holds();
        let own_id = |(n, hold): (usize, &Hold)| holds.iter().skip(n + 1).all(|other| other.id() != hold.id());
        holds.iter().enumerate().all(own_id) && holds.iter().all(has_a_cause)
    })
}

fn has_a_cause(hold: &Hold) -> bool {
    let cause = hold.cause();
    let (kind, run) = (cause.origin.kind(), cause.instance.is_some());
    match cause.kind {
        CauseKind::CardDeactivation
        | CauseKind::TemporaryReplacement
        | CauseKind::NotYetActivated
        | CauseKind::CardLock
        | CauseKind::CardExpiry => kind == CARD_KIND && run,
        CauseKind::UserDeactivation => kind == super::PERSON_KIND && run,
        CauseKind::Imported | CauseKind::Manual | CauseKind::Authority => true,
    }
}

fn no_way_out_of_a_final_state(before: &Dossier, after: &Dossier) -> Vec<ObjectRef> {
    broken(before.objects().filter(|it| it.is_final()), |was| {
        after.get(was.at()).is_none_or(|is| is.state() == was.state())
    })
}

fn nothing_vanishes_or_moves(before: &Dossier, after: &Dossier) -> Vec<ObjectRef> {
    // The reference of an object has its home: one that has moved is not found.
    broken(before.objects(), |was| {
        after.get(was.at()).is_some_and(|is| is.tenant() == was.tenant() && is.revision() >= was.revision())
    })
}
