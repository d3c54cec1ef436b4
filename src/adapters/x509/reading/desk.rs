use std::fmt;
use std::sync::mpsc;
use std::thread;

use futures_channel::oneshot;

use super::super::X509Error;
use crate::domain::Serial;
use crate::ports::{Published, PublishedError};
use crate::values::Timestamp;

/// One question.
pub(super) type Question = (Serial, Timestamp);
pub(super) type Answer = Result<Published, PublishedError>;

type Job = (Question, oneshot::Sender<Answer>);

/// Answers questions one after the other on a thread of its own: whoever waits for a slow network, or for a long list to be
/// read, blocks no runtime of the host. The thread ends with the desk.
pub(super) struct Desk {
    jobs: mpsc::Sender<Job>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

impl Desk {
    pub(super) fn new(mut answer: impl FnMut(Question) -> Answer + Send + 'static) -> Result<Self, X509Error> {
        let (jobs, waiting) = mpsc::channel::<Job>();
        let work = move || {
            for (question, answered) in waiting {
                // Whoever asked and is gone needs no answer.
                if !answered.is_canceled() {
                    let _ = answered.send(answer(question));
                }
            }
        };
        let thread = thread::Builder::new().name("cardflow-reader".to_owned());
        thread.spawn(work).map_err(X509Error::Thread)?;
        Ok(Desk { jobs })
    }

    pub(super) async fn ask(&self, question: Question) -> Answer {
        let gone = || PublishedError::Other("nobody is left to read what is published".into());
        let (answer, answered) = oneshot::channel();
        self.jobs.send((question, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}
