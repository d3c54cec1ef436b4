//! What a script says is what happens.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use cardflow::adapters::memory::{MemoryAudit, MemoryLedger, MemoryStorage};
use cardflow::cards::{Cards, CardsOptions, SCHEMA};
use cardflow::domain::{AuthorityAction, CARD_KIND, CertificateState, IssuerName, RevocationReason, Serial};
use cardflow::engine::options::Facts;
use cardflow::engine::{ApprovalRequest, Component, HeldRole, NoticeKind, Scope};
use cardflow::ports::{
    AccessJournal, Action, ApprovalGateway, AuditBatch, AuditLog, AuthorityError, AuthorityLedger, AuthorityOrder,
    Authorizer, CertificateAuthority, Commit, Fact, Identity, Message, MessageFacts, Notifier, OptionSource, Refused,
    Signer, Storage, Wake,
};
use cardflow::testing::fakes::{
    ApprovalDesk, Bell, Called, Fate, MailBox, MemoryOptions, MemoryRights, Mood, PaperSigner, ScriptedAuthority,
    Watched, WatchedStorage,
};
use cardflow::values::{Digest, EffectId, HomeId, InstanceId, ObjectRef, PersonId, TaskId, TenantId, Timestamp};
use uuid::Uuid;

const TENANT: TenantId = TenantId::new(7);

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// Whether an answer has come by now.
fn answered<T>(call: impl Future<Output = T>) -> Option<T> {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

fn order(action: AuthorityAction) -> AuthorityOrder {
    let effect = EffectId::from_uuid(Uuid::from_u128(1));
    let serial: Serial = "0A01".parse().unwrap();
    let not_after = "2028-01-01".parse().unwrap();
    AuthorityOrder { effect, serial, not_after, action, at: now(), since: None, invalid_since: None, expects: None }
}

#[tokio::test]
async fn an_authority_behaves_as_its_mood_has_it() {
    use AuthorityAction::Hold;
    use CertificateState::{OnHold, Revoked, Valid};
    // The mood, the state that is answered (or the error), the state that holds there, and the orders that arrived.
    let table = [
        (Mood::Well, Ok(OnHold), Some(OnHold), 1),
        (Mood::Down, Err("the authority is not available"), None, 0),
        (Mood::Mute, Err("it is not known whether the authority did it"), Some(OnHold), 1),
        (Mood::Deaf, Err("it is not known whether the authority did it"), None, 0),
        (Mood::Revokes, Ok(Revoked), Some(Revoked), 1),
        (
            Mood::Refuses,
            Err(
                "the authority refuses: the certificate is revoked with reason unspecified, which is permanent; issue a \
                 new certificate instead",
            ),
            Some(Valid),
            1,
        ),
        (Mood::Twice, Ok(OnHold), Some(OnHold), 2),
        (Mood::Contradicts, Ok(Valid), Some(Valid), 1),
    ];
    for (mood, answer, holds, arrived) in table {
        let authority = ScriptedAuthority::default();
        authority.next([mood]);
        let told = authority.change(&order(Hold)).await.map(|it| it.state).map_err(|it| it.to_string());
        assert_eq!(told, answer.map_err(str::to_owned), "{mood:?}");
        assert_eq!(authority.truth().values().map(|it| it.state).next(), holds, "{mood:?}");
        assert_eq!(authority.orders().len(), arrived, "{mood:?}");
        // A script is for the next orders; then it is as before.
        assert_eq!(authority.change(&order(Hold)).await.is_ok(), mood != Mood::Revokes, "{mood:?}");
        authority.is(mood);
        let read = authority.status(&order(Hold).serial).await;
        assert_eq!(matches!(read, Err(AuthorityError::Unavailable(_))), mood == Mood::Down, "{mood:?}");
        assert_eq!(authority.statuses_read(), 1);
    }
}

#[tokio::test]
async fn an_authority_changes_its_mind_by_itself_and_lets_others_act_meanwhile() {
    let authority = Arc::new(ScriptedAuthority::default());
    let meanwhile = authority.clone();
    authority.change(&order(AuthorityAction::Hold)).await.unwrap();
    authority.during(async move { meanwhile.revokes_all(RevocationReason::Superseded, now()) });
    let refused = authority.change(&order(AuthorityAction::Release)).await.unwrap_err();
    assert!(matches!(refused, AuthorityError::Refused(_)), "{refused:?}");
    assert_eq!(authority.status(&order(AuthorityAction::Hold).serial).await.unwrap().state, CertificateState::Revoked);
    let other = ScriptedAuthority::named("CN=Other".parse().unwrap());
    assert!(other.truth().is_empty() && other.issuer() != authority.issuer());
}

#[tokio::test]
async fn a_call_comes_to_what_its_fate_says() {
    let issuer: IssuerName = "CN=Example CA".parse().unwrap();
    // The fate, whether an answer comes, whether the call was carried out.
    let table = [
        (Fate::Lost, true, false),
        (Fate::AnswerLost, true, true),
        (Fate::Stuck, false, false),
        (Fate::AnswerStuck, false, true),
    ];
    for (fate, comes, done) in table {
        let ledger = Watched::over(Arc::new(MemoryLedger::new()));
        ledger.next("next_crl", fate);
        let answer = answered(ledger.next_crl(&issuer));
        assert_eq!(answer.is_some(), comes, "{fate:?}");
        assert!(answer.is_none_or(|it| it.is_err()));
        assert_eq!(answered(ledger.stuck()).is_some(), !comes, "and it is heard once that it is stuck");
        assert!(answered(ledger.stuck()).is_none());
        assert_eq!(ledger.next_crl(&issuer).await.unwrap(), if done { 2 } else { 1 }, "{fate:?}");
        assert_eq!(ledger.methods(), ["next_crl"; 2]);
        let with = format!("{issuer:?}");
        assert_eq!(ledger.calls()[0], Called { method: "next_crl", with });
    }
}

#[tokio::test]
async fn whoever_waits_for_a_stuck_call_is_woken() {
    let memory = Arc::new(MemoryStorage::new(&SCHEMA));
    let storage = Arc::new(WatchedStorage::over(memory));
    storage.next_commit(Fate::Stuck);
    let stuck = storage.clone();
    let call = tokio::spawn(async move { drop(stuck.commit(Commit::of(TENANT)).await) });
    storage.stuck().await;
    call.abort();
}

#[tokio::test]
async fn a_line_that_is_dead_loses_everything_until_it_is_mended() {
    let storage = WatchedStorage::over(Arc::new(MemoryStorage::new(&SCHEMA)));
    storage.is_down(true);
    assert!(storage.homes(TENANT, &[]).await.unwrap_err().is_retryable());
    assert!(storage.commit(Commit::of(TENANT)).await.unwrap_err().is_retryable());
    storage.is_down(false);
    assert!(storage.homes(TENANT, &[]).await.is_ok());
    storage.commit(Commit::of(TENANT)).await.unwrap();
    assert_eq!((storage.count(), storage.take_commits().len(), storage.take_commits().len()), (2, 2, 0));
    // Numbers go on, and the script of a number goes before that of the next.
    storage.at_commit(4, Fate::Lost);
    storage.commit(Commit::of(TENANT)).await.unwrap();
    storage.commit(Commit::of(TENANT)).await.unwrap_err();
    storage.commit(Commit::of(TENANT)).await.unwrap();
}

#[tokio::test]
async fn others_act_before_and_after_a_call() {
    let audit = Watched::over(Arc::new(MemoryAudit::new()));
    let times = Arc::new(AtomicUsize::new(0));
    let act = |times: &Arc<AtomicUsize>| {
        let times = times.clone();
        async move {
            times.fetch_add(1, Ordering::SeqCst);
        }
    };
    audit.before("applied", act(&times));
    audit.after("applied", act(&times));
    audit.applied(TENANT).await.unwrap();
    audit.applied(TENANT).await.unwrap();
    assert_eq!(times.load(Ordering::SeqCst), 2);
    audit.next("apply", Fate::AnswerLost);
    let batch = AuditBatch { tenant: TENANT, after: 1, rows: Vec::new(), homes: Vec::new() };
    assert!(audit.apply(&batch).await.unwrap_err().is_retryable(), "whatever it would have answered");
}

#[tokio::test]
async fn ports_that_cannot_fail_answer_nothing() {
    let rights = Watched::over(Arc::new(MemoryRights::default().everything("Root")));
    let roles = vec![HeldRole::everywhere("Root")];
    let person = PersonId::from_uuid(Uuid::from_u128(1));
    let root = Identity { person, state: "active".to_owned(), active: true, roles, stands_in: Vec::new() };
    rights.next("permit", Fate::Lost);
    assert_eq!(rights.permit(&root, Component::Operator, &Action::Trim).await.scope, Scope::None);
    assert_eq!(rights.permit(&root, Component::Operator, &Action::Trim).await.scope, Scope::All);

    let journal = Watched::over(Arc::new(MemoryStorage::new(&SCHEMA)));
    let refused = Refused {
        tenant: TENANT,
        actor: None,
        attempt: "start".to_owned(),
        subject: None,
        code: "NotFound".to_owned(),
        first: now(),
        last: now(),
        times: 1,
    };
    journal.next("note", Fate::Lost);
    journal.note(refused.clone()).await;
    assert_eq!(journal.refusals(TENANT, 10).await.unwrap(), []);
    journal.note(refused.clone()).await;
    assert_eq!(journal.refusals(TENANT, 10).await.unwrap(), [refused]);

    let signer = Watched::over(Arc::new(PaperSigner::named("office")));
    signer.next("sign", Fate::Stuck);
    assert!(signer.sign(b"text").is_err(), "what returns at once cannot be stuck");
    assert!(signer.sign(b"text").is_ok());
}

#[test]
#[should_panic(expected = "no port that is watched has a method `aply`")]
fn a_script_for_no_method_is_refused() {
    Watched::over(Arc::new(MemoryAudit::new())).next("aply", Fate::Lost);
}

#[tokio::test]
async fn options_rise_with_every_change_and_can_fail() {
    let options = MemoryOptions::<Cards>::new(CardsOptions::default());
    options.fail("no");
    assert_eq!(
        options.in_force(TENANT, &Facts::none()).await.unwrap_err().to_string(),
        "the options cannot be read: no"
    );
    options.change(CardsOptions::default());
    assert_eq!(options.in_force(TENANT, &Facts::none()).await.unwrap().version, 2);
}

#[tokio::test]
async fn a_mail_box_drops_doubles_and_a_desk_keeps_what_is_open() {
    let [ada, ben] = [1, 2].map(|n| PersonId::from_uuid(Uuid::from_u128(n)));
    let message = |n: u128, to| Message {
        effect: EffectId::from_uuid(Uuid::from_u128(n)),
        to,
        address: "ada@example.org".to_owned(),
        locale: None,
        kind: NoticeKind::Reminder,
        facts: MessageFacts::from([("recipient", Fact::Text(format!("Reader {n}")))]),
    };
    let mailbox = MailBox::default();
    for sent in [message(1, ada), message(2, ben), message(1, ada)] {
        mailbox.notify(&sent).await.unwrap();
    }
    assert_eq!(mailbox.messages(), [message(1, ada), message(2, ben)]);
    assert_eq!((mailbox.to(ben), mailbox.times(message(1, ada).effect)), (vec![message(2, ben)], 2));

    let desk = ApprovalDesk::default();
    let request = |n: u128| ApprovalRequest {
        tenant: TENANT,
        instance: InstanceId::from_uuid(Uuid::from_u128(n)),
        task: TaskId::from_uuid(Uuid::from_u128(n)),
        process: "CardsProcDeactivate".to_owned(),
        title: "Deactivate card".to_owned(),
        subject: ObjectRef::new(HomeId::from_uuid(ada.uuid()), CARD_KIND, Uuid::from_u128(1)),
        roles: BTreeSet::from(["Approver".to_owned()]),
        persons: BTreeSet::new(),
        requester: Some(ada),
        covers: Digest::ZERO,
        plan: Vec::new(),
        review: false,
        until: now(),
    };
    for handed in [1, 2, 1] {
        desk.submit(&request(handed)).await.unwrap();
    }
    desk.withdraw(TENANT, request(1).task).await.unwrap();
    desk.withdraw(TENANT, request(9).task).await.unwrap();
    assert_eq!(desk.open(), [request(2)]);

    let bell = Bell::default();
    bell.wake();
    assert_eq!(bell.rung(), 1);
}
