use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{AuditRow, AuditRun, Domain, Entry, Keys, OWNER_KEY, Record, Scope, SharedRecord, UNIT_KEY};
use crate::ports::{
    Action, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery, Call, Home, Logged, StorageError,
};
use crate::values::{CodecError, HomeId, InstanceId, TenantId, Timestamp};

use super::access::Admitted;
use super::{Error, Runtime};

/// A page of what an auditor asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditPage {
    /// The rows, newest first.
    pub rows: Vec<AuditRow>,
    /// Where the next page begins; none if this was the last.
    pub next: Option<AuditPlace>,
    /// How far the audit log was behind the history.
    pub lag: Lag,
}

/// How far an audit log is behind the history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lag {
    /// The place in the order of commits up to which it is complete.
    pub position: u64,
    /// When the record there was decided; none for an empty one.
    pub at: Option<Timestamp>,
    /// When the oldest record that is missing was decided; none if nothing is missing.
    pub missing_since: Option<Timestamp>,
}

/// What a projection did.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Projected {
    /// Records of the history that are in the audit log now and were not before.
    pub records: usize,
    /// Whether there was nothing more to project.
    pub up_to_date: bool,
}

impl AuditPage {
    /// Every row as a line of JSON; see [`AuditRow::json_line`].
    #[must_use]
    pub fn json_lines(&self) -> String {
        self.rows.iter().map(|it| it.json_line() + "\n").collect()
    }
}

impl<D: Domain> Runtime<D> {
    /// Who did what, on what, with what outcome: a page, newest first, of what is in the actor's scope.
    ///
    /// It is answered from the audit log, which [`project`](Runtime::project) fills; the page says how far it has come. A
    /// home is in scope if the object at its root is: as it was when the row was projected, and as it is now. A page may
    /// therefore be shorter than asked for, and not be the last.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if the right is missing; [`StorageError::Unsupported`] if no audit log is plugged in.
    pub async fn audit(&self, call: impl Into<Call<'_>>, query: AuditQuery) -> Result<AuditPage, Error<D>> {
        let principal = call.into().principal;
        let tenant = principal.tenant();
        let identity = self.identify(principal).await?;
        let permitted = self.permit(principal, &identity, &Action::Audit).await;
        let Admitted { scope, .. } = self.noted(principal, &identity, Action::Audit, None, permitted).await?;
        let log = self.audit_log()?;
        let lag = self.lag(log, tenant).await?;
        let AuditFound { rows, next } = log.query(tenant, &scope, &query).await?;
        Ok(AuditPage { rows: self.still_reached(tenant, &scope, rows).await?, next, lag })
    }

    /// Brings at most `limit` records of a tenant's history into the audit log. Call it every few seconds, and until it is
    /// up to date after a rebuild.
    ///
    /// No command waits for it. If a host dies in the midst of it, or several do it at once, nothing is doubled or left out.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`], and [`Error::Codec`] for a record of a later release; what was not projected comes next time.
    pub async fn project(&self, tenant: TenantId, limit: usize) -> Result<Projected, Error<D>> {
        self.not_closed()?;
        let log = self.audit_log()?;
        let after = log.applied(tenant).await?.position;
        let limit = limit.clamp(1, 10_000);
        let records = self.log.records_after(tenant, after, limit).await?;
        let projected = Projected { records: records.len(), up_to_date: records.len() < limit };
        if records.is_empty() {
            return Ok(projected);
        }
        let rows = self.rows_of(log, tenant, &records).await?;
        // INVARIANT: homes are read after their records, so that keys are never older than the rows they stand with.
        let homes = self.homes_of(tenant, rows.iter().map(|it| it.chain)).await?;
        let homes = homes.iter().map(|it| (it.id, root_of(it).map(|it| scope_keys(it)).unwrap_or_default())).collect();
        match log.apply(&AuditBatch { tenant, after, rows, homes }).await {
            Ok(()) => Ok(projected),
            // Somebody has emptied it meanwhile.
            Err(StorageError::Conflict { .. }) => Ok(Projected::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Empties the audit log of a tenant, so that [`project`](Runtime::project) fills it anew from the history.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn rebuild_audit(&self, tenant: TenantId) -> Result<(), Error<D>> {
        self.not_closed()?;
        Ok(self.audit_log()?.clear(tenant).await?)
    }

    fn audit_log(&self) -> Result<&dyn AuditLog, StorageError> {
        let none = || StorageError::Unsupported { what: "audit: no audit log is plugged in".to_owned() };
        self.audit.as_deref().ok_or_else(none)
    }

    async fn lag(&self, log: &dyn AuditLog, tenant: TenantId) -> Result<Lag, Error<D>> {
        let applied = log.applied(tenant).await?;
        let missing = self.log.records_after(tenant, applied.position, 1).await?;
        let missing_since = missing.first().map(|it| it.record.at);
        Ok(Lag { position: applied.position, at: applied.at, missing_since })
    }

    /// The rows of records that follow each other.
    async fn rows_of(
        &self,
        log: &dyn AuditLog,
        tenant: TenantId,
        records: &[Logged],
    ) -> Result<Vec<AuditRow>, Error<D>> {
        let mut rows = Vec::with_capacity(records.len());
        let mut runs: BTreeMap<InstanceId, AuditRun> = BTreeMap::new();
        for Logged { position, record } in records {
            let entry = match Entry::<D>::read(record) {
                Ok(entry) => entry,
                Err(newer @ CodecError::Newer { .. }) => return Err(newer.into()),
                Err(_) => {
                    rows.push(AuditRow::unreadable(*position, record));
                    continue;
                }
            };
            let before = match &entry.run {
                Some(run) if runs.contains_key(&run.instance) => runs.remove(&run.instance),
                Some(run) => run_before(log, tenant, run.instance).await?,
                None => None,
            };
            let row = AuditRow::of(*position, record, &entry, before);
            runs.extend(row.run.clone().map(|it| (it.instance, it)));
            rows.push(row);
        }
        Ok(rows)
    }

    async fn homes_of(&self, tenant: TenantId, homes: impl Iterator<Item = HomeId>) -> Result<Vec<Home>, StorageError> {
        let homes: BTreeSet<_> = homes.collect();
        self.storage.homes(tenant, &homes.into_iter().collect::<Vec<_>>()).await
    }

    /// Those rows whose homes are in scope now, so that no lag leaks anything.
    async fn still_reached(
        &self,
        tenant: TenantId,
        scope: &Scope,
        mut rows: Vec<AuditRow>,
    ) -> Result<Vec<AuditRow>, Error<D>> {
        if *scope != Scope::All {
            let homes = self.homes_of(tenant, rows.iter().map(|it| it.chain)).await?;
            let reached = homes.iter().filter(|it| root_of(it).is_some_and(|root| scope.reaches(&root.keys)));
            let reached: BTreeSet<_> = reached.map(|it| it.id).collect();
            rows.retain(|it| reached.contains(&it.chain));
        }
        Ok(rows)
    }
}

/// What the last row of a run says of it.
async fn run_before(
    log: &dyn AuditLog,
    tenant: TenantId,
    instance: InstanceId,
) -> Result<Option<AuditRun>, StorageError> {
    let mut query = AuditQuery::all().instance(instance).limit(1000);
    let mut last: Option<AuditRow> = None;
    loop {
        let AuditFound { rows, next } = log.query(tenant, &Scope::All, &query).await?;
        // By position, not by time: a clock may have gone back.
        last = rows.into_iter().chain(last).max_by_key(|it| it.position);
        match next {
            Some(place) => query.after = Some(place),
            None => return Ok(last.and_then(|it| it.run)),
        }
    }
}

/// The object whose id is that of its home: the person, or the card that is at home in itself.
pub(super) fn root_of(home: &Home) -> Option<&SharedRecord> {
    home.records.iter().find(|it| it.at.id() == home.id.uuid())
}

/// The keys that scopes look at, and no others: names stand among keys, too.
fn scope_keys(root: &Record) -> Keys {
    [UNIT_KEY, OWNER_KEY]
        .iter()
        .fold(Keys::default(), |keys, key| root.keys.of(key.code).fold(keys, |keys, value| keys.with(key, value)))
}
