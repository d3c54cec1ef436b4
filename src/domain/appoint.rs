//! Roles and deputyships of a person: given, agreed to by a second one, taken.

use std::collections::BTreeSet;

use super::{Change, ChangeRefused, Deputyship, Dossier, Object, Person, Refusal, RoleGrant};
use crate::values::{PersonId, Timestamp};

impl Dossier {
    /// The change that gives the person it is about a role. `awaits`: it is proposed, and counts once another person has
    /// granted the same.
    ///
    /// # Errors
    ///
    /// [`Refusal::HasAlready`] if the person has it so, [`Refusal::AwaitsAnother`] if it waits for somebody else.
    pub fn grant(
        &self,
        role: &str,
        units: &BTreeSet<String>,
        by: PersonId,
        at: Timestamp,
        awaits: bool,
    ) -> Result<Change, Refusal> {
        let person = self.appointed()?;
        let grant = RoleGrant::new(role, Some(by), at)?;
        let grant = units.iter().try_fold(grant, |grant, unit| grant.in_unit(unit))?;
        let grant = match person.roles().iter().find(|it| it.is_same(&grant)) {
            None if awaits => grant.awaiting(),
            None => grant,
            // Nothing in it of one's own choice any more: it counts, and in approvals too.
            Some(it) if it.is_self_granted(person.id()) && by != person.id() => it.clone().seconded(by),
            Some(it) if it.awaits() => return Err(Refusal::AwaitsAnother),
            Some(_) => return Err(Refusal::HasAlready("this role")),
        };
        let facts = Object::Person(person.clone().granted(&grant)).facts(person.salt());
        Ok(Change::RoleGranted { person: person.at(), grant, facts })
    }

    /// The changes that take a role from the person it is about: wherever it was limited to, or `within` some units what was
    /// limited to them.
    ///
    /// # Errors
    ///
    /// [`Refusal::HasNot`] if the person does not have it, [`Refusal::BeyondReach`] if only beyond these units.
    pub fn withdraw(&self, role: &str, within: Option<&BTreeSet<String>>) -> Result<Vec<Change>, Refusal> {
        let mut person = self.appointed()?.clone();
        let (at, salt, mut changes) = (person.at(), person.salt(), Vec::new());
        let (had, beyond): (Vec<_>, Vec<_>) =
            person.roles().iter().filter(|it| it.role() == role).cloned().partition(|it| it.is_within(within));
        if let (true, false, Some(units)) = (had.is_empty(), beyond.is_empty(), within) {
            return Err(Refusal::BeyondReach { units: units.clone() });
        }
        for grant in had {
            person = person.without_role(&grant);
            let facts = Object::Person(person.clone()).facts(salt);
            changes.push(Change::RoleWithdrawn { person: at, grant, facts });
        }
        if changes.is_empty() { Err(Refusal::HasNot("this role")) } else { Ok(changes) }
    }

    /// The change that lets the person it is about stand in for another. `awaits` as for [`grant`](Dossier::grant).
    ///
    /// # Errors
    ///
    /// [`Refusal::HasAlready`] if it is so, [`Refusal::AwaitsAnother`] if it waits for somebody else,
    /// [`Refusal::Deputyship`] if it cannot be.
    pub fn name_deputy(
        &self,
        of: PersonId,
        (from, until): (Timestamp, Timestamp),
        by: PersonId,
        awaits: bool,
    ) -> Result<Change, Refusal> {
        let person = self.appointed()?;
        if of == person.id() {
            return Err(Refusal::Deputyship("nobody stands in for themselves"));
        }
        if until <= from {
            return Err(Refusal::Deputyship("it must end after it begins"));
        }
        let same = |it: &&Deputyship| (it.of(), it.from(), it.until()) == (of, from, until);
        let deputyship = match person.deputyships().iter().find(same) {
            None => Deputyship::new(of, from, until, Some(by)).awaiting(awaits),
            Some(it) if it.counts() => return Err(Refusal::HasAlready("this deputyship")),
            Some(it) if it.by() == Some(by) || by == of || by == person.id() => return Err(Refusal::AwaitsAnother),
            Some(it) => it.seconded(by),
        };
        let facts = Object::Person(person.clone().deputy(deputyship)).facts(person.salt());
        Ok(Change::DeputyNamed { person: person.at(), deputyship, facts })
    }

    /// The changes that end that the person it is about stands in for another.
    ///
    /// # Errors
    ///
    /// [`Refusal::HasNot`] if it is not so.
    pub fn end_deputy(&self, of: PersonId) -> Result<Vec<Change>, Refusal> {
        let mut person = self.appointed()?.clone();
        let (at, salt, mut changes) = (person.at(), person.salt(), Vec::new());
        let had: Vec<_> = person.deputyships().iter().filter(|it| it.of() == of).copied().collect();
        for deputyship in had {
            person = person.without_deputyship(deputyship);
            let facts = Object::Person(person.clone()).facts(salt);
            changes.push(Change::DeputyEnded { person: at, deputyship, facts });
        }
        if changes.is_empty() { Err(Refusal::HasNot("this deputyship")) } else { Ok(changes) }
    }

    fn appointed(&self) -> Result<&Person, Refusal> {
        Ok(self.person(self.subject()).ok_or(ChangeRefused::Missing(self.subject()))?)
    }
}

/// Makes a change of roles or deputyships to a person.
pub(super) fn appoint(person: Person, change: &Change) -> Person {
    match change {
        Change::RoleGranted { grant, .. } => person.granted(grant),
        Change::RoleWithdrawn { grant, .. } => person.without_role(grant),
        Change::DeputyNamed { deputyship, .. } => person.deputy(*deputyship),
        Change::DeputyEnded { deputyship, .. } => person.without_deputyship(*deputyship),
        _ => person,
    }
}
