use std::sync::Mutex;

use async_trait::async_trait;

use super::held;
use crate::ports::{EffectError, Message, Notifier, Setback};
use crate::values::{EffectId, PersonId};

/// A mail box: keeps every message that was sent, as its receivers do. They drop doubles.
#[derive(Debug, Default)]
pub struct MailBox(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    messages: Vec<Message>,
    /// What is said to whoever sends, and whether it may be tried again.
    refusal: Option<(String, bool)>,
}

impl MailBox {
    /// The messages in it, in order: of each effect the first.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let mut messages: Vec<Message> = Vec::new();
        for message in self.all() {
            if !messages.iter().any(|it| it.effect == message.effect) {
                messages.push(message);
            }
        }
        messages
    }

    /// Everything that came, in order, doubles too.
    #[must_use]
    pub fn all(&self) -> Vec<Message> {
        held(&self.0).messages.clone()
    }

    /// The messages to one person.
    #[must_use]
    pub fn to(&self, person: PersonId) -> Vec<Message> {
        self.messages().into_iter().filter(|it| it.to == person).collect()
    }

    /// How often a message came.
    #[must_use]
    pub fn times(&self, effect: EffectId) -> usize {
        held(&self.0).messages.iter().filter(|it| it.effect == effect).count()
    }

    /// From now on it takes nothing, and says this; and whether it may be tried again.
    pub fn refuse(&self, what: &str, retryable: bool) {
        held(&self.0).refusal = Some((what.to_owned(), retryable));
    }

    /// From now on it takes what comes, as at the beginning.
    pub fn accept(&self) {
        held(&self.0).refusal = None;
    }
}

#[async_trait]
impl Notifier for MailBox {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        let mut inside = held(&self.0);
        if let Some((what, retryable)) = inside.refusal.clone() {
            let setback = if retryable { Setback::Unavailable } else { Setback::Permanent };
            return Err(EffectError { what, setback, source: None });
        }
        inside.messages.push(message.clone());
        Ok(())
    }
}
