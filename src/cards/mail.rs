use std::sync::Arc;

use async_trait::async_trait;

use super::Request;
use super::authority::encoded;
use crate::domain::Answer;
use crate::ports::{Directory, EffectCall, EffectError, EffectHandler, EffectState, Message, Notifier};

/// The kind of the effects that send mail.
pub const MAIL_EFFECT: &str = "mail";

/// Performs requests to write to people: finds the address and hands the message to the notifier.
#[derive(Clone, Debug)]
pub struct MailEffects {
    notifier: Arc<dyn Notifier>,
    directory: Arc<dyn Directory>,
}

impl MailEffects {
    /// With this notifier, and addresses from this directory.
    #[must_use]
    pub fn new(notifier: Arc<dyn Notifier>, directory: Arc<dyn Directory>) -> Self {
        MailEffects { notifier, directory }
    }
}

#[async_trait]
impl EffectHandler for MailEffects {
    fn kind(&self) -> String {
        MAIL_EFFECT.to_owned()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        let wrong = |what: &str| EffectError { what: what.to_owned(), retryable: false, source: None };
        let Ok(Request::Mail(request)) = Request::from_bytes(&call.body) else {
            return Err(wrong("this is no request to send mail"));
        };
        let address = self.directory.contact(call.tenant, request.to).await.map_err(|error| EffectError {
            what: error.to_string(),
            retryable: error.is_retryable(),
            source: Some(Box::new(error)),
        })?;
        let address = address.ok_or_else(|| wrong("the directory knows no mail address of the person; add one"))?;
        let message =
            Message { effect: call.id, to: request.to, address, subject: request.subject, text: request.text };
        self.notifier.notify(&message).await?;
        encoded(&Answer::Told)
    }

    /// A mail whose fate is not known is sent again: its header has the effect's id, so that a receiver can drop doubles.
    async fn status(&self, _: &EffectCall) -> Result<EffectState, EffectError> {
        Ok(EffectState::NotDone)
    }
}
