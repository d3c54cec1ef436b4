//! Verification of the store as it is, while it is in use.

mod home;
mod instance;

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::evidence::{Checkpoint, Finding, Reach, Report, Seal, Trust, Verifier};
use crate::engine::{Domain, Entry, INSTANCE_KIND};
use crate::ports::{Action, Call, SignatureVerifier};
use crate::values::{HomeId, InstanceId, ObjectRef, TenantId};

use super::checkpoint::PAGE;
use super::{Error, Runtime};

/// What the records have told so far, beside what is stored.
#[derive(Debug, Default)]
struct Seen {
    findings: Vec<Finding>,
    instances: BTreeSet<InstanceId>,
}

impl<D: Domain> Runtime<D> {
    /// Verifies the whole store of the principal's tenant against its history, and the history against checkpoints that were
    /// kept elsewhere, in the order of their numbers. `keys` are the public keys that may have signed; with none given, the
    /// report shows the one that did, to be compared.
    ///
    /// First every record is read in the order of commits, then home by home what the records tell is compared with the
    /// objects, instances, tasks and requests as they are stored. Memory grows with the number of chains and instances, not
    /// with that of records. Work may go on meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if the right is missing, or does not reach everywhere. [`Error::Storage`] if the store does not
    /// read: that alone says that it is damaged.
    pub async fn verify(
        &self,
        call: impl Into<Call<'_>>,
        checkpoints: &[Checkpoint],
        keys: &[Vec<u8>],
        signatures: &dyn SignatureVerifier,
    ) -> Result<Report, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        self.everywhere(principal, &identity, &Action::Verify).await?;
        let tenant = principal.tenant();
        let judge = |seal: &Seal, message: &[u8]| {
            signatures.verifies(seal.algorithm, &seal.public_key, message, &seal.signature)
        };
        let mut verifier = Verifier::<D>::new(tenant, checkpoints, Trust { keys, judge: &judge });
        let mut position = 0;
        loop {
            let page = self.log.records_after(tenant, position, PAGE).await?;
            let Some(last) = page.last() else { break };
            position = last.position;
            for logged in &page {
                verifier.take(logged.position, &logged.record);
            }
        }
        let (mut report, chains) = verifier.finish();
        let mut seen = Seen::default();
        for (chain, reach) in &chains {
            self.verify_home(tenant, *chain, Some(reach), &mut seen).await?;
        }
        self.homes_without_chain(tenant, &chains, &mut seen).await?;
        self.instances_on_no_record(tenant, &mut seen).await?;
        report.findings.append(&mut seen.findings);
        Ok(report)
    }

    /// Homes that no record led to: new since, or put there past the history.
    async fn homes_without_chain(
        &self,
        tenant: TenantId,
        chains: &BTreeMap<HomeId, Reach>,
        seen: &mut Seen,
    ) -> Result<(), Error<D>> {
        let mut after = None;
        loop {
            let page = self.log.homes_after(tenant, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(*last);
            for home in page.into_iter().filter(|it| !chains.contains_key(it)) {
                self.verify_home(tenant, home, None, seen).await?;
            }
        }
    }

    /// Instances that no record led to.
    async fn instances_on_no_record(&self, tenant: TenantId, seen: &mut Seen) -> Result<(), Error<D>> {
        let mut after = None;
        loop {
            let page = self.log.instances_after(tenant, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(*last);
            for id in page.into_iter().filter(|it| !seen.instances.contains(it)) {
                if let Some(object) = self.is_on_no_record(tenant, id).await? {
                    let what = "the instance is stored, and on no record".to_owned();
                    seen.findings.push(Finding::Differs { object, what });
                }
            }
        }
    }

    /// Whether what stands under the id are the alarms of an object.
    async fn are_alarms(&self, tenant: TenantId, id: InstanceId) -> Result<bool, Error<D>> {
        let work = self.log.work_of(tenant, id).await?;
        Ok(!work.is_empty() && work.iter().all(|it| it.alarm().is_some()))
    }

    /// Where an instance is, if it is on no record although it should be.
    async fn is_on_no_record(&self, tenant: TenantId, id: InstanceId) -> Result<Option<ObjectRef>, Error<D>> {
        let records = self.storage.instance(tenant, id).await?;
        if records.is_none() && self.are_alarms(tenant, id).await? {
            return Ok(None);
        }
        let home = records.map_or(HomeId::from_uuid(uuid::Uuid::nil()), |it| it.instance.home());
        // It may have begun after its home was read.
        for record in self.records_of(tenant, home).await? {
            let entry = Entry::<D>::read(&record);
            if entry.is_ok_and(|it| it.run.is_some_and(|it| it.instance == id)) {
                return Ok(None);
            }
        }
        Ok(Some(ObjectRef::new(home, INSTANCE_KIND, id.uuid())))
    }
}
