use std::collections::BTreeSet;

use crate::cards::Cards;
use crate::domain::{Change, Dossier, Object, Person, Refusal};
use crate::engine::{Appointer, Appointment, Appoints, Scope};
use crate::values::PersonId;

/// The changes that give the person whom a dossier is about a role or a deputyship or take it, and whether it counts.
pub(super) fn changes(dossier: &Dossier, what: &Appointment, by: &Appointer) -> Result<Appoints<Cards>, Refusal> {
    let awaits = awaits(what, PersonId::from_uuid(dossier.subject().id()), by);
    let changes = match what {
        Appointment::Grant { role, units } => {
            let change = dossier.grant(role, units, by.by, by.at, awaits)?;
            if let (Change::RoleGranted { grant, .. }, limited) = (&change, limit(&by.reach))
                && !grant.is_within(limited)
            {
                return Err(beyond(limited));
            }
            vec![change]
        }
        Appointment::Withdraw { role } => dossier.withdraw(role, limit(&by.reach))?,
        Appointment::NameDeputy { of, from, until } => {
            vec![dossier.name_deputy(*of, (*from, *until), by.by, awaits)?]
        }
        Appointment::EndDeputy { of } => dossier.end_deputy(*of)?,
    };
    let in_force = !changes.iter().any(|it| match it {
        Change::RoleGranted { grant, .. } => grant.awaits(),
        Change::DeputyNamed { deputyship, .. } => !deputyship.counts(),
        _ => false,
    });
    Ok((changes, in_force))
}

/// Whether a new object is a person with roles or deputyships.
pub(super) fn is_appointed(object: &Object) -> bool {
    matches!(object, Object::Person(it) if !it.roles().is_empty() || !it.deputyships().is_empty())
}

/// A new object with the roles and deputyships that it comes with as `by` gives them.
pub(super) fn brought_in(object: Object, by: &Appointer) -> Result<Object, Refusal> {
    match object {
        Object::Person(person) => Ok(Object::Person(appointed(person, by)?)),
        other => Ok(other),
    }
}

fn appointed(person: Person, by: &Appointer) -> Result<Person, Refusal> {
    let (id, limited) = (person.id(), limit(&by.reach));
    let outside = limited.is_some_and(|units| person.unit().is_none_or(|it| !units.contains(it)));
    // Who stands in for another does so wherever the other has roles.
    let deputises = limited.is_some() && !person.deputyships().is_empty();
    if outside || deputises || person.roles().iter().any(|it| !it.is_within(limited)) {
        return Err(beyond(limited));
    }
    let roles = person.roles().iter().map(|it| {
        let what = Appointment::Grant { role: it.role().to_owned(), units: it.units().clone() };
        it.clone().given(by.by, by.at, awaits(&what, id, by))
    });
    let deputyships = person.deputyships().iter().map(|it| {
        let what = Appointment::NameDeputy { of: it.of(), from: it.from(), until: it.until() };
        it.arranged(by.by, awaits(&what, id, by))
    });
    let (roles, deputyships) = (roles.collect(), deputyships.collect());
    Ok(person.appointed(roles, deputyships))
}

fn awaits(what: &Appointment, person: PersonId, by: &Appointer) -> bool {
    by.needs_second && what.is_for_oneself(by.by, person)
}

/// The units that a right is limited to; none: to none.
fn limit(reach: &Scope) -> Option<&BTreeSet<String>> {
    static NOWHERE: BTreeSet<String> = BTreeSet::new();
    match reach {
        Scope::All => None,
        Scope::Units(units) => Some(units),
        Scope::Own(_) | Scope::None => Some(&NOWHERE),
    }
}

fn beyond(limited: Option<&BTreeSet<String>>) -> Refusal {
    Refusal::BeyondReach { units: limited.cloned().unwrap_or_default() }
}
