use serde::Deserialize;

use super::WebhookRefusal;
use super::message::VERSION;
use crate::engine::{Component, Judgement, Verdict};
use crate::ports::{Call, Principal};
use crate::values::{CommandId, Digest, InstanceId, PersonId, TaskId, TenantId, Timestamp};

/// The most characters of an account.
const ACCOUNT: usize = 256;

/// What a person has decided outside, ready for [`Runtime::judge`](crate::runtime::Runtime::judge).
///
/// The [`Directory`](crate::ports::Directory) finds the person behind the account; all that bars somebody here bars them too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WebhookAnswer {
    /// The account, signed in by the system outside. Its method is `approval webhook`.
    pub principal: Principal,
    /// The instance that waits.
    pub instance: InstanceId,
    /// What was decided.
    pub judgement: Judgement,
    /// The id of the command, made of the nonce: should the same answer come after a restart, it is the same command, and its
    /// answer the same.
    pub command: CommandId,
}

impl WebhookAnswer {
    /// The call under its command id.
    #[must_use]
    pub fn call(&self) -> Call<'_> {
        self.principal.command(self.command)
    }
}

/// The body of an answer.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Body {
    version: u32,
    tenant: TenantId,
    instance: InstanceId,
    task: TaskId,
    seen: Digest,
    decision: Decided,
    until: Option<Timestamp>,
    #[serde(default)]
    reason: String,
    approver: String,
    on_behalf: Option<PersonId>,
}

#[derive(Clone, Copy, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Decided {
    Approve,
    Reject,
    Postpone,
    Ask,
    TakeBack,
}

impl Body {
    pub(super) fn read(body: &[u8]) -> Result<Self, WebhookRefusal> {
        // What the parser says could repeat the body.
        let body: Body = serde_json::from_slice(body)
            .map_err(|it| WebhookRefusal::Unreadable { line: it.line(), column: it.column() })?;
        let invalid = |what| Err(WebhookRefusal::Invalid { what });
        if body.version != VERSION {
            return Err(WebhookRefusal::Version);
        }
        if body.until.is_some() && body.decision != Decided::Postpone {
            return invalid("only a decision to postpone has `until`");
        }
        let account = &body.approver;
        if account.is_empty() || account.chars().count() > ACCOUNT || account.chars().any(char::is_control) {
            return invalid("`approver` must be an account: 1 to 256 characters, none a control character");
        }
        Ok(body)
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.tenant
    }

    pub(super) fn into_answer(self, signed: Timestamp, command: CommandId) -> WebhookAnswer {
        let Body { tenant, instance, task, seen, decision, until, reason, approver, on_behalf, .. } = self;
        let verdict = match decision {
            Decided::Approve => Verdict::Approve,
            Decided::Reject => Verdict::Reject,
            Decided::Postpone => Verdict::Postpone(until),
            Decided::Ask => Verdict::Ask,
            Decided::TakeBack => Verdict::TakeBack,
        };
        let judgement = Judgement { task, verdict, note: reason.trim().to_owned(), seen: Some(seen), on_behalf };
        let principal = Principal::new(&approver, Component::Operator, "approval webhook", signed).of_tenant(tenant);
        WebhookAnswer { principal, instance, judgement, command }
    }
}
