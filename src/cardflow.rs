use std::sync::Arc;

use crate::adapters::memory::{MemoryAudit, RandomIds, SystemClock};
use crate::cards::{
    ApprovalEffects, AuthorityEffects, Cards, CardsOptions, CardsWorld, MailEffects, ReadBackEffects, RoleTable,
    StoreDirectory,
};
use crate::domain::{Unusable, usable};
use crate::engine::{CircuitPolicy, Process, RetryPolicy, Scope};
use crate::ports::{
    AccessJournal, Alerts, ApprovalGateway, AuditLog, Authorizer, CertificateAuthority, Clock, Directory,
    EffectHandler, HistoryLog, IdSource, Notifier, OptionLanguage, OptionSource, PublishedStatus, Storage, Wake,
};
use crate::runtime::{BuildError, Builder, Error, FixedOptions, Runtime};
use crate::values::{ObjectRef, TenantId, Timestamp};

/// The library for cards, as a host holds it.
///
/// The front door: the only module that knows both [`cards`](crate::cards) and [`runtime`](crate::runtime), and what a
/// host gets that plugs nothing in: the machine's clock and random bytes.
pub type Cardflow = Runtime<Cards>;

/// Puts a [`Cardflow`] together.
#[derive(Debug)]
pub struct CardflowBuilder {
    builder: Builder<Cards>,
    directory: Arc<dyn Directory>,
    storage: Arc<dyn Storage>,
    processes: Vec<Arc<dyn Process<Cards>>>,
    authorities: AuthorityEffects,
    read_back: ReadBackEffects,
    notifier: Option<Arc<dyn Notifier>>,
    world: CardsWorld,
}

impl Runtime<Cards> {
    /// Begins with a store; directory and rights are read from it, options have their defaults.
    #[must_use]
    pub fn builder<S: Storage + AccessJournal + HistoryLog>(storage: S) -> CardflowBuilder {
        let storage = Arc::new(storage);
        CardflowBuilder::over(storage.clone(), storage.clone(), storage)
    }

    /// Whether a card may be used at a time, for online checks at doors and logins. Asks no right: the host decides who
    /// may ask.
    ///
    /// # Errors
    ///
    /// [`Error`] if the card cannot be read; an unknown card is [`Unusable::Unknown`].
    pub async fn usable(
        &self,
        tenant: TenantId,
        card: ObjectRef,
        at: Timestamp,
    ) -> Result<Result<(), Unusable>, Error<Cards>> {
        self.not_closed()?;
        match self.dossier(tenant, card, &Scope::All).await {
            Ok(dossier) => Ok(usable(&dossier, card, at)),
            Err(Error::Rejected(_)) => Ok(Err(Unusable::Unknown)),
            Err(error) => Err(error),
        }
    }
}

impl CardflowBuilder {
    /// Over a store, a journal of refusals and a log of the history that need not be one thing.
    #[must_use]
    pub fn over(storage: Arc<dyn Storage>, journal: Arc<dyn AccessJournal>, log: Arc<dyn HistoryLog>) -> Self {
        let directory: Arc<dyn Directory> = Arc::new(StoreDirectory::new(Arc::clone(&storage)));
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(RandomIds));
        let builder = Builder::new(
            Arc::clone(&storage),
            journal,
            log,
            Arc::clone(&directory),
            Arc::new(RoleTable::default()),
            clock,
            ids,
        );
        let builder = builder.audit_log(Arc::new(MemoryAudit::new()));
        CardflowBuilder {
            builder,
            directory,
            storage,
            processes: Vec::new(),
            authorities: AuthorityEffects::default(),
            read_back: ReadBackEffects::default(),
            notifier: None,
            world: CardsWorld::default(),
        }
    }

    /// Registers processes: [`package`](crate::cards::package), and your own.
    #[must_use]
    pub fn processes(mut self, processes: impl IntoIterator<Item = Arc<dyn Process<Cards>>>) -> Self {
        let processes: Vec<_> = processes.into_iter().collect();
        self.processes.extend(processes.iter().cloned());
        self.builder = self.builder.processes(processes);
        self
    }

    /// Registers an authority for its issuer name; may be called for several. Every other issuer is external.
    #[must_use]
    pub fn certificate_authority(mut self, authority: Arc<dyn CertificateAuthority>) -> Self {
        let (issuer, capabilities) = (authority.issuer(), authority.capabilities());
        self.world.authorities = std::mem::take(&mut self.world.authorities).with(issuer, capabilities);
        self.authorities.add(authority);
        self
    }

    /// How effects of every kind that has no policy of its own are tried again; [usually](RetryPolicy::USUAL) without.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.builder = self.builder.retry(policy);
        self
    }

    /// How effects of a kind are tried again: [`AUTHORITY_EFFECT`](crate::cards::AUTHORITY_EFFECT), say.
    #[must_use]
    pub fn retry_of(mut self, kind: &str, policy: RetryPolicy) -> Self {
        self.builder = self.builder.retry_of(kind, policy);
        self
    }

    /// When a system outside that does not answer is left alone; [usually](CircuitPolicy::USUAL) without.
    #[must_use]
    pub fn circuit(mut self, policy: CircuitPolicy) -> Self {
        self.builder = self.builder.circuit(policy);
        self
    }

    /// Reads back what relying parties are told of the certificates of an issuer; may be called for several. A certificate is
    /// done when that was seen, and its process waits until then.
    #[must_use]
    pub fn read_back(mut self, published: Arc<dyn PublishedStatus>) -> Self {
        self.world.read_back.insert(published.issuer());
        self.read_back.add(published);
        self
    }

    /// Sends the mails that processes ask for.
    #[must_use]
    pub fn notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.notifier = Some(notifier);
        self.world.sends_mail = true;
        self
    }

    /// Hands requests for approval to a system outside, too, where people decide them. What they decide comes back to
    /// [`Runtime::judge`]; without a gateway, and beside one, requests wait as tasks here.
    #[must_use]
    pub fn approval_gateway(mut self, gateway: Arc<dyn ApprovalGateway>) -> Self {
        self.world.submits_approvals = true;
        self.handler(Arc::new(ApprovalEffects::new(gateway)))
    }

    /// Tells a system outside (a door system, say) every new state of a card, as a
    /// [`CardStateRequest`](crate::cards::CardStateRequest).
    #[must_use]
    pub fn tell_card_states(mut self, handler: Arc<dyn EffectHandler>) -> Self {
        self.world.listeners.insert(handler.kind());
        self.handler(handler)
    }

    /// Performs effects of a kind that your own processes ask for.
    #[must_use]
    pub fn handler(mut self, handler: Arc<dyn EffectHandler>) -> Self {
        self.builder = self.builder.handler(handler);
        self
    }

    /// Another directory than the store's persons.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = Arc::clone(&directory);
        self.builder = self.builder.directory(directory);
        self
    }

    /// Another table of rights than [`RoleTable`].
    #[must_use]
    pub fn authorizer(mut self, authorizer: Arc<dyn Authorizer>) -> Self {
        self.builder = self.builder.authorizer(authorizer);
        self
    }

    /// Fixed options, under a version that rises whenever a value changes.
    #[must_use]
    pub fn options(self, version: u64, options: CardsOptions) -> Self {
        self.option_source(Arc::new(FixedOptions::new(version, options)))
    }

    /// Options from a source that may change.
    #[must_use]
    pub fn option_source(mut self, options: Arc<dyn OptionSource<Cards>>) -> Self {
        self.builder = self.builder.options(options);
        self
    }

    /// Options that administrators keep in the store, in this language: propose, activate, compare, try and roll back are
    /// calls on the [`Runtime`](crate::runtime::Runtime). Takes the place of any other source.
    #[must_use]
    pub fn option_language(mut self, language: Arc<dyn OptionLanguage<Cards>>) -> Self {
        self.builder = self.builder.option_language(language);
        self
    }

    /// Another clock than the machine's.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.builder = self.builder.clock(clock);
        self
    }

    /// Another source of ids than the system's random bytes.
    #[must_use]
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.builder = self.builder.ids(ids);
        self
    }

    /// Who is told that there is work to deliver.
    #[must_use]
    pub fn wake(mut self, wake: Arc<dyn Wake>) -> Self {
        self.builder = self.builder.wake(wake);
        self
    }

    /// Where audit queries are answered from, instead of memory: beside a durable store, a durable one spares reading the
    /// whole history after every start.
    #[must_use]
    pub fn audit_log(mut self, audit: Arc<dyn AuditLog>) -> Self {
        self.builder = self.builder.audit_log(audit);
        self
    }

    /// Who is told of what a person should look at now: that somebody runs against a limit.
    #[must_use]
    pub fn alerts(mut self, alerts: Arc<dyn Alerts>) -> Self {
        self.builder = self.builder.alerts(alerts);
        self
    }

    /// The runtime.
    ///
    /// # Errors
    ///
    /// [`BuildError`].
    pub fn build(self) -> Result<Cardflow, BuildError> {
        let CardflowBuilder { mut builder, directory, storage, processes, authorities, read_back, notifier, world } =
            self;
        builder = builder.handler(Arc::new(authorities)).handler(Arc::new(read_back)).world(world);
        if let Some(notifier) = notifier {
            let mail = MailEffects::new(notifier, directory, storage).titles(&processes);
            builder = builder.handler(Arc::new(mail));
        }
        builder.build()
    }
}
