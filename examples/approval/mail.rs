//! The mails of the story: through a real server where one can be started, else as they are handed over.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cardflow::adapters::smtp::{Password, SmtpNotifier, SmtpSettings, Templates};
use cardflow::ports::{EffectError, Message, Notifier};

use crate::story::{line, more};

#[path = "../../tests/mail/server.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "the judge of the tests"
)]
mod server;

use server::{MailServer, NAME, PASSWORD, Way};

/// Where mails go.
pub enum Post {
    Server(Box<MailServer>, Arc<SmtpNotifier>),
    Recorded(Arc<Recorded>),
}

impl Post {
    pub fn open() -> Result<Post, Box<dyn Error>> {
        let Some(server) = MailServer::start(Way::Starttls, true) else {
            line("mail", "no server can be started here: mails are shown as they are handed over");
            return Ok(Post::Recorded(Arc::new(Recorded(Mutex::default(), Templates::shipped()?))));
        };
        let settings = SmtpSettings::starttls("localhost", "Cards <cards@example.org>")?
            .port(server.port)
            .trusting(&server.certificate)?
            .credentials(NAME, Password::new(PASSWORD.to_owned())?);
        line("mail", format!("through a server on port {}, encrypted and signed in", server.port));
        let notifier = SmtpNotifier::new(settings, Templates::shipped()?)?;
        Ok(Post::Server(Box::new(server), Arc::new(notifier)))
    }

    pub fn notifier(&self) -> Arc<dyn Notifier> {
        match self {
            Post::Server(_, notifier) => Arc::clone(notifier) as Arc<dyn Notifier>,
            Post::Recorded(recorded) => Arc::clone(recorded) as Arc<dyn Notifier>,
        }
    }

    /// What came since it was printed last.
    pub fn print(&self) {
        match self {
            Post::Server(server, _) => {
                for mail in server.take() {
                    told(&mail.header("To"), &mail.header("Subject"), &mail.text("text"));
                }
            }
            Post::Recorded(recorded) => recorded.print(),
        }
    }
}

/// A mail, and of one that tells of a decision the lines that tell something.
fn told(to: &str, subject: &str, text: &str) {
    line("mail", format!("to {to}: {subject}"));
    let tells = |it: &&str| !subject.starts_with("Please") && it.contains(": ");
    text.lines().filter(tells).for_each(|it| more(format!("│ {it}")));
}

/// Keeps what it is given.
#[derive(Debug)]
pub struct Recorded(Mutex<Vec<Message>>, Templates);

impl Recorded {
    fn print(&self) {
        let messages = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for message in messages {
            match self.1.word(&message) {
                Ok(worded) => {
                    told(&message.address, &worded.subject, &worded.text);
                }
                Err(error) => line("mail", error),
            }
        }
    }
}

#[async_trait]
impl Notifier for Recorded {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(message.clone());
        Ok(())
    }
}
