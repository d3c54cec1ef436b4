use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::facts::Salt;
use super::{
    CertificateState, Change, Exemption, ExemptionPolicy, Hold, Object, ObjectState, Person, PolicyDeadline,
    RevocationReason, Visible,
};
use crate::values::{Digest, ObjectRef};

/// What the history of a home tells of its objects: folded from its changes, to be compared with the objects as stored.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Told(BTreeMap<ObjectRef, ToldObject>);

#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
struct ToldObject {
    state: Option<ObjectState>,
    reason: Option<RevocationReason>,
    confirmed: Option<CertificateState>,
    visible: Option<Visible>,
    holds: Vec<Hold>,
    exemptions: Vec<Exemption>,
    deadlines: Vec<PolicyDeadline>,
    cards_elsewhere: BTreeSet<ObjectRef>,
    facts: Option<Digest>,
}

impl Told {
    /// Goes on with a change. Total: one that cannot be is told as it stands, and shows as a difference.
    pub fn tell(&mut self, change: &Change) {
        let it = self.0.entry(change.object()).or_default();
        match change {
            Change::Registered { state, reason, facts, .. } => {
                *it = ToldObject { state: *state, reason: *reason, facts: Some(*facts), ..ToldObject::default() };
            }
            Change::Moved { to, reason, .. } => {
                it.state = Some(*to);
                if matches!(to, ObjectState::Certificate(_)) {
                    it.reason = *reason;
                }
            }
            Change::HoldOpened { hold, .. } => it.holds.push(hold.clone()),
            Change::HoldLimited { hold, until, .. } => {
                for have in it.holds.iter_mut().filter(|have| have.id() == *hold) {
                    *have = have.clone().limited(*until);
                }
            }
            Change::HoldClosed { hold, .. } => it.holds.retain(|have| have.id() != *hold),
            Change::Exempted { exemption, .. } => {
                it.exemptions.retain(|have| have.card != exemption.card);
                it.exemptions.push(*exemption);
            }
            Change::ExemptionLifted { card, .. } => it.exemptions.retain(|have| have.card != *card),
            Change::Confirmed { state, .. } => it.confirmed = Some(*state),
            Change::Seen { state, since, .. } => it.visible = Some(Visible { state: *state, since: *since }),
            Change::DeadlineSet { .. } | Change::DeadlineEnded { .. } => {
                PolicyDeadline::change(&mut it.deadlines, change);
            }
            Change::Related { card, .. } => drop(it.cards_elsewhere.insert(*card)),
            Change::Erased { facts, .. }
            | Change::Restated { facts, .. }
            | Change::RoleGranted { facts, .. }
            | Change::RoleWithdrawn { facts, .. }
            | Change::DeputyNamed { facts, .. }
            | Change::DeputyEnded { facts, .. } => it.facts = Some(*facts),
        }
    }

    /// Where the objects of the home are not as told, in words.
    #[must_use]
    pub fn differences(&self, objects: &[Object]) -> Vec<(ObjectRef, String)> {
        let salt = objects.iter().find_map(salt_of_home).unwrap_or_default();
        let mut found = Vec::new();
        for object in objects {
            match self.0.get(&object.at()) {
                Some(told) => {
                    found.extend(told.differences(object, salt).into_iter().map(|what| (object.at(), what)));
                }
                None => found.push((object.at(), "it is stored, and on no record".to_owned())),
            }
        }
        let missing = self.0.keys().filter(|at| !objects.iter().any(|it| it.at() == **at));
        found.extend(missing.map(|at| (*at, "it is missing, and on record".to_owned())));
        found
    }
}

/// The salt of a person who is at home here.
fn salt_of_home(object: &Object) -> Option<Salt> {
    let Object::Person(person) = object else { return None };
    (person.home().uuid() == person.id().uuid()).then(|| Person::salt(person))
}

impl ToldObject {
    fn differences(&self, object: &Object, salt: Salt) -> Vec<String> {
        let words = |state: Option<ObjectState>| state.map_or("none".to_owned(), |it| it.to_string());
        let mut found = Vec::new();
        if object.state() != self.state {
            found.push(format!("its state is {}, on record is {}", words(object.state()), words(self.state)));
        }
        if object.holds() != self.holds {
            let (has, told) = (object.holds().len(), self.holds.len());
            found.push(format!("its open holds ({has}) are not those on record ({told})"));
        }
        if let Object::Card(it) = object
            && it.deadlines() != self.deadlines
        {
            found.push("its deadlines by the policy profile are not those on record".to_owned());
        }
        if let Object::Certificate(it) = object {
            let confirmed = |state: Option<CertificateState>| state.map_or("nothing", CertificateState::name);
            if it.confirmed() != self.confirmed {
                let (has, told) = (confirmed(it.confirmed()), confirmed(self.confirmed));
                found.push(format!("its authority is said to have confirmed {has}, on record is {told}"));
            }
            if it.visible() != self.visible {
                found.push("what relying parties are said to see is not as on record".to_owned());
            }
            if it.reason() != self.reason {
                found.push("its reason of revocation is not the one on record".to_owned());
            }
            if it.exemptions() != self.exemptions {
                let names =
                    |all: &[Exemption]| all.iter().map(|it| ExemptionPolicy::name(it.policy)).collect::<Vec<_>>();
                let (has, told) = (names(it.exemptions()).join(", "), names(&self.exemptions).join(", "));
                found.push(format!("its exemptions ({has}) are not those on record ({told})"));
            }
        }
        if !object.cards_elsewhere().eq(&self.cards_elsewhere) {
            found.push("the cards in other homes that it knows of are not those on record".to_owned());
        }
        match self.facts {
            None => found.push("it was never registered".to_owned()),
            Some(facts) if object.facts(salt) == facts => {}
            // What was registered before its person was has no salt.
            Some(facts) if !matches!(object, Object::Person(_)) && object.facts(Salt::NONE) == facts => {}
            Some(_) => found.push("what stays the same about it (names, numbers, ends) is not as on record".to_owned()),
        }
        found
    }
}
