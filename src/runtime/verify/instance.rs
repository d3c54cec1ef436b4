//! One instance with its task, timer and requests, as its events tell them.

use std::collections::BTreeSet;

use crate::engine::evidence::{Finding, ToldInstance};
use crate::engine::{Bound, Domain, INSTANCE_KIND, Instance, Keys, REQUEST_FORMAT, Scope, TASK_KIND, Task};
use crate::ports::{InstanceRecords, Work, WorkSort};
use crate::runtime::persist::{instance_record, task_keys};
use crate::runtime::{Error, Runtime};
use crate::values::{Digest, EffectId, HomeId, InstanceId, ObjectRef, TenantId, encode};

impl<D: Domain> Runtime<D> {
    /// An instance whose records were trimmed: it was over, so it is as it was then, and waits for nothing.
    pub(super) async fn verify_sealed(
        &self,
        tenant: TenantId,
        home: HomeId,
        id: InstanceId,
        digest: Digest,
    ) -> Result<Option<Finding>, Error<D>> {
        let object = ObjectRef::new(home, INSTANCE_KIND, id.uuid());
        let records = self.storage.instance(tenant, id).await?;
        let same = |it: InstanceRecords| {
            let bare = it.tasks.is_empty() && it.work.is_empty() && it.instance.keys == Keys::default();
            bare && it.instance.at == object && Digest::of(&it.instance.body) == digest
        };
        let what = "it is not as it was when its records were trimmed".to_owned();
        Ok((!records.is_some_and(same)).then_some(Finding::Differs { object, what }))
    }

    pub(in crate::runtime) async fn verify_instance(
        &self,
        tenant: TenantId,
        home: HomeId,
        id: InstanceId,
        told: &ToldInstance<D>,
        aside: &BTreeSet<EffectId>,
    ) -> Result<Vec<Finding>, Error<D>> {
        let object = ObjectRef::new(home, INSTANCE_KIND, id.uuid());
        let differs = |what: String| Finding::Differs { object, what };
        let Some(records) = self.storage.instance(tenant, id).await? else {
            return Ok(vec![differs("the instance is missing, and on record".to_owned())]);
        };
        if records.instance.at != object {
            return Ok(vec![differs("the instance is kept in another home".to_owned())]);
        }
        let stored = match Instance::<D>::of(&records.instance) {
            Ok(stored) => stored,
            Err(error) => return Ok(vec![differs(error.to_string())]),
        };
        let Some(instance) = &told.instance else {
            return Ok(vec![differs("its beginning is on no record".to_owned())]);
        };
        let mut found: Vec<_> = stored
            .differs_from(instance, told.erased)
            .into_iter()
            .map(|field| differs(format!("{field} is not as on record")))
            .collect();
        let options = stored.bound().map(Bound::digest).transpose()?;
        if options.is_some() && options != told.options {
            found.push(differs("the values of its options are not those on record".to_owned()));
        }
        // Its scope is that of its subject, as it was when it was written.
        if records.instance.keys != instance_record(tenant, instance, &records.instance.keys)?.keys {
            found.push(differs("it is found by other keys than it gives".to_owned()));
        }
        found
            .extend(Self::other_tasks(home, told, instance, &records).into_iter().map(|what| differs(what.to_owned())));
        // What has stepped out of its line was overtaken by what was asked later, as the records of this home tell, or is
        // pointless by what the objects tell, which are verified in their turn.
        let out = |it: &Work| it.sort == WorkSort::Effect && it.target.is_empty();
        let dossier = match records.work.iter().any(out) {
            true => self.dossier(tenant, instance.subject(), &Scope::All).await.ok(),
            false => None,
        };
        let overtaken = |id: EffectId, it: &D::Request| {
            aside.contains(&id) || dossier.as_ref().is_some_and(|dossier| D::is_overtaken(dossier, it))
        };
        found.extend(other_work::<D>(instance, &told.open, &records.work, overtaken)?);
        Ok(found)
    }

    /// What is wrong with the task it waits at.
    fn other_tasks(
        home: HomeId,
        told: &ToldInstance<D>,
        instance: &Instance<D>,
        records: &InstanceRecords,
    ) -> Option<&'static str> {
        let waits = instance.waits();
        let [record] = records.tasks.as_slice() else {
            let wrong = records.tasks.len() != usize::from(waits.is_some());
            return wrong.then_some("its tasks are not those on record");
        };
        let Ok(task) = Task::from_bytes(&record.body) else { return Some("its task does not read") };
        let on_no_record = Some("it has a task that is on no record");
        let Some((waiting, since, handling)) = &told.task else { return on_no_record };
        let Some((id, told)) = Task::of(instance, *since).filter(|(id, _)| id == waiting) else { return on_no_record };
        let told = Task { handling: handling.clone(), ..told };
        let same = record.at == ObjectRef::new(home, TASK_KIND, id.uuid())
            && Task { handling: told.handling.clone(), ..task.clone() } == told;
        if !same {
            return Some("its task is not as on record");
        }
        if task.handling != told.handling {
            return Some("what people have done with its task is not as on record");
        }
        // Its scope is that of its subject, as it was when the task was written.
        let keyed = record.keys == task_keys(&told, &record.keys);
        (!keyed).then_some("its task is found by other keys than it gives")
    }
}

/// What is wrong with the requests and the timer of an instance. When they are due, who holds them and how often they were
/// tried is no evidence: that changes as it must.
fn other_work<D: Domain>(
    told: &Instance<D>,
    open: &[(EffectId, D::Request)],
    work: &[Work],
    overtaken: impl Fn(EffectId, &D::Request) -> bool,
) -> Result<Vec<Finding>, Error<D>> {
    let mut found = Vec::new();
    let mut wrong = |effect: EffectId, what: &'static str| found.push(Finding::Work { effect, what });
    let mut expected = Vec::new();
    for (effect, request) in open {
        let body = encode("a request", REQUEST_FORMAT, request)?;
        let out = || work.iter().any(|it| it.id == *effect && it.target.is_empty()) && overtaken(*effect, request);
        let target = Some(D::target(request)).filter(|it| it.is_empty() || !out()).unwrap_or_default();
        expected.push((*effect, WorkSort::Effect, target, body));
    }
    if let Some((_, task, _)) = told.waits() {
        expected.push((EffectId::from_uuid(task.uuid()), WorkSort::Timer, String::new(), Vec::new()));
    }
    for (id, sort, target, body) in &expected {
        match work.iter().find(|it| it.id == *id) {
            None => wrong(*id, "it is missing, and on record"),
            Some(it) if (it.sort, &it.target, &it.body, it.home) == (*sort, target, body, told.subject().home()) => {}
            Some(_) => wrong(*id, "it is not as on record"),
        }
    }
    for it in work.iter().filter(|it| !expected.iter().any(|(id, ..)| *id == it.id)) {
        wrong(it.id, "it is stored, and on no record");
    }
    Ok(found)
}
