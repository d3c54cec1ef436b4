use std::collections::{BTreeMap, BTreeSet};

use super::holders::gather;
use super::reading::Reading;
use super::records::Cell;
use super::rows::{Row, rows};
use super::text::text;
use super::{Column, Fact, Import, ImportError, Limits, Place};
use crate::domain::{
    Card, CardId, CardKind, CardNumber, CardState, Dossier, Object, Person, Relation, RelationId, RelationKind,
    Unusable, Validity, usable,
};
use crate::values::{Ids, TenantId, Timestamp};

/// Reads holders and cards from CSV.
///
/// A row is a card. The header names the [columns](Column), in any order; `card_number`, `card_kind`, `valid_from` and
/// `valid_until` must be there. Rows with the same `person` are cards of one person, and one of them gives the name; a
/// row without is a card in stock. Doors, accounts and entitlements become relations of the card.
///
/// A card that is `inactive` was deactivated elsewhere: it and its relations come in inactive, held as *imported*,
/// until a reactivation. So do the relations of a card that is `locked`.
///
/// Fields are separated by `,`, and stand in quotes where they hold one (RFC 4180); text is UTF-8.
///
/// ```
/// use cardflow::adapters::import::HolderCsv;
/// use cardflow::domain::CardState;
/// use cardflow::values::{Ids, Seed, TenantId, Timestamp};
///
/// let csv = "\
/// person,name,account,card_number,card_kind,valid_from,valid_until,state,doors
/// p1,Ada Example,ada,4711 0815,employee,2026-01-01,2031-12-31,active,Main entrance;Laboratory
/// p1,,,4711 0900,mobile,2026-01-01,2026-06-30,active,
/// ,,,4799 0001,visitor,2026-01-01,2031-12-31,issued,
/// ";
/// let now: Timestamp = "2026-11-23T10:00:00Z".parse()?;
/// let mut ids = Ids::new(now, Seed::from_number(1));
/// let import = HolderCsv::new(TenantId::default()).read(csv, now, &mut ids)?;
///
/// assert_eq!(import.cards().count(), 3);
/// assert_eq!(import.objects().len(), 1 + 3 + 2 + 2, "a person, cards, two that are held, two doors");
/// assert_eq!(
///     import.findings()[0].to_string(),
///     "line 3, field 8 (state): the card is in use though it should not be: \
///      the card was valid until 2026-06-30T23:59:59.999Z"
/// );
///
/// let error = HolderCsv::new(TenantId::default()).read(csv.replace("visitor", " "), now, &mut ids).unwrap_err();
/// assert_eq!(error.to_string(), "line 4, field 5 (card_kind): expected a value, which every row needs here");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HolderCsv {
    tenant: TenantId,
    known: BTreeMap<String, Person>,
    limits: Limits,
}

impl HolderCsv {
    /// For objects of this tenant.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        HolderCsv { tenant, known: BTreeMap::new(), limits: Limits::default() }
    }

    /// With persons that the store has: a row with an account of theirs is a card more for them.
    ///
    /// They themselves stay as they are; where the file says something else of them, that is a
    /// [finding](Fact::NotUpdated). Persons of other tenants are passed over.
    #[must_use]
    pub fn known(mut self, persons: impl IntoIterator<Item = Person>) -> Self {
        for person in persons.into_iter().filter(|it| it.tenant() == self.tenant) {
            let accounts: Vec<_> = person.accounts().map(str::to_owned).collect();
            self.known.extend(accounts.into_iter().map(|it| (it, person.clone())));
        }
        self
    }

    /// With other limits than the default ones.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads a file. Nothing is stored: see [`Import`].
    ///
    /// # Errors
    ///
    /// [`ImportError`] names the first fault of the file, and where it is.
    pub fn read(&self, csv: impl AsRef<[u8]>, now: Timestamp, ids: &mut Ids) -> Result<Import, ImportError> {
        let rows = rows(text(csv.as_ref(), &self.limits)?, &self.limits)?;
        let mut reading = Reading::new(now, ids);
        let mut persons = BTreeMap::new();
        for (key, holder) in gather(&rows)? {
            persons.insert(key, holder.person(self.tenant, &self.known, &mut reading)?);
        }
        let mut numbers: BTreeMap<String, Place> = BTreeMap::new();
        for row in &rows {
            let cell = row.need(Column::CardNumber)?;
            let number: CardNumber = cell.parse()?;
            let first = *numbers.entry(number.plain()).or_insert(cell.place);
            if first != cell.place {
                return Err(ImportError::Twice { place: cell.place, given: cell.shown(), line: first.line() });
            }
            let holder = row.get(Column::Person).and_then(|key| persons.get(key.text.as_str()));
            let card = self.card(row, number, holder, &mut reading)?;
            let relations = relations(row, &card, holder, &mut reading)?;
            look_at(row, &card, holder.zip(relations.first()), &mut reading);
            reading.import.push(Object::Card(card));
            relations.into_iter().for_each(|it| reading.import.push(Object::Relation(it)));
        }
        Ok(reading.import)
    }

    fn card(
        &self,
        row: &Row,
        number: CardNumber,
        holder: Option<&Person>,
        reading: &mut Reading<'_>,
    ) -> Result<Card, ImportError> {
        let kind: CardKind = row.need(Column::CardKind)?.parse()?;
        let from: Timestamp = row.need(Column::ValidFrom)?.parse()?;
        let until = row.need(Column::ValidUntil)?;
        let validity = until.check(Validity::new(from, last_moment(until)?))?;
        let card = Card::new(self.tenant, CardId::from_uuid(reading.fresh()), kind, number, validity);
        let mut card = match (holder, row.get(Column::Unit)) {
            (Some(holder), _) => card.registered_for(holder.id()),
            (None, Some(unit)) => unit.check(card.in_unit(&unit.text))?,
            (None, None) => card,
        };
        if let Some(state) = row.get(Column::State) {
            card = state.check(card.in_state(state.parse()?))?;
        }
        if card.state() == CardState::Inactive {
            let hold = reading.hold(&card);
            card = card.with_hold(hold);
        }
        Ok(card)
    }
}

/// A date alone means its last moment.
fn last_moment(cell: &Cell) -> Result<Timestamp, ImportError> {
    format!("{}T23:59:59.999Z", cell.text).parse().or_else(|_| cell.parse())
}

/// What the card is related to; its holder first.
fn relations(
    row: &Row,
    card: &Card,
    holder: Option<&Person>,
    reading: &mut Reading<'_>,
) -> Result<Vec<Relation>, ImportError> {
    let mut relations = Vec::new();
    if let (Some(holder), Some(key)) = (holder, row.get(Column::Person)) {
        let id = RelationId::from_uuid(reading.fresh());
        let held = Relation::to_object(id, RelationKind::Holder, card, holder.at());
        relations.push(key.check(reading.follow(card, held))?);
    }
    let lists = [
        (Column::Doors, RelationKind::Door),
        (Column::Accounts, RelationKind::Account),
        (Column::Entitlements, RelationKind::Entitles),
    ];
    for (column, kind) in lists {
        let Some(cell) = row.get(column) else { continue };
        let names: BTreeSet<_> = items(&cell.text).collect();
        for name in names {
            let id = RelationId::from_uuid(reading.fresh());
            let relation = cell.check(Relation::to_outside(id, kind, card, name))?;
            relations.push(cell.check(reading.follow(card, relation))?);
        }
    }
    Ok(relations)
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(';').map(str::trim).filter(|it| !it.is_empty())
}

/// Notes what comes in and yet looks wrong.
fn look_at(row: &Row, card: &Card, held: Option<(&Person, &Relation)>, reading: &mut Reading<'_>) {
    let at = card.at();
    for cell in row.cells().map(|(_, cell)| cell) {
        if items(&cell.text).any(|it| it.starts_with(['=', '+', '-', '@'])) {
            reading.find(cell.place, at, Fact::Formula);
        }
    }
    let held = held.map(|(holder, relation)| [Object::Person(holder.clone()), Object::Relation(relation.clone())]);
    let dossier = Dossier::new(at, held.into_iter().flatten().chain([Object::Card(card.clone())]));
    let why = usable(&dossier, at, reading.now).err().filter(|it| !matches!(it, Unusable::State(_)));
    let cell = row.get(Column::State).or_else(|| row.get(Column::CardNumber));
    if let (Some(why), Some(cell)) = (why, cell) {
        reading.find(cell.place, at, Fact::Unusable(why));
    }
}
