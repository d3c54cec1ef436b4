use std::collections::BTreeMap;

use super::{Held, Invariant};
use crate::ports::{Claim, Holder, Lease, Work};
use crate::testing::simulate::book::Stored;
use crate::values::{EffectId, InstanceId, Timestamp};

/// Law 5: work is one host's at a time.
#[derive(Default)]
pub(super) struct Leases {
    work: BTreeMap<(InstanceId, EffectId), Known>,
}

/// A piece of work as it is held.
struct Known {
    lease: Option<Lease>,
    attempts: u32,
    due: Timestamp,
}

impl Invariant for Leases {
    fn name(&self) -> &'static str {
        "leases"
    }

    fn rule(&self) -> &'static str {
        "Work under a lease is given to nobody else until the lease ends, each time counts, and nobody records what came of work \
         that was given out again."
    }

    fn claimed(&mut self, _: usize, claim: &Claim, given: &[Work]) -> Held {
        for work in given {
            let Some(known) = self.work.get_mut(&(work.instance, work.id)) else {
                return Err(format!("work {} was given out, and there is none", work.id));
            };
            if known.lease.is_some_and(|it| it.until > claim.now) {
                return Err(format!("work {} was given out under a lease that runs", work.id));
            }
            if known.due > claim.now {
                return Err(format!("work {} was given out before it was due", work.id));
            }
            known.attempts += 1;
            known.lease = Some(Lease { host: claim.host, until: claim.until });
            if work.attempts != known.attempts || work.lease != known.lease {
                return Err(format!("work {} was given out as attempt {}", work.id, work.attempts));
            }
        }
        Ok(())
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        for done in &stored.commit.done {
            let Some(known) = self.work.get_mut(&(done.instance, done.id)) else {
                return Err(format!("work {} was done with, and there is none", done.id));
            };
            let holder = known.lease.map(|it| Holder { host: it.host, attempt: known.attempts });
            if done.holder.is_some() && done.holder != holder {
                return Err(format!("what came of work {} was recorded by a host that had lost it", done.id));
            }
            match &done.again {
                Some((due, _)) => (known.lease, known.due) = (None, *due),
                None => drop(self.work.remove(&(done.instance, done.id))),
            }
        }
        for overtake in &stored.commit.overtakes {
            // Which work it was stands in another rule; it is due by then, so that an earlier time is no fault.
            for known in self.work.values_mut() {
                known.due = known.due.min(overtake.at);
            }
        }
        for work in &stored.commit.work {
            let waits = stored.behind.contains(&work.id);
            let (lease, attempts) = if waits { (None, 0) } else { (work.lease, work.attempts) };
            self.work.insert((work.instance, work.id), Known { lease, attempts, due: work.due });
        }
        Ok(())
    }
}
