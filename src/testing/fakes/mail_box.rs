use std::sync::Mutex;

use async_trait::async_trait;

use super::held;
use crate::ports::{EffectError, Message, Notifier};
use crate::values::{EffectId, PersonId};

/// A mail box: keeps every message that was sent, as its receivers do. They drop doubles.
#[derive(Debug, Default)]
pub struct MailBox(Mutex<Vec<Message>>);

impl MailBox {
    /// The messages in it, in order: of each effect the first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        for message in held(&self.0).iter() {
            if !messages.iter().any(|it| it.effect == message.effect) {
                messages.push(message.clone());
            }
        }
        messages
    }

    /// The messages to one person.
    #[must_use]
    pub fn to(&self, person: PersonId) -> Vec<Message> {
        self.messages().into_iter().filter(|it| it.to == person).collect()
    }

    /// How often a message came.
    #[must_use]
    pub fn times(&self, effect: EffectId) -> usize {
        held(&self.0).iter().filter(|it| it.effect == effect).count()
    }
}

#[async_trait]
impl Notifier for MailBox {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        held(&self.0).push(message.clone());
        Ok(())
    }
}
