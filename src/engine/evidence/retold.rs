use std::collections::BTreeMap;

use crate::engine::chain::Linked;
use crate::engine::options::{OptionsMark, ToldOptions};
use crate::engine::{Domain, Entry, Event, Handling, Instance, PersonalEntry, Resolution, Stamp, evolve};
use crate::values::{Answers, CodecError, Digest, EffectId, HomeId, InstanceId, TaskId, Timestamp};

/// What the records of one chain tell: the objects and instances as they must be if the history is right.
///
/// Objects are not chained themselves. Whoever edits a card in its table has the history against them, once somebody
/// compares.
#[derive(Debug)]
pub struct Retold<D: Domain> {
    chain: HomeId,
    objects: D::Told,
    instances: BTreeMap<InstanceId, ToldInstance<D>>,
    options: BTreeMap<u64, ToldOptions>,
    /// Instances whose records were trimmed, with the digests of their stored forms.
    sealed: BTreeMap<InstanceId, Digest>,
}

/// An instance as its events tell.
#[derive(Debug)]
pub struct ToldInstance<D: Domain> {
    /// The instance; none if it has no beginning here.
    pub instance: Option<Instance<D>>,
    /// The requests it waits for, as they were asked.
    pub open: Vec<(EffectId, D::Request)>,
    /// The digest of the values of its options.
    pub options: Option<Digest>,
    /// Personal answers were erased or are missing, so that answers cannot be compared.
    pub erased: bool,
    /// The task it began to wait at last, since when, and what people have done with it.
    pub task: Option<(TaskId, Timestamp, Handling)>,
}

impl<D: Domain> Retold<D> {
    /// Of an empty chain.
    #[must_use]
    pub fn new(chain: HomeId) -> Self {
        Retold {
            chain,
            objects: D::Told::default(),
            instances: BTreeMap::new(),
            options: BTreeMap::new(),
            sealed: BTreeMap::new(),
        }
    }

    /// Goes on with the next record of the chain.
    ///
    /// # Errors
    ///
    /// [`CodecError`] if its personal part does not decode.
    pub fn tell(&mut self, record: &Linked, entry: &Entry<D>) -> Result<(), CodecError> {
        let notes = PersonalEntry::read(record)?.map(|it| it.notes).unwrap_or_default();
        let erased = record.personal.is_none() && record.commitment.is_some();
        for change in &entry.changes {
            self.change(change);
        }
        for event in &entry.events {
            event.changes().iter().for_each(|it| self.change(it));
            match event {
                Event::Trimmed(trim) => {
                    self.objects = trim.told.clone();
                    self.sealed = trim.instances.iter().copied().collect();
                }
                Event::OptionsProposed { version, language, text, of } => {
                    let (proposed, language) = (mark_of(entry), language.clone());
                    let told = ToldOptions { language, text: *text, of: *of, proposed, activated: None };
                    self.options.insert(*version, told);
                }
                Event::OptionsActivated { version } => {
                    if let Some(told) = self.options.get_mut(version) {
                        told.activated = Some(mark_of(entry));
                    }
                }
                _ => {}
            }
            self.instance_event(entry, event, &notes, erased);
        }
        Ok(())
    }

    /// Only what is at home here: a command that reaches into other homes is on record there too.
    fn change(&mut self, change: &D::Change) {
        if D::object_of(change).home() == self.chain {
            D::tell(&mut self.objects, change);
        }
    }

    fn instance_event(&mut self, entry: &Entry<D>, event: &Event<D>, notes: &[(String, String)], erased: bool) {
        let Some(run) = &entry.run else { return };
        let stamp = Stamp {
            instance: run.instance,
            process: run.process.clone(),
            version: run.version,
            at: entry.at,
            person: entry.actor.person,
            on_behalf: entry.actor.on_behalf,
            component: entry.actor.component,
        };
        let told = self.instances.entry(run.instance).or_insert_with(|| ToldInstance {
            instance: None,
            open: Vec::new(),
            options: None,
            erased: false,
            task: None,
        });
        let mut event = event.clone();
        match &mut event {
            Event::Answered { answers, .. } => {
                told.erased |= erased;
                answers.extend(notes.iter().fold(Answers::none(), |all, (field, text)| all.with(field, text.as_str())));
            }
            Event::Requested { effect, request, .. } | Event::Notified { effect, request } => {
                told.open.push((*effect, request.clone()))
            }
            Event::Bound { digest, .. } => told.options = Some(*digest),
            Event::Confirmed { effect, .. }
            | Event::Overtaken { effect }
            | Event::Resolved { effect: Some(effect), how: Resolution::Skip | Resolution::ByHand, .. } => {
                told.open.retain(|(it, _)| it != effect);
            }
            Event::Waits { task, .. } => told.task = Some((*task, entry.at, Handling::default())),
            _ => {}
        }
        let task = told.task.take();
        told.task = task.map(|(id, since, handling)| (id, since, handling.evolve(id, entry.actor.person, &event)));
        told.instance = evolve(told.instance.take(), &stamp, &event);
    }

    /// What it tells of the objects of its home.
    #[must_use]
    pub fn objects(&self) -> &D::Told {
        &self.objects
    }

    /// What it tells of the instances whose subject is at home here; those that are sealed may be told in part.
    #[must_use]
    pub fn instances(&self) -> &BTreeMap<InstanceId, ToldInstance<D>> {
        &self.instances
    }

    /// What it tells of the versions of the options.
    #[must_use]
    pub fn options(&self) -> &BTreeMap<u64, ToldOptions> {
        &self.options
    }

    /// The instances whose records were trimmed, with the digests of their stored forms.
    #[must_use]
    pub fn sealed(&self) -> &BTreeMap<InstanceId, Digest> {
        &self.sealed
    }
}

fn mark_of<D: Domain>(entry: &Entry<D>) -> OptionsMark {
    OptionsMark { by: entry.actor.person, at: entry.at, rule: entry.rule.clone() }
}
