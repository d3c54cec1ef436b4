use std::collections::{BTreeMap, BTreeSet};

use super::Cards;
use super::stored::{object_of, record_of};
use crate::domain::{CERTIFICATE_KIND, Change, Dossier, End, Head, Object, PERSON_KIND, Relation, RelationKind, Salt};
use crate::engine::{Assembly, Record, Registered, SharedRecord};
use crate::values::{CodecError, HomeId, Ids, ObjectRef, Revision};

/// The homes of objects, and of what they are related to.
pub(super) fn homes(objects: &[Object]) -> Vec<HomeId> {
    let far = relations(objects).filter_map(far_end).map(ObjectRef::home);
    objects.iter().map(Object::home).chain(far).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The records of new objects, with the keys that their neighbours give them, and of what must know of them.
pub(super) fn records(
    there: &[SharedRecord],
    loaded: &[HomeId],
    objects: &[Object],
    ids: &Ids,
) -> Result<Assembly<Registered<Cards>>, CodecError> {
    let mut all = BTreeMap::new();
    for record in there {
        all.insert(record.at, object_of(record)?);
    }
    all.extend(objects.iter().map(|it| (it.at(), salted(as_new(it), ids))));
    let new = objects.iter().filter_map(|it| all.get(&it.at()));
    let mut changes: Vec<_> = new.flat_map(|it| Change::registration(it, salt_of(&all, it.home()))).collect();

    // A card gives its keys to all that hangs on it, and has them from its holder.
    let touched: BTreeSet<_> = relations(objects).map(Relation::from).collect();
    let hanging: Vec<_> = relations(all.values()).filter(|it| touched.contains(&it.from())).cloned().collect();
    let missing: BTreeSet<_> = hanging.iter().filter_map(far_end).map(ObjectRef::home).collect();
    let missing: Vec<_> = missing.into_iter().filter(|it| !loaded.contains(it)).collect();
    if !missing.is_empty() {
        return Ok(Assembly::Needs(missing));
    }
    let mut written: BTreeSet<ObjectRef> = objects.iter().map(Object::at).collect();
    let new_holder: BTreeSet<_> =
        relations(objects).filter(|it| it.kind() == RelationKind::Holder).map(Relation::from).collect();
    for relation in hanging.iter().filter(|it| new_holder.contains(&it.from())) {
        let certificate = far_end(relation).filter(|it| it.kind() == CERTIFICATE_KIND && it.home() == relation.home());
        written.extend([relation.at(), relation.from()].into_iter().chain(certificate));
    }
    for (object, card) in relations(objects).filter_map(Relation::to_be_told) {
        if let Some(told) = all.remove(&object) {
            all.insert(object, told.known_to(card));
            written.insert(object);
            changes.push(Change::Related { object, card });
        }
    }
    Ok(Assembly::Complete((write(&all, &written, there)?, changes)))
}

/// The records of these objects, home by home, so that each is looked for among its neighbours only.
fn write(
    all: &BTreeMap<ObjectRef, Object>,
    written: &BTreeSet<ObjectRef>,
    there: &[SharedRecord],
) -> Result<Vec<Record>, CodecError> {
    let mut near: BTreeMap<HomeId, BTreeSet<ObjectRef>> = BTreeMap::new();
    for object in all.values() {
        near.entry(object.home()).or_default().insert(object.at());
    }
    for relation in relations(all.values()) {
        let Some(to) = far_end(relation) else { continue };
        near.entry(relation.home()).or_default().insert(to);
        // The far end sees the card that it hangs on, for its own keys.
        near.entry(to.home()).or_default().extend([relation.at(), relation.from()]);
    }
    let stored: BTreeMap<_, _> = there.iter().map(|it| (it.at, it)).collect();
    let mut records = Vec::with_capacity(written.len());
    let mut dossier: Option<Dossier> = None;
    for (at, object) in written.iter().filter_map(|at| all.get_key_value(at)) {
        if dossier.as_ref().is_none_or(|it| it.subject().home() != at.home()) {
            let near = near.get(&at.home()).into_iter().flatten().filter_map(|at| all.get(at));
            dossier = Some(Dossier::new(*at, near.cloned()));
        }
        let Some(dossier) = &dossier else { continue };
        let record = record_of(object, dossier)?;
        let same = |it: &&SharedRecord| (&it.keys, &it.body) == (&record.keys, &record.body);
        if record.revision != Revision::NONE.next() && stored.get(at).is_some_and(same) {
            continue;
        }
        records.push(record);
    }
    Ok(records)
}

fn relations<'a>(objects: impl IntoIterator<Item = &'a Object>) -> impl Iterator<Item = &'a Relation> {
    objects.into_iter().filter_map(|it| if let Object::Relation(relation) = it { Some(relation) } else { None })
}

fn far_end(relation: &Relation) -> Option<ObjectRef> {
    match relation.to() {
        End::Object(to) => Some(*to),
        End::Outside(_) => None,
    }
}

/// A person gets the salt of the home.
fn salted(object: Object, ids: &Ids) -> Object {
    match object {
        Object::Person(it) => {
            let salt = Salt::new(ids.facts_salt(it.home()));
            Object::Person(it.salted(salt))
        }
        other => other,
    }
}

/// The salt of the person a home belongs to.
fn salt_of(all: &BTreeMap<ObjectRef, Object>, home: HomeId) -> Salt {
    match all.get(&ObjectRef::new(home, PERSON_KIND, home.uuid())) {
        Some(Object::Person(it)) => it.salt(),
        _ => Salt::NONE,
    }
}

/// As an object that is not stored yet: if it is, that shows in its revision.
fn as_new(object: &Object) -> Object {
    object.clone().with_head(Head::new(object.tenant(), object.home(), Revision::NONE))
}
