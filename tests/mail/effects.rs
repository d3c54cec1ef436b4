//! What is told of a notice, when it is delivered.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::cards::{MAIL_EFFECT, MailEffects, MailRequest, Request, StoreDirectory, package};
use cardflow::domain::{CARD_KIND, CardState, Object, Person, PersonState};
use cardflow::engine::{Notice, NoticeKind, Waiting};
use cardflow::ports::{
    Directory, EffectCall, EffectError, EffectHandler, FACTS, Fact, Message, MessageFacts, Seen, Storage,
};
use cardflow::testing::fakes::{MailBox, Watched};
use cardflow::values::{EffectId, HomeId, InstanceId, ObjectRef, PersonId, TaskId};
use uuid::Uuid;

use super::common::store::every_store;
use super::common::{Office, Store, TENANT, WatchedStorage, now, person_at};
use super::text;

every_store![
    names_and_numbers_are_looked_up,
    a_person_as_subject_is_told_by_name,
    a_digest_tells_of_everything_that_waits,
    what_was_erased_or_is_not_known_is_told_to_be_gone,
    who_cannot_be_reached_is_said_so,
    what_cannot_be_read_now_may_be_tried_again,
    a_message_says_what_was_recorded_and_who_reads_it,
];

/// The handler over a store, and where its mails go.
struct Desk {
    office: Office,
    effects: MailEffects,
    mailbox: Arc<MailBox>,
    approver: PersonId,
}

impl Desk {
    async fn open(store: &Store) -> Desk {
        let office = Office::on(store).await;
        let approver = PersonId::from_uuid(office.fresh());
        let person = Person::new(TENANT, approver, "Paul Prüfer").unwrap().with_mail("paul@example.org").unwrap();
        office.register(&[Object::Person(person.with_locale("de-AT").unwrap())]).await;
        let directory = Arc::new(StoreDirectory::new(store.storage.clone()));
        let mailbox = Arc::new(MailBox::default());
        let effects = over(&mailbox, directory, store.storage.clone());
        Desk { office, effects, mailbox, approver }
    }

    fn notice(&self) -> Notice {
        let instance = InstanceId::from_uuid(Uuid::from_u128(5));
        Notice::of(NoticeKind::ApprovalAsked, "CardsProcDeactivate", instance, self.office.card)
    }

    async fn deliver(&self, notice: Notice) -> Message {
        perform(&self.effects, self.approver, notice).await.unwrap();
        self.mailbox.all().pop().unwrap()
    }
}

fn over(mailbox: &Arc<MailBox>, directory: Arc<dyn Directory>, storage: Arc<dyn Storage>) -> MailEffects {
    MailEffects::new(mailbox.clone(), directory, storage).titles(&package().unwrap())
}

async fn perform(effects: &MailEffects, to: PersonId, notice: Notice) -> Result<Vec<u8>, EffectError> {
    let body = Request::Mail(MailRequest { to, notice }).to_bytes().unwrap();
    let (id, kind) = (EffectId::from_uuid(Uuid::from_u128(77)), MAIL_EFFECT.to_owned());
    let instance = InstanceId::from_uuid(Uuid::from_u128(78));
    effects
        .perform(&EffectCall {
            tenant: TENANT,
            instance,
            id,
            kind,
            at: now(),
            now: now(),
            attempts: 0,
            body,
            seen: Seen::default(),
        })
        .await
}

/// Every name is one that is documented, in rows too.
fn are_documented(facts: &MessageFacts, in_rows: bool) {
    for (name, fact) in facts {
        let spec = FACTS.iter().find(|it| it.name == *name).unwrap_or_else(|| panic!("{name}"));
        assert!(spec.in_rows || !in_rows, "{name}");
        if let Fact::Rows(rows) = fact {
            rows.iter().for_each(|it| are_documented(it, true));
        }
    }
}

async fn names_and_numbers_are_looked_up(store: Store) {
    let desk = Desk::open(&store).await;
    let olga = desk.office.person("olga").await;
    let task = TaskId::from_uuid(Uuid::from_u128(6));
    let message = desk
        .deliver(Notice {
            task: Some(task),
            requester: Some(olga),
            by: Some(desk.approver),
            outcome: Some("approved".to_owned()),
            until: Some(now()),
            ..desk.notice()
        })
        .await;
    let told = MessageFacts::from([
        ("recipient", text("Paul Prüfer")),
        ("process", text("Deactivate card")),
        ("card", text("4711 0815")),
        ("card_kind", text("employee")),
        ("holder", text("Ada Example")),
        ("requester", text("Olga Operator")),
        ("by", text("Paul Prüfer")),
        ("outcome", text("approved")),
        ("until", Fact::Time(now())),
        ("instance", text("00000000-0000-0000-0000-000000000005")),
        ("task", text("00000000-0000-0000-0000-000000000006")),
    ]);
    assert_eq!(message.facts, told);
    are_documented(&message.facts, false);
    // Of a process that is not registered here, its symbolic name.
    let message = desk.deliver(Notice { process: "SiteProcOther".to_owned(), ..desk.notice() }).await;
    assert_eq!(message.facts["process"], text("SiteProcOther"));
    let names: BTreeSet<_> = message.facts.keys().copied().collect();
    assert_eq!(names, BTreeSet::from(["recipient", "process", "card", "card_kind", "holder", "instance"]));
}

async fn a_person_as_subject_is_told_by_name(store: Store) {
    let desk = Desk::open(&store).await;
    let message = desk.deliver(Notice { subject: person_at(desk.office.holder), ..desk.notice() }).await;
    assert_eq!(message.facts["person"], text("Ada Example"));
    assert!(!message.facts.contains_key("card") && !message.facts.contains_key("holder"), "{:?}", message.facts);
}

async fn a_digest_tells_of_everything_that_waits(store: Store) {
    let desk = Desk::open(&store).await;
    let (_, other) = desk.office.employ("Ben Beispiel", "Berlin", "6000 0001", 40).await;
    let waiting = |n: u128, process: &str, subject| Waiting {
        process: process.to_owned(),
        instance: InstanceId::from_uuid(Uuid::from_u128(n)),
        subject,
        task: Some(TaskId::from_uuid(Uuid::from_u128(n))),
        requester: None,
        until: None,
    };
    let also = vec![waiting(2, "CardsProcLock", other), waiting(3, "SiteProc", person_at(desk.office.holder))];
    let digest = Notice::digest(waiting(1, "CardsProcDeactivate", desk.office.card), also);
    let message = desk.deliver(digest).await;
    assert_eq!(message.kind, NoticeKind::Digest);
    are_documented(&message.facts, false);
    let Some(Fact::Rows(rows)) = message.facts.get("waiting") else { panic!("{:?}", message.facts) };
    let told = |name| rows.iter().map(|it| it.get(name).cloned()).collect::<Vec<_>>();
    assert_eq!(told("process"), [Some(text("Deactivate card")), Some(text("Lock card")), Some(text("SiteProc"))]);
    assert_eq!(told("holder"), [Some(text("Ada Example")), Some(text("Ben Beispiel")), None]);
    assert_eq!(told("card"), [Some(text("4711 0815")), Some(text("6000 0001")), None]);
    assert_eq!(told("person"), [None, None, Some(text("Ada Example"))]);
    assert_eq!(message.facts.keys().copied().collect::<Vec<_>>(), ["recipient", "waiting"]);
}

async fn what_was_erased_or_is_not_known_is_told_to_be_gone(store: Store) {
    let desk = Desk::open(&store).await;
    let office = &desk.office;
    let left = PersonId::from_uuid(office.fresh());
    let person = Person::new(TENANT, left, "Lea Vorbei").unwrap().in_state(PersonState::Locked);
    let person = person.with_mail("lea@example.org").unwrap().with_locale("de").unwrap();
    office.register(&[Object::Person(person)]).await;
    let card = office.give_card(left, "6000 0002", CardState::Locked).await;
    let about = Notice { requester: Some(left), by: Some(left), subject: card, ..desk.notice() };
    let message = desk.deliver(about.clone()).await;
    for name in ["requester", "by", "holder"] {
        assert_eq!(message.facts[name], text("Lea Vorbei"), "{name}");
    }

    office.cards.erase(&office.administrator, person_at(left)).await.unwrap();
    let message = desk.deliver(about.clone()).await;
    for name in ["requester", "by", "holder"] {
        assert_eq!(message.facts[name], Fact::Gone, "{name}");
    }
    assert_eq!(message.facts["card"], text("6000 0002"));
    assert!(!format!("{message:?}").contains("Lea"), "{message:?}");
    // Nobody writes to whoever was erased.
    let error = perform(&desk.effects, left, desk.notice()).await.unwrap_err();
    assert!(!error.is_retryable() && error.what.contains("knows no mail address"), "{error:?}");

    let nobody = Uuid::from_u128(999);
    let nowhere = ObjectRef::new(HomeId::from_uuid(nobody), CARD_KIND, nobody);
    let unknown = PersonId::from_uuid(nobody);
    let about = Notice { requester: Some(unknown), by: Some(unknown), subject: nowhere, ..desk.notice() };
    let message = desk.deliver(about).await;
    for name in ["requester", "by", "card", "card_kind"] {
        assert_eq!(message.facts[name], Fact::Gone, "{name}");
    }
    assert!(!message.facts.contains_key("holder"));
    let message = desk.deliver(Notice { subject: person_at(unknown), ..desk.notice() }).await;
    assert_eq!(message.facts["person"], Fact::Gone);
}

async fn who_cannot_be_reached_is_said_so(store: Store) {
    let desk = Desk::open(&store).await;
    let unknown = PersonId::from_uuid(Uuid::from_u128(999));
    let nora = PersonId::from_uuid(desk.office.fresh());
    desk.office.register(&[Object::Person(Person::new(TENANT, nora, "Nora Nomail").unwrap())]).await;
    let table = [
        (unknown, "the directory does not know the person to write to; add it"),
        (nora, "the directory knows no mail address of the person; add one"),
    ];
    for (person, what) in table {
        let error = perform(&desk.effects, person, desk.notice()).await.unwrap_err();
        assert_eq!((error.what.as_str(), error.is_retryable()), (what, false));
    }
    assert!(desk.mailbox.all().is_empty());
}

async fn what_cannot_be_read_now_may_be_tried_again(store: Store) {
    let desk = Desk::open(&store).await;
    let directory = Arc::new(Watched::over(Arc::new(StoreDirectory::new(store.storage.clone()))));
    let storage = Arc::new(WatchedStorage::over(store.storage.clone()));
    let effects = over(&desk.mailbox, directory.clone(), storage.clone());
    let down = |directory_is: bool, storage_is: bool| {
        directory.is_down(directory_is);
        storage.is_down(storage_is);
    };
    for (directory_is, storage_is) in [(true, false), (false, true), (true, true)] {
        down(directory_is, storage_is);
        let error = perform(&effects, desk.approver, desk.notice()).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        assert_eq!(error.what, "what the mail is to tell cannot be read");
    }
    down(false, false);
    desk.mailbox.refuse("not now", true);
    let error = perform(&effects, desk.approver, desk.notice()).await.unwrap_err();
    assert_eq!((error.what.as_str(), error.is_retryable()), ("not now", true));
    desk.mailbox.accept();
    perform(&effects, desk.approver, desk.notice()).await.unwrap();
    assert_eq!(desk.mailbox.all().len(), 1);
}

async fn a_message_says_what_was_recorded_and_who_reads_it(store: Store) {
    let desk = Desk::open(&store).await;
    let message = desk.deliver(Notice { kind: NoticeKind::PlanDiffered, ..desk.notice() }).await;
    assert_eq!(message.effect, EffectId::from_uuid(Uuid::from_u128(77)));
    assert_eq!((message.to, message.kind), (desk.approver, NoticeKind::PlanDiffered));
    assert_eq!((message.address.as_str(), message.locale.as_deref()), ("paul@example.org", Some("de-AT")));
}
