use std::collections::BTreeMap;

use super::reading::Reading;
use super::records::{Cell, syntax};
use super::rows::Row;
use super::{Column, Fact, ImportError, Place};
use crate::domain::{Object, Person};
use crate::values::{PersonId, TenantId};

/// What rows say of their person.
const FACTS: [Column; 6] =
    [Column::Name, Column::Mail, Column::Unit, Column::Account, Column::PersonState, Column::Locale];

/// What all rows of one person say together.
pub(super) struct Holder<'a> {
    key: &'a Cell,
    facts: BTreeMap<Column, &'a Cell>,
}

/// Gathers the persons of a file, by their keys in it.
pub(super) fn gather(rows: &[Row]) -> Result<BTreeMap<&str, Holder<'_>>, ImportError> {
    let mut holders: BTreeMap<&str, Holder<'_>> = BTreeMap::new();
    let mut accounts: BTreeMap<&str, (&str, Place)> = BTreeMap::new();
    for row in rows {
        let mut facts = row.cells().filter(|(column, _)| FACTS.contains(column));
        let Some(key) = row.get(Column::Person) else {
            match facts.find(|(column, _)| *column != Column::Unit) {
                Some((_, cell)) => return Err(syntax(cell.place, "nothing here, as the row names no person")),
                None => continue,
            }
        };
        let holder = holders.entry(&key.text).or_insert_with(|| Holder { key, facts: BTreeMap::new() });
        for (column, cell) in facts {
            let first = *holder.facts.entry(column).or_insert(cell);
            if first.text != cell.text {
                return Err(ImportError::Contradiction {
                    place: cell.place,
                    person: key.shown(),
                    given: cell.shown(),
                    other: first.shown(),
                    line: first.place.line(),
                });
            }
        }
        if let Some(account) = row.get(Column::Account) {
            let (owner, first) = *accounts.entry(&account.text).or_insert((&key.text, account.place));
            if owner != key.text {
                let place = account.place;
                return Err(ImportError::Twice { place, given: account.shown(), line: first.line() });
            }
        }
    }
    Ok(holders)
}

impl Holder<'_> {
    /// The person: one that is known by the account, or a new one.
    pub(super) fn person(
        &self,
        tenant: TenantId,
        known: &BTreeMap<String, Person>,
        reading: &mut Reading<'_>,
    ) -> Result<Person, ImportError> {
        if let Some(person) = self.facts.get(&Column::Account).and_then(|cell| known.get(&cell.text)) {
            for (column, cell) in &self.facts {
                if !says(person, *column, &cell.text) {
                    reading.find(cell.place, person.at(), Fact::NotUpdated);
                }
            }
            return Ok(person.clone());
        }
        let person = self.new_person(tenant, PersonId::from_uuid(reading.fresh()))?;
        reading.import.push(Object::Person(person.clone()));
        Ok(person)
    }

    fn new_person(&self, tenant: TenantId, id: PersonId) -> Result<Person, ImportError> {
        let Some(name) = self.facts.get(&Column::Name) else {
            let expected = format!("a `name` for person `{}`, in this row or another", self.key.shown());
            return Err(syntax(self.key.place, expected));
        };
        let mut person = name.check(Person::new(tenant, id, &name.text))?;
        for (column, cell) in &self.facts {
            person = match column {
                Column::Mail => cell.check(person.with_mail(&cell.text))?,
                Column::Unit => cell.check(person.in_unit(&cell.text))?,
                Column::Account => cell.check(person.with_account(&cell.text))?,
                Column::Locale => cell.check(person.with_locale(&cell.text))?,
                Column::PersonState => person.in_state(cell.parse()?),
                _ => person,
            };
        }
        Ok(person)
    }
}

/// Whether the store has of a person what a row says.
fn says(person: &Person, column: Column, text: &str) -> bool {
    match column {
        Column::Name => person.name() == text,
        Column::Mail => person.mail() == Some(text),
        Column::Unit => person.unit() == Some(text),
        Column::Locale => person.locale() == Some(text),
        Column::PersonState => person.state().name() == text,
        _ => true,
    }
}
