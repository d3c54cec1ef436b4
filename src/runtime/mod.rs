//! What the host calls: asynchronous, generic over the domain, and spawning nothing.

mod access;
mod answer;
mod appoint;
mod approval;
mod audit;
mod beginning;
mod builder;
#[cfg(feature = "testing")]
mod by_itself;
mod checkpoint;
mod circuit;
mod command;
mod deputy;
mod digest;
mod erase;
mod error;
mod export;
mod granting;
mod inbox;
mod incidents;
mod limit;
mod load;
mod missed;
mod options;
mod outbox;
mod people;
mod perform;
mod persist;
mod queue;
mod read;
mod reading;
mod reconcile;
mod register;
mod report;
mod standing;
mod tick;
mod trim;
mod verify;
mod warm;
mod worker;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

pub use self::access::Refusals;
pub use self::appoint::Appointed;
pub use self::approval::{Request, Said};
pub use self::audit::{AuditPage, Lag, Projected};
pub use self::builder::{BuildError, Builder, FixedOptions};
pub use self::digest::Digested;
pub use self::erase::Erased;
pub use self::error::Error;
pub use self::export::Export;
pub use self::inbox::{InboxCount, InboxCounts, InboxItem, InboxPage, InboxQuery, Remark, TaskDetail};
pub use self::incidents::{Outstanding, OutstandingPage, Unsettled};
pub use self::options::{OptionDifference, OptionsPage, StoredOptions, TriedOption};
pub use self::outbox::{Delivered, Left};
pub use self::read::{Happened, History, Hit, Offer, Open, Page};
pub use self::reconcile::Reconciled;
pub use self::report::Reported;
pub use self::standing::{Standing, Trouble};
pub use self::tick::Ticked;
pub use self::trim::{Sealing, Trimmed};

use self::circuit::Circuits;
use self::limit::Tallies;
use self::queue::Queue;
use self::reading::Readings;
use self::warm::Warm;
use crate::engine::{Bound, CircuitPolicy, Domain, Registry, RetryPolicy};
use crate::ports::{
    AccessJournal, Alerts, AuditLog, Authorizer, Clock, Directory, EffectHandler, HistoryLog, IdSource, OptionSource,
    Storage, Wake,
};
use crate::values::{HostId, Millis, Timestamp};

/// How long a host holds work before another may take it.
const LEASE: Millis = Millis::seconds(60);

/// The library as a host holds it: one for each process of the host, shared by reference.
///
/// Every call takes the principal and asks directory and authorizer anew. A command is one commit (law 1); when the
/// objects change under it, it is decided again; what no longer holds is a [`Rejection`](crate::engine::Rejection).
///
/// A future that is dropped has happened wholly or not at all; its command id tells which (law 16).
#[derive(Debug)]
pub struct Runtime<D: Domain> {
    storage: Arc<dyn Storage>,
    journal: Arc<dyn AccessJournal>,
    log: Arc<dyn HistoryLog>,
    audit: Option<Arc<dyn AuditLog>>,
    directory: Arc<dyn Directory>,
    authorizer: Arc<dyn Authorizer>,
    options: Arc<dyn OptionSource<D>>,
    stored_options: Option<Arc<StoredOptions<D>>>,
    handlers: BTreeMap<String, Arc<dyn EffectHandler>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    wake: Option<Arc<dyn Wake>>,
    alerts: Option<Arc<dyn Alerts>>,
    registry: Registry<D>,
    world: D::World,
    host: HostId,
    retry: RetryPolicy,
    retries: BTreeMap<String, RetryPolicy>,
    circuit: CircuitPolicy,
    circuits: Circuits,
    queue: Mutex<Queue>,
    tallies: Tallies,
    readings: Readings,
    warm: Warm<D>,
    /// What an instance goes by that has no options of its own, or none any more.
    unbound: Bound<D>,
    closed: AtomicBool,
}

impl<D: Domain> Runtime<D> {
    /// The processes this host knows.
    #[must_use]
    pub fn registry(&self) -> &Registry<D> {
        &self.registry
    }

    /// The time, as this host's clock tells it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the host has plugged in, as far as plans depend on it.
    #[must_use]
    pub fn world(&self) -> &D::World {
        &self.world
    }
}
