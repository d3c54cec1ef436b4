//! What the library does with its books.

use cardflow::engine::{
    ApprovalPolicy, Asks, Builder, Component, Definition, DefinitionError, Field, Form, Ground, Version,
};
use cardflow::values::Value;

use crate::library::{Books, Desk, Library, No, Place, Question, Reply, Rules};

pub(crate) type Process = Definition<Library, Books>;

pub(crate) fn on_book(name: &'static str, version: u32) -> Builder<Library, Books> {
    Definition::of(name, "A process on a book", Version(version)).component(Component::Operator)
}

pub(crate) fn field(name: &'static str, asks: Asks<Library>) -> Field<Library> {
    Field { name, label: name, asks, required: false }
}

pub(crate) fn bare_form() -> Form<Library> {
    Form::shows(&["book"])
}

/// Form, approval if switched on, a branch past the effect, an effect whose answer the change reads, a new object.
pub(crate) fn lend() -> Result<Process, DefinitionError> {
    on_book("Lend", 1)
        .about("As a librarian I want to lend a book", "The book is lent and there is a loan")
        .kinds(["novel".to_owned()])
        .requires(Place::Shelf)
        .form("ask", lend_form())
        .approval("head", ApprovalPolicy::role("Head"))
        .when(|rules, _| rules.ask_the_head)
        .branch("for-free", |_, answers| answers.get("free") == Some(&Value::Flag(true)), "lend")
        .effect("price", price)
        .change("lend", Place::Reader, lent)
        .end("lent")
        .build()
}

fn lend_form() -> Form<Library> {
    let reason = field("reason", Asks::Choice(|rules: &Rules| rules.reasons.iter().map(String::as_str).collect()));
    let days = field("days", Asks::Number(1, 28));
    bare_form().required([field("reader", Asks::Text(20))]).optional([
        reason,
        days,
        field("free", Asks::Flag),
        field("since", Asks::PastTime),
        field("until", Asks::Time),
    ])
}

fn price(ground: &mut Ground<'_, Library>) -> Result<Question, No> {
    let shelf = ground.dossier;
    match shelf.book().map(|it| it.body.fee) {
        Some(fee) if fee > 100 => Err(No::Owes(fee)),
        _ => Ok(Question { book: shelf.subject, to: "catalogue".to_owned() }),
    }
}

fn lent(desk: &mut Desk<'_>) -> Result<(), No> {
    let asked = desk.ground.outside.iter().find(|(step, _)| step == "price");
    let fee = if let Some((_, Reply::Fee(fee))) = asked { *fee } else { 0 };
    if fee > desk.ground.options.most {
        return Err(No::Owes(fee));
    }
    desk.take_to(Place::Reader)?;
    desk.loan(fee)
}

/// A change that asks the outside without waiting, and a branch between two ends.
pub(crate) fn give_back() -> Result<Process, DefinitionError> {
    on_book("GiveBack", 1)
        .requires(Place::Reader)
        .form("look", bare_form().optional([field("torn", Asks::Flag)]))
        .change("shelve", Place::Shelf, |desk| {
            desk.ask("next-reader");
            desk.take_to(Place::Shelf)
        })
        .branch("torn", |_, answers| answers.get("torn") == Some(&Value::Flag(true)), "scrap")
        .end("back")
        .change("scrap", Place::Dump, |desk| desk.take_to(Place::Dump))
        .end("scrapped")
        .build()
}

/// Two forms with a change and an effect between them.
pub(crate) fn repair() -> Result<Process, DefinitionError> {
    on_book("Repair", 1)
        .component(Component::Worker)
        .requires(Place::Shelf)
        .form("send", bare_form())
        .change("out", Place::Workshop, |desk| desk.take_to(Place::Workshop))
        .effect("bind", |it| Ok(Question { book: it.dossier.subject, to: "binder".to_owned() }))
        .form("check", bare_form())
        .when(|rules, _| rules.most > 5)
        .effect("label", |it| Ok(Question { book: it.dossier.subject, to: "binder".to_owned() }))
        .change("back", Place::Shelf, |desk| desk.take_to(Place::Shelf))
        .end("repaired")
        .build()
}

/// Two forms, two changes after one effect, two requests that nobody waits for, and a new object beside them.
pub(crate) fn exhibit() -> Result<Process, DefinitionError> {
    on_book("Exhibit", 1)
        .about("As a librarian I want to show a book", "The book is back on the shelf")
        .requires(Place::Shelf)
        .form("where", bare_form().optional([field("hall", Asks::Flag)]))
        .form("when", bare_form().optional([field("days", Asks::Number(1, 28))]))
        .branch("no-hall", |_, answers| answers.get("hall") != Some(&Value::Flag(true)), "kept")
        .effect("insure", price)
        .change("show", Place::Reader, |desk| {
            desk.loan(0)?;
            desk.say("careful: it is on show");
            desk.ask("next-reader");
            desk.ask("binder");
            desk.take_to(Place::Reader)
        })
        .change("shelve", Place::Shelf, |desk| match desk.ground.outside {
            [(_, Reply::Fee(fee)), ..] if *fee > desk.ground.options.most => Err(No::Owes(*fee)),
            _ => desk.take_to(Place::Shelf),
        })
        .end("shown")
        .end("kept")
        .build()
}

/// Its change forgets the loan.
pub(crate) fn steal() -> Result<Process, DefinitionError> {
    on_book("Steal", 1)
        .requires(Place::Shelf)
        .form("hush", bare_form())
        .change("steal", Place::Reader, |desk| desk.take_to(Place::Reader))
        .end("stolen")
        .build()
}
