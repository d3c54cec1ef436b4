use std::sync::Arc;

use async_trait::async_trait;

use super::key::{Signed, Way};
use super::message::Message;
use super::sender::{Post, Sender};
use super::{WebhookError, WebhookKeys, WebhookSettings};
use crate::engine::ApprovalRequest;
use crate::ports::{ApprovalGateway, Clock, EffectError, IdSource, Setback};
use crate::values::{Ids, TaskId, TenantId};

/// The most bytes that are sent at once.
const MOST: usize = 1 << 20;

/// Hands requests for approval to a system outside, over signed HTTPS.
///
/// It posts to the address of its settings and nowhere else: it follows no redirect and takes no proxy from the environment.
/// Of what comes back it reads the status alone. It needs no async runtime: it has one thread, which ends with it.
#[derive(Debug)]
pub struct WebhookGateway {
    sender: Sender,
    keys: Arc<WebhookKeys>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl WebhookGateway {
    /// By these settings, signing with the first of these keys. The clock and the ids are those of the host. Nothing is
    /// connected yet.
    ///
    /// # Errors
    ///
    /// [`WebhookError::NoRoots`], [`WebhookError::Thread`].
    pub fn new(
        settings: WebhookSettings,
        keys: Arc<WebhookKeys>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<Self, WebhookError> {
        Ok(WebhookGateway { sender: Sender::new(settings)?, keys, clock, ids })
    }

    /// Posts a message, signed; gives the status.
    async fn post(&self, message: &Message<'_>) -> Result<u16, EffectError> {
        let body =
            serde_json::to_vec(message).map_err(|_| failed(Setback::Permanent, "the request has no form in JSON"))?;
        if body.len() > MOST {
            return Err(failed(Setback::Permanent, "the request is too large for the approval system; decide it here"));
        }
        let now = self.clock.now();
        let seed = self.ids.seed().map_err(|source| EffectError {
            what: "there is no nonce for the request".to_owned(),
            setback: Setback::Unavailable,
            source: Some(Box::new(source)),
        })?;
        let (time, nonce) = (now.to_string(), Ids::new(now, seed).fresh().to_string());
        let key = self.keys.signs_with().to_owned();
        let signed = Signed { key: &key, time: &time, nonce: &nonce, body: &body };
        let signature = self.keys.sign(Way::Request, &signed);
        let signature =
            signature.ok_or_else(|| failed(Setback::Permanent, "the request cannot be signed with the key"))?;
        self.sender.post(Post { key, time, nonce, signature, body }).await
    }
}

fn failed(setback: Setback, what: &str) -> EffectError {
    EffectError { what: what.to_owned(), setback, source: None }
}

/// What a status that says "no" comes to.
fn refused(status: u16) -> EffectError {
    match status {
        300..=399 => failed(
            Setback::Permanent,
            "the approval system sends elsewhere, and nobody is followed; correct the address",
        ),
        401 | 403 => {
            failed(Setback::Permanent, "the approval system does not accept the signature; compare keys and clocks")
        }
        408 | 425 | 429 | 500.. => {
            failed(Setback::Unavailable, &format!("the approval system cannot take it now (status {status})"))
        }
        _ => failed(Setback::Permanent, &format!("the approval system refuses the request (status {status})")),
    }
}

#[async_trait]
impl ApprovalGateway for WebhookGateway {
    async fn submit(&self, request: &ApprovalRequest) -> Result<(), EffectError> {
        match self.post(&Message::submit(request)).await? {
            200..300 => Ok(()),
            status => Err(refused(status)),
        }
    }

    async fn withdraw(&self, tenant: TenantId, task: TaskId) -> Result<(), EffectError> {
        match self.post(&Message::withdraw(tenant, task)).await? {
            200..300 | 404 | 410 => Ok(()),
            status => Err(refused(status)),
        }
    }
}
