//! Hostile texts, from outside to the store and back: kept as they are, or refused by a type; and two stores agree.

use cardflow::Cardflow;
use cardflow::cards::Cards;
use cardflow::domain::{Object, Person, RelationKind};
use cardflow::ports::{Principal, Search, StorageError};
use cardflow::runtime::Error;
use cardflow::testing::strategies::{actors, cards, certificates, commands, persons, relations, texts};
use cardflow::values::Answers;
use proptest::prelude::*;

use crate::common::{Office, Store, person_at};

/// What an office is asked to take in.
#[derive(Debug)]
struct Given {
    person: persons::PersonDraft,
    card: cards::CardDraft,
    certificate: certificates::CertificateDraft,
    relation: relations::RelationDraft,
}

impl Given {
    /// Whatever of it can be made at all, all hanging together where it can.
    fn objects(&self, office: &Office) -> Vec<Object> {
        let mut objects = Vec::new();
        if let Ok(card) = self.card.build() {
            if let Ok(person) = self.person.build() {
                objects.push(office.relation(RelationKind::Holder, &card, person.at()));
                objects.push(Object::Person(person));
            }
            if let Ok(certificate) = self.certificate.build() {
                let certificate = certificate.first_issued_to(&card);
                objects.push(office.relation(RelationKind::Carries, &card, certificate.at()));
                objects.push(Object::Certificate(certificate));
            }
            objects.extend(self.relation.build(&card).ok().map(Object::Relation));
            objects.push(Object::Card(card));
        } else {
            objects.extend(self.person.build().ok().map(Object::Person));
        }
        objects
    }
}

/// Every way in, and what each comes to in words.
async fn goes_in(store: Store, given: &Given, who: &Principal, text: &str, answers: &Answers) -> Vec<String> {
    let office = Office::on(&store).await;
    let objects = given.objects(&office);
    let registered = office.cards.register(&office.administrator, &objects).await;
    let mut came = vec![words(&registered)];
    let administrator = &office.administrator;
    if registered.is_ok() {
        for object in &objects {
            // Certificates and relations are opened with their card.
            if let Object::Card(_) | Object::Person(_) = object {
                let open = office.cards.open(administrator, object.at()).await.unwrap();
                for there in &objects {
                    if let Some(read) = open.dossier.get(there.at()) {
                        same(there, read);
                    }
                }
            }
        }
    }
    came.push(seen(&office.cards, administrator, text).await);
    let operator = &office.operator;
    came.push(words(&office.cards.run(operator, "CardsProcDeactivate", office.card, answers.clone()).await));
    came.push(words(&office.cards.start(operator, text, office.card).await));
    came.push(words(&office.cards.open(who, office.card).await.map(|_| ())));
    came.push(words(&office.cards.start(who, "CardsProcLock", office.card).await));
    // A refusal is put on record with whatever was tried.
    let refusals = office.cards.refusals(&office.auditor, 10).await.unwrap();
    came.extend(refusals.iter().map(|it| format!("{} {} {}", it.attempt, it.code, it.times)));
    // Nobody but Ada can see herself by that text, unless it is hers.
    came.push(words(&office.cards.open(operator, person_at(office.holder)).await.map(|it| it.dossier.subject())));
    store.verifies().await;
    came
}

/// Whether an answer came, or why not, in words.
fn words<T: std::fmt::Debug>(came: &Result<T, Error<Cards>>) -> String {
    match came {
        Ok(it) => format!("{it:?}"),
        Err(Error::Rejected(why)) => format!("rejected: {why}"),
        Err(error) => format!("failed: {error}"),
    }
}

async fn seen(cards: &Cardflow, who: &Principal, text: &str) -> String {
    let mut seen = String::new();
    for search in [Search::cards(), Search::persons()] {
        let found = cards.search(who, search.clone().text(text)).await;
        seen.push_str(&words(&found.map(|it| it.items.iter().map(|it| it.id).collect::<Vec<_>>())));
    }
    let persons = cards.search(who, Search::persons().account(text)).await;
    seen.push_str(&words(&persons.map(|it| it.items.len())));
    seen
}

/// An object that was read is the one that was given: its state, its holds, and every text of it.
fn same(given: &Object, read: &Object) {
    assert_eq!((given.at(), given.state(), given.holds()), (read.at(), read.state(), read.holds()));
    match (given, read) {
        (Object::Person(given), Object::Person(read)) => {
            assert_eq!((given.name(), given.mail(), given.unit()), (read.name(), read.mail(), read.unit()));
            assert!(given.accounts().eq(read.accounts()));
            // Whoever registers them has granted them.
            let granted =
                |it: &Person| it.roles().iter().map(|it| (it.role().to_owned(), it.units().clone())).collect();
            let (given_roles, read_roles): (Vec<_>, Vec<_>) = (granted(given), granted(read));
            assert_eq!((given_roles, given.locale()), (read_roles, read.locale()));
        }
        (Object::Card(given), Object::Card(read)) => {
            assert_eq!((given.number(), given.kind(), given.unit()), (read.number(), read.kind(), read.unit()));
            assert_eq!(given.validity(), read.validity());
            assert!(given.attributes().eq(read.attributes()));
        }
        (Object::Certificate(given), Object::Certificate(read)) => {
            assert_eq!((given.issuer(), given.serial()), (read.issuer(), read.serial()));
            assert_eq!((given.content(), given.uses()), (read.content(), read.uses()));
        }
        (Object::Relation(given), Object::Relation(read)) => assert_eq!(given.to(), read.to()),
        (given, read) => panic!("{given:?} is {read:?}"),
    }
}

/// How many cases are tried; `CARDFLOW_CASES` times as many for a long run.
pub(crate) fn cases(usual: u32) -> u32 {
    let times = std::env::var("CARDFLOW_CASES").ok().and_then(|it| it.parse().ok());
    usual * times.unwrap_or(1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_texts_are_kept_or_refused(
        person in persons::hostile(),
        card in cards::hostile(),
        certificate in certificates::hostile(),
        relation in relations::hostile(),
        who in actors::hostile_principal(),
        text in texts::hostile(),
        answers in commands::hostile_answers(),
    ) {
        let given = Given { person, card, certificate, relation };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let memory = goes_in(Store::memory(), &given, &who, &text, &answers).await;
            let sqlite = goes_in(Store::sqlite(), &given, &who, &text, &answers).await;
            assert_eq!(memory, sqlite);
            assert!(memory.iter().all(|it| !it.starts_with("failed")), "{memory:#?}");
        });
    }
}

#[tokio::test]
async fn plain_objects_of_the_strategies_are_taken_in() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let office = Office::on(&Store::memory()).await;
    let mut taken = 0;
    for _ in 0..64 {
        let person = persons::person().new_tree(&mut runner).unwrap().current();
        let card = cards::card().new_tree(&mut runner).unwrap().current();
        for object in [Object::Person(person), Object::Card(card)] {
            let registered = office.cards.register(&office.administrator, std::slice::from_ref(&object)).await;
            match registered {
                Ok(_) => taken += 1,
                // An account, a number or an id that somebody else has.
                Err(Error::Storage(StorageError::AlreadyExists { .. } | StorageError::Conflict { .. })) => {}
                Err(error) => panic!("{error:?}: {object:?}"),
            }
        }
    }
    assert!(taken > 32, "{taken}");
}
