//! What an erasure takes away, what it leaves, and who may ask for it.

use std::sync::Arc;

use cardflow::cards::{Cards, leaves_person, on_person};
use cardflow::domain::{
    Card, CardId, CardKind, CardState, Certificate, CertificateContent, CertificateId, CertificateState, End, KeyUse,
    PersonPlan, PersonState, Refusal, Relation, RelationId, RelationKind, Serial,
};
use cardflow::engine::evidence::{Finding, ReadLine, Verdict};
use cardflow::engine::{AuditOutcome, Component, Event, Form, Process, Resolution, Version};
use cardflow::ports::{AuditQuery, Commit, Search};
use cardflow::runtime::Erased;
use cardflow::values::{Answers, CommandId, Millis, ObjectRef, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, issuer, now, person_at, principal, rejection, validity};
use crate::support::{checkpoint, faults, verify, work};

every_store![
    who_may_come_back_is_not_erased,
    only_an_administrator_erases,
    what_is_under_way_comes_first,
    nothing_is_left_of_a_person_but_what_others_refer_to,
    who_acted_elsewhere_is_forgotten_there,
    once_more_finds_nothing_and_a_repeated_command_answers_the_same,
    an_audit_finds_it_by_its_outcome,
    what_was_said_about_an_incident_goes,
];

/// The person leaves for good, and the cards with the person.
fn leave() -> Arc<dyn Process<Cards>> {
    fn lock(plan: &mut PersonPlan<'_, '_>) -> Result<(), Refusal> {
        plan.becomes(PersonState::Locked)?;
        for card in plan.cards() {
            let mut card = plan.card(card);
            if matches!(card.state()?, CardState::Active | CardState::Inactive) {
                card.card().lock()?;
                card.relations().possible().hold()?;
                card.certificates().usable().revoke()?;
            }
        }
        Ok(())
    }
    let built = on_person("SiteProcLockUser", "Lock user", Version(1))
        .component(Component::Operator)
        .requires(PersonState::Active)
        .form("confirm", Form::shows(&["person"]))
        .change("lock", leaves_person(PersonState::Locked), lock)
        .end("locked");
    Arc::new(built.build().unwrap())
}

async fn office(store: &Store) -> Office {
    Office::over(store.builder().processes([leave()])).await
}

/// Gives the holder what names the holder elsewhere: a card from stock with a printed name and an account, and on it a
/// certificate.
async fn named_everywhere(office: &Office) -> ObjectRef {
    let card =
        Card::new(TENANT, CardId::from_uuid(office.fresh()), CardKind::Visitor, "6001".parse().unwrap(), validity());
    let card = card.with_attribute("printed name", "Ada E.").unwrap();
    let id = CertificateId::from_uuid(office.fresh());
    let serial = (issuer(), Serial::from_bytes(&[77]).unwrap());
    let content = CertificateContent::Der(b"CN=Ada Example, as it stands in DER".to_vec());
    let certificate = Certificate::new(TENANT, id, serial, validity(), [KeyUse::Signature], content).unwrap();
    let certificate = certificate.first_issued_to(&card);
    let relation = || RelationId::from_uuid(office.fresh());
    let held = Relation::to_object(relation(), RelationKind::Holder, &card, person_at(office.holder));
    let carries = Relation::to_object(relation(), RelationKind::Carries, &card, certificate.at());
    let account = Relation::to_outside(relation(), RelationKind::Account, &card, "ada@accounts").unwrap();
    let door = Relation::to_outside(relation(), RelationKind::Door, &card, "Side entrance").unwrap();
    let at = card.at();
    office.register(&[card.into(), certificate.into(), held.into(), carries.into(), account.into(), door.into()]).await;
    at
}

async fn lock(office: &Office, person: PersonId) {
    office.cards.run(&office.operator, "SiteProcLockUser", person_at(person), Answers::none()).await.unwrap();
    office.settle().await;
}

async fn erase(office: &Office, person: PersonId) -> Erased {
    office.cards.erase(&office.administrator, person_at(person)).await.unwrap()
}

async fn personal_parts(store: &Store, chain: ObjectRef) -> usize {
    let records = store.storage.history(TENANT, chain.home(), None, 1000).await.unwrap();
    records.iter().filter(|it| it.personal.is_some()).count()
}

async fn who_may_come_back_is_not_erased(store: Store) {
    let office = office(&store).await;
    let refused = office.cards.erase(&office.administrator, person_at(office.holder)).await;
    assert_eq!(rejection(refused), Rejection::Refused(Refusal::NotFinal(PersonState::Active)));
    let nobody = office.cards.erase(&office.administrator, person_at(PersonId::from_uuid(office.fresh()))).await;
    assert_eq!(rejection(nobody), Rejection::NotFound { what: "object" });
    let card = office.cards.erase(&office.administrator, office.card).await;
    assert!(matches!(rejection(card), Rejection::Refused(Refusal::Change(_))), "only persons are erased");
}

async fn only_an_administrator_erases(store: Store) {
    let office = office(&store).await;
    lock(&office, office.holder).await;
    let person = person_at(office.holder);
    let as_operator = principal("adam", Component::Operator);
    for who in [&office.operator, &office.auditor, &as_operator] {
        let refused = office.cards.erase(who, person).await;
        assert_eq!(rejection(refused), Rejection::NotEntitled { right: "erase personal data".to_owned() });
    }
    let noted = office.cards.refusals(&office.auditor, 10).await.unwrap();
    assert_eq!(noted.iter().filter(|it| it.attempt == "erase personal data").count(), 3);
}

async fn what_is_under_way_comes_first(store: Store) {
    let office = office(&store).await;
    let task = office.start("CardsProcLock").await;
    lock(&office, office.holder).await;
    let person = person_at(office.holder);
    let refused = office.cards.erase(&office.administrator, person).await;
    assert_eq!(rejection(refused), Rejection::StillOpen { instances: 1 });
    office.cards.cancel(&office.operator, task.id()).await.unwrap();
    assert!(erase(&office, office.holder).await.records > 0);
}

async fn nothing_is_left_of_a_person_but_what_others_refer_to(store: Store) {
    let office = office(&store).await;
    let lent = named_everywhere(&office).await;
    let answers = Answers::none().with("reason", "lost").with("note", "Ada left it on a train");
    office.cards.run(&office.operator, "CardsProcDeactivate", office.card, answers).await.unwrap();
    office.settle().await;
    lock(&office, office.holder).await;
    let before = checkpoint(&office, None).await;
    let (holder, chain) = (person_at(office.holder), office.card);
    assert!(personal_parts(&store, chain).await >= 3);
    office.wait(Millis::hours(1));

    let erased = erase(&office, office.holder).await;
    assert!(erased.records >= 3 && erased.objects >= 5, "{erased:?}");

    // Nobody finds the person by name or account; the person, the cards and all that is on them are there as they were.
    for text in ["Ada Example", "Example"] {
        for search in [Search::cards().text(text), Search::persons().text(text), Search::certificates().text(text)] {
            let found = office.cards.search(&office.auditor, search).await.unwrap();
            assert_eq!(found.items.len(), 0, "{text}: {:?}", found.items);
        }
    }
    let gone = office.cards.sign_in(&office.self_service).await;
    assert_eq!(rejection(gone), Rejection::UnknownAccount);
    let dossier = office.cards.open(&office.auditor, holder).await.unwrap().dossier;
    let person = dossier.person(holder).unwrap();
    assert_eq!((person.name(), person.mail(), person.accounts().count()), ("erased", None, 0));
    assert_eq!((person.state(), person.unit()), (PersonState::Locked, Some("Berlin")));
    assert_eq!(dossier.cards_of(holder).count(), 2);
    assert_eq!(dossier.card(lent).unwrap().attributes().count(), 0);
    let certificate = dossier.certificates_of(lent).next().unwrap();
    assert_eq!(certificate.wanted(), CertificateState::Revoked);
    assert!(matches!(certificate.content(), CertificateContent::Sha256(_)), "the fingerprint stays");
    let outside = |kind| dossier.relations_of(lent).find(|it| it.kind() == kind).unwrap().to().clone();
    assert_eq!(outside(RelationKind::Account), End::Outside("erased".to_owned()));
    assert_eq!(outside(RelationKind::Door), End::Outside("Side entrance".to_owned()));

    // The history has who erased whose data and when, and no name.
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    assert_eq!(history.verified.unwrap().length, u64::try_from(history.records.len()).unwrap());
    let last = history.records.last().unwrap();
    let Event::Erased(erasure) = &last.entry.events[0] else { panic!("{:?}", last.entry) };
    assert_eq!((erasure.person, erasure.each().count()), (office.holder, erased.records));
    assert_eq!(last.entry.actor.person, Some(office.person("adam").await));
    assert_eq!(last.entry.at, now().plus(Millis::hours(1)));
    let named = history.records.iter().filter(|it| it.personal.is_some()).count();
    assert_eq!(named, 1, "who erased is not the one who was erased");

    // It verifies, against the checkpoint from before as well.
    let report = verify(&office, &[before]).await;
    assert_eq!((faults(&report), report.verdict()), (Vec::new(), Verdict::Anchored));
    let told = |it: &Finding| matches!(it, Finding::Erased { person, records, .. } if (*person, *records) == (office.holder, erased.records));
    assert!(report.findings.iter().any(told), "{report}");

    // The export says that and when.
    let mut export = office.cards.export(&office.auditor).await.unwrap();
    let lines = export.page().await.unwrap();
    let bare = lines.iter().filter(|it| it.contains(r#""erased":"2026-11-23T11:00:00Z""#));
    assert_eq!(bare.count(), erased.records);
    assert!(lines.iter().all(|it| ReadLine::from_json(it).is_ok()));
    assert!(!lines.iter().any(|it| it.contains("Ada ") || it.contains("train")));
}

async fn who_acted_elsewhere_is_forgotten_there(store: Store) {
    let office = office(&store).await;
    work(&office, 20).await;
    let (olga, otto) = (office.person("olga").await, office.person("otto").await);
    let parts = personal_parts(&store, office.card).await;
    office.cards.run(&office.colleague, "CardsProcDeactivate", office.card, Answers::none()).await.unwrap();
    // Nobody locks oneself: the other operator does it.
    office.cards.run(&office.colleague, "SiteProcLockUser", person_at(olga), Answers::none()).await.unwrap();
    let erased = erase(&office, olga).await;
    assert!(erased.records >= parts, "{erased:?}");
    let history = office.cards.history(&office.auditor, office.card).await.unwrap();
    for it in &history.records {
        let by_olga = it.entry.actor.person == Some(olga);
        assert!(!(by_olga && it.personal.is_some()), "{:?}", it.entry);
        assert!(it.entry.actor.person != Some(otto) || it.personal.is_some(), "the other's stay");
    }
    assert!(history.verified.is_ok());
    let report = verify(&office, &[]).await;
    assert_eq!(faults(&report), [""; 0]);
}

async fn once_more_finds_nothing_and_a_repeated_command_answers_the_same(store: Store) {
    let office = office(&store).await;
    lock(&office, office.holder).await;
    let command = CommandId::from_uuid(office.fresh());
    let call = || office.administrator.command(command);
    let first = office.cards.erase(call(), person_at(office.holder)).await.unwrap();
    assert!(first.records > 0);
    let head = |store: Store| async move { store.storage.homes(TENANT, &[office.card.home()]).await.unwrap()[0].head };
    let before = head(store.clone()).await;
    assert_eq!(office.cards.erase(call(), person_at(office.holder)).await.unwrap(), first);
    assert_eq!(erase(&office, office.holder).await, Erased::default());
    let olga = office.person("olga").await;
    let other = office.cards.erase(call(), person_at(olga)).await;
    assert_eq!(rejection(other), Rejection::CommandIdReused { id: command });
    assert_eq!(store.storage.homes(TENANT, &[office.card.home()]).await.unwrap()[0].head, before);
}

/// Memory alone: the store does not verify after it.
#[tokio::test]
async fn a_part_that_goes_without_an_erasure_is_missed() {
    let store = Store::memory();
    let office = office(&store).await;
    office.run("CardsProcDeactivate").await;
    let erases = vec![(office.card.home(), 2)];
    store.storage.commit(Commit { erases, ..Commit::of(TENANT) }).await.unwrap();
    let report = verify(&office, &[]).await;
    let missing = Finding::PersonalMissing { chain: office.card.home(), sequence: 2 };
    assert_eq!(report.findings, [missing], "{report}");
}

/// What stands in the files of a store.
#[tokio::test]
async fn nothing_of_an_erased_person_is_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cards.db");
    let open = || cardflow::adapters::sqlite::SqliteStorage::open(&path, &cardflow::cards::SCHEMA).unwrap();
    let office = Office::over(cardflow::Cardflow::builder(open()).processes([leave()])).await;
    named_everywhere(&office).await;
    let answers = Answers::none().with("reason", "lost").with("note", "Ada left it on a train");
    office.cards.run(&office.operator, "CardsProcDeactivate", office.card, answers).await.unwrap();
    office.settle().await;
    lock(&office, office.holder).await;
    let words = ["Ada ", "ada@accounts", "left it on a train", "holder@example.org"];
    let found = || {
        let files = std::fs::read_dir(folder.path()).unwrap().map(|it| std::fs::read(it.unwrap().path()).unwrap());
        let bytes: Vec<u8> = files.collect::<Vec<_>>().concat();
        words.map(|word| bytes.windows(word.len()).any(|it| it == word.as_bytes()))
    };
    assert_eq!(found(), [true; 4]);
    erase(&office, office.holder).await;
    assert_eq!(found(), [false; 4], "while it is open");
    drop(office);
    assert_eq!(found(), [false; 4], "and when it is closed");
}

async fn an_audit_finds_it_by_its_outcome(store: Store) {
    let office = office(&store).await;
    lock(&office, office.holder).await;
    erase(&office, office.holder).await;
    while !office.cards.project(TENANT, 100).await.unwrap().up_to_date {}
    let query = AuditQuery::all().outcome(AuditOutcome::Erased);
    let rows = office.cards.audit(&office.auditor, query).await.unwrap().rows;
    let [row] = rows.as_slice() else { panic!("{rows:#?}") };
    assert_eq!((row.chain, row.run.as_ref(), row.changed), (person_at(office.holder).home(), None, false));
    assert!(row.objects.contains(&person_at(office.holder)));
}

async fn what_was_said_about_an_incident_goes(store: Store) {
    let office = office(&store).await;
    let card = office.card_at(office.card).await;
    let foreign = office.certificate(&card, "CN=Somebody Else".parse().unwrap(), "0777");
    let carries = office.relation(RelationKind::Carries, &card, foreign.at());
    office.register(&[foreign.into(), carries]).await;
    let held = office.run("CardsProcDeactivate").await;
    office.settle().await;
    let note = "Ada has called them herself";
    let by_hand = Resolution::ByHand;
    office.cards.resolve_incident(&office.administrator, held.id(), 0, by_hand, note).await.unwrap();
    let resolved = async || {
        let history = office.cards.history(&office.auditor, office.card).await.unwrap();
        assert!(history.verified.is_ok());
        let is_it = |it: &Event<Cards>| matches!(it, Event::Resolved { note, .. } if note.is_empty());
        history.records.into_iter().find(|it| it.entry.events.iter().any(is_it)).unwrap()
    };
    let before = resolved().await;
    assert_eq!(before.personal.unwrap().said, note);
    lock(&office, office.holder).await;
    erase(&office, office.holder).await;
    let after = resolved().await;
    assert_eq!((after.personal, after.entry.events), (None, before.entry.events), "that and how it was closed stays");
    let holds = |bytes: &[u8]| bytes.windows(note.len()).any(|it| it == note.as_bytes());
    let records = store.storage.history(TENANT, office.card.home(), None, 1000).await.unwrap();
    assert!(!records.iter().any(|it| holds(&it.open) || it.personal.as_ref().is_some_and(|it| holds(&it.bytes))));
    let instance = store.storage.instance(TENANT, held.id()).await.unwrap().unwrap();
    assert!(!holds(&instance.instance.body), "nor does the instance keep it");
    assert_eq!(faults(&verify(&office, &[]).await), Vec::<String>::new());
}
