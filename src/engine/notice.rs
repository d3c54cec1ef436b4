use serde::{Deserialize, Serialize};

use crate::values::{InstanceId, ObjectRef, PersonId, TaskId, Timestamp, codes};

codes! {
    /// Why somebody is written to.
    pub enum NoticeKind ("kind of notice") {
        /// An approval waits for the recipient's decision.
        ApprovalAsked = "approval-asked",
        /// What the recipient asked for was decided.
        ApprovalDecided = "approval-decided",
        /// An approval that others left undecided now waits for the recipient.
        ApprovalEscalated = "approval-escalated",
        /// Work that waits for the recipient is soon due.
        Reminder = "reminder",
        /// What the recipient asked for was sent back: more must be known before it is decided.
        InformationAsked = "information-asked",
        /// What was done is not what was approved, since things had changed meanwhile.
        PlanDiffered = "plan-differed",
        /// A change that was made at once waits for the recipient's review.
        ReviewAsked = "review-asked",
        /// All that waits for the recipient.
        Digest = "digest",
        /// Something was done with what belongs to the recipient.
        Done = "done",
        /// Something that a rule asks for has not come about in time.
        Overdue = "overdue",
    }
}

/// What a message to a person is about, as a process asks for it: ids and codes only, since it stands in the open part of
/// the history. It is put into words when it is delivered, from what is stored then; what was erased meanwhile is not told.
///
/// ```
/// use cardflow::engine::{Notice, NoticeKind};
/// # use cardflow::values::{HomeId, InstanceId, Kind, ObjectRef, PersonId};
/// # let id = uuid::Uuid::from_u128(1);
/// # let (instance, requester) = (InstanceId::from_uuid(id), PersonId::from_uuid(id));
/// # let card = ObjectRef::new(HomeId::from_uuid(id), Kind::new(17), id);
///
/// let asked = Notice::of(NoticeKind::ApprovalDecided, "CardsProcDeactivate", instance, card);
/// let notice = Notice { requester: Some(requester), outcome: Some("approved".to_owned()), ..asked };
/// assert_eq!(notice.kind.name(), "approval-decided");
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Notice {
    /// Why the person is written to.
    pub kind: NoticeKind,
    /// The symbolic name of the process.
    pub process: String,
    /// The instance.
    pub instance: InstanceId,
    /// What it runs on.
    pub subject: ObjectRef,
    /// The task that waits, if one does.
    pub task: Option<TaskId>,
    /// Who asked for the process.
    pub requester: Option<PersonId>,
    /// Who decided, or sent back.
    pub by: Option<PersonId>,
    /// What it came to, as a code: `approved`, `rejected`, `postponed`, `expired`, `withdrawn`, `superseded`,
    /// `refused` (it was approved, and cannot be done any more). Of what was done, the end of its process: `deactivated`.
    pub outcome: Option<String>,
    /// Until when it waits.
    pub until: Option<Timestamp>,
    /// What else waits, in a [digest](Notice::digest); empty in all others.
    pub also: Vec<Waiting>,
}

/// One task that waits for a person, in a digest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Waiting {
    /// The symbolic name of its process.
    pub process: String,
    /// Its instance.
    pub instance: InstanceId,
    /// What that runs on.
    pub subject: ObjectRef,
    /// The task.
    pub task: Option<TaskId>,
    /// Who asked for the process.
    pub requester: Option<PersonId>,
    /// Until when it waits.
    pub until: Option<Timestamp>,
}

impl Notice {
    /// A notice of this kind about an instance of a process, with nothing more to tell.
    #[must_use]
    pub fn of(kind: NoticeKind, process: &str, instance: InstanceId, subject: ObjectRef) -> Self {
        let process = process.to_owned();
        let (task, requester, by, outcome, until, also) = (None, None, None, None, None, Vec::new());
        Notice { kind, process, instance, subject, task, requester, by, outcome, until, also }
    }

    /// All that waits for a person, in order. Every request to the outside belongs to an instance; a digest belongs to the
    /// first that waits, so there is none of nothing.
    #[must_use]
    pub fn digest(first: Waiting, also: Vec<Waiting>) -> Self {
        let Waiting { process, instance, subject, task, requester, until } = first;
        let (kind, by, outcome) = (NoticeKind::Digest, None, None);
        Notice { kind, process, instance, subject, task, requester, by, outcome, until, also }
    }

    /// Everything that waits, in order: one in most notices, more in a digest.
    pub fn waiting(&self) -> impl Iterator<Item = Waiting> + '_ {
        let Notice { process, instance, subject, task, requester, until, .. } = self.clone();
        std::iter::once(Waiting { process, instance, subject, task, requester, until }).chain(self.also.iter().cloned())
    }
}
