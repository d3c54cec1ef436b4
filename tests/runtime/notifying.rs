//! To whom processes write, and when: as their definitions and the options say.

use std::sync::Arc;

use cardflow::Cardflow;
use cardflow::cards::{CardSubject, Cards, CardsOptions, approvers, card_and_holder, leaves, on_card, package};
use cardflow::domain::{CardPlan, CardState, CertificateState, Deputyship, Object, Person, Refusal};
use cardflow::engine::{
    Builder, Component, Covers, Definition, DefinitionError, Event, Judgement, NoticeKind, Process, Version, Whom,
};
use cardflow::ports::Fact;
use cardflow::testing::fakes::MailBox;
use cardflow::values::{Answers, Millis, PersonId};

use crate::common::store::every_store;
use crate::common::{Office, Store, TENANT, now, person_at, principal};

every_store![
    the_holder_is_told_where_the_options_say_so,
    a_process_says_itself_to_whom_it_writes,
    nobody_is_written_to_twice_on_one_occasion,
];

async fn the_holder_is_told_where_the_options_say_so(store: Store) {
    let mailbox = Arc::new(MailBox::default());
    let office = Office::over(store.builder().notifier(mailbox.clone())).await;
    let on = |deactivation_mail, reactivation_mail, lock_mail| CardsOptions {
        deactivation_mail,
        reactivation_mail,
        lock_mail,
        ..CardsOptions::default()
    };
    let steps =
        [("CardsProcDeactivate", "deactivated"), ("CardsProcReactivate", "reactivated"), ("CardsProcLock", "locked")];
    let [mut told, mut silent] = [0, 0];
    for (n, bits) in (0..8_u8).enumerate() {
        let (_, card) = office.employ("Ben Sample", "Berlin", &format!("6000 {n:04}"), 100 + bits).await;
        let options = on(bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
        let version = 2 + u64::from(bits);
        let host = office.equip(store.builder().options(version, options).notifier(mailbox.clone())).build().unwrap();
        for (place, (process, end)) in steps.into_iter().enumerate() {
            let before = mailbox.messages().len();
            let done = host.run(&office.operator, process, card, Answers::none()).await.unwrap();
            while host.deliver(100).await.unwrap().confirmed > 0 {}
            let history = host.history(&office.auditor, card).await.unwrap();
            let of_run =
                history.records.iter().filter(|it| it.entry.run.as_ref().is_some_and(|it| it.instance == done.id()));
            let none = of_run.flat_map(|it| &it.entry.events).any(|it| matches!(it, Event::NoMail));
            let mails = mailbox.messages().split_off(before);
            if bits & (1 << place) == 0 {
                assert_eq!((mails.len(), none), (0, true), "{process} {bits:b}");
                silent += 1;
            } else {
                let [mail] = &mails[..] else { panic!("{process} {bits:b}: {mails:?}") };
                assert_eq!((mail.kind, none), (NoticeKind::Done, false));
                assert_eq!(mail.address, "holder@example.org");
                assert_eq!(mail.facts.get("outcome"), Some(&Fact::Text(end.to_owned())));
                told += 1;
            }
        }
    }
    assert_eq!((told, silent), (12, 12));
}

fn hold(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

/// A process of a host, begun so far that only what it writes is missing.
fn own(writes: impl FnOnce(Builder<Cards, CardSubject>) -> Builder<Cards, CardSubject>) -> Built {
    let begun = on_card("CardsProcOwn", "Own", Version(1))
        .component(Component::Operator)
        .component(Component::SelfService)
        .requires(CardState::Active)
        .form("confirm", card_and_holder())
        .approval("approval", approvers(Covers::Intent))
        .change("hold", leaves(CardState::Inactive).certificates(CertificateState::OnHold), hold)
        .end("held");
    writes(begun).build()
}

type Built = Result<Definition<Cards, CardSubject>, DefinitionError>;

fn host(office: &Office, store: &Store, mailbox: &Arc<MailBox>, process: Built) -> Cardflow {
    let own: Arc<dyn Process<Cards>> = Arc::new(process.unwrap());
    office.equip(store.builder().notifier(mailbox.clone()).processes([own])).build().unwrap()
}

/// Runs it in the name of Olga on the card of Ada, has it approved, and says who was written to, in order.
async fn written_to(office: &Office, store: &Store, process: Built) -> Vec<(NoticeKind, String)> {
    let mailbox = Arc::new(MailBox::default());
    let host = host(office, store, &mailbox, process);
    let olga = office.person("olga").await;
    let deputy = principal("dora", Component::Operator);
    let asked = host.run_on_behalf(&deputy, olga, "CardsProcOwn", office.card, Answers::none()).await.unwrap();
    let covers = asked.approval.as_ref().unwrap().covers;
    host.judge(&office.approver, asked.id(), Judgement::approve(asked.task().unwrap(), covers)).await.unwrap();
    while host.deliver(100).await.unwrap().confirmed > 0 {}
    office.run("CardsProcReactivate").await;
    office.settle().await;
    mailbox.messages().into_iter().map(|it| (it.kind, it.address)).collect()
}

async fn a_process_says_itself_to_whom_it_writes(store: Store) {
    let office = Office::on(&store).await;
    let olga = office.person("olga").await;
    let id = PersonId::from_uuid(office.fresh());
    let dora = Person::new(TENANT, id, "Dora").unwrap().with_account("dora").unwrap();
    let dora = dora.with_mail("dora@example.org").unwrap();
    office
        .register(&[Object::Person(dora.standing_in(Deputyship::new(olga, now(), now().plus(Millis::hours(1)), None)))])
        .await;
    let of = |kind, account: &str| (kind, format!("{account}@example.org"));
    let asked = || [of(NoticeKind::ApprovalAsked, "ann"), of(NoticeKind::ApprovalAsked, "arno")].to_vec();
    let decided = |account: &str| of(NoticeKind::ApprovalDecided, account);
    type Writes = fn(Builder<Cards, CardSubject>) -> Builder<Cards, CardSubject>;
    type Row = (&'static str, Writes, Vec<(NoticeKind, String)>);
    let table: [Row; 7] = [
        ("as usual", |it| it, [asked(), vec![decided("dora")]].concat()),
        ("nobody is asked", |it| it.notifies(NoticeKind::ApprovalAsked, []), vec![decided("dora")]),
        ("nobody is told", |it| it.notifies(NoticeKind::ApprovalDecided, []), asked()),
        (
            "both are told",
            |it| it.notifies(NoticeKind::ApprovalDecided, [Whom::Requester, Whom::Represented]),
            [asked(), vec![decided("dora"), decided("olga")]].concat(),
        ),
        (
            "switched off",
            |it| it.notifies_if(NoticeKind::ApprovalAsked, [Whom::Approvers], |options| options.lock_mail),
            vec![decided("dora")],
        ),
        (
            "switched on",
            |it| it.notifies_if(NoticeKind::ApprovalAsked, [Whom::Approvers], |options| !options.lock_mail),
            [asked(), vec![decided("dora")]].concat(),
        ),
        (
            "whose it is, when it is done",
            |it| it.notifies(NoticeKind::Done, [Whom::Holder]),
            [asked(), vec![of(NoticeKind::Done, "holder"), decided("dora")]].concat(),
        ),
    ];
    for (what, writes, expected) in table {
        let mut found = written_to(&office, &store, own(writes)).await;
        let mut expected = expected;
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{what}");
    }
}

async fn nobody_is_written_to_twice_on_one_occasion(store: Store) {
    let office = Office::on(&store).await;
    let mailbox = Arc::new(MailBox::default());
    let all = [Whom::Requester, Whom::Holder, Whom::Represented];
    let host = host(&office, &store, &mailbox, own(|it| it.notifies(NoticeKind::ApprovalDecided, all)));
    // Ada asks for her own card: requester and holder.
    let asked = host.run(&office.self_service, "CardsProcOwn", office.card, Answers::none()).await.unwrap();
    let covers = asked.approval.as_ref().unwrap().covers;
    host.judge(&office.approver, asked.id(), Judgement::approve(asked.task().unwrap(), covers)).await.unwrap();
    while host.deliver(100).await.unwrap().confirmed > 0 {}
    assert_eq!(mailbox.to(office.holder).len(), 1);
    assert_eq!(person_at(office.holder).home(), office.card.home());
}

#[test]
fn what_it_writes_is_part_of_a_definition() {
    let usual = own(|it| it).unwrap();
    let silent = own(|it| it.notifies(NoticeKind::ApprovalDecided, [])).unwrap();
    let switched = own(|it| it.notifies_if(NoticeKind::Done, [Whom::Holder], |options| options.lock_mail)).unwrap();
    let fingerprints = [&usual, &silent, &switched].map(|it| it.outline().fingerprint);
    assert!(fingerprints[0] != fingerprints[1] && fingerprints[0] != fingerprints[2], "{fingerprints:?}");
    let twice = own(|it| it.notifies(NoticeKind::Done, []).notifies(NoticeKind::Done, [Whom::Holder]));
    let said = twice.unwrap_err().to_string();
    assert_eq!(said, "process `CardsProcOwn` says twice to whom it writes on `done`; name them all at once");
    let page = switched.outline().page();
    assert!(
        page.contains("| mail | to whoever may decide: approval-asked; review-asked; approval-escalated. to whomever it waits for: reminder. "),
        "{page}"
    );
    assert!(page.contains("to the holder: done, if switched on |"), "{page}");
    // Of what is shipped, nobody tells the holder by default.
    for process in package().unwrap() {
        assert_eq!(process.outline().told(NoticeKind::Done, &CardsOptions::default()), []);
    }
}
