use crate::cards::Cards;
use crate::domain::{Change, Dossier, Refusal};
use crate::engine::{Appointer, Appointment, Appoints};
use crate::values::PersonId;

/// The changes that give the person whom a dossier is about a role or a deputyship or take it, and whether it counts.
pub(super) fn changes(dossier: &Dossier, what: &Appointment, by: Appointer) -> Result<Appoints<Cards>, Refusal> {
    let Appointer { by, at, needs_second } = by;
    let awaits = needs_second && what.is_for_oneself(by, PersonId::from_uuid(dossier.subject().id()));
    let changes = match what {
        Appointment::Grant { role, units } => vec![dossier.grant(role, units, by, at, awaits)?],
        Appointment::Withdraw { role } => dossier.withdraw(role)?,
        Appointment::NameDeputy { of, from, until } => vec![dossier.name_deputy(*of, (*from, *until), by, awaits)?],
        Appointment::EndDeputy { of } => dossier.end_deputy(*of)?,
    };
    let in_force = !changes.iter().any(|it| match it {
        Change::RoleGranted { grant, .. } => grant.awaits(),
        Change::DeputyNamed { deputyship, .. } => !deputyship.counts(),
        _ => false,
    });
    Ok((changes, in_force))
}
