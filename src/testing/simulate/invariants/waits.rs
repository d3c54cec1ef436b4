use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Invariant};
use crate::engine::{Instance, Status, TASK_KIND, Task};
use crate::ports::WorkSort;
use crate::testing::simulate::book::Stored;
use crate::values::{InstanceId, TaskId};

/// What waits for a person, waits with one task and one timer.
#[derive(Default)]
pub(super) struct Waits {
    tasks: BTreeMap<InstanceId, BTreeSet<TaskId>>,
    timers: BTreeMap<InstanceId, BTreeSet<TaskId>>,
}

impl Invariant for Waits {
    fn name(&self) -> &'static str {
        "waits"
    }

    fn rule(&self) -> &'static str {
        "An instance that waits for a person has one task and its timer; one that does not, has none."
    }

    fn committed(&mut self, stored: &Stored<'_>) -> Held {
        let commit = stored.commit;
        for done in &commit.tasks_done {
            self.tasks.entry(done.instance).or_default().remove(&TaskId::from_uuid(done.task.id()));
        }
        for record in commit.puts.iter().filter(|it| it.at.kind() == TASK_KIND) {
            let task = Task::from_bytes(&record.body).map_err(|it| it.to_string())?;
            self.tasks.entry(task.instance).or_default().insert(TaskId::from_uuid(record.at.id()));
        }
        for done in commit.done.iter().filter(|it| it.again.is_none()) {
            self.timers.entry(done.instance).or_default().remove(&TaskId::from_uuid(done.id.uuid()));
        }
        for work in commit.work.iter().filter(|it| it.sort == WorkSort::Timer && it.alarm().is_none()) {
            self.timers.entry(work.instance).or_default().insert(TaskId::from_uuid(work.id.uuid()));
        }
        let Some(instance) = stored.after else { return Ok(()) };
        let task = match instance.status() {
            Status::Waiting { task, .. } => Some(*task),
            _ => None,
        };
        let waits: BTreeSet<_> = task.into_iter().collect();
        let none = BTreeSet::new();
        let tasks = self.tasks.get(&instance.id()).unwrap_or(&none);
        let timers = self.timers.get(&instance.id()).unwrap_or(&none);
        if *tasks == waits && *timers == waits {
            return Ok(());
        }
        let (id, status) = (Instance::id(instance), instance.status());
        Err(format!("{id} is {status}, with {} tasks and {} timers", tasks.len(), timers.len()))
    }
}
