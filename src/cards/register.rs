use std::collections::{BTreeMap, BTreeSet};

use super::stored::{object_of, record_of};
use crate::domain::{Change, Dossier, End, Object};
use crate::engine::Record;
use crate::values::{CodecError, ObjectRef};

/// The records of new objects, with the keys that their neighbours give them, and what to put on record.
pub(super) fn records(there: &[Record], objects: &[Object]) -> Result<(Vec<Record>, Vec<Change>), CodecError> {
    let known = there.iter().map(object_of).collect::<Result<Vec<_>, _>>()?;
    let all: BTreeMap<ObjectRef, &Object> = known.iter().chain(objects).map(|it| (it.at(), it)).collect();
    let mut homes: BTreeMap<_, BTreeSet<ObjectRef>> = BTreeMap::new();
    for (at, object) in &all {
        let home = homes.entry(at.home()).or_default();
        home.insert(*at);
        if let Object::Relation(relation) = object
            && let End::Object(to) = relation.to()
        {
            home.insert(*to);
            // The far end sees the card that it hangs on, for its own keys.
            homes.entry(to.home()).or_default().extend([*at, relation.from()]);
        }
    }
    let mut records = Vec::with_capacity(objects.len());
    let mut changes = Vec::with_capacity(objects.len());
    let mut dossier: Option<Dossier> = None;
    let mut order: Vec<&Object> = objects.iter().collect();
    order.sort_by_key(|it| it.at());
    for object in order {
        let fresh = dossier.as_ref().is_none_or(|it| it.subject().home() != object.home());
        if fresh {
            let near = homes.get(&object.home()).into_iter().flatten().filter_map(|at| all.get(at));
            dossier = Some(Dossier::new(object.at(), near.map(|it| (*it).clone())));
        }
        if let Some(dossier) = &dossier {
            records.push(record_of(object, dossier)?);
        }
        changes.push(Change::Registered { object: object.at(), state: object.state() });
    }
    Ok((records, changes))
}
