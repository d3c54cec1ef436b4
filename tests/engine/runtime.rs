//! The second domain through the runtime, over memory: no card anywhere.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cardflow::adapters::memory::{ManualClock, MemoryStorage, SequentialIds};
use cardflow::engine::evidence::{Finding, Verdict};
use cardflow::engine::{Component, Domain, Event, HeldRole, Outcome, REQUEST_FORMAT, Rejection, Scope, Status};
use cardflow::ports::{
    EffectCall, EffectError, EffectHandler, EffectState, Identity, MockAuthorizer, MockDirectory,
    MockSignatureVerifier, MockSigner, Permit, Principal, Search, Seen, SignatureAlgorithm,
};
use cardflow::runtime::{Builder, Delivered, FixedOptions, Runtime, Sealing};
use cardflow::values::{Answers, Millis, ObjectRef, TenantId, decode, encode};

use crate::bench::{hour, person, reader};
use crate::library::{BOOK, Library, No, Place, Question, Reply, Rules, Thing, book};
use crate::processes;

/// Answers every question with a fee, and notes who was asked.
#[derive(Debug)]
struct Catalogue {
    kind: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
}

#[async_trait]
impl EffectHandler for Catalogue {
    fn kind(&self) -> String {
        self.kind.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let question: Question = decode("a question", REQUEST_FORMAT, &call.body).unwrap();
        self.asked.lock().unwrap().push(question.to);
        Ok(encode("a reply", REQUEST_FORMAT, &Reply::Fee(3)).unwrap())
    }

    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        Ok(EffectState::NotDone(Seen::default()))
    }
}

pub(crate) struct House {
    pub(crate) library: Runtime<Library>,
    clock: Arc<ManualClock>,
    asked: Arc<Mutex<Vec<String>>>,
    pub(crate) librarian: Principal,
    pub(crate) book: ObjectRef,
}

pub(crate) async fn house(rules: Rules) -> House {
    furnished(rules, |it| it).await
}

/// With more than every house has.
pub(crate) async fn furnished(rules: Rules, more: impl FnOnce(Builder<Library>) -> Builder<Library>) -> House {
    let storage = Arc::new(MemoryStorage::new(Library::schema()));
    let clock = Arc::new(ManualClock::at(hour(0)));
    let asked = Arc::new(Mutex::default());
    let mut directory = MockDirectory::new();
    directory.expect_resolve().returning(|principal| {
        let number = if principal.account() == "libby" { 1 } else { 2 };
        let roles = vec![HeldRole::everywhere("Librarian")];
        Ok(Identity { person: person(number), state: "at work".to_owned(), active: true, roles, stands_in: Vec::new() })
    });
    let mut authorizer = MockAuthorizer::new();
    authorizer.expect_permit().returning(|_, _, _| Permit { role: "Librarian".to_owned(), scope: Scope::All });
    let ids = Arc::new(SequentialIds::from(1));
    let mut builder = Builder::new(
        storage.clone(),
        storage.clone(),
        storage,
        Arc::new(directory),
        Arc::new(authorizer),
        clock.clone(),
        ids,
    )
    .options(Arc::new(FixedOptions::new(1, rules)));
    for process in [processes::lend(), processes::give_back(), processes::repair()] {
        builder = builder.processes([Arc::new(process.unwrap()) as Arc<_>]);
    }
    for kind in ["catalogue", "binder", "next-reader"] {
        builder = builder.handler(Arc::new(Catalogue { kind, asked: Arc::clone(&asked) }));
    }
    let library = more(builder).build().unwrap();
    let emma = book(1, "Emma", Place::Shelf);
    library.install(TenantId::new(7), &[emma.clone(), book(2, "Persuasion", Place::Shelf)]).await.unwrap();
    let librarian = Principal::new("libby", Component::Operator, "password", hour(0))
        .of_tenant(TenantId::new(7))
        .from_origin("desk");
    House { library, clock, asked, librarian, book: emma.at }
}

impl House {
    async fn things(&self) -> Vec<Thing> {
        self.library.open(&self.librarian, self.book).await.unwrap().dossier.things
    }
}

#[tokio::test]
async fn a_book_is_lent_and_given_back() {
    let house = house(Rules::default()).await;
    let House { library, librarian, book, .. } = &house;
    assert_eq!(library.kinds().map(|it| it.name).collect::<Vec<_>>(), ["book"]);
    let found = library.search(librarian, Search::of(BOOK).counted()).await.unwrap();
    let titles: Vec<_> = found.items.iter().map(|it| it.object.body.title.as_str()).collect();
    assert_eq!((titles, found.total), (vec!["Emma", "Persuasion"], Some(2)));
    let offers = library.open(librarian, *book).await.unwrap().offers;
    let open: Vec<_> = offers.iter().filter(|it| it.obstacle.is_none()).map(|it| it.process).collect();
    assert_eq!(open, ["Lend", "Repair"]);

    let task = library.start(librarian, "Lend", *book).await.unwrap();
    let seen = task.preview.as_ref().unwrap().digest;
    let asked = library.next(librarian, task.id(), reader().seen(seen)).await.unwrap();
    assert!(matches!(&asked.status, Status::Outside { step, .. } if step == "price"));
    assert_eq!(house.things().await[0].body.place, Place::Shelf, "nothing has happened yet");
    assert_eq!(library.deliver(10).await.unwrap().confirmed, 1);
    let done = library.standing(librarian, task.id(), &Answers::none()).await.unwrap();
    assert_eq!(done.status.to_string(), "lent (for 3)");
    let things = house.things().await;
    assert_eq!((things.len(), things[0].body.place, things[1].body.fee), (2, Place::Reader, 3));

    let back = library.run(librarian, "GiveBack", *book, Answers::none()).await.unwrap();
    assert_eq!((back.asked, back.confirmed), (1, 0));
    assert_eq!(library.deliver(10).await.unwrap().confirmed, 1);
    assert_eq!(*house.asked.lock().unwrap(), ["catalogue", "next-reader"]);
    assert_eq!(house.things().await[0].body.place, Place::Shelf);

    // Installed; started; Next; answered and lent; run; confirmed.
    let history = library.history(librarian, *book).await.unwrap();
    assert_eq!((history.records.len(), history.verified.unwrap().length), (6, 6));
    let next = &history.records[2];
    let personal = next.personal.as_ref().unwrap();
    assert_eq!((&*personal.account, &*personal.origin), ("libby", "desk"));
    assert_eq!(personal.notes, [("reader".to_owned(), "Ada".to_owned())]);
    let lent = |it: &Event<Library>| matches!(it, Event::Changed { step, .. } if step == "lend");
    assert!(history.records[3].entry.events.iter().any(lent));
    assert_eq!(library.close().await.unwrap().undelivered, 0);
}

#[tokio::test]
async fn a_form_is_cancelled_or_left_waiting_and_nothing_has_happened() {
    let house = house(Rules::default()).await;
    let House { library, librarian, book, clock, .. } = &house;
    let before = house.things().await;
    let cancelled = library.start(librarian, "Lend", *book).await.unwrap();
    assert_eq!(library.cancel(librarian, cancelled.id()).await.unwrap().outcome(), Some(&Outcome::Cancelled));

    let left = library.start(librarian, "Lend", *book).await.unwrap();
    clock.advance(Millis::hours(8));
    // Too late, though no tick has come; then the tick comes.
    let late = library.next(librarian, left.id(), reader()).await.unwrap_err();
    let over = Rejection::NotWaiting { now: "expired".to_owned(), outcome: Some(Outcome::Expired) };
    assert_eq!(late.rejection(), Some(&over));
    assert_eq!(library.tick().await.unwrap().fired, 1);
    let standing = library.standing(librarian, left.id(), &Answers::none()).await.unwrap();
    assert_eq!(standing.outcome(), Some(&Outcome::Expired));
    assert_eq!(house.things().await, before);
    assert!(house.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn two_librarians_on_one_book_get_an_answer_each() {
    let house = house(Rules::default()).await;
    let House { library, librarian, book, .. } = &house;
    let other = Principal::new("otto", Component::Operator, "password", hour(0)).of_tenant(TenantId::new(7));
    let mine = library.start(librarian, "Lend", *book).await.unwrap();
    let theirs = library.start(&other, "Repair", *book).await.unwrap();
    let not_theirs = library.next(&other, mine.id(), reader()).await.unwrap_err();
    assert_eq!(not_theirs.rejection(), Some(&Rejection::NotYours));

    library.next(&other, theirs.id(), Answers::none()).await.unwrap();
    let late = library.next(librarian, mine.id(), reader()).await.unwrap();
    let needed = Outcome::Superseded { needed: "on the shelf".to_owned(), found: "in the workshop".to_owned() };
    assert_eq!(late.outcome(), Some(&needed));
}

#[tokio::test]
async fn the_history_is_anchored_and_trimmed() {
    let house = house(Rules::default()).await;
    let House { library, librarian, book, clock, .. } = &house;
    let mut signer = MockSigner::new();
    signer.expect_algorithm().return_const(SignatureAlgorithm::EcdsaP256Sha256);
    signer.expect_public_key().returning(|| b"key of the library".to_vec());
    signer.expect_sign().returning(|message| Ok(message.iter().rev().copied().collect()));
    let mut signatures = MockSignatureVerifier::new();
    signatures.expect_verifies().returning(|_, _, message, signature| message.iter().rev().eq(signature));

    library.run(librarian, "Lend", *book, reader()).await.unwrap();
    library.deliver(10).await.unwrap();
    library.run(librarian, "GiveBack", *book, Answers::none()).await.unwrap();
    library.deliver(10).await.unwrap();
    let sealing = Sealing { signer: &signer, keys: &[], signatures: &signatures };
    let mut checkpoints = vec![library.checkpoint(TenantId::new(7), None, &signer).await.unwrap()];
    clock.advance(Millis::days(400));
    let trimmed = library.trim(librarian, hour(24), &sealing, 10).await.unwrap();
    assert_eq!((trimmed.chains, trimmed.faulty.len()), (1, 0));
    checkpoints.push(library.checkpoint(TenantId::new(7), checkpoints.last(), &signer).await.unwrap());

    let on_the_shelf = library.erase(librarian, *book).await.unwrap_err();
    assert!(matches!(on_the_shelf.rejection(), Some(Rejection::Refused(No::Way(Place::Shelf, Place::Dump)))));
    let task = library.start(librarian, "Repair", *book).await.unwrap();
    library.cancel(librarian, task.id()).await.unwrap();
    let report = library.verify(librarian, &checkpoints, &[], &signatures).await.unwrap();
    assert_eq!(report.faults().collect::<Vec<_>>(), Vec::<&Finding>::new());
    assert_eq!(report.verdict(), Verdict::Anchored);
    assert!(report.findings.iter().any(|it| matches!(it, Finding::Trimmed { .. })));
}

#[tokio::test]
async fn an_answer_whose_consequence_is_refused_is_recorded_and_not_asked_for_again() {
    let house = house(Rules { most: 2, ..Rules::default() }).await;
    let House { library, librarian, book, .. } = &house;
    let task = library.run(librarian, "Lend", *book, reader()).await.unwrap();
    assert_eq!(library.deliver(10).await.unwrap().confirmed, 1);
    let standing = library.standing(librarian, task.id(), &Answers::none()).await.unwrap();
    assert_eq!(standing.outcome(), Some(&Outcome::Refused { why: "the reader owes 3".to_owned() }));
    assert_eq!(standing.incidents.len(), 1);
    house.clock.advance(Millis::hours(1));
    assert_eq!(library.deliver(10).await.unwrap(), Delivered::default());
    assert_eq!(house.things().await[0].body.fee, 3);
}
