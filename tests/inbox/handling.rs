//! What people do with a task: on record, once, whoever else acts at the same time, and for longer than the host lives.

use std::sync::Arc;

use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::evidence::Finding;
use cardflow::engine::{Entry, Event, Handling, Judgement, PersonalEntry, Priority, Record, Task, TaskCommand};
use cardflow::ports::{Commit, Committed};
use cardflow::runtime::InboxItem;
use cardflow::values::{Answers, CommandId, Millis};

use crate::common::store::every_store;
use crate::common::{Office, Rejection, Store, TENANT, now, rejection};
use crate::desk::{At, at, at_desk, office};

every_store![
    each_command_is_one_record,
    words_are_personal,
    who_sees_only_their_own_reads_only_their_own_words,
    a_command_repeated_has_its_answer_again,
    a_command_repeated_when_the_task_is_for_others_has_its_answer_again,
    two_claim_at_once_and_one_wins,
    a_claim_in_between_stops_a_decision,
    a_decision_in_between_stops_a_claim,
    a_claim_does_not_stand_in_the_way_of_a_next,
    what_was_done_outlives_the_host,
    who_assigns_does_so_with_what_others_hold,
    who_may_not_learns_nothing,
];

/// The events on record in the home of the card, with the words that go with them; oldest first.
async fn recorded(store: &Store, office: &Office) -> Vec<(Entry<Cards>, Option<PersonalEntry>)> {
    let records = store.storage.history(TENANT, office.card.home(), None, 1000).await.unwrap();
    let read = |it: &_| (Entry::<Cards>::read(it).unwrap(), PersonalEntry::read(it).unwrap());
    records.iter().rev().map(read).collect()
}

async fn each_command_is_one_record(store: Store) {
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    let (ann, arno) = (office.person("ann").await, office.person("arno").await);
    let Office { cards, approver, .. } = &office;
    let arno_at_desk = at_desk("arno");
    let (id, of) = task;
    let soon = now().plus(Millis::hours(1));
    let before = recorded(&store, &office).await.len();
    let revision = store.storage.homes(TENANT, &[office.card.home()]).await.unwrap()[0].revision;

    let mut expected = Vec::new();
    let mut done = |item: InboxItem, by, command: TaskCommand| {
        assert_eq!((item.id, item.title.as_str()), (of, "Deactivate card"));
        let last = expected.last().map(|(_, _, it): &(_, _, InboxItem)| it.task.handling.clone());
        assert_eq!(item.task.handling, last.unwrap_or_default().after(Some(by), &command));
        expected.push((by, command, item));
    };
    done(cards.claim(approver, id, of).await.unwrap(), ann, TaskCommand::Claim);
    let urgent = cards.prioritise(approver, id, of, Priority::Urgent).await.unwrap();
    done(urgent, ann, TaskCommand::Prioritise { priority: Priority::Urgent });
    let due = cards.set_due(approver, id, of, Some(soon)).await.unwrap();
    done(due, ann, TaskCommand::SetDue { due: Some(soon) });
    let later = cards.follow_up(approver, id, of, Some(soon)).await.unwrap();
    done(later, ann, TaskCommand::FollowUp { at: Some(soon) });
    done(cards.delegate(approver, id, of, arno).await.unwrap(), ann, TaskCommand::Delegate { to: arno });
    let comment = cards.comment(&arno_at_desk, id, of, "").await;
    assert_eq!(rejection(comment), Rejection::NoteNeeded { most: 1000 });
    done(cards.resolve(&arno_at_desk, id, of).await.unwrap(), arno, TaskCommand::Resolve);
    done(cards.reassign(approver, id, of, arno).await.unwrap(), ann, TaskCommand::Reassign { to: arno });
    done(cards.unclaim(&arno_at_desk, id, of).await.unwrap(), arno, TaskCommand::Unclaim);

    let records = recorded(&store, &office).await.split_off(before);
    assert_eq!(records.len(), expected.len(), "one record for each that was accepted, none for the one refused");
    for ((entry, _), (by, command, _)) in records.iter().zip(&expected) {
        let handled = Event::Handled { step: "approval".to_owned(), task: of, command: command.clone() };
        assert_eq!((entry.actor.person, &entry.events), (Some(*by), &vec![handled]));
        assert_eq!(entry.run.as_ref().map(|it| it.instance), Some(id));
    }
    let after = store.storage.homes(TENANT, &[office.card.home()]).await.unwrap()[0].revision;
    assert_eq!(after, revision, "the home has not changed (law 15)");
}

async fn words_are_personal(store: Store) {
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    let (comment, reference) = ("The holder was seen with it", "https://files.example.org/case/17");
    office.cards.comment(&office.approver, task.0, task.1, comment).await.unwrap();
    let item = office.cards.attach(&office.operator, task.0, task.1, reference).await.unwrap();
    assert_eq!((item.task.handling.comments, item.task.handling.attachments), (1, 1));
    let records = store.storage.history(TENANT, office.card.home(), None, 2).await.unwrap();
    for (record, words) in records.iter().rev().zip([comment, reference]) {
        assert!(!String::from_utf8_lossy(&record.open).contains(words), "the open part says only that there was one");
        assert_eq!(PersonalEntry::read(record).unwrap().unwrap().said, words);
    }
    let stored = store.storage.instance(TENANT, task.0).await.unwrap().unwrap();
    for words in [comment, reference] {
        let bytes = [stored.instance.body.as_slice(), stored.tasks[0].body.as_slice()];
        assert!(bytes.iter().all(|it| !String::from_utf8_lossy(it).contains(words)));
    }
    let read = office.cards.task(&office.approver, task.0).await.unwrap();
    assert_eq!(read.item.map(|it| it.id), Some(task.1));
    let words: Vec<_> = read.remarks.iter().map(|it| (it.is_attachment, it.words.as_deref().unwrap())).collect();
    assert_eq!(words, [(false, comment), (true, reference)]);

    // They stay to be read when the task is done, and go when whoever said them is erased.
    let agreement = office.agreement(&store, task).await;
    office.cards.judge(&office.approver, task.0, agreement).await.unwrap();
    office.settle().await;
    let read = office.cards.task(&office.approver, task.0).await.unwrap();
    assert_eq!((read.item, read.remarks.len()), (None, 2));
}

async fn who_sees_only_their_own_reads_only_their_own_words(store: Store) {
    let options =
        CardsOptions { deactivation_approval: true, deactivation_self_service: true, ..CardsOptions::default() };
    let office = Office::over(store.builder().options(1, options)).await;
    let form = at(&office.cards.start(&office.self_service, "CardsProcDeactivate", office.card).await.unwrap());
    office.cards.comment(&office.self_service, form.0, form.1, "I left it on the train").await.unwrap();
    let asked = office.cards.next(&office.self_service, form.0, Answers::none().with("reason", "lost")).await.unwrap();
    let request = at(&asked);
    office.cards.comment(&office.approver, request.0, request.1, "The holder was seen with it").await.unwrap();
    let words = async |who| {
        let read = office.cards.task(who, form.0).await.unwrap();
        read.remarks.into_iter().map(|it| it.words).collect::<Vec<_>>()
    };
    let (own, of_other) = (Some("I left it on the train".to_owned()), Some("The holder was seen with it".to_owned()));
    assert_eq!(words(&office.approver).await, [own.clone(), of_other]);
    assert_eq!(words(&office.self_service).await, [own, None]);
}

async fn a_command_repeated_has_its_answer_again(store: Store) {
    let office = office(&store, 1).await;
    let (id, of) = office.request(office.card).await;
    let command = CommandId::from_uuid(office.fresh());
    let first = office.cards.claim(office.approver.command(command), id, of).await.unwrap();
    office.cards.unclaim(&office.approver, id, of).await.unwrap();
    office.cards.claim(&at_desk("arno"), id, of).await.unwrap();
    let records = recorded(&store, &office).await.len();
    let again = office.cards.claim(office.approver.command(command), id, of).await.unwrap();
    assert_eq!(again, first, "the same again has the same answer (law 16), whatever has happened since");
    let other = office.cards.unclaim(office.approver.command(command), id, of).await;
    assert_eq!(rejection(other), Rejection::CommandIdReused { id: command });
    assert_eq!(recorded(&store, &office).await.len(), records);
}

async fn a_command_repeated_when_the_task_is_for_others_has_its_answer_again(store: Store) {
    let office = office(&store, 1).await;
    let (id, of) = office.request(office.card).await;
    let [claimed, commented] = [(); 2].map(|()| CommandId::from_uuid(office.fresh()));
    let claim = office.cards.claim(office.approver.command(claimed), id, of).await.unwrap();
    let comment = office.cards.comment(office.approver.command(commented), id, of, "Whose?").await.unwrap();
    office.cards.judge(&office.approver, id, Judgement::ask(of, "Which card?")).await.unwrap();
    let again = office.cards.claim(office.approver.command(claimed), id, of).await.unwrap();
    assert_eq!(again, claim, "it was sent back to the requester, and the same again has the same answer (law 16)");
    let again = office.cards.comment(office.approver.command(commented), id, of, "Whose?").await.unwrap();
    assert_eq!(again, comment);
    let fresh = CommandId::from_uuid(office.fresh());
    let late = office.cards.claim(office.approver.command(fresh), id, of).await;
    assert_eq!(rejection(late), Rejection::NotFound { what: "instance" }, "a new one is as late as ever");
}

async fn two_claim_at_once_and_one_wins(store: Store) {
    let office = Arc::new(office(&store, 1).await);
    for (round, card) in office.more_cards(8).await.into_iter().enumerate() {
        let (id, of) = office.request(card).await;
        let claim = |who: &'static str| {
            let office = Arc::clone(&office);
            tokio::spawn(async move { office.cards.claim(&at_desk(who), id, of).await })
        };
        let (ann, arno) = (claim("ann"), claim("arno"));
        let (ann, arno) = (ann.await.unwrap(), arno.await.unwrap());
        let (winner, loser) = if ann.is_ok() { ("ann", arno) } else { ("arno", ann) };
        let person = office.person(winner).await;
        assert_eq!(rejection(loser), Rejection::ClaimedBy { person }, "round {round}");
    }
}

/// Another acts just before the commit: what was decided from the old task is decided anew.
async fn a_claim_in_between_stops_a_decision(store: Store) {
    let office = office(&store, 2).await;
    let task = office.request(office.card).await;
    let agreement = office.agreement(&store, task).await;
    let (watched, spy) = watched(&store, &office);
    let arno = office.person("arno").await;
    let other = office.host(&store);
    spy.before_commit(async move { drop(other.claim(&at_desk("arno"), task.0, task.1).await.unwrap()) });
    // Her vote would not be enough, so the task stays as it is: all the same she finds it claimed.
    let voted = watched.judge(&office.approver, task.0, agreement).await;
    assert_eq!(rejection(voted), Rejection::ClaimedBy { person: arno });
    let (instance, _) = office.stored(&store, task.0).await;
    assert_eq!(instance.approval().unwrap().votes, []);
}

async fn a_decision_in_between_stops_a_claim(store: Store) {
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    let agreement = office.agreement(&store, task).await;
    let (watched, spy) = watched(&store, &office);
    let other = office.host(&store);
    spy.before_commit(async move { drop(other.judge(&at_desk("arno"), task.0, agreement).await.unwrap()) });
    let late = rejection(watched.claim(&office.approver, task.0, task.1).await);
    let Rejection::AlreadyDecided { by, .. } = late else { panic!("{late:?}") };
    assert_eq!(by, Some(office.person("arno").await));
}

async fn a_claim_does_not_stand_in_the_way_of_a_next(store: Store) {
    let office = office(&store, 1).await;
    let task = office.form().await;
    let (watched, spy) = watched(&store, &office);
    let (other, operator) = (office.host(&store), office.operator.clone());
    spy.before_commit(async move {
        drop(other.comment(&operator, task.0, task.1, "I am at it").await.unwrap());
    });
    let asked = watched.next(&office.operator, task.0, Answers::none()).await.unwrap();
    assert!(asked.approval.is_some(), "decided anew, and nobody has noticed");
}

async fn what_was_done_outlives_the_host(store: Store) {
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    office.cards.claim(&office.approver, task.0, task.1).await.unwrap();
    let kept = office.cards.prioritise(&office.approver, task.0, task.1, Priority::High).await.unwrap();
    let office = office.again(|| store.builder());
    let (_, stored) = office.stored(&store, task.0).await;
    assert_eq!(stored, Some(kept.task));
    let agreement = office.agreement(&store, task).await;
    let blocked = office.cards.judge(&at_desk("arno"), task.0, agreement.clone()).await;
    assert!(matches!(rejection(blocked), Rejection::ClaimedBy { .. }));
    office.cards.judge(&office.approver, task.0, agreement).await.unwrap();
}

async fn who_assigns_does_so_with_what_others_hold(store: Store) {
    let office = office(&store, 1).await;
    let (ann, arno) = (office.person("ann").await, office.person("arno").await);
    let (id, of) = office.request(office.card).await;
    let Office { cards, approver, administrator, .. } = &office;
    cards.claim(approver, id, of).await.unwrap();
    let item = cards.reassign(administrator, id, of, arno).await.unwrap();
    assert_eq!(item.task.handling.owner, Some(arno));
    let (entry, _) = recorded(&store, &office).await.pop().unwrap();
    assert_eq!((entry.actor.role.as_str(), entry.rule.as_str()), ("Administrator", "Administrator of everything"));
    let item = cards.delegate(administrator, id, of, ann).await.unwrap();
    assert_eq!((item.task.handling.owner, item.task.handling.delegate), (Some(arno), Some(ann)));
    let item = cards.unclaim(administrator, id, of).await.unwrap();
    assert_eq!(item.task.handling, Handling::default());
    // To those who may decide it, and to nobody else.
    let olga = office.person("olga").await;
    let unsuitable = rejection(cards.reassign(administrator, id, of, olga).await);
    assert_eq!(
        unsuitable.to_string(),
        "this person cannot be given the task: whoever asked for it does not approve it"
    );
    let form = office.cards.start(&office.colleague, "CardsProcLock", office.card).await.unwrap();
    let (id, of) = (form.id(), form.task().unwrap());
    // Ann has no right to run processes; Olga has.
    let barred = rejection(cards.delegate(administrator, id, of, ann).await);
    assert!(matches!(barred, Rejection::Unsuitable { .. }), "{barred:?}");
    cards.delegate(administrator, id, of, olga).await.unwrap();
    cards.next(&office.operator, id, Answers::none().with("reason", "lost")).await.unwrap();
}

async fn who_may_not_learns_nothing(store: Store) {
    let office = office(&store, 1).await;
    let (id, of) = office.request(office.card).await;
    office.cards.claim(&office.approver, id, of).await.unwrap();
    let nothing = Rejection::NotFound { what: "instance" };
    let (_, card) = office.employ("Ben Beispiel", "Hamburg", "4800", 20).await;
    let (other, waits) = office.request(card).await;
    for (who, id, of) in
        [(&office.auditor, id, of), (&office.auditor, other, waits), (&office.self_service, other, waits)]
    {
        assert_eq!(rejection(office.cards.claim(who, id, of).await), nothing, "{who:?}");
        assert_eq!(rejection(office.cards.comment(who, id, of, "Hm").await), nothing, "{who:?}");
    }
    // The holder sees what is done with their own card, and has no say.
    assert_eq!(rejection(office.cards.claim(&office.self_service, id, of).await), Rejection::NotYours);
    assert_eq!(rejection(office.cards.task(&office.auditor, id).await), nothing);
    // It is in the journal.
    let refusals = office.cards.refusals(&office.auditor, 10).await.unwrap();
    assert!(
        refusals.iter().any(|it| it.attempt == "claim CardsProcDeactivate" && it.code == "NotFound"),
        "{refusals:?}"
    );
}

/// Another host of the same office, whose commits are watched.
fn watched(store: &Store, office: &Office) -> (cardflow::Cardflow, Arc<crate::common::WatchedStorage>) {
    let spy = Arc::new(crate::common::WatchedStorage::over(store.storage.clone()));
    (office.equip(store.through(spy.clone()).builder()).build().unwrap(), spy)
}

/// Whoever edits what people have done with a task is found out; so is whoever has it listed elsewhere.
#[tokio::test]
async fn a_claim_that_nobody_made_is_named() {
    type Edit = fn(&mut Record, &mut Task);
    let edits: [(&str, Edit); 11] = [
        ("nothing", |_, _| {}),
        ("what people have done", |_, it| it.handling.owner = it.handling.delegate.or(it.requester)),
        ("what people have done", |_, it| it.handling.delegate = it.requester),
        ("what people have done", |_, it| it.handling.priority = Priority::Low),
        ("what people have done", |_, it| it.handling.due = Some(now())),
        ("what people have done", |_, it| it.handling.follow_up = None),
        ("what people have done", |_, it| it.handling.comments = 0),
        ("what people have done", |_, it| it.handling.attachments = 7),
        ("its task is not as on record", |_, it| it.since = it.since.plus(Millis::new(1))),
        ("its task is not as on record", |_, it| it.roles.extend(["Anybody".to_owned()])),
        ("found by other keys", |it, _| {
            it.keys.push(&cardflow::engine::INBOX_KEY, cardflow::engine::KeyRef::Bytes(&[1, 2]));
        }),
    ];
    for (expected, edit) in edits {
        let store = Store::memory();
        let office = office(&store, 1).await;
        let task: At = office.request(office.card).await;
        let (id, of) = task;
        office.cards.claim(&office.approver, id, of).await.unwrap();
        office.cards.follow_up(&office.approver, id, of, Some(now().plus(Millis::hours(2)))).await.unwrap();
        office.cards.comment(&office.approver, id, of, "Wait").await.unwrap();
        let record = store.storage.instance(TENANT, id).await.unwrap().unwrap().tasks.remove(0);
        let mut record = record.into_record();
        let mut forged = Task::from_bytes(&record.body).unwrap();
        edit(&mut record, &mut forged);
        record.body = forged.to_bytes().unwrap();
        record.revision = record.revision.next();
        let committed = store.storage.commit(Commit { puts: vec![record.into()], ..Commit::of(TENANT) }).await.unwrap();
        assert!(matches!(committed, Committed::Stored { .. }));
        let report = office.cards.verify(&office.auditor, &[], &[], &AnySignature).await.unwrap();
        let told: Vec<_> = report.faults().collect();
        match told.as_slice() {
            [] => assert_eq!(expected, "nothing"),
            [Finding::Differs { what, .. }] => assert!(what.contains(expected), "{expected}: {what}"),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[derive(Debug)]
struct AnySignature;

impl cardflow::ports::SignatureVerifier for AnySignature {
    fn verifies(&self, _: cardflow::ports::SignatureAlgorithm, _: &[u8], _: &[u8], _: &[u8]) -> bool {
        true
    }
}

/// An agreement made at once, before anybody has claimed, is one record as well.
#[tokio::test]
async fn a_decision_without_a_claim_needs_none() {
    let store = Store::memory();
    let office = office(&store, 1).await;
    let task = office.request(office.card).await;
    let Judgement { seen, .. } = office.agreement(&store, task).await;
    let judged = office.cards.judge(&office.approver, task.0, Judgement::approve(task.1, seen.unwrap())).await;
    assert_eq!(judged.unwrap().task(), None);
}
