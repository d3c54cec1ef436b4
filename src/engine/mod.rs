//! The process engine: pure, generic, and ignorant of cards.
//!
//! A [`Definition`] is data: steps, conditions, change functions. [`decide`] turns a command and a situation into a
//! [`Decision`] or a [`Rejection`]; [`evolve`] folds the decision's events into the [`Instance`]. Time and fresh ids
//! come in as values; the same inputs give the same outputs.

mod actor;
mod alarm;
mod appoint;
mod approval;
mod approval_request;
mod asking;
mod audit;
mod builder;
pub mod chain;
mod command;
mod decide;
mod definition;
mod domain;
mod entry;
mod event;
pub mod evidence;
mod fingerprint;
mod form;
mod inbox;
mod incident;
mod instance;
mod judge;
mod keys;
mod lane;
mod limit;
mod notice;
mod notifying;
pub mod options;
mod page;
mod people;
mod preview;
mod record;
mod registry;
mod rejection;
mod report;
mod retry;
mod run;
mod scope;
mod shared_record;
mod task;

pub use self::actor::{Actor, ActorMark, Component};
pub use self::alarm::{Alarm, Due, Missed};
pub use self::appoint::{Appointer, Appointment};
pub use self::approval::{
    Approval, ApprovalPolicy, Ballot, Bar, Covers, Decided, Ineligible, Judgement, Overdue, Party, Relaxed, Shortage,
    Verdict, Vote,
};
pub use self::approval_request::{ApprovalRequest, PlanLine};
pub use self::audit::{AuditOutcome, AuditRow, AuditRun};
pub use self::builder::{Builder, DefinitionError};
pub use self::command::{Came, Command, Report};
pub use self::decide::{Decision, FORM_WAITS, Situation, Undecided, decide, preview, startable};
pub use self::definition::{
    Adjust, Condition, Definition, Outline, Process, RequestOf, RequestsOf, Step, StepKind, SwitchedOn, Version,
};
pub use self::domain::{Answered, Appoints, Arrived, Assembly, Broken, Domain, Ground, Planned, Registered, Subject};
pub use self::entry::{Entry, PersonalEntry, RunMark};
pub use self::event::{Event, Outcome, Reading};
pub use self::form::{Asks, Field, Form, InvalidAnswer};
pub use self::inbox::{
    Handling, InboxOrder, InboxPlace, InboxRange, InboxView, Priority, Resume, TaskCommand, TaskDecision, TaskRight,
    TaskSituation, decide_task, inbox_values,
};
pub use self::incident::{Closed, Incident, Resolution};
pub use self::instance::{Asked, AskedState, Bound, Instance, Stamp, Status, evolve};
pub use self::keys::{KeyRef, KeyValue, Keys};
pub use self::lane::Lane;
pub use self::limit::{Limit, Reached, acts};
pub use self::notice::{Notice, NoticeKind, Waiting};
pub use self::notifying::{Notifies, Whom, may_decide};
pub use self::people::{Colleague, HeldRole, Inquiry, People, StandsIn};
pub use self::preview::Preview;
pub use self::record::{
    INBOX_KEY, INCIDENT_KEY, Index, KeySpec, KeyType, KindSpec, OPEN_KEY, OWNER_KEY, REQUEST_KEY, Record, Schema,
    TASK_INSTANCE_KEY, UNIT_KEY, UNMET_KEY,
};
pub use self::registry::{AlreadyRegistered, DefinitionMismatch, Registry};
pub use self::rejection::Rejection;
pub use self::retry::{CircuitPolicy, RetryPolicy};
pub use self::scope::Scope;
pub use self::shared_record::SharedRecord;
pub use self::task::{Task, TaskSort};

use crate::values::Kind;

/// The kind of [`Instance`] records.
pub const INSTANCE_KIND: Kind = Kind::new(1);
/// The version of the stored form of requests to the outside and of answers.
pub const REQUEST_FORMAT: u8 = 1;
/// The kind of task records.
pub const TASK_KIND: Kind = Kind::new(2);
