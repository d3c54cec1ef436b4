//! A ready-made loop that delivers and ticks, on tokio: woken by commits, asleep otherwise.
//!
//! A host may as well call [`Runtime::deliver`] and [`Runtime::tick`] itself, from whatever runs it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::engine::Domain;
use crate::ports::Wake;
use crate::runtime::{Delivered, Error, Runtime};

/// How often a host looks for work that others have left behind, whose leases have ended.
const LOOK: Duration = Duration::from_secs(30);

/// How often what is due by itself is looked for.
const TICK: Duration = Duration::from_secs(60);

/// How many requests one hand takes up at a time. Few, so that what is urgent waits for no more than these.
const HANDFUL: usize = 2;

/// The longest pause after the store could not be reached.
const LONGEST: Duration = Duration::from_secs(30);

/// Wakes a [`Worker`] after a commit: give it to the [builder](crate::CardflowBuilder::wake) and to the worker.
#[derive(Debug, Default)]
pub struct Nudge(Notify);

impl Nudge {
    /// One that nobody waits for yet.
    #[must_use]
    pub fn new() -> Self {
        Nudge::default()
    }
}

impl Wake for Nudge {
    fn wake(&self) {
        self.0.notify_one();
    }
}

type Heard<D> = Arc<dyn Fn(&Error<D>) + Send + Sync>;

/// Performs requests to the outside as they come, many at a time, but one at a time about each subject; and does what is due
/// by itself, once a minute.
///
/// ```
/// # use cardflow::adapters::memory::MemoryStorage;
/// # use cardflow::cards::SCHEMA;
/// use std::sync::Arc;
///
/// use cardflow::Cardflow;
/// use cardflow::worker::{Nudge, Worker};
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// # let storage = MemoryStorage::new(&SCHEMA);
/// # let stop = async {};
/// let nudge = Arc::new(Nudge::new());
/// let cards = Arc::new(Cardflow::builder(storage).wake(nudge.clone()).build()?);
/// let worked = Worker::new(cards.clone(), nudge).run(stop).await;   // until `stop` is done: a signal, say
/// assert_eq!(worked.confirmed, 0);
/// cards.close().await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Worker<D: Domain> {
    runtime: Arc<Runtime<D>>,
    nudge: Arc<Nudge>,
    at_once: usize,
    heard: Heard<D>,
}

impl<D: Domain> fmt::Debug for Worker<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("at_once", &self.at_once).finish_non_exhaustive()
    }
}

impl<D: Domain> Worker<D> {
    /// For a runtime that was given the same nudge; with eight hands.
    #[must_use]
    pub fn new(runtime: Arc<Runtime<D>>, nudge: Arc<Nudge>) -> Self {
        Worker { runtime, nudge, at_once: 8, heard: Arc::new(|_| {}) }
    }

    /// With so many hands, at least one: each performs a request at a time.
    #[must_use]
    pub fn at_once(self, hands: usize) -> Self {
        Worker { at_once: hands.max(1), ..self }
    }

    /// Told of every error that keeps it from its work, a store that cannot be reached, say: it tries again by itself.
    #[must_use]
    pub fn on_error(self, heard: impl Fn(&Error<D>) + Send + Sync + 'static) -> Self {
        Worker { heard: Arc::new(heard), ..self }
    }

    /// Works until `stop` is done; then what is under way is brought to its end, nothing more is taken up, and what was done
    /// in all is said. It ends too once the runtime is closed.
    ///
    /// Requests that this host has recorded meanwhile stay with it until its lease ends: [close](Runtime::close) the runtime
    /// to have them performed now.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Delivered {
        let (stopping, stopped) = watch::channel(false);
        let mut hands = JoinSet::new();
        for _ in 0..self.at_once {
            let hand = Hand {
                runtime: Arc::clone(&self.runtime),
                nudge: Arc::clone(&self.nudge),
                heard: Arc::clone(&self.heard),
                stopped: stopped.clone(),
            };
            hands.spawn(hand.delivers());
        }
        let (runtime, heard, ticking) = (Arc::clone(&self.runtime), Arc::clone(&self.heard), stopped.clone());
        let clock = tokio::spawn(ticks(runtime, heard, ticking));
        let mut all = Delivered::default();
        let mut join = async |hands: &mut JoinSet<Delivered>| {
            while let Some(done) = hands.join_next().await {
                // A hand that panicked is one of the host's handlers; the others go on.
                all = done.map_or(all, |it| all.and(it));
            }
        };
        tokio::select! {
            () = stop => {}
            () = join(&mut hands) => {}
        }
        stopping.send_replace(true);
        join(&mut hands).await;
        let _ = clock.await;
        all
    }
}

struct Hand<D: Domain> {
    runtime: Arc<Runtime<D>>,
    nudge: Arc<Nudge>,
    heard: Heard<D>,
    stopped: watch::Receiver<bool>,
}

impl<D: Domain> Hand<D> {
    async fn delivers(mut self) -> Delivered {
        let (mut all, mut pause) = (Delivered::default(), Duration::from_secs(1));
        while !*self.stopped.borrow() {
            let wait = match self.runtime.deliver(HANDFUL).await {
                Ok(it) if it == Delivered::default() => LOOK,
                Ok(it) => {
                    all = all.and(it);
                    pause = Duration::from_secs(1);
                    let came = it.confirmed + it.overtaken + it.stuck;
                    if came > 0 {
                        // Where there was some, there may be more, for another hand too.
                        self.nudge.wake();
                        continue;
                    }
                    let next = it.next.map_or(0, |at| at.millis().saturating_sub(self.runtime.now().millis()));
                    LOOK.min(Duration::from_millis(u64::try_from(next).unwrap_or(0)))
                }
                Err(Error::Closed) => return all,
                Err(error) => {
                    (self.heard)(&error);
                    pause = (pause * 2).min(LONGEST);
                    pause
                }
            };
            tokio::select! {
                () = self.nudge.0.notified() => {}
                () = sleep(wait) => {}
                _ = self.stopped.changed() => {}
            }
        }
        all
    }
}

async fn ticks<D: Domain>(runtime: Arc<Runtime<D>>, heard: Heard<D>, mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() {
        match runtime.tick().await {
            Ok(_) => {}
            Err(Error::Closed) => return,
            Err(error) => heard(&error),
        }
        tokio::select! {
            () = sleep(TICK) => {}
            _ = stopped.changed() => {}
        }
    }
}
