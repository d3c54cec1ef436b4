use crate::engine::{Domain, Entry, Event, Instance, PersonalEntry, Rejection, Scope, Task, TaskCommand};
use crate::ports::{Action, Call, Identity, Principal};
use crate::runtime::access::Admitted;
use crate::runtime::command::as_unknown_instance;
use crate::runtime::load::Found;
use crate::runtime::{Error, Runtime};
use crate::values::{InstanceId, PersonId, TaskId, TenantId, Timestamp};

use super::InboxItem;

/// How many records are read at once.
const PAGE: usize = 500;

/// A task with all that was said about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TaskDetail {
    /// The task that the instance waits at; none if it waits for nobody.
    pub item: Option<InboxItem>,
    /// What was said and attached in the course of the instance, also at earlier tasks; oldest first.
    pub remarks: Vec<Remark>,
}

/// A comment on a task, or an attachment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Remark {
    /// The task.
    pub task: TaskId,
    /// By whom.
    pub by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// It points to a document, and does not say something.
    pub is_attachment: bool,
    /// The words, or where the document is. None if they were erased, or are for others.
    pub words: Option<String>,
}

impl<D: Domain> Runtime<D> {
    /// The task that an instance waits at, with comments and attachments. Whoever reaches only their own objects reads only
    /// their own words.
    ///
    /// # Errors
    ///
    /// [`Error::Rejected`]; an instance whose subject is out of scope does not exist.
    pub async fn task(&self, call: impl Into<Call<'_>>, instance: InstanceId) -> Result<TaskDetail, Error<D>> {
        let principal = call.into().principal;
        let tenant = principal.tenant();
        let identity = self.identify(principal).await?;
        let seen = async {
            let Found { instance, tasks, .. } = *self.instance(tenant, instance).await?;
            let admitted = self.onlooker(principal, &identity, &instance).await?;
            let mut item = None;
            for record in &tasks {
                item = Some(self.item(TaskId::from_uuid(record.at.id()), Task::from_bytes(&record.body)?));
            }
            let mut remarks = self.remarks(tenant, &instance).await?;
            if matches!(admitted.scope, Scope::Own(_)) {
                let of_others = remarks.iter_mut().filter(|it| it.by != Some(identity.person));
                of_others.for_each(|it| it.words = None);
            }
            Ok(TaskDetail { item, remarks })
        };
        let seen = self.noted(principal, &identity, "see a task", None, seen.await).await;
        seen.map_err(as_unknown_instance)
    }

    /// The right by which somebody sees an instance: to go on with it, to decide it, or to say who does.
    async fn onlooker(
        &self,
        principal: &Principal,
        identity: &Identity,
        instance: &Instance<D>,
    ) -> Result<Admitted, Error<D>> {
        let name = || instance.process().to_owned();
        for action in [Action::Judge(name()), Action::Process(name()), Action::Assign] {
            let Ok(admitted) = self.permit(principal, identity, &action).await else { continue };
            match self.load(principal.tenant(), instance.subject(), &admitted.scope).await {
                Ok(_) => return Ok(admitted),
                Err(Error::Rejected(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Rejection::NotFound { what: "instance" }.into())
    }

    async fn remarks(&self, tenant: TenantId, instance: &Instance<D>) -> Result<Vec<Remark>, Error<D>> {
        let (mut before, mut remarks) = (None, Vec::new());
        'chain: loop {
            let page = self.storage.history(tenant, instance.subject().home(), before, PAGE).await?;
            if page.is_empty() {
                break;
            }
            before = page.last().map(|it| it.sequence);
            for record in &page {
                let entry = Entry::<D>::read(record)?;
                if entry.run.as_ref().is_none_or(|it| it.instance != instance.id()) {
                    continue;
                }
                for event in &entry.events {
                    let Event::Handled { task, command, .. } = event else { continue };
                    let is_attachment = match command {
                        TaskCommand::Comment { .. } => false,
                        TaskCommand::Attach { .. } => true,
                        _ => continue,
                    };
                    let words = PersonalEntry::read(record)?.map(|it| it.said);
                    let (by, at) = (entry.actor.person, entry.at);
                    remarks.push(Remark { task: *task, by, at, is_attachment, words });
                }
                if entry.events.iter().any(|it| matches!(it, Event::Started { .. })) {
                    break 'chain;
                }
            }
        }
        remarks.reverse();
        Ok(remarks)
    }
}
