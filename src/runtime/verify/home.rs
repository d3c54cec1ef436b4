//! One home: its chain as the store finds it, and its objects as the chain tells them.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::chain::Linked;
use crate::engine::evidence::{Finding, Reach, Retold};
use crate::engine::options::{OPTIONS_KIND, OptionsVersion};
use crate::engine::{Assembly, Domain, Entry, Event, SharedRecord};
use crate::ports::{Home, Work};
use crate::runtime::command::ATTEMPTS;
use crate::runtime::{Error, Runtime};
use crate::values::{EffectId, HomeId, InstanceId, ObjectRef, TenantId};

use super::Seen;

/// What came of one look at a home.
struct Look {
    findings: Vec<Finding>,
    instances: Vec<InstanceId>,
}

/// The requests of the instances of a home by what they are about, as its records tell.
#[derive(Default)]
struct Lines {
    waiting: BTreeMap<String, Vec<EffectId>>,
    /// Those that have stepped out of their line, since a later one overtook them.
    aside: BTreeSet<EffectId>,
}

impl Lines {
    fn take<D: Domain>(&mut self, entry: &Entry<D>) {
        let asked = entry.events.iter().filter_map(|event| match event {
            Event::Requested { effect, request, .. } | Event::Notified { effect, request } => Some((*effect, request)),
            _ => None,
        });
        let asked: Vec<_> = asked.collect();
        for target in asked.iter().flat_map(|(_, it)| D::overtakes_anywhere(it)) {
            self.aside.extend(self.waiting.remove(&target).unwrap_or_default());
        }
        for (effect, request) in asked {
            self.waiting.entry(D::target(request)).or_default().push(effect);
        }
    }
}

impl<D: Domain> Runtime<D> {
    /// Compares what is stored in a home with what its chain tells.
    ///
    /// Instances are read after the home. If there is a difference and the chain has grown meanwhile, it is looked at again.
    pub(super) async fn verify_home(
        &self,
        tenant: TenantId,
        id: HomeId,
        reach: Option<&Reach>,
        seen: &mut Seen,
    ) -> Result<(), Error<D>> {
        for attempt in 1.. {
            let Some(home) = self.storage.homes(tenant, &[id]).await?.pop() else { break };
            let look = self.look_at(tenant, &home, reach).await?;
            if !look.findings.is_empty() && attempt < ATTEMPTS {
                let now = self.storage.homes(tenant, &[id]).await?.pop();
                if now.is_some_and(|it| it.head != home.head) {
                    continue;
                }
            }
            seen.findings.extend(look.findings);
            seen.instances.extend(look.instances);
            break;
        }
        Ok(())
    }

    async fn look_at(&self, tenant: TenantId, home: &Home, reach: Option<&Reach>) -> Result<Look, Error<D>> {
        let chain = home.id;
        let mut look = Look { findings: Vec::new(), instances: Vec::new() };
        let records = self.records_of(tenant, chain).await?;
        let records: Vec<&Linked> = records.iter().filter(|it| it.sequence <= home.head.length).collect();
        let found = reach.map_or(0, |it| it.head.length);
        let end = records.last().map_or((0, crate::values::Digest::ZERO), |it| (it.sequence, it.hash));
        if end != (home.head.length, home.head.hash) && !records.is_empty() || found > home.head.length {
            look.findings.push(Finding::Head { chain, noted: home.head.length, found: found.max(end.0) });
            return Ok(look);
        }
        let mut retold = Retold::<D>::new(chain);
        let mut begins = reach.map_or(1, |it| it.begins);
        let (mut told, mut lines) = (0, Lines::default());
        for record in &records {
            if record.hash != record.expected_hash() {
                break;
            }
            let Ok(entry) = Entry::<D>::read(record) else { break };
            if retold.tell(record, &entry).is_err() {
                break;
            }
            told += 1;
            lines.take(&entry);
            // A chain may be trimmed while it is verified.
            for event in &entry.events {
                if let Event::Trimmed(trim) = event {
                    begins = begins.max(trim.upto.saturating_add(1));
                }
            }
        }
        let first = records.first().map_or(0, |it| it.sequence);
        let whole = u64::try_from(records.len()).is_ok_and(|it| first + it == end.0 + 1) && first <= begins;
        if !(whole || records.is_empty() && home.head.length == 0) {
            look.findings.push(Finding::Unlinked { chain, reached: u64::try_from(records.len()).unwrap_or(u64::MAX) });
            return Ok(look);
        }
        if told < records.len() {
            // An edited record: it has been named, and the rest cannot be told.
            return Ok(look);
        }
        let differs = |(object, what): (ObjectRef, String)| Finding::Differs { object, what };
        let (options, records): (Vec<_>, Vec<_>) =
            home.records.iter().cloned().partition(|it| it.at.kind() == OPTIONS_KIND);
        look.findings.extend(other_options(&retold, &options).into_iter().map(differs));
        look.findings.extend(D::differences(retold.objects(), &records).into_iter().map(differs));
        look.findings.extend(self.other_keys(tenant, home).await?.into_iter().map(differs));
        look.findings.extend(self.missing_alarms(tenant, &records).await?.into_iter().map(differs));
        for (id, digest) in retold.sealed() {
            look.instances.push(*id);
            look.findings.extend(self.verify_sealed(tenant, chain, *id, *digest).await?);
        }
        for (id, told) in retold.instances().iter().filter(|(id, _)| !retold.sealed().contains_key(id)) {
            look.instances.push(*id);
            look.findings.extend(self.verify_instance(tenant, chain, *id, told, &lines.aside).await?);
        }
        Ok(look)
    }

    /// Objects of which something will be due, and that nobody will look at then.
    ///
    /// What was due already may be done, and one alarm too many makes nothing happen.
    async fn missing_alarms(
        &self,
        tenant: TenantId,
        records: &[SharedRecord],
    ) -> Result<Vec<(ObjectRef, String)>, Error<D>> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for record in records {
            let Ok(object) = record.decoded(D::object) else { continue };
            let coming: Vec<_> = D::deadlines(&object).into_iter().filter(|it| *it > now).collect();
            if coming.is_empty() {
                continue;
            }
            let work = self.log.work_of(tenant, InstanceId::from_uuid(record.at.id())).await?;
            let alarms: Vec<_> = work.iter().filter(|it| it.alarm().is_some_and(|it| it.object == record.at)).collect();
            // One that has fired is put off for as long as something is due.
            let covers = |it: &&Work, at| it.due == at || it.attempts > 0;
            let missing = coming.into_iter().filter(|at| !alarms.iter().any(|it| covers(it, *at)));
            found.extend(missing.map(|at| (record.at, format!("its timer for {at} is missing"))));
        }
        Ok(found)
    }

    /// Objects that are found by other keys than they give.
    async fn other_keys(&self, tenant: TenantId, home: &Home) -> Result<Vec<(ObjectRef, String)>, Error<D>> {
        let mut homes = vec![home.clone()];
        let mut found = Vec::new();
        for record in &home.records {
            let given = loop {
                let ids: Vec<_> = homes.iter().map(|it| it.id).collect();
                let records: Vec<_> = Home::records_of(&homes).cloned().collect();
                match D::assemble(record.at, &ids, &records) {
                    Ok(Assembly::Complete(dossier)) => break D::record(&dossier, record.at).ok().flatten(),
                    Ok(Assembly::Needs(more)) => {
                        let more: Vec<_> = more.into_iter().filter(|it| !ids.contains(it)).collect();
                        if more.is_empty() {
                            break None;
                        }
                        homes.extend(self.storage.homes(tenant, &more).await?);
                    }
                    // It does not read, which is named elsewhere.
                    Ok(Assembly::NoSubject) | Err(_) => break None,
                }
            };
            if given.is_some_and(|it| it.keys != record.keys) {
                found.push((record.at, "it is found by other keys than it gives".to_owned()));
            }
        }
        Ok(found)
    }
}

/// Versions of options that are stored otherwise than on record.
fn other_options<D: Domain>(retold: &Retold<D>, records: &[SharedRecord]) -> Vec<(ObjectRef, String)> {
    let mut found = Vec::new();
    for record in records {
        let version = OptionsVersion::read(record).ok().filter(|it| OptionsVersion::at(it.version) == record.at);
        let what = match version.map(|it| (retold.options().get(&it.version), it.told())) {
            None => "the version of the options does not read",
            Some((None, _)) => "the version of the options is stored, and on no record",
            Some((Some(told), stored)) if *told == stored => continue,
            Some((Some(_), _)) => "the version of the options is not as on record",
        };
        found.push((record.at, what.to_owned()));
    }
    let missing = retold.options().keys().map(|it| OptionsVersion::at(*it));
    let missing = missing.filter(|at| !records.iter().any(|it| it.at == *at));
    found.extend(missing.map(|at| (at, "the version of the options is missing, and on record".to_owned())));
    found
}
