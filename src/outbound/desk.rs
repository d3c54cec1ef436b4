use std::sync::mpsc;
use std::{fmt, io, thread};

use futures_channel::oneshot;

/// Answers questions one after the other on a thread of its own: whoever waits for a slow network, or for a long list to be
/// read, blocks no runtime of the host. The thread ends with the desk.
pub(crate) struct Desk<Q, A> {
    jobs: mpsc::Sender<(Q, oneshot::Sender<A>)>,
}

/// Nobody is left to answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Gone {
    /// The question was not taken.
    Before,
    /// It was, and there is no answer.
    After,
}

impl<Q, A> fmt::Debug for Desk<Q, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Desk")
    }
}

impl<Q: Send + 'static, A: Send + 'static> Desk<Q, A> {
    /// With a thread of this name.
    ///
    /// # Errors
    ///
    /// If the machine gives no thread.
    pub(crate) fn new(name: &str, mut answer: impl FnMut(Q) -> A + Send + 'static) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<(Q, oneshot::Sender<A>)>();
        let work = move || {
            for (question, answered) in waiting {
                // Whoever asked may have gone; what was asked for is done.
                let _ = answered.send(answer(question));
            }
        };
        thread::Builder::new().name(name.to_owned()).spawn(work)?;
        Ok(Desk { jobs })
    }

    /// The answer.
    ///
    /// # Errors
    ///
    /// [`Gone`].
    pub(crate) async fn ask(&self, question: Q) -> Result<A, Gone> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send((question, answer)).map_err(|_| Gone::Before)?;
        answered.await.map_err(|_| Gone::After)
    }
}
