//! Approvals: who may agree, how many, in which order, to what, until when, and what becomes of it.

mod eligible;
mod policy;
mod quorum;
mod state;
mod verdict;

pub(super) use self::eligible::Stage;
pub use self::eligible::{Bar, Ineligible, Party};
pub use self::policy::{ApprovalPolicy, Ballot, Covers, Overdue, Relaxed};
pub use self::quorum::Shortage;
pub(super) use self::quorum::met;
pub use self::state::{Approval, Decided, Vote};
pub use self::verdict::{Judgement, Verdict};
