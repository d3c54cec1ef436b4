//! What people do with a task before they complete it: claim, hand on, put in order, talk about; and how it is found.

mod decide;
mod handling;
mod places;

pub use self::decide::{TaskDecision, TaskRight, TaskSituation, decide_task};
pub use self::handling::{Handling, Priority, TaskCommand};
pub use self::places::{InboxOrder, InboxPlace, InboxRange, InboxView, Resume, inbox_values};
