use std::collections::{BTreeMap, BTreeSet};

use crate::engine::chain::{Linked, verify_after};
use crate::engine::evidence::{Retold, Seal, Trim};
use crate::engine::{Domain, Entry, Event, Instance};
use crate::ports::{Action, Call, Commit, Committed, Home, SignatureVerifier, Signer, StorageError, TrimTo};
use crate::values::{CommandId, Digest, HomeId, Ids, InstanceId, TenantId, Timestamp};

use super::access::Admitted;
use super::answer::scope_name;
use super::checkpoint::PAGE;
use super::read::trimmed_to;
use super::{Error, Runtime};

/// What a trim took away.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Trimmed {
    /// Chains that lost their beginning.
    pub chains: usize,
    /// Records that went.
    pub records: usize,
    /// Chains that were left alone because they do not verify, or an earlier trim is signed by none of the keys given; verify
    /// the store.
    pub faulty: Vec<HomeId>,
    /// The limit was reached; call again.
    pub more: bool,
}

/// Who signs trims, and whose earlier ones are believed.
#[derive(Clone, Copy, Debug)]
pub struct Sealing<'a> {
    /// Signs.
    pub signer: &'a dyn Signer,
    /// Public keys that have signed earlier trims, besides the signer's own.
    pub keys: &'a [Vec<u8>],
    /// Checks what they signed.
    pub signatures: &'a dyn SignatureVerifier,
}

impl Sealing<'_> {
    fn believes(&self, seal: &Seal, message: &[u8]) -> bool {
        let Seal { algorithm, public_key, signature } = seal;
        let known = *public_key == self.signer.public_key() || self.keys.contains(public_key);
        known && self.signatures.verifies(*algorithm, public_key, message, signature)
    }
}

/// A chain with what its records say, oldest first.
struct Read<D: Domain> {
    home: Home,
    records: Vec<(Linked, Entry<D>)>,
    retold: Retold<D>,
}

impl<D: Domain> Runtime<D> {
    /// Removes records from before a time from the beginnings of chains, of at most `limit` chains. Each chain says so in a
    /// record of its own, with a signature, so that a verifier tells a lawful trim from a missing beginning.
    ///
    /// Stays: the last record of a chain, everything from the first record on of an instance that is not over or has an
    /// incident that is open, and what says that personal parts were erased, or which options were set. Make a checkpoint
    /// first: it anchors what goes, and after it only the trim speaks for it.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`] if the right is missing, [`Error::Signer`], [`Error::Storage`]; chains done before stay done.
    pub async fn trim(
        &self,
        call: impl Into<Call<'_>>,
        before: Timestamp,
        sealing: &Sealing<'_>,
        limit: usize,
    ) -> Result<Trimmed, Error<D>> {
        let principal = call.into().principal;
        let identity = self.identify(principal).await?;
        let admitted = self.everywhere(principal, &identity, &Action::Trim).await?;
        let tenant = principal.tenant();
        let open = self.open_instances(tenant).await?;
        let mut trimmed = Trimmed::default();
        for chain in self.chains_from_before(tenant, before).await? {
            if trimmed.chains >= limit {
                trimmed.more = true;
                break;
            }
            match self.trim_chain(tenant, &admitted, chain, before, &open, sealing).await? {
                Some(0) => {}
                Some(records) => {
                    trimmed.chains += 1;
                    trimmed.records += records;
                }
                None => trimmed.faulty.push(chain),
            }
        }
        Ok(trimmed)
    }

    /// Chains that have records from before a time, as far as these come first in the order of commits.
    async fn chains_from_before(&self, tenant: TenantId, before: Timestamp) -> Result<BTreeSet<HomeId>, Error<D>> {
        let (mut position, mut chains) = (0, BTreeSet::new());
        loop {
            let page = self.log.records_after(tenant, position, PAGE).await?;
            let old = page.iter().take_while(|it| it.record.at < before);
            let found = old.clone().count();
            chains.extend(old.map(|it| it.record.chain));
            match page.last() {
                Some(last) if found == page.len() => position = last.position,
                Some(_) | None => return Ok(chains),
            }
        }
    }

    /// Says how many records went; none if the chain does not verify.
    async fn trim_chain(
        &self,
        tenant: TenantId,
        admitted: &Admitted,
        chain: HomeId,
        before: Timestamp,
        open: &BTreeMap<InstanceId, HomeId>,
        sealing: &Sealing<'_>,
    ) -> Result<Option<usize>, Error<D>> {
        for _ in 0..super::command::ATTEMPTS {
            let Some(Read { home, records, retold }) = self.read_chain(tenant, chain, sealing).await? else {
                return Ok(None);
            };
            let signer = sealing.signer;
            // Also one that ended while the outside still owes it an answer is not over, nor one with an open incident.
            let waits = |id: &InstanceId| {
                let told = retold.instances().get(id);
                let troubled = |it: &Instance<D>| it.troubled().is_some();
                told.is_some_and(|it| !it.open.is_empty() || it.instance.as_ref().is_some_and(troubled))
            };
            let going = going(&records, before, |id| open.contains_key(id) || waits(id));
            let Some((last, _)) = going.last() else { return Ok(Some(0)) };
            let Some(instances) = self.sealed(tenant, chain, &retold, going).await? else { return Ok(None) };
            let now = self.clock.now();
            let mut fresh = Ids::new(now, self.ids.seed()?);
            let actor = &admitted.actor;
            let signed_by = (signer.algorithm(), signer.public_key());
            let told = (retold.objects().clone(), instances);
            let mut trim = Trim::<D>::draw_up((last.sequence, last.hash), told, signed_by);
            let message = trim.message((tenant, chain), (now, actor.person))?;
            trim.seal.signature = signer.sign(&message)?;
            let entry = Entry::<D> {
                at: now,
                command: CommandId::from_uuid(fresh.fresh()),
                actor: actor.mark(),
                run: None,
                rule: format!("{} of {}", actor.role, scope_name(&admitted.scope)),
                events: vec![Event::Trimmed(Box::new(trim))],
                changes: Vec::new(),
            };
            let commit = Commit {
                expects: vec![(home.id, home.revision)],
                trims: vec![TrimTo { chain, upto: last.sequence, head: last.hash }],
                history: vec![entry.draft(chain, actor, &fresh)?],
                ..Commit::of(tenant)
            };
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. } | Committed::Repeated(_)) => return Ok(Some(going.len())),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(0))
    }

    /// A chain with what it tells; none if it does not verify.
    async fn read_chain(
        &self,
        tenant: TenantId,
        chain: HomeId,
        sealing: &Sealing<'_>,
    ) -> Result<Option<Read<D>>, Error<D>> {
        // The home first: what is recorded after it about its objects changes its revision.
        let home = self.storage.homes(tenant, &[chain]).await?.pop();
        let records = self.records_of(tenant, chain).await?;
        let Some(home) = home.filter(|_| verify_after(trimmed_to::<D>(&records), &records).is_ok()) else {
            return Ok(None);
        };
        let mut retold = Retold::<D>::new(chain);
        let mut read = Vec::with_capacity(records.len());
        for record in records {
            let entry = Entry::<D>::read(&record)?;
            for event in &entry.events {
                if let Event::Trimmed(trim) = event {
                    // What an earlier trim tells goes into this one: a forged one would be signed with it.
                    let message = trim.message((tenant, chain), (entry.at, entry.actor.person))?;
                    if !sealing.believes(&trim.seal, &message) {
                        return Ok(None);
                    }
                }
            }
            retold.tell(&record, &entry)?;
            read.push((record, entry));
        }
        Ok(Some(Read { home, records: read, retold }))
    }

    /// The instances whose records go, with the digests of their stored forms, and those of earlier trims; none if one of
    /// them is not as its records tell.
    async fn sealed(
        &self,
        tenant: TenantId,
        chain: HomeId,
        retold: &Retold<D>,
        going: &[(Linked, Entry<D>)],
    ) -> Result<Option<Vec<(InstanceId, Digest)>>, Error<D>> {
        let mut sealed = retold.sealed().clone();
        let runs: BTreeSet<_> = going.iter().filter_map(|(_, entry)| Some(entry.run.as_ref()?.instance)).collect();
        for (id, told) in retold.instances().iter().filter(|(id, _)| runs.contains(id)) {
            if sealed.contains_key(id) {
                continue;
            }
            if !self.verify_instance(tenant, chain, *id, told, &BTreeSet::new()).await?.is_empty() {
                return Ok(None);
            }
            if let Some(records) = self.storage.instance(tenant, *id).await? {
                sealed.insert(*id, Digest::of(&records.instance.body));
            }
        }
        Ok(Some(sealed.into_iter().collect()))
    }
}

/// The records that may go: those from the beginning on.
fn going<D: Domain>(
    records: &[(Linked, Entry<D>)],
    before: Timestamp,
    is_open: impl Fn(&InstanceId) -> bool,
) -> &[(Linked, Entry<D>)] {
    let is_trim = |entry: &Entry<D>| entry.events.iter().any(|it| matches!(it, Event::Trimmed(_)));
    let kept = |entry: &Entry<D>| {
        let stays = |it: &Event<D>| {
            matches!(it, Event::Erased(_) | Event::OptionsProposed { .. } | Event::OptionsActivated { .. })
        };
        entry.events.iter().any(stays) || entry.run.as_ref().is_some_and(|it| is_open(&it.instance))
    };
    // The last record that says more than a trim stays, and so does everything after it.
    let last = records.iter().rposition(|(_, entry)| !is_trim(entry)).unwrap_or(0);
    let candidates = records.get(..last).unwrap_or_default();
    let end = candidates.iter().position(|(record, entry)| record.at >= before || kept(entry));
    let going = candidates.get(..end.unwrap_or(candidates.len())).unwrap_or_default();
    // One trim is not worth another.
    if going.iter().all(|(_, entry)| is_trim(entry)) { &[] } else { going }
}
