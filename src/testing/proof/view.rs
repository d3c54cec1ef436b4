use std::collections::BTreeMap;

use super::office::Office;
use crate::cards::object_of;
use crate::domain::{Breach, CARD_KIND, Certificate, Dossier, INVARIANTS, Object, ObjectState, RELATION_KIND};
use crate::ports::Home;
use crate::testing::scene::name_of;
use crate::values::{ObjectRef, Timestamp};

/// Everything the store of an office holds of objects at one moment, with names that people read.
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) dossier: Dossier,
    pub(super) homes: Vec<Home>,
    names: BTreeMap<ObjectRef, String>,
}

impl View {
    pub(super) async fn of(office: &Office) -> View {
        let homes = office.homes().await;
        let objects: Vec<_> = Home::records_of(&homes).filter_map(|it| it.decoded(object_of).ok()).collect();
        let dossier = Dossier::new(office.card, objects);
        let names = dossier.objects().map(|it| (it.at(), name_of(&dossier, it.at()))).collect();
        View { dossier, homes, names }
    }

    /// The name of an object.
    pub(super) fn name(&self, at: ObjectRef) -> String {
        self.names.get(&at).cloned().unwrap_or_else(|| format!("object {at}"))
    }

    /// How every object is, in words, without ids and times: the same for the same outcome.
    pub(super) fn lines(&self, office: &Office) -> BTreeMap<String, String> {
        self.dossier.objects().map(|it| (self.name(it.at()), state_of(it, office))).collect()
    }

    /// The invariants that are broken here and were not before, and those that the way here breaks; with the rules.
    pub(super) fn breaches_since(&self, before: &View, now: Timestamp) -> Vec<String> {
        let old = Breach::all(&before.dossier, now);
        let mut found = Breach::all(&self.dossier, now);
        found.retain(|it| !old.contains(it));
        found.extend(Breach::between(&before.dossier, &self.dossier));
        self.in_words(&found)
    }

    /// The rules that are broken, each with the objects that break it.
    pub(super) fn in_words(&self, breaches: &[Breach]) -> Vec<String> {
        let mut lines = Vec::new();
        for of_one in breaches.chunk_by(|a, b| a.invariant == b.invariant) {
            let rule = INVARIANTS.iter().find(|it| of_one.first().is_some_and(|first| first.invariant == it.name));
            lines.extend(rule.map(|it| format!("broken is “{}”: {}", it.name, it.rule)));
            lines.extend(of_one.iter().map(|it| format!("  by {}", self.name(it.object))));
        }
        lines
    }

    /// Whether nothing has happened to any object between two moments: no revision has moved, no record is another.
    pub(super) fn same_objects(&self, other: &View) -> bool {
        let objects =
            |it: &View| it.homes.iter().map(|it| (it.id, it.revision, it.records.clone())).collect::<Vec<_>>();
        objects(self) == objects(other)
    }
}

/// The lines that two moments do not share.
pub(super) fn differences(expected: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> Vec<String> {
    let mut differing = Vec::new();
    for (name, was) in expected {
        match found.get(name) {
            Some(is) if is == was => {}
            Some(is) => differing.push(format!("{name} is {is}, and not {was}")),
            None => differing.push(format!("{name} is not there; it should be {was}")),
        }
    }
    let more = found.iter().filter(|(name, _)| !expected.contains_key(*name));
    differing.extend(more.map(|(name, is)| format!("{name} is there and should not be; it is {is}")));
    differing
}

fn state_of(object: &Object, office: &Office) -> String {
    let mut words = match object {
        Object::Certificate(it) => certificate_words(it, office),
        other => other.state().map_or_else(|| "there".to_owned(), |it| it.to_string()),
    };
    let mut causes: Vec<_> = object.holds().iter().map(|it| it.cause().kind.name()).collect();
    causes.sort_unstable();
    if !causes.is_empty() {
        words.push_str(&format!(", held by {}", causes.join(" and ")));
    }
    words
}

fn certificate_words(certificate: &Certificate, office: &Office) -> String {
    let mut words = certificate.wanted().to_string();
    if let Some(reason) = certificate.reason() {
        words.push_str(&format!(" ({reason})"));
    }
    if let Some(confirmed) = certificate.confirmed() {
        words.push_str(&format!(", confirmed {confirmed}"));
    }
    if let Some(truth) = office.outside.truth(certificate) {
        words.push_str(&format!(", {truth} at its authority"));
    }
    let exempt: Vec<_> = certificate.exemptions().iter().map(|it| it.policy.name()).collect();
    if !exempt.is_empty() {
        words.push_str(&format!(", left alone: {}", exempt.join(", ")));
    }
    words
}

/// The word for what an object's state is of.
pub(super) fn kind_word(state: ObjectState) -> &'static str {
    match state {
        ObjectState::Person(_) => "person",
        ObjectState::Card(_) => "card",
        ObjectState::Certificate(_) => "certificate",
        ObjectState::Relation(_) => "relation",
    }
}

/// Whether an object hangs on a card: a relation of it, or a certificate that it carries.
pub(super) fn hangs_on(dossier: &Dossier, object: ObjectRef, card: ObjectRef) -> bool {
    match object.kind() {
        CARD_KIND => object == card,
        RELATION_KIND => dossier.relations_of(card).any(|it| it.at() == object),
        _ => dossier.certificates_of(card).any(|it| it.at() == object),
    }
}
