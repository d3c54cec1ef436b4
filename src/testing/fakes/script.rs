use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

use super::held;

/// What becomes of a call, instead of being carried out and answered.
///
/// Whoever calls cannot tell [`Lost`](Fate::Lost) from [`AnswerLost`](Fate::AnswerLost); that is the point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fate {
    /// It never arrives. The caller is told that the port is not available.
    Lost,
    /// It is carried out, and the answer is lost. The caller is told that the port is not available.
    AnswerLost,
    /// It never arrives, and no answer ever comes.
    Stuck,
    /// It is carried out, and no answer ever comes.
    AnswerStuck,
}

/// What happens beside a call: what somebody else does meanwhile.
pub(super) type Happening = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What is to become of the calls of a port, by the name of the method.
#[derive(Default)]
pub(super) struct Script {
    fates: Mutex<BTreeMap<&'static str, VecDeque<Fate>>>,
    before: Mutex<BTreeMap<&'static str, VecDeque<Happening>>>,
    after: Mutex<BTreeMap<&'static str, VecDeque<Happening>>>,
    down: AtomicBool,
    stuck: Mutex<Stuck>,
}

/// How many calls are stuck that nobody has heard of, and who listens.
#[derive(Default)]
struct Stuck {
    unheard: usize,
    listener: Option<Waker>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Script").field("fates", &self.fates).field("down", &self.down).finish_non_exhaustive()
    }
}

impl Script {
    pub(super) fn next(&self, method: &'static str, fate: Fate) {
        held(&self.fates).entry(method).or_default().push_back(fate);
    }

    pub(super) fn before(&self, method: &'static str, happening: Happening) {
        held(&self.before).entry(method).or_default().push_back(happening);
    }

    pub(super) fn after(&self, method: &'static str, happening: Happening) {
        held(&self.after).entry(method).or_default().push_back(happening);
    }

    pub(super) fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    /// Comes when a call is stuck; once for each.
    pub(super) async fn stuck(&self) {
        poll_fn(|context| {
            let mut stuck = held(&self.stuck);
            if stuck.unheard > 0 {
                stuck.unheard -= 1;
                return Poll::Ready(());
            }
            stuck.listener = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// What the script has for a call of this method.
    pub(super) fn fate(&self, method: &'static str) -> Option<Fate> {
        let scripted = held(&self.fates).get_mut(method).and_then(VecDeque::pop_front);
        scripted.or_else(|| self.down.load(Ordering::SeqCst).then_some(Fate::Lost))
    }

    pub(super) async fn happens_before(&self, method: &'static str) {
        let happening = held(&self.before).get_mut(method).and_then(VecDeque::pop_front);
        if let Some(happening) = happening {
            happening.await;
        }
    }

    pub(super) async fn happens_after(&self, method: &'static str) {
        let happening = held(&self.after).get_mut(method).and_then(VecDeque::pop_front);
        if let Some(happening) = happening {
            happening.await;
        }
    }

    /// Carries a call out as its fate will have it; `dead` is what the caller is told instead of the answer.
    pub(super) async fn carry_out<T>(
        &self,
        fate: Option<Fate>,
        call: impl Future<Output = T>,
        dead: impl FnOnce() -> T,
    ) -> T {
        let answer = match fate {
            None | Some(Fate::AnswerLost | Fate::AnswerStuck) => Some(call.await),
            Some(Fate::Lost | Fate::Stuck) => None,
        };
        match (fate, answer) {
            (None, Some(answer)) => answer,
            (Some(Fate::Stuck | Fate::AnswerStuck), _) => {
                self.is_stuck();
                pending().await
            }
            (None | Some(Fate::Lost | Fate::AnswerLost), _) => dead(),
        }
    }

    fn is_stuck(&self) {
        let mut stuck = held(&self.stuck);
        stuck.unheard += 1;
        if let Some(listener) = stuck.listener.take() {
            listener.wake();
        }
    }
}
