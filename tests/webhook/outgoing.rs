//! What goes out: to whom, signed how, and what becomes of it where the other side is not as it should be.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cardflow::adapters::memory::{ManualClock, SequentialIds};
use cardflow::adapters::webhook::{WebhookError, WebhookGateway, WebhookKey, WebhookKeys, WebhookSettings};
use cardflow::engine::{ApprovalRequest, PlanLine};
use cardflow::ports::{ApprovalGateway, EffectError};
use cardflow::values::{Digest, HomeId, InstanceId, Kind, ObjectRef, PersonId, TaskId, TenantId, Timestamp};
use uuid::Uuid;

use crate::desk::{Desk, Mood};
use crate::signing::{KEY, key, keys, request_is_signed};
use crate::suite::settings;

fn now() -> Timestamp {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

pub(crate) fn gateway(settings: WebhookSettings) -> WebhookGateway {
    let clock = Arc::new(ManualClock::at(now()));
    WebhookGateway::new(settings, keys(), clock, Arc::new(SequentialIds::from(1))).unwrap()
}

pub(crate) fn request(number: u128) -> ApprovalRequest {
    let id = Uuid::from_u128(number);
    let subject = ObjectRef::new(HomeId::from_uuid(id), Kind::new(17), id);
    ApprovalRequest {
        tenant: TenantId::new(7),
        instance: InstanceId::from_uuid(id),
        task: TaskId::from_uuid(id),
        process: "CardsProcDeactivate".to_owned(),
        title: "Deactivate card".to_owned(),
        subject,
        roles: BTreeSet::from(["Approver".to_owned()]),
        persons: BTreeSet::from([PersonId::from_uuid(id)]),
        requester: Some(PersonId::from_uuid(id)),
        covers: Digest::of(b"a plan"),
        plan: vec![PlanLine { object: subject, what: "becomes inactive".to_owned() }],
        review: false,
        until: "2026-11-29T10:00:00Z".parse().unwrap(),
    }
}

fn submit(gateway: &WebhookGateway) -> Result<(), EffectError> {
    futures_executor::block_on(gateway.submit(&request(1)))
}

fn withdraw(gateway: &WebhookGateway) -> Result<(), EffectError> {
    futures_executor::block_on(gateway.withdraw(TenantId::new(7), request(1).task))
}

/// The wire format is a promise: it changes with a version only.
#[test]
fn the_bodies_are_as_the_chapter_says() {
    let desk = Desk::plain();
    let gateway = gateway(settings(&desk));
    submit(&gateway).unwrap();
    withdraw(&gateway).unwrap();
    let came = desk.state().came.clone();
    let bodies: Vec<_> = came.iter().map(|it| String::from_utf8(it.body.clone()).unwrap()).collect();
    let id = "00000000-0000-0000-0000-000000000001";
    let submitted = format!(
        "{{\"version\":1,\"kind\":\"submit\",\"tenant\":7,\"instance\":\"{id}\",\"task\":\"{id}\",\
         \"process\":\"CardsProcDeactivate\",\"title\":\"Deactivate card\",\"subject\":\"17:{id}:{id}\",\
         \"roles\":[\"Approver\"],\"persons\":[\"{id}\"],\"requester\":\"{id}\",\"covers\":\"{}\",\
         \"plan\":[{{\"object\":\"17:{id}:{id}\",\"what\":\"becomes inactive\"}}],\"review\":false,\
         \"until\":\"2026-11-29T10:00:00Z\"}}",
        Digest::of(b"a plan")
    );
    let withdrawn = format!("{{\"version\":1,\"kind\":\"withdraw\",\"tenant\":7,\"task\":\"{id}\"}}");
    assert_eq!(bodies, [submitted, withdrawn]);
    assert!(came.iter().all(|it| request_is_signed(&it.headers, &it.body)));
    assert!(came.iter().all(|it| it.headers.key == KEY && it.headers.time == now().to_string()));
    assert_ne!(came[0].headers.nonce, came[1].headers.nonce);
}

#[test]
fn what_the_other_side_answers_decides_what_becomes_of_it() {
    // The status; whether a request is taken, and whether a withdrawal is; whether it may succeed later.
    let table = [
        (200, true, true, false),
        (201, true, true, false),
        (202, true, true, false),
        (204, true, true, false),
        (300, false, false, false),
        (304, false, false, false),
        (400, false, false, false),
        (401, false, false, false),
        (403, false, false, false),
        (404, false, true, false),
        (408, false, false, true),
        (409, false, false, false),
        (410, false, true, false),
        (413, false, false, false),
        (425, false, false, true),
        (429, false, false, true),
        (500, false, false, true),
        (502, false, false, true),
        (503, false, false, true),
        (504, false, false, true),
    ];
    let desk = Desk::plain();
    let gateway = gateway(settings(&desk));
    for (status, takes, withdraws, later) in table {
        desk.is(Mood::Answers(status));
        for (answer, well) in [(submit(&gateway), takes), (withdraw(&gateway), withdraws)] {
            match answer {
                Ok(()) => assert!(well, "{status}"),
                Err(error) => {
                    assert_eq!((well, error.is_retryable()), (false, later), "{status}: {error}");
                    assert!(error.what.starts_with("the approval system"), "{status}: {error}");
                }
            }
        }
    }
}

#[test]
fn nobody_is_followed() {
    let (desk, elsewhere) = (Desk::plain(), Desk::plain());
    let gateway = gateway(settings(&desk));
    for status in [301, 302, 303, 307, 308] {
        desk.is(Mood::Redirects(status, elsewhere.url()));
        let error = submit(&gateway).unwrap_err();
        assert!(!error.is_retryable() && error.what.contains("nobody is followed"), "{status}: {error}");
    }
    assert_eq!((desk.state().came.len(), elsewhere.state().came.len()), (5, 0));
}

#[test]
fn a_side_that_is_not_as_it_should_be_fails_and_holds_nobody() {
    let table = [
        (Mood::Silent, "did not answer in time"),
        (Mood::LargeHead, "answers with more than is read"),
        (Mood::Nonsense, "is no HTTP"),
        (Mood::HangsUp, "the approval system"),
    ];
    for tls in [false, true] {
        for (mood, says) in table.clone() {
            let desk = if tls { Desk::with_tls() } else { Desk::plain() };
            desk.is(mood.clone());
            // Only one that is silent is waited for in vain.
            let waits = Duration::from_millis(if mood == Mood::Silent { 300 } else { 60_000 });
            let error = submit(&gateway(settings(&desk).timeout(waits))).unwrap_err();
            assert!(error.what.contains(says), "{mood:?}: {error}");
            assert_eq!(error.is_retryable(), mood != Mood::LargeHead, "{mood:?}: {error}");
            // The next one finds it well again.
            desk.is(Mood::Takes);
            submit(&gateway_with_time(&desk)).unwrap();
        }
    }
}

fn gateway_with_time(desk: &Desk) -> WebhookGateway {
    gateway(settings(desk).timeout(Duration::from_secs(60)))
}

#[test]
fn a_body_without_end_is_not_read() {
    let desk = Desk::plain();
    desk.is(Mood::EndlessBody);
    submit(&gateway_with_time(&desk)).unwrap();
}

#[test]
fn a_side_that_is_not_there_can_be_tried_again() {
    let desk = Desk::plain();
    let gone = settings(&desk);
    drop(desk);
    let error = submit(&gateway(gone)).unwrap_err();
    assert!(error.is_retryable() && error.what.contains("cannot be reached"), "{error}");
}

#[test]
fn a_certificate_that_is_not_trusted_is_not_talked_to() {
    let (desk, stranger) = (Desk::with_tls(), Desk::with_tls());
    let roots = stranger.root.clone().unwrap();
    let error =
        submit(&gateway(WebhookSettings::new(&desk.url()).unwrap().roots(roots.as_bytes()).unwrap())).unwrap_err();
    assert!(error.what.contains("no certificate that is trusted"), "{error}");
    // Trusted, for another name.
    let by_name = desk.url().replace("127.0.0.1", "localhost");
    let roots = desk.root.clone().unwrap();
    let error = submit(&gateway(WebhookSettings::new(&by_name).unwrap().roots(roots.as_bytes()).unwrap())).unwrap_err();
    assert!(error.what.contains("no certificate that is trusted"), "{error}");
    // A plain server under an encrypted address.
    let plain = Desk::plain();
    let url = plain.url().replace("http://", "https://");
    let error = submit(&gateway(WebhookSettings::new(&url).unwrap().roots(roots.as_bytes()).unwrap())).unwrap_err();
    assert!(error.what.starts_with("the approval system") || error.what.starts_with("there is no safe"), "{error}");
    assert_eq!((desk.state().came.len(), plain.state().came.len()), (0, 0));
}

#[test]
fn a_request_that_is_too_large_is_refused_here() {
    let desk = Desk::plain();
    let gateway = gateway(settings(&desk));
    let line = PlanLine { object: request(1).subject, what: "x".repeat(10_000) };
    let large = ApprovalRequest { plan: vec![line; 200], ..request(1) };
    let error = futures_executor::block_on(gateway.submit(&large)).unwrap_err();
    assert!(!error.is_retryable() && error.what.contains("too large"), "{error}");
    assert!(desk.state().came.is_empty());
}

#[test]
fn many_at_once_all_arrive() {
    let desk = Desk::with_tls();
    let gateway = gateway_with_time(&desk);
    let requests: Vec<_> = (0..50).map(request).collect();
    let all = futures_util::future::join_all(requests.iter().map(|it| gateway.submit(it)));
    assert!(futures_executor::block_on(all).into_iter().all(|it| it.is_ok()));
    assert_eq!(desk.state().lies.len(), 50);
    let nonces: BTreeSet<_> = desk.state().came.iter().map(|it| it.headers.nonce.clone()).collect();
    assert_eq!(nonces.len(), 50);
}

#[test]
fn an_address_that_cannot_be_is_refused() {
    let refused = |made: Result<WebhookSettings, WebhookError>, says: &str| {
        let error = made.unwrap_err();
        assert!(matches!(error, WebhookError::Address { .. }), "{error:?}");
        assert!(error.to_string().contains(says), "{error}");
    };
    refused(WebhookSettings::new(""), "write https");
    refused(WebhookSettings::new("/approvals"), "no host");
    refused(WebhookSettings::new("approvals.example.org"), "https");
    refused(WebhookSettings::new("http://approvals.example.org/"), "https");
    refused(WebhookSettings::new("ftp://approvals.example.org/"), "https");
    refused(WebhookSettings::new("file:///etc/passwd"), "https");
    refused(WebhookSettings::new("https://user:secret@approvals.example.org/"), "leave them out");
    refused(WebhookSettings::new("https://approvals.example.org/a b"), "write https");
    for other in
        ["http://192.0.2.7/", "http://example.org/", "http://127.0.0.1.example.org/", "http://localhost.example/"]
    {
        refused(WebhookSettings::unencrypted(other), "another machine");
    }
    refused(WebhookSettings::unencrypted("https://127.0.0.1/"), "http://");
    refused(WebhookSettings::unencrypted("http://127.0.0.1@example.org/"), "leave them out");
    for here in ["http://127.0.0.1/", "http://127.9.9.9:80/", "http://[::1]:8080/a", "http://localhost/"] {
        WebhookSettings::unencrypted(here).unwrap();
    }
}

#[test]
fn roots_that_do_not_read_are_refused() {
    let at = || WebhookSettings::new("https://approvals.example.org/").unwrap();
    let wrapped = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM", wrapped] {
        assert!(matches!(at().roots(pem.as_bytes()), Err(WebhookError::Root)), "{pem}");
    }
}

#[test]
fn keys_that_cannot_be_are_refused() {
    for id in ["", "a b", "k\n", "schlüssel", &"k".repeat(65)] {
        assert!(matches!(WebhookKey::new(id, vec![1; 32]), Err(WebhookError::KeyId)), "{id:?}");
    }
    for length in [0, 1, 31] {
        assert!(matches!(WebhookKey::new("k", vec![1; length]), Err(WebhookError::ShortSecret { least: 32 })));
    }
    let same = WebhookKeys::new(key("one")).also(key("one")).unwrap_err();
    assert!(matches!(same, WebhookError::SameKeyId { id } if id == "one"));
}
