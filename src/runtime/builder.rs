use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use thiserror::Error;

use super::Runtime;
use super::circuit::Circuits;
use super::limit::Tallies;
use super::options::StoredOptions;
use super::reading::Readings;
use super::warm::Warm;
use crate::engine::options::Facts;
use crate::engine::{AlreadyRegistered, Bound, CircuitPolicy, Domain, Process, Registry, RetryPolicy};
use crate::ports::{
    AccessJournal, Alerts, AuditLog, Authorizer, Clock, Directory, EffectHandler, HistoryLog, IdSource, NoRandomness,
    OptionLanguage, OptionSource, OptionsError, Storage, Wake,
};
use crate::values::{HostId, Ids, TenantId};

/// Why a runtime cannot be built.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Two processes have the same name and version.
    #[error(transparent)]
    AlreadyRegistered(#[from] AlreadyRegistered),
    /// Two handlers are for the same kind of effect.
    #[error("two handlers are registered for effects of kind `{0}`; keep one")]
    DoubleHandler(String),
    /// The system gives no random bytes.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Options that stay as they are: from code or any serde source.
#[derive(Clone, Debug)]
pub struct FixedOptions<D: Domain>(Bound<D>);

impl<D: Domain> FixedOptions<D> {
    /// These options, under a version that rises whenever a value changes.
    #[must_use]
    pub fn new(version: u64, options: D::Options) -> Self {
        FixedOptions(Bound::new(version, options))
    }
}

#[async_trait]
impl<D: Domain> OptionSource<D> for FixedOptions<D> {
    async fn in_force(&self, _: TenantId, _: &Facts<'_>) -> Result<Bound<D>, OptionsError> {
        Ok(self.0.clone())
    }
}

/// Puts a [`Runtime`] together.
#[derive(Debug)]
pub struct Builder<D: Domain> {
    storage: Arc<dyn Storage>,
    journal: Arc<dyn AccessJournal>,
    log: Arc<dyn HistoryLog>,
    audit: Option<Arc<dyn AuditLog>>,
    directory: Arc<dyn Directory>,
    authorizer: Arc<dyn Authorizer>,
    options: Arc<dyn OptionSource<D>>,
    language: Option<Arc<dyn OptionLanguage<D>>>,
    processes: Vec<Arc<dyn Process<D>>>,
    handlers: Vec<Arc<dyn EffectHandler>>,
    retry: RetryPolicy,
    retries: BTreeMap<String, RetryPolicy>,
    circuit: CircuitPolicy,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    wake: Option<Arc<dyn Wake>>,
    alerts: Option<Arc<dyn Alerts>>,
    world: D::World,
}

impl<D: Domain> Builder<D> {
    /// With what has no default.
    #[must_use]
    pub fn new(
        storage: Arc<dyn Storage>,
        journal: Arc<dyn AccessJournal>,
        log: Arc<dyn HistoryLog>,
        directory: Arc<dyn Directory>,
        authorizer: Arc<dyn Authorizer>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Builder {
            storage,
            journal,
            log,
            audit: None,
            directory,
            authorizer,
            options: Arc::new(FixedOptions::new(1, D::Options::default())),
            language: None,
            processes: Vec::new(),
            handlers: Vec::new(),
            retry: RetryPolicy::USUAL,
            retries: BTreeMap::new(),
            circuit: CircuitPolicy::USUAL,
            clock,
            ids,
            wake: None,
            alerts: None,
            world: D::World::default(),
        }
    }

    /// Registers processes.
    #[must_use]
    pub fn processes(mut self, processes: impl IntoIterator<Item = Arc<dyn Process<D>>>) -> Self {
        self.processes.extend(processes);
        self
    }

    /// Performs effects of a kind.
    #[must_use]
    pub fn handler(mut self, handler: Arc<dyn EffectHandler>) -> Self {
        self.handlers.push(handler);
        self
    }

    /// Tries effects of every kind that has no policy of its own again as this says, and not as [usual](RetryPolicy::USUAL).
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Tries effects of a kind again as this says.
    #[must_use]
    pub fn retry_of(mut self, kind: &str, policy: RetryPolicy) -> Self {
        self.retries.insert(kind.to_owned(), policy);
        self
    }

    /// Leaves systems alone that do not answer as this says, and not as [usual](CircuitPolicy::USUAL).
    #[must_use]
    pub fn circuit(mut self, policy: CircuitPolicy) -> Self {
        self.circuit = policy;
        self
    }

    /// Another directory.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = directory;
        self
    }

    /// Another table of rights.
    #[must_use]
    pub fn authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.authorizer = authorizer;
        self
    }

    /// Other options than the defaults.
    #[must_use]
    pub fn options(mut self, options: Arc<dyn OptionSource<D>>) -> Self {
        self.options = options;
        self
    }

    /// Options that administrators keep in the store, in this language, instead of any other source.
    #[must_use]
    pub fn option_language(mut self, language: Arc<dyn OptionLanguage<D>>) -> Self {
        self.language = Some(language);
        self
    }

    /// Another clock.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of ids.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.ids = ids;
        self
    }

    /// Who is told that there is work to deliver.
    #[must_use]
    pub fn wake(mut self, wake: Arc<dyn Wake>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Where audit queries are answered from; without one, there are none.
    #[must_use]
    pub fn audit_log(mut self, audit: Arc<dyn AuditLog>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Who is told of what a person should look at now.
    #[must_use]
    pub fn alerts(mut self, alerts: Arc<dyn Alerts>) -> Self {
        self.alerts = Some(alerts);
        self
    }

    /// What plans depend on.
    #[must_use]
    pub fn world(mut self, world: D::World) -> Self {
        self.world = world;
        self
    }

    /// The runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`].
    pub fn build(self) -> Result<Runtime<D>, BuildError> {
        let mut registry = Registry::default();
        for process in self.processes {
            registry.register(process)?;
        }
        let mut handlers = BTreeMap::new();
        for handler in self.handlers {
            let kind = handler.kind();
            if handlers.insert(kind.clone(), handler).is_some() {
                return Err(BuildError::DoubleHandler(kind));
            }
        }
        let host = HostId::from_uuid(Ids::new(self.clock.now(), self.ids.seed()?).fresh());
        let stored = self.language.map(|it| Arc::new(StoredOptions::new(Arc::clone(&self.storage), it)));
        let options = stored.clone().map_or(self.options, |it| it as Arc<dyn OptionSource<D>>);
        Ok(Runtime {
            storage: self.storage,
            journal: self.journal,
            log: self.log,
            audit: self.audit,
            directory: self.directory,
            authorizer: self.authorizer,
            options,
            stored_options: stored,
            handlers,
            retry: self.retry,
            retries: self.retries,
            circuit: self.circuit,
            circuits: Circuits::default(),
            clock: self.clock,
            ids: self.ids,
            wake: self.wake,
            alerts: self.alerts,
            registry,
            world: self.world,
            host,
            queue: Mutex::default(),
            tallies: Tallies::default(),
            readings: Readings::default(),
            warm: Warm::default(),
            unbound: Bound::default(),
            closed: AtomicBool::new(false),
        })
    }
}
