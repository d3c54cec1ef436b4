//! The handlers that come with the cards: of authorities, of mail, and of approvals outside.

use std::collections::BTreeSet;
use std::sync::Arc;

use cardflow::adapters::memory::MemoryStorage;
use cardflow::cards::{
    APPROVAL_EFFECT, AUTHORITY_EFFECT, ApprovalEffects, AuthorityEffects, MAIL_EFFECT, MailEffects, MailRequest,
    Request, SCHEMA,
};
use cardflow::domain::{AuthorityAction, AuthorityRequest, CARD_KIND, CERTIFICATE_KIND, RevocationReason};
use cardflow::engine::{ApprovalRequest, Notice, NoticeKind};
use cardflow::ports::{EffectCall, EffectHandler, Seen, Setback};
use cardflow::testing::conformance::handler::{HandlerCapabilities, HandlerFactory};
use cardflow::testing::fakes::{ApprovalDesk, MailBox, MemoryDirectory, Mood, ScriptedAuthority};
use cardflow::values::{Digest, EffectId, HomeId, InstanceId, ObjectRef, PersonId, TaskId, TenantId, Timestamp};
use uuid::Uuid;

fn call(number: u128, kind: &str, request: &Request) -> EffectCall {
    EffectCall {
        tenant: TenantId::new(7),
        instance: InstanceId::from_uuid(Uuid::from_u128(1)),
        id: EffectId::from_uuid(Uuid::from_u128(number)),
        kind: kind.to_owned(),
        at: "2026-11-24T12:00:00Z".parse::<Timestamp>().unwrap(),
        now: Timestamp::from_millis(0),
        attempts: 0,
        body: request.to_bytes().unwrap(),
        seen: Seen::default(),
    }
}

struct Mail;

impl HandlerFactory for Mail {
    type Guard = Arc<MailBox>;

    async fn handler(&self) -> (Arc<MailBox>, Arc<dyn EffectHandler>) {
        let mailbox = Arc::new(MailBox::default());
        let ada = PersonId::from_uuid(Uuid::from_u128(1));
        let directory = MemoryDirectory::default().with(TenantId::new(7), ada, "ada", &[]);
        let storage = Arc::new(MemoryStorage::new(&SCHEMA));
        (mailbox.clone(), Arc::new(MailEffects::new(mailbox, Arc::new(directory), storage)))
    }

    async fn call(&self, _: &Arc<MailBox>, number: u128) -> EffectCall {
        let to = PersonId::from_uuid(Uuid::from_u128(1));
        let card = ObjectRef::new(HomeId::from_uuid(to.uuid()), CARD_KIND, Uuid::from_u128(2));
        let instance = InstanceId::from_uuid(Uuid::from_u128(number));
        let notice = Notice::of(NoticeKind::Reminder, "CardsProcDeactivate", instance, card);
        let request = MailRequest { to, notice };
        call(number, MAIL_EFFECT, &Request::Mail(request))
    }

    async fn done(&self, mailbox: &Arc<MailBox>, call: &EffectCall) -> usize {
        mailbox.times(call.id)
    }

    fn capabilities(&self) -> HandlerCapabilities {
        HandlerCapabilities { once: false, tells: false }
    }
}

/// A desk that is told twice keeps one, and does not say what it has.
struct Approvals;

impl HandlerFactory for Approvals {
    type Guard = Arc<ApprovalDesk>;

    async fn handler(&self) -> (Arc<ApprovalDesk>, Arc<dyn EffectHandler>) {
        let desk = Arc::new(ApprovalDesk::default());
        (desk.clone(), Arc::new(ApprovalEffects::new(desk)))
    }

    async fn call(&self, _: &Arc<ApprovalDesk>, number: u128) -> EffectCall {
        let id = Uuid::from_u128(number);
        let request = ApprovalRequest {
            tenant: TenantId::new(7),
            instance: InstanceId::from_uuid(id),
            task: TaskId::from_uuid(id),
            process: "CardsProcDeactivate".to_owned(),
            title: "Deactivate card".to_owned(),
            subject: ObjectRef::new(HomeId::from_uuid(id), CARD_KIND, id),
            roles: BTreeSet::from(["Approver".to_owned()]),
            persons: BTreeSet::new(),
            requester: None,
            covers: Digest::ZERO,
            plan: Vec::new(),
            review: false,
            until: Timestamp::from_millis(0),
        };
        call(number, APPROVAL_EFFECT, &Request::Approval(Box::new(request)))
    }

    async fn done(&self, desk: &Arc<ApprovalDesk>, call: &EffectCall) -> usize {
        desk.open().iter().filter(|it| it.task.uuid() == call.id.uuid()).count()
    }

    fn capabilities(&self) -> HandlerCapabilities {
        HandlerCapabilities { once: true, tells: false }
    }
}

mod approvals {
    cardflow::handler_conformance!(super::Approvals);
}

mod mail {
    cardflow::handler_conformance!(super::Mail);
}

#[tokio::test]
async fn an_authority_says_what_is_not_known_apart_from_what_was_not_done() {
    let authority = Arc::new(ScriptedAuthority::named("CN=Example CA".parse().unwrap()));
    let mut effects = AuthorityEffects::default();
    effects.add(authority.clone());
    let request = AuthorityRequest {
        certificate: ObjectRef::new(HomeId::from_uuid(Uuid::from_u128(1)), CERTIFICATE_KIND, Uuid::from_u128(2)),
        issuer: "CN=Example CA".parse().unwrap(),
        serial: "0A01".parse().unwrap(),
        not_after: "2027-01-01".parse().unwrap(),
        action: AuthorityAction::Revoke(RevocationReason::Unspecified),
        invalid_since: None,
    };
    let call = call(1, AUTHORITY_EFFECT, &Request::Authority(request));
    for (mood, setback) in
        [(Mood::Down, Setback::Unavailable), (Mood::Deaf, Setback::Unknown), (Mood::Pending, Setback::Pending)]
    {
        authority.is(mood);
        assert_eq!(effects.perform(&call).await.unwrap_err().setback, setback, "{mood:?}");
    }
}

#[cfg(feature = "x509")]
mod authorities {
    use cardflow::adapters::memory::MemoryLedger;
    use cardflow::adapters::x509::{KeyAlgorithm, NewAuthority, SoftwareSigner, X509Authority};
    use cardflow::domain::{CertificateState, Validity};
    use cardflow::ports::CertificateAuthority;
    use cardflow::values::{HomeId, ObjectRef};

    use super::*;

    struct Authorities;

    impl HandlerFactory for Authorities {
        type Guard = Arc<X509Authority>;

        async fn handler(&self) -> (Arc<X509Authority>, Arc<dyn EffectHandler>) {
            let validity = Validity::new("2026-01-01".parse().unwrap(), "2030-01-01".parse().unwrap()).unwrap();
            let (common_name, organisation) = ("Test Card CA".to_owned(), "Example".to_owned());
            let new = NewAuthority { common_name, organisation, validity };
            let signer = Arc::new(SoftwareSigner::generate(KeyAlgorithm::EcP256).unwrap());
            let authority = Arc::new(X509Authority::create(&new, signer, Arc::new(MemoryLedger::new())).unwrap());
            let mut effects = AuthorityEffects::default();
            effects.add(authority.clone());
            (authority, Arc::new(effects))
        }

        async fn call(&self, authority: &Arc<X509Authority>, number: u128) -> EffectCall {
            let request = AuthorityRequest {
                certificate: ObjectRef::new(
                    HomeId::from_uuid(Uuid::from_u128(1)),
                    CERTIFICATE_KIND,
                    Uuid::from_u128(number),
                ),
                issuer: authority.issuer(),
                serial: format!("{number:02X}").parse().unwrap(),
                not_after: "2027-01-01".parse().unwrap(),
                action: AuthorityAction::Hold,
                invalid_since: None,
            };
            call(number, AUTHORITY_EFFECT, &Request::Authority(request))
        }

        async fn done(&self, authority: &Arc<X509Authority>, call: &EffectCall) -> usize {
            let serial = format!("{:02X}", call.id.uuid().as_u128()).parse().unwrap();
            let held = authority.status(&serial).await.is_ok_and(|it| it.state == CertificateState::OnHold);
            usize::from(held)
        }
    }

    cardflow::handler_conformance!(Authorities);
}
