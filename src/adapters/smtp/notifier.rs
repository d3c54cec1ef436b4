use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use async_trait::async_trait;
use futures_channel::oneshot;
use lettre::address::Envelope;

use super::letter::letter;
use super::line::Line;
use super::{SmtpError, SmtpSettings, Templates};
use crate::ports::{EffectError, Message, Notifier, Setback};

/// Sends messages as mail over SMTP.
///
/// It needs no async runtime, and none is in its way: each connection has a thread of its own, begun with the notifier, which
/// ends after it is dropped. A connection is opened for the first mail, kept for the next ones, and closed when there are none
/// for a while.
///
/// The id of the effect is in the headers `Message-ID` and `X-Cardflow-Effect`, the same when a mail is sent again, so that
/// receivers can drop doubles.
pub struct SmtpNotifier {
    settings: Arc<SmtpSettings>,
    templates: Templates,
    post: Arc<Post>,
}

/// The mails that wait for a connection.
#[derive(Default)]
struct Post {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    mails: VecDeque<Mail>,
    closed: bool,
}

struct Mail {
    envelope: Envelope,
    content: Vec<u8>,
    answer: oneshot::Sender<Result<(), EffectError>>,
}

impl SmtpNotifier {
    /// Checks the templates and begins the threads. Nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`SmtpError`].
    pub fn new(settings: SmtpSettings, templates: Templates) -> Result<Self, SmtpError> {
        templates.check()?;
        if settings.connections == 0 {
            return Err(SmtpError::NoConnection);
        }
        let notifier = SmtpNotifier { settings: Arc::new(settings), templates, post: Arc::default() };
        for number in 1..=notifier.settings.connections {
            let (mut line, post) = (Line::new(Arc::clone(&notifier.settings))?, Arc::clone(&notifier.post));
            let idle = notifier.settings.idle;
            let thread = thread::Builder::new().name(format!("cardflow-mail-{number}"));
            thread.spawn(move || post.send_all(&mut line, idle)).map_err(SmtpError::Thread)?;
        }
        Ok(notifier)
    }
}

impl Post {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends what waits, mail by mail, until it is closed.
    fn send_all(&self, line: &mut Line, idle: std::time::Duration) {
        let mut waiting = self.waiting();
        loop {
            if let Some(Mail { envelope, content, answer }) = waiting.mails.pop_front() {
                drop(waiting);
                // Whoever asked may have gone away; the mail is sent all the same.
                let _ = answer.send(line.send(&envelope, &content));
                waiting = self.waiting();
            } else if waiting.closed {
                drop(waiting);
                return line.close();
            } else {
                let (woken, slept) = self.bell.wait_timeout(waiting, idle).unwrap_or_else(PoisonError::into_inner);
                waiting = woken;
                if slept.timed_out() && waiting.mails.is_empty() {
                    drop(waiting);
                    line.close();
                    waiting = self.waiting();
                }
            }
        }
    }
}

#[async_trait]
impl Notifier for SmtpNotifier {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        let worded = self.templates.word(message).map_err(|error| EffectError {
            what: "the mail cannot be put into words; correct the template".to_owned(),
            setback: Setback::Unavailable,
            source: Some(Box::new(error)),
        })?;
        let (envelope, content) = letter(&self.settings.from, message, worded)?;
        let (answer, answered) = oneshot::channel();
        self.post.waiting().mails.push_back(Mail { envelope, content, answer });
        self.post.bell.notify_one();
        let gone = || EffectError {
            what: "sending the mail was broken off".to_owned(),
            setback: Setback::Unavailable,
            source: None,
        };
        answered.await.unwrap_or_else(|_| Err(gone()))
    }
}

impl Drop for SmtpNotifier {
    fn drop(&mut self) {
        self.post.waiting().closed = true;
        self.post.bell.notify_all();
    }
}

impl fmt::Debug for SmtpNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpNotifier").field("settings", &self.settings).finish_non_exhaustive()
    }
}
