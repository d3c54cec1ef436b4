use crate::engine::{Command, Domain, Instance, Missed, Rejection};
use crate::values::TenantId;

use super::{Error, Runtime};

/// What became of something that is overdue.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Noted {
    /// It stands as an incident from now on.
    Now,
    /// It has stood so before, or there is no such instance any more.
    Before,
    /// Others were quicker, again and again: it is to be looked at once more.
    NotYet,
}

impl<D: Domain> Runtime<D> {
    /// Puts it on record with its instance that something is overdue, and alerts whoever watches.
    pub(super) async fn note_missed(&self, tenant: TenantId, missed: &Missed) -> Result<Noted, Error<D>> {
        let Missed { instance, object, what } = missed;
        let stands = |it: &Instance<D>| it.incidents().iter().any(|it| it.object == *object && it.what == *what);
        let command = Command::Missed { object: *object, what: what.clone() };
        match self.by_worker(tenant, *instance, &command, &[], None).await {
            Ok(Some(decision)) => {
                self.alert_of_incident(tenant, &decision.instance, self.clock.now());
                return Ok(Noted::Now);
            }
            Ok(None) => {}
            Err(Error::Rejected(Rejection::NotFound { .. })) => return Ok(Noted::Before),
            Err(error) => return Err(error),
        }
        let found = self.instance(tenant, *instance).await?.instance;
        Ok(if stands(&found) { Noted::Before } else { Noted::NotYet })
    }
}
