//! What the host calls, over every store: the use cases, rights, races, repeated commands, the outbox, timers, hosts' own
//! parts, and random sequences of all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

#[path = "runtime/access.rs"]
mod access;
#[path = "runtime/appointing.rs"]
mod appointing;
#[path = "runtime/approvals.rs"]
mod approvals;
#[path = "runtime/audit.rs"]
mod audit;
#[path = "runtime/audit_logs.rs"]
mod audit_logs;
#[path = "runtime/audit_scopes.rs"]
mod audit_scopes;
#[path = "runtime/closing.rs"]
mod closing;
#[path = "runtime/commands.rs"]
mod commands;
#[path = "runtime/deadlines.rs"]
mod deadlines;
#[path = "runtime/deadlines_random.rs"]
mod deadlines_random;
#[cfg(feature = "sqlite")]
#[path = "runtime/definitions.rs"]
mod definitions;
#[path = "runtime/deputies.rs"]
mod deputies;
#[path = "runtime/digests.rs"]
mod digests;
#[path = "runtime/doors.rs"]
mod doors;
#[path = "runtime/drift.rs"]
mod drift;
#[path = "runtime/granting.rs"]
mod granting;
#[path = "runtime/histories.rs"]
mod histories;
#[path = "runtime/history.rs"]
mod history;
#[cfg(feature = "sqlite")]
#[path = "runtime/hostile.rs"]
mod hostile;
#[path = "runtime/incidents.rs"]
mod incidents;
#[path = "runtime/journal.rs"]
mod journal;
#[path = "runtime/lanes.rs"]
mod lanes;
#[path = "runtime/limit_races.rs"]
mod limit_races;
#[path = "runtime/limits.rs"]
mod limits;
#[path = "runtime/moods.rs"]
mod moods;
#[path = "runtime/notifying.rs"]
mod notifying;
#[path = "runtime/outbox.rs"]
mod outbox;
#[path = "runtime/overtaken.rs"]
mod overtaken;
#[path = "runtime/ports.rs"]
mod ports;
#[path = "runtime/profiles.rs"]
mod profiles;
#[path = "runtime/projection.rs"]
mod projection;
#[path = "runtime/races.rs"]
mod races;
#[path = "runtime/random.rs"]
mod random;
#[path = "runtime/read_back.rs"]
mod read_back;
#[path = "runtime/reading.rs"]
mod reading;
#[path = "runtime/registering.rs"]
mod registering;
#[path = "runtime/reported.rs"]
mod reported;
#[path = "runtime/rights.rs"]
mod rights;
#[path = "runtime/search.rs"]
mod search;
#[path = "runtime/self_service.rs"]
mod self_service;
#[path = "runtime/site.rs"]
mod site;
#[path = "runtime/timers.rs"]
mod timers;
#[path = "runtime/usable.rs"]
mod usable;
#[path = "runtime/use_cases.rs"]
mod use_cases;
