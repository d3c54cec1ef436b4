use super::{CardState, CertificateState, Dossier, Object, ObjectState, RelationState};
use crate::values::{ObjectRef, Timestamp};

/// A rule that always holds: its name, the rule in words, and the check.
#[derive(Debug)]
pub struct Invariant {
    /// The name.
    pub name: &'static str,
    /// The rule in words.
    pub rule: &'static str,
    /// Finds the objects that break it at a time.
    pub check: fn(&Dossier, Timestamp) -> Vec<ObjectRef>,
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
        check: held_exactly_while_a_hold_is_open,
    },
    Invariant {
        name: "every state is in its graph",
        rule: "Every object's state is a state of its graph; lineage relations have none.",
        check: every_state_is_in_its_graph,
    },
    Invariant {
        name: "no usable certificate on a card out of use",
        rule: "Every unexpired certificate of an inactive or locked card is wanted on hold or revoked, or carries a \
               recorded exemption that names the policy.",
        check: no_usable_certificate_on_a_card_out_of_use,
    },
    Invariant {
        name: "no active relation of a locked card",
        rule: "No relation of an inactive or locked card is active.",
        check: no_active_relation_of_a_card_out_of_use,
    },
    Invariant {
        name: "revoked with a reason",
        rule: "A certificate has a reason exactly while it is on hold (certificateHold) or revoked (a permanent one).",
        check: revoked_with_a_reason,
    },
    Invariant {
        name: "every hold has a cause",
        rule: "No two open holds of an object have the same id, and every cause names an origin in sight or elsewhere.",
        check: every_hold_is_one,
    },
];

impl Breach {
    /// Every breach in `dossier` at `now`.
    #[must_use]
    pub fn all(dossier: &Dossier, now: Timestamp) -> Vec<Breach> {
        let of = |it: &Invariant| {
            let found = (it.check)(dossier, now);
            let name = it.name;
            found.into_iter().map(move |object| Breach { invariant: name, object })
        };
        INVARIANTS.iter().flat_map(of).collect()
    }
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
    for card in dossier.cards().filter(|it| matches!(it.state(), CardState::Inactive | CardState::Locked)) {
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
    let out = |at| dossier.card(at).is_some_and(|it| matches!(it.state(), CardState::Inactive | CardState::Locked));
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

fn every_hold_is_one(dossier: &Dossier, _: Timestamp) -> Vec<ObjectRef> {
    broken(dossier.objects(), |object| {
        let holds = object.holds();
        holds.iter().enumerate().all(|(n, hold)| holds.iter().skip(n + 1).all(|other| other.id() != hold.id()))
    })
}
