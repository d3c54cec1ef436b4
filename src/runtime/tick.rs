use crate::engine::{Actor, Alarm, Bound, Command, Domain, Due, Rejection, Scope};
use crate::ports::{Claim, Work, WorkDone, WorkSort};
use crate::values::{Millis, Timestamp};

use super::beginning::Began;
use super::command::ATTEMPTS;
use super::load::Loaded;
use super::missed::Noted;
use super::outbox::in_full;
use super::{Error, LEASE, Runtime};

/// How long commands are remembered.
const REMEMBERED: Millis = Millis::days(30);

/// When an object is looked at again of which something is due still, since others have to agree first, say.
const LOOK_AGAIN: Millis = Millis::days(1);

/// How many timers one tick takes up.
const TIMERS: usize = 1000;

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ticked {
    /// Timers that brought something about: forms and approvals whose time was over, reminders, processes that began by
    /// themselves.
    pub fired: usize,
    /// Timers that cannot do what is due, because a definition is missing, say; they fire again later.
    pub failed: usize,
    /// Commands that are remembered no longer.
    pub forgotten: u64,
}

impl<D: Domain> Runtime<D> {
    /// Does what is due by itself, and forgets commands of long ago. Call it every minute or so, on one host or on many.
    ///
    /// Forms and approvals that were left waiting end, go to others or are reminded of, as their policies say; and of
    /// objects whose deadline has come, a process [begins](Domain::due) in the name of nobody. A timer is done with in the
    /// commit of what it brings about: hosts that have it at once, or one after another, do so once.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; timers not dealt with fire at the next tick.
    pub async fn tick(&self) -> Result<Ticked, Error<D>> {
        self.not_closed()?;
        let now = self.clock.now();
        let claim = Claim { sort: WorkSort::Timer, host: self.host, now, until: now.plus(LEASE), limit: TIMERS };
        let mut ticked = Ticked::default();
        for work in self.storage.claim(&claim).await? {
            match self.fire(&work).await {
                Ok(fired) => ticked.fired += usize::from(fired),
                Err(error) if error.is_retryable() => return Err(error),
                Err(error) => {
                    ticked.failed += 1;
                    let later = now.plus(self.retry.pause(work.id, work.attempts));
                    let again = Some((later, Some(in_full(&error))));
                    self.store_done(work.tenant, vec![WorkDone { again, ..self.done_with(&work, None) }]).await?;
                }
            }
        }
        ticked.forgotten = self.storage.forget(now.minus(REMEMBERED)).await?;
        Ok(ticked)
    }

    /// Says whether the timer brought something about.
    async fn fire(&self, work: &Work) -> Result<bool, Error<D>> {
        match Alarm::from_bytes(work.id, work.due, &work.body)? {
            Some(alarm) => self.look_after(work, &alarm).await,
            None => {
                let fired = self.by_worker(work.tenant, work.instance, &Command::Fire, &[], None).await?;
                Ok(fired.is_some())
            }
        }
    }

    /// The timer is done with, or its time comes again.
    fn done_with(&self, work: &Work, again: Option<Timestamp>) -> WorkDone {
        let again = again.map(|at| (at, None));
        WorkDone { id: work.id, instance: work.instance, holder: self.holder(work.attempts), again }
    }

    /// Looks at an object, and begins what is due of it.
    async fn look_after(&self, work: &Work, alarm: &Alarm) -> Result<bool, Error<D>> {
        let mut noted = false;
        for _ in 0..ATTEMPTS {
            let loaded = match self.load(work.tenant, alarm.object, &Scope::All).await {
                Err(Error::Rejected(Rejection::NotFound { .. })) => {
                    self.store_done(work.tenant, vec![self.done_with(work, None)]).await?;
                    return Ok(false);
                }
                loaded => loaded?,
            };
            // INVARIANT: its time has come, whatever a clock says that was put back meanwhile: else the timer would be done
            // with before anything is due.
            let now = self.clock.now().max(work.due);
            // INVARIANT: it is on record before the timer is done with; whoever looks again finds it there.
            for missed in D::missed(&loaded.dossier, now) {
                match self.note_missed(work.tenant, &missed).await? {
                    Noted::Now => noted = true,
                    Noted::Before => {}
                    Noted::NotYet => return Ok(noted),
                }
            }
            let actor = Actor::worker(now);
            let options = self.options.in_force(work.tenant, &D::facts(Some(&loaded.dossier), &actor)).await?;
            let Some(due) = D::due(&loaded.dossier, &options.options, now) else {
                self.store_done(work.tenant, vec![self.done_with(work, None)]).await?;
                return Ok(noted);
            };
            if let Some(began) = self.begin_what_is_due(work, alarm, &loaded, &options, now, &due).await? {
                return Ok(began || noted);
            }
        }
        // Somebody else has the timer by now, or the object changes all the time.
        Ok(noted)
    }

    /// Begins what is due in the commit that is done with the timer; or says that the same waits for others already. None
    /// if something has changed meanwhile.
    async fn begin_what_is_due(
        &self,
        work: &Work,
        alarm: &Alarm,
        loaded: &Loaded<D>,
        options: &Bound<D>,
        now: Timestamp,
        due: &Due,
    ) -> Result<Option<bool>, Error<D>> {
        let decide = async |process| {
            self.decide_by_itself(work.tenant, alarm.object, loaded, options, now, process, &due.answers).await
        };
        let decision = match (decide(due.process).await, due.otherwise) {
            (Err(Error::Rejected(Rejection::Refused(_) | Rejection::WouldBreak { .. })), Some(other)) => {
                decide(other).await?
            }
            (decided, _) => decided?,
        };
        let still = D::due(&decision.dossier, &options.options, now).is_some();
        let done = self.done_with(work, still.then(|| now.plus(LOOK_AGAIN)));
        match self.begin_by_itself(work.tenant, loaded, now, &decision, vec![done]).await? {
            Began::Now => Ok(Some(true)),
            Began::NotYet => Ok(None),
            Began::Before => {
                self.store_done(work.tenant, vec![self.done_with(work, Some(now.plus(LOOK_AGAIN)))]).await?;
                Ok(Some(false))
            }
        }
    }
}
