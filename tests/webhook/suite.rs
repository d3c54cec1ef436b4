//! The suite of gateways, over HTTP and over TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cardflow::adapters::webhook::{WebhookAnswers, WebhookGateway, WebhookSettings};
use cardflow::cards::Cards;
use cardflow::engine::{ApprovalRequest, Judgement, Verdict};
use cardflow::ports::{ApprovalGateway, Clock, IdSource};
use cardflow::runtime::{Error, Standing};
use cardflow::testing::conformance::gateway::{DecidedOutside, GatewayFactory, Office};
use cardflow::values::TenantId;
use serde_json::{Value, json};

use crate::desk::{Desk, Mood};
use crate::signing::{KEY, OLD_KEY, answer, keys};

/// The settings for a desk.
pub(crate) fn settings(desk: &Desk) -> WebhookSettings {
    match &desk.root {
        Some(root) => WebhookSettings::new(&desk.url()).unwrap().roots(root.as_bytes()).unwrap(),
        None => WebhookSettings::unencrypted(&desk.url()).unwrap(),
    }
}

/// A decision as the outside writes it.
pub(crate) fn body(decided: &DecidedOutside) -> Value {
    let Judgement { task, verdict, note, seen, on_behalf } = &decided.judgement;
    let (decision, until) = match verdict {
        Verdict::Approve => ("approve", None),
        Verdict::Reject => ("reject", None),
        Verdict::Postpone(until) => ("postpone", *until),
        Verdict::Ask => ("ask", None),
        Verdict::TakeBack => ("take-back", None),
    };
    json!({
        "version": 1, "tenant": decided.tenant.number(), "instance": decided.instance, "task": task, "seen": seen,
        "decision": decision, "until": until, "reason": note, "approver": decided.account, "on_behalf": on_behalf,
    })
}

pub(crate) struct Webhook {
    tls: bool,
}

pub(crate) struct Behind {
    desk: Desk,
    answers: WebhookAnswers,
    clock: Arc<dyn Clock>,
    sent: AtomicU64,
}

impl GatewayFactory for Webhook {
    type Guard = Behind;

    async fn gateway(
        &self,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> (Behind, Option<Arc<dyn ApprovalGateway>>) {
        let desk = if self.tls { Desk::with_tls() } else { Desk::plain() };
        let settings = settings(&desk).timeout(Duration::from_secs(60));
        let gateway = WebhookGateway::new(settings, keys(), Arc::clone(&clock), ids).unwrap();
        let answers = WebhookAnswers::new(keys(), [TenantId::new(7), TenantId::new(8)]);
        (Behind { desk, answers, clock, sent: AtomicU64::new(0) }, Some(Arc::new(gateway)))
    }

    async fn lies(&self, behind: &Behind, _: &Office) -> Vec<ApprovalRequest> {
        behind.desk.state().lies.clone()
    }

    async fn decide(
        &self,
        behind: &Behind,
        office: &Office,
        decided: &DecidedOutside,
    ) -> Result<Standing<Cards>, Error<Cards>> {
        let (now, number) = (behind.clock.now(), behind.sent.fetch_add(1, Ordering::SeqCst));
        let body = serde_json::to_vec(&body(decided)).unwrap();
        // Both keys are good.
        let key = if number % 2 == 0 { KEY } else { OLD_KEY };
        let headers = answer(key, now, &format!("nonce-of-the-desk-{number}"), &body);
        let answer = behind.answers.accept(&body, |name| headers.get(name), now).unwrap();
        office.cards().judge(answer.call(), answer.instance, answer.judgement.clone()).await
    }

    async fn fail(&self, behind: &Behind) {
        behind.desk.is(Mood::Answers(500));
    }
}

mod over_http {
    cardflow::gateway_conformance!(super::Webhook { tls: false });
}

mod over_tls {
    cardflow::gateway_conformance!(super::Webhook { tls: true });
}
