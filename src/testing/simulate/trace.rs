use std::fmt;
use std::sync::Arc;

use super::faults::Fault;
use super::given::{Came, Order};
use crate::values::{CommandId, Millis, Timestamp};

/// What happened in a run, in order. Two are the same if they read the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace(Vec<(Timestamp, Told)>);

impl PartialEq for Trace {
    fn eq(&self, other: &Self) -> bool {
        self.lines().eq(other.lines())
    }
}

impl Eq for Trace {}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(super) enum Told {
    /// A user gives an order to a host.
    Given { call: usize, account: &'static str, host: usize, id: CommandId, order: Arc<Order>, again: bool },
    /// This came of it.
    Came { call: usize, host: usize, came: Came },
    /// A call of a host goes wrong.
    Fault { host: usize, method: &'static str, fault: Fault },
    /// A commit was stored, with so many records, requests and records of history.
    Stored { host: usize, puts: usize, work: usize, history: usize },
    /// A commit was not stored, for this reason.
    NotStored { host: usize, why: String },
    /// A host was given work.
    Claimed { host: usize, count: usize },
    /// An authority was told to do something, and says this.
    Ordered { host: usize, what: String, said: String },
    /// A host died with so many calls under way, and another took its place.
    Killed { host: usize, calls: usize },
    /// The clock of a host is wrong by so much.
    Clock { host: usize, by: Millis },
    /// Anything else.
    Else(String),
}

impl Trace {
    pub(super) fn tell(&mut self, at: Timestamp, told: Told) {
        self.0.push((at, told));
    }

    /// It, line by line.
    pub(super) fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(at, told)| {
            let time = at.to_string().replace('T', " ").replace('Z', "");
            format!("{time}  {told}")
        })
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Told::Given { call, account, host, id, order, again } => {
                let once_more = if *again { " once more" } else { "" };
                write!(f, "[{call}] {account} at host {host}: {order}{once_more} (command {id})")
            }
            Told::Came { call, host, came } => write!(f, "[{call}] host {host} answers: {came}"),
            Told::Fault { host, method, fault } => write!(f, "host {host}: {method} {fault}"),
            Told::Stored { host, puts, work, history } => {
                write!(f, "host {host} stores {puts} records, {work} requests and timers, {history} of history")
            }
            Told::NotStored { host, why } => write!(f, "host {host} stores nothing: {why}"),
            Told::Claimed { host, count } => write!(f, "host {host} is given {count} to do"),
            Told::Ordered { host, what, said } => write!(f, "host {host} orders: {what} → {said}"),
            Told::Killed { host, calls } => {
                write!(f, "host {host} dies over {calls} calls, and another takes its place")
            }
            Told::Clock { host, by } => write!(f, "the clock of host {host} is wrong by {} ms", by.millis()),
            Told::Else(what) => f.write_str(what),
        }
    }
}
