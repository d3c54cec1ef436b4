use std::collections::BTreeMap;

use crate::engine::chain::Linked;
use crate::engine::evidence::RecordLine;
use crate::engine::{Domain, Entry, Event, Rejection, Scope};
use crate::ports::{Action, Call, Identity, Logged, Principal};
use crate::values::{HomeId, TenantId, Timestamp};

use super::access::Admitted;
use super::checkpoint::PAGE;
use super::{Error, Runtime};

/// The history of a tenant on its way out, page by page, as lines of JSON.
///
/// Each line is one record, in the order of commits: what it says, and the bytes its hash was made over, so that whoever has
/// the lines and the checkpoints can verify them without the store.
#[derive(Debug)]
pub struct Export<'r, D: Domain> {
    runtime: &'r Runtime<D>,
    tenant: TenantId,
    position: u64,
    /// When which personal part was erased; read once one is missing.
    erased: Option<BTreeMap<(HomeId, u64), Timestamp>>,
}

impl<D: Domain> Runtime<D> {
    /// Begins an export of the whole history of the principal's tenant.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if the right to export is missing, or does not reach everywhere.
    pub async fn export(&self, call: impl Into<Call<'_>>) -> Result<Export<'_, D>, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        self.everywhere(principal, &identity, &Action::Verify).await?;
        Ok(Export { runtime: self, tenant: principal.tenant(), position: 0, erased: None })
    }

    /// The actor, if their right reaches everywhere.
    pub(super) async fn everywhere(
        &self,
        principal: &Principal,
        identity: &Identity,
        action: &Action,
    ) -> Result<Admitted, Error<D>> {
        let admitted = async {
            let admitted = self.permit(principal, identity, action).await?;
            match admitted.scope {
                Scope::All => Ok(admitted),
                _ => Err(Rejection::NotEntitled { right: action.to_string() }.into()),
            }
        };
        self.noted(principal, identity, action, None, admitted.await).await
    }

    /// When which personal part of a record was erased, as far as records after a position say so.
    async fn erasures(&self, tenant: TenantId, position: u64) -> Result<BTreeMap<(HomeId, u64), Timestamp>, Error<D>> {
        let (mut position, mut erased) = (position, BTreeMap::new());
        loop {
            let page = self.log.records_after(tenant, position, PAGE).await?;
            let Some(last) = page.last() else { return Ok(erased) };
            position = last.position;
            for Logged { record, .. } in &page {
                let Ok(entry) = Entry::<D>::read(record) else { continue };
                for event in &entry.events {
                    if let Event::Erased(erasure) = event {
                        erased.extend(erasure.each().map(|it| (it, entry.at)));
                    }
                }
            }
        }
    }
}

impl<D: Domain> Export<'_, D> {
    /// The next lines, without their ends; none once all have come.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`]; the same lines come again then.
    pub async fn page(&mut self) -> Result<Vec<String>, Error<D>> {
        let (runtime, tenant) = (self.runtime, self.tenant);
        let page = runtime.log.records_after(tenant, self.position, PAGE).await?;
        let is_bare = |it: &Linked| it.personal.is_none() && it.commitment.is_some();
        if self.erased.is_none() && page.iter().any(|it| is_bare(&it.record)) {
            self.erased = Some(runtime.erasures(tenant, self.position).await?);
        }
        let when = |it: &Linked| self.erased.as_ref()?.get(&(it.chain, it.sequence)).copied().filter(|_| is_bare(it));
        let line = |it: &Logged| RecordLine::<D>::new(it.position, &it.record, when(&it.record)).to_json();
        let lines = page.iter().map(line).collect();
        self.position = page.last().map_or(self.position, |it| it.position);
        Ok(lines)
    }
}
