use serde::{Deserialize, Serialize};

use crate::engine::approval::Verdict;
use crate::engine::domain::Domain;
use crate::engine::event::Event;
use crate::values::{PersonId, TaskId, Timestamp, codes};

codes! {
    /// How soon a task should be done, by the judgement of people.
    #[derive(Default)]
    pub enum Priority ("priority") {
        /// Before everything else.
        Urgent = "urgent",
        /// Before the usual.
        High = "high",
        /// As it comes.
        #[default]
        Normal = "normal",
        /// After the usual.
        Low = "low",
    }
}

/// What somebody does with a task without completing it. It is what the history tells, too, but for the words.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TaskCommand {
    /// Takes it: nobody else completes it until it is given back.
    Claim,
    /// Gives it back to all who may claim it; what was delegated comes back, too.
    Unclaim,
    /// Makes it another's: as if that person had claimed it.
    Reassign {
        /// Whose it becomes.
        to: PersonId,
    },
    /// Has another do it, and stays its owner.
    Delegate {
        /// Who is to do it.
        to: PersonId,
    },
    /// Hands what was delegated back to its owner.
    Resolve,
    /// Says something about it.
    Comment {
        /// The words. Personal: in the history among the personal parts.
        text: String,
    },
    /// Points to something that belongs to it: the address or the number of a document.
    Attach {
        /// Where it is. Personal: in the history among the personal parts.
        reference: String,
    },
    /// Says how soon it should be done.
    Prioritise {
        /// So soon.
        priority: Priority,
    },
    /// Says when it should be done; it waits until its own time all the same.
    SetDue {
        /// By then; none for the time until which it waits.
        due: Option<Timestamp>,
    },
    /// Puts it off to a date. It stays listed.
    FollowUp {
        /// Until then; none to take that back.
        at: Option<Timestamp>,
    },
}

impl TaskCommand {
    /// The word for it in journals and stories.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            TaskCommand::Claim => "claim",
            TaskCommand::Unclaim => "unclaim",
            TaskCommand::Reassign { .. } => "reassign",
            TaskCommand::Delegate { .. } => "delegate",
            TaskCommand::Resolve => "resolve",
            TaskCommand::Comment { .. } => "comment",
            TaskCommand::Attach { .. } => "attach",
            TaskCommand::Prioritise { .. } => "prioritise",
            TaskCommand::SetDue { .. } => "set due",
            TaskCommand::FollowUp { .. } => "follow up",
        }
    }

    /// Takes the words out, which do not belong into the open part of a record.
    pub(in crate::engine) fn take_words(&mut self) -> String {
        match self {
            TaskCommand::Comment { text: words } | TaskCommand::Attach { reference: words } => std::mem::take(words),
            TaskCommand::Claim
            | TaskCommand::Unclaim
            | TaskCommand::Reassign { .. }
            | TaskCommand::Delegate { .. }
            | TaskCommand::Resolve
            | TaskCommand::Prioritise { .. }
            | TaskCommand::SetDue { .. }
            | TaskCommand::FollowUp { .. } => String::new(),
        }
    }
}

/// What people have done with a task so far. It lasts as long as the task; the next stage of an approval is another task.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Handling {
    /// Who has claimed it, or was given it.
    pub owner: Option<PersonId>,
    /// Who is to do it for the owner.
    pub delegate: Option<PersonId>,
    /// How soon it should be done.
    pub priority: Priority,
    /// When it should be done, if that was said.
    pub due: Option<Timestamp>,
    /// Until when it was put off.
    pub follow_up: Option<Timestamp>,
    /// How many comments there are; the words stand in the history.
    pub comments: u32,
    /// How many attachments there are; what they point to stands in the history.
    pub attachments: u32,
}

impl Handling {
    /// Who alone may complete the task now; none if nobody has claimed it.
    #[must_use]
    pub fn holder(&self) -> Option<PersonId> {
        self.delegate.or(self.owner)
    }

    /// What it becomes when this person does this.
    #[must_use]
    pub fn after(mut self, by: Option<PersonId>, command: &TaskCommand) -> Self {
        match command {
            TaskCommand::Claim => self.owner = by,
            TaskCommand::Unclaim => (self.owner, self.delegate) = (None, None),
            TaskCommand::Reassign { to } => (self.owner, self.delegate) = (Some(*to), None),
            TaskCommand::Delegate { to } => self.delegate = Some(*to),
            TaskCommand::Resolve => self.delegate = None,
            TaskCommand::Comment { .. } => self.comments = self.comments.saturating_add(1),
            TaskCommand::Attach { .. } => self.attachments = self.attachments.saturating_add(1),
            TaskCommand::Prioritise { priority } => self.priority = *priority,
            TaskCommand::SetDue { due } => self.due = *due,
            TaskCommand::FollowUp { at } => self.follow_up = *at,
        }
        self
    }

    /// What it becomes by an event about the instance of the task. Total, as [`evolve`](crate::engine::evolve) is.
    ///
    /// Whoever agrees to a request that others must agree to as well has done their part: it is for the others then.
    #[must_use]
    pub fn evolve<D: Domain>(self, task: TaskId, by: Option<PersonId>, event: &Event<D>) -> Self {
        match event {
            Event::Handled { task: of, command, .. } if *of == task => self.after(by, command),
            Event::Judged { task: of, verdict: Verdict::Approve, .. } if *of == task => {
                self.after(by, &TaskCommand::Unclaim)
            }
            _ => self,
        }
    }
}
