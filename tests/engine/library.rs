//! A library of books: the second domain. Books are lent and given back; a loan is an object of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use cardflow::engine::options::{FactSpec, FactType, Facts, OPTIONS_KIND, OptionSpec};
use cardflow::engine::{
    Actor, Answered, Appointer, Appointment, Appoints, ApprovalRequest, Arrived, Assembly, Broken, Domain, Due, Ground,
    INCIDENT_KEY, INSTANCE_KIND, Index, KeyRef, KeySpec, KeyType, Keys, KindSpec, Lane, Missed, Notice, OPEN_KEY,
    OWNER_KEY, Planned, REQUEST_KEY, Record, Registered, Schema, SharedRecord, Subject, TASK_INSTANCE_KEY, TASK_KIND,
    UNIT_KEY, UNMET_KEY,
};
use cardflow::values::{
    CodecError, HomeId, Ids, Kind, ObjectRef, PersonId, Revision, TaskId, TenantId, Timestamp, decode, encode,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) const BOOK: Kind = Kind::new(20);
pub(crate) const LOAN: Kind = Kind::new(21);
const TITLE_KEY: KeySpec = KeySpec { code: 4, name: "title", holds: KeyType::Text, index: Index::Unique };
const FORMAT: u8 = 1;

static SCHEMA: Schema = Schema {
    kinds: &[
        KindSpec {
            kind: INSTANCE_KIND,
            name: "instance",
            searchable: false,
            keys: &[OPEN_KEY, UNMET_KEY, INCIDENT_KEY, UNIT_KEY, OWNER_KEY],
        },
        KindSpec {
            kind: TASK_KIND,
            name: "task",
            searchable: false,
            keys: &[UNIT_KEY, OWNER_KEY, TASK_INSTANCE_KEY, REQUEST_KEY, cardflow::engine::INBOX_KEY],
        },
        KindSpec { kind: OPTIONS_KIND, name: "options", searchable: false, keys: &[UNIT_KEY, OWNER_KEY] },
        KindSpec { kind: BOOK, name: "book", searchable: true, keys: &[UNIT_KEY, OWNER_KEY, TITLE_KEY] },
        KindSpec { kind: LOAN, name: "loan", searchable: false, keys: &[UNIT_KEY, OWNER_KEY] },
    ],
};

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Place {
    Shelf,
    Reader,
    Workshop,
    Dump,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Shelf => "on the shelf",
            Place::Reader => "lent",
            Place::Workshop => "in the workshop",
            Place::Dump => "thrown away",
        })
    }
}

/// A book, or a loan with the fee of its book.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Thing {
    pub(crate) tenant: TenantId,
    pub(crate) at: ObjectRef,
    pub(crate) revision: Revision,
    pub(crate) body: Body,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Body {
    pub(crate) title: String,
    pub(crate) genre: String,
    pub(crate) place: Place,
    pub(crate) fee: i64,
}

pub(crate) fn book(number: u128, title: &str, place: Place) -> Thing {
    let at = ObjectRef::new(HomeId::from_uuid(Uuid::from_u128(number)), BOOK, Uuid::from_u128(number));
    let body = Body { title: title.to_owned(), genre: "novel".to_owned(), place, fee: 0 };
    Thing { tenant: TenantId::new(7), at, revision: Revision::NONE, body }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Shelf {
    pub(crate) subject: ObjectRef,
    pub(crate) things: Vec<Thing>,
    /// Whose book it is.
    pub(crate) owner: Option<PersonId>,
}

impl Shelf {
    pub(crate) fn of(book: &Thing) -> Shelf {
        Shelf { subject: book.at, things: vec![book.clone()], owner: None }
    }

    pub(crate) fn book(&self) -> Option<&Thing> {
        self.things.iter().find(|it| it.at == self.subject)
    }

    pub(crate) fn loans(&self) -> impl Iterator<Item = &Thing> {
        self.things.iter().filter(|it| it.at.kind() == LOAN)
    }

    /// The same with the book somewhere else, as if somebody had taken it there.
    pub(crate) fn taken_to(mut self, place: Place) -> Shelf {
        let subject = self.subject;
        self.things.iter_mut().filter(|it| it.at == subject).for_each(|it| it.body.place = place);
        self
    }
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Change {
    Moved { object: ObjectRef, from: Place, to: Place },
    Loaned { loan: ObjectRef, fee: i64 },
    Priced { book: ObjectRef, fee: i64 },
    Found { book: ObjectRef, place: Place },
}

/// One line of a plan.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Line(pub(crate) String);

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Question {
    pub(crate) book: ObjectRef,
    pub(crate) to: String,
}

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Reply {
    Fee(i64),
    /// It is not where it should be: reported, so believed.
    Stolen,
}

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum No {
    #[error("no way leads from {0} to {1}")]
    Way(Place, Place),
    #[error("the reader owes {0}")]
    Owes(i64),
    #[error("readers and books have no roles; ask the town, which employs the staff")]
    Staff,
}

cardflow::declare_options! {
    pub(crate) struct Rules {
        ask_the_head: bool {
            name: "LibraryAskTheHead",
            help: "The head of the library must agree.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        most: i64 {
            name: "LibraryMost",
            help: "A reader may owe so much.",
            default: 10,
            fails_to: 0,
            tried: [10, 0],
        }
        reasons: Vec<String> {
            name: "LibraryReasons",
            help: "Why books are lent.",
            default: vec!["study".to_owned(), "pleasure".to_owned()],
            fails_to: Vec::new(),
            tried: [vec!["study".to_owned(), "pleasure".to_owned()]],
        }
        loans: u32 {
            name: "LibraryLoans",
            help: "So many loans an hour; 0 for no limit.",
            default: 0,
            fails_to: 1,
            tried: [0, 1],
        }
        senior: Option<String> {
            name: "LibrarySenior",
            help: "Who may allow more loans.",
            default: None,
            fails_to: None,
            tried: [None],
        }
        readers_are_noted: bool {
            name: "LibraryReadersAreNoted",
            help: "It is put on record who looks at loans.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        two_heads: bool {
            name: "LibraryTwoHeads",
            help: "Another one activates what one proposes.",
            default: true,
            fails_to: true,
            tried: [true, false],
        }
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Library;

fn allows(from: Place, to: Place) -> bool {
    use Place::*;
    matches!(
        (from, to),
        (Shelf, Reader) | (Reader, Shelf) | (Shelf, Workshop) | (Workshop, Shelf) | (Workshop, Dump) | (Shelf, Dump)
    )
}

impl Domain for Library {
    type Object = Thing;
    type Dossier = Shelf;
    type Change = Change;
    type Item = Line;
    type Request = Question;
    type Answer = Reply;
    type Refusal = No;
    type Options = Rules;
    type World = ();
    type Told = BTreeMap<ObjectRef, (Place, i64)>;

    const OPTION_SCRIPT: &'static str = "LibraryScriptOptions";

    fn schema() -> &'static Schema {
        &SCHEMA
    }

    fn object(record: &Record) -> Result<Thing, CodecError> {
        let body = decode("a thing", FORMAT, &record.body)?;
        Ok(Thing { tenant: record.tenant, at: record.at, revision: record.revision, body })
    }

    fn at(thing: &Thing) -> ObjectRef {
        thing.at
    }

    fn look_up(shelf: &Shelf, object: ObjectRef) -> Option<&Thing> {
        shelf.things.iter().find(|it| it.at == object)
    }

    fn deadlines(_: &Thing) -> Vec<Timestamp> {
        Vec::new()
    }

    fn due(_: &Shelf, _: &Rules, _: Timestamp) -> Option<Due> {
        None
    }

    fn missed(_: &Shelf, _: Timestamp) -> Vec<Missed> {
        Vec::new()
    }

    fn homes(objects: &[Thing]) -> Vec<HomeId> {
        objects.iter().map(|it| it.at.home()).collect()
    }

    fn register(
        _: &[SharedRecord],
        _: &[HomeId],
        objects: &[Thing],
        _: &Ids,
    ) -> Result<Assembly<Registered<Library>>, CodecError> {
        let records = objects.iter().map(record).collect::<Result<_, _>>()?;
        let place = |it: &Thing| Change::Moved { object: it.at, from: it.body.place, to: it.body.place };
        Ok(Assembly::Complete((records, objects.iter().map(place).collect())))
    }

    fn assemble(subject: ObjectRef, _: &[HomeId], records: &[SharedRecord]) -> Result<Assembly<Shelf>, CodecError> {
        let things = records.iter().map(|it| Library::object(it)).collect::<Result<_, _>>()?;
        let shelf = Shelf { subject, things, owner: None };
        Ok(if shelf.book().is_some() { Assembly::Complete(shelf) } else { Assembly::NoSubject })
    }

    fn record(shelf: &Shelf, object: ObjectRef) -> Result<Option<Record>, CodecError> {
        shelf.things.iter().find(|it| it.at == object).map(record).transpose()
    }

    fn apply(shelf: &mut Shelf, change: &Change) -> Result<(), No> {
        match change {
            Change::Moved { object, from, to } => {
                for it in shelf.things.iter_mut().filter(|it| it.at == *object) {
                    if it.body.place != *from || !allows(*from, *to) {
                        return Err(No::Way(it.body.place, *to));
                    }
                    it.body.place = *to;
                }
            }
            Change::Loaned { loan, fee } => {
                let body = Body { title: "loan".to_owned(), genre: String::new(), place: Place::Reader, fee: *fee };
                let tenant = shelf.things[0].tenant;
                shelf.things.push(Thing { tenant, at: *loan, revision: Revision::NONE, body });
            }
            Change::Found { book, place } => {
                shelf.things.iter_mut().filter(|it| it.at == *book).for_each(|it| it.body.place = *place);
            }
            Change::Priced { book, fee } => {
                shelf.things.iter_mut().filter(|it| it.at == *book).for_each(|it| it.body.fee = *fee);
            }
        }
        Ok(())
    }

    fn stored(shelf: &mut Shelf, object: ObjectRef) {
        shelf.things.iter_mut().filter(|it| it.at == object).for_each(|it| it.revision = it.revision.next());
    }

    fn object_of(change: &Change) -> ObjectRef {
        words_of(change).0
    }

    fn in_words(change: &Change) -> String {
        words_of(change).1
    }

    fn tell(told: &mut Self::Told, change: &Change) {
        let object = Library::object_of(change);
        let (place, fee) = told.entry(object).or_insert((Place::Reader, 0));
        match change {
            Change::Moved { to, .. } => *place = *to,
            Change::Found { place: found, .. } => *place = *found,
            Change::Loaned { fee: it, .. } | Change::Priced { fee: it, .. } => *fee = *it,
        }
    }

    fn differences(told: &Self::Told, records: &[SharedRecord]) -> Vec<(ObjectRef, String)> {
        let is_told = |it: &Record| match Library::object(it) {
            Ok(thing) => told.get(&it.at) == Some(&(thing.body.place, thing.body.fee)),
            Err(_) => false,
        };
        let other = |it: &&SharedRecord| !is_told(it);
        records.iter().filter(other).map(|it| (it.at, "is not as told".to_owned())).collect()
    }

    fn erase(shelf: &Shelf) -> Result<Vec<Change>, No> {
        match shelf.book() {
            Some(book) if book.body.place != Place::Dump => Err(No::Way(book.body.place, Place::Dump)),
            _ => Ok(Vec::new()),
        }
    }

    fn appoint(_: &Shelf, _: &Appointment, _: &Appointer) -> Result<Appoints<Library>, No> {
        Err(No::Staff)
    }

    fn comes_appointed(_: &Thing) -> bool {
        false
    }

    fn appointed_by(thing: Thing, _: &Appointer) -> Result<Thing, No> {
        Ok(thing)
    }

    fn breaches(shelf: &Shelf, _: Timestamp) -> Vec<Broken> {
        let lost = |it: &&Thing| it.body.place == Place::Reader && shelf.loans().next().is_none();
        let unnamed = |it: &&Thing| it.body.title.is_empty();
        let broken = |invariant| move |it: &Thing| Broken { invariant, object: it.at };
        let lost = shelf.book().filter(lost).map(broken("a lent book has a loan"));
        lost.into_iter().chain(shelf.book().filter(unnamed).map(broken("a book has a title"))).collect()
    }

    fn breaches_between(before: &Shelf, after: &Shelf) -> Vec<Broken> {
        let place = |shelf: &Shelf| shelf.book().map(|it| it.body.place);
        let dumped = place(before) == Some(Place::Dump) && place(after) != Some(Place::Dump);
        let broken = Broken { invariant: "what is thrown away stays away", object: after.subject };
        dumped.then_some(broken).into_iter().collect()
    }

    fn effect_kind(request: &Question) -> &str {
        &request.to
    }

    fn target(request: &Question) -> String {
        request.book.to_string()
    }

    fn lane(_: &Question) -> Lane {
        Lane::default()
    }

    fn notify((): &(), _: PersonId, _: Notice) -> Option<Question> {
        None
    }

    fn system(question: &Question) -> String {
        question.to.clone()
    }

    fn about(question: &Question) -> Option<ObjectRef> {
        Some(question.book)
    }

    fn overtakes((): &(), _: &Question) -> Vec<String> {
        Vec::new()
    }

    fn overtakes_anywhere(_: &Question) -> Vec<String> {
        Vec::new()
    }

    fn is_overtaken(shelf: &Shelf, question: &Question) -> bool {
        shelf.things.iter().any(|it| it.at == question.book && it.body.place == Place::Dump)
    }

    fn submit((): &(), _: ApprovalRequest, _: &[Line]) -> Option<Question> {
        None
    }

    fn withdraw((): &(), _: TaskId) -> Option<Question> {
        None
    }

    fn holders(shelf: &Shelf) -> BTreeSet<PersonId> {
        shelf.owner.into_iter().collect()
    }

    fn compared_kind() -> Kind {
        BOOK
    }

    fn to_compare(shelf: &Shelf, (): &(), _: Timestamp) -> Vec<Question> {
        let stands = shelf.book().filter(|it| it.body.place == Place::Shelf);
        stands.map(|it| Question { book: it.at, to: "stocktaker".to_owned() }).into_iter().collect()
    }

    fn has_drifted(_: &Shelf, _: &Question, reply: &Reply) -> bool {
        *reply == Reply::Stolen
    }

    fn reconciled_by() -> &'static str {
        "LibraryProcStocktake"
    }

    fn answered(arrived: Arrived<'_, Library>) -> Answered<Library> {
        let book = arrived.request.book;
        match arrived.answer {
            Reply::Fee(fee) => Answered { changes: vec![Change::Priced { book, fee: *fee }], ..Answered::default() },
            Reply::Stolen => {
                let incident = Some((book, "it was stolen".to_owned()));
                Answered {
                    changes: vec![Change::Found { book, place: Place::Reader }],
                    incident,
                    ..Answered::default()
                }
            }
        }
    }

    fn incidents(lines: &[Line]) -> Vec<(ObjectRef, String)> {
        let careful = lines.iter().filter(|it| it.0.starts_with("careful"));
        careful.map(|it| (book(1, "", Place::Shelf).at, it.0.clone())).collect()
    }

    fn option_specs() -> &'static [OptionSpec<Rules>] {
        Rules::SPECS
    }

    fn fact_specs() -> &'static [FactSpec] {
        const GENRE: FactSpec =
            FactSpec { name: "book.genre", holds: FactType::Text, help: "What sort of book it is." };
        &[GENRE]
    }

    fn facts<'a>(shelf: Option<&'a Shelf>, _: &'a Actor) -> Facts<'a> {
        Facts::none().with_known("book.genre", shelf.and_then(Shelf::book).map(|it| it.body.genre.as_str()))
    }

    fn overdue_role(rules: &Rules) -> Option<&str> {
        rules.senior.as_deref()
    }

    fn needs_second_administrator(rules: &Rules) -> bool {
        rules.two_heads
    }

    fn mails_daily(_: &Rules) -> bool {
        false
    }

    fn records_reading(rules: &Rules) -> bool {
        rules.readers_are_noted
    }

    fn remark(_: ObjectRef, lines: &[Line]) -> Option<String> {
        lines.iter().find(|it| it.0.starts_with("for ")).map(|it| it.0.clone())
    }
}

fn record(thing: &Thing) -> Result<Record, CodecError> {
    let mut keys = Keys::default();
    if thing.at.kind() == BOOK {
        keys.push(&TITLE_KEY, KeyRef::Text(&thing.body.title));
    }
    let body = encode("a thing", FORMAT, &thing.body)?;
    Ok(Record { tenant: thing.tenant, at: thing.at, revision: thing.revision.next(), keys, body })
}

/// Processes on a book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Books;

/// A plan over the shelf of a book.
#[derive(Debug)]
pub(crate) struct Desk<'a> {
    pub(crate) ground: Ground<'a, Library>,
    planned: Planned<Library>,
}

impl Desk<'_> {
    fn change(&mut self, change: Change, line: String) -> Result<(), No> {
        Library::apply(&mut self.planned.dossier, &change)?;
        self.planned.changes.push(change);
        self.planned.items.push(Line(line));
        Ok(())
    }

    pub(crate) fn take_to(&mut self, to: Place) -> Result<(), No> {
        let book = self.planned.dossier.book().unwrap();
        let (object, from) = (book.at, book.body.place);
        self.change(Change::Moved { object, from, to }, format!("becomes {to}"))
    }

    pub(crate) fn loan(&mut self, fee: i64) -> Result<(), No> {
        let home = self.planned.dossier.subject.home();
        let loan = ObjectRef::new(home, LOAN, self.ground.ids.fresh());
        self.change(Change::Loaned { loan, fee }, format!("for {fee}"))
    }

    pub(crate) fn say(&mut self, line: &str) {
        self.planned.items.push(Line(line.to_owned()));
    }

    pub(crate) fn ask(&mut self, to: &str) {
        self.planned.requests.push(Question { book: self.planned.dossier.subject, to: to.to_owned() });
    }
}

impl Subject<Library> for Books {
    const KIND: Kind = BOOK;
    type State = Place;
    type Sort = String;
    type Leaves = Place;
    type Change = for<'x, 'a> fn(&'x mut Desk<'a>) -> Result<(), No>;

    fn state(shelf: &Shelf) -> Option<Place> {
        shelf.book().map(|it| it.body.place)
    }

    fn sort(shelf: &Shelf) -> Option<String> {
        shelf.book().map(|it| it.body.genre.clone())
    }

    fn can_follow(state: Place, leaves: &Place) -> bool {
        allows(state, *leaves)
    }

    fn left(leaves: &Place) -> Place {
        *leaves
    }

    fn plan(change: Self::Change, _: &Place, ground: Ground<'_, Library>) -> Result<Planned<Library>, No> {
        let dossier = ground.dossier.clone();
        let planned = Planned { items: Vec::new(), changes: Vec::new(), requests: Vec::new(), dossier };
        let mut desk = Desk { ground, planned };
        change(&mut desk)?;
        Ok(desk.planned)
    }
}

/// The object a change is about, and what it does to it.
fn words_of(change: &Change) -> (ObjectRef, String) {
    match change {
        Change::Moved { object, from, to } => (*object, format!("{from} → {to}")),
        Change::Loaned { loan, fee } => (*loan, format!("loaned for {fee}")),
        Change::Priced { book, fee } => (*book, format!("costs {fee}")),
        Change::Found { book, place } => (*book, format!("is {place}")),
    }
}
