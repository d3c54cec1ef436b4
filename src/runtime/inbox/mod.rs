//! Work that waits for people: found, counted, claimed, handed on, talked about.

mod calls;
mod handle;
mod list;
mod query;
mod remarks;
mod sight;
mod stream;

pub use self::list::{InboxCount, InboxCounts, InboxItem, InboxPage};
pub use self::query::InboxQuery;
pub use self::remarks::{Remark, TaskDetail};
