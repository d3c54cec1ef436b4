//! [`Watched`] adapters are adapters.

use async_trait::async_trait;

use super::Watched;
use crate::domain::{Capabilities, IssuerName, Serial};
use crate::engine::options::Facts;
use crate::engine::{ApprovalRequest, Bound, Component, Domain, Scope};
use crate::ports::{
    AccessJournal, Action, Applied, ApprovalGateway, AuditBatch, AuditFound, AuditLog, AuditQuery, AuthorityError,
    AuthorityLedger, AuthorityOrder, AuthorityStatus, Authorizer, CertificateAuthority, Changes, Contact, Directory,
    DirectoryError, EffectCall, EffectError, EffectHandler, EffectState, HistoryLog, Identity, IssueRequest,
    IssuedCertificate, LedgerEntry, LedgerError, ListPage, Logged, Message, Notifier, OptionSource, OptionsError,
    Permit, Principal, Published, PublishedError, PublishedStatus, Refused, Setback, SignatureAlgorithm, Signer,
    SignerError, StorageError, Work,
};
use crate::values::{HomeId, InstanceId, PersonId, TaskId, TenantId, Timestamp};

/// The methods that a script can name.
pub(super) const METHODS: &[&str] = &[
    "applied",
    "apply",
    "change",
    "changes",
    "clear",
    "contact",
    "entry",
    "homes_after",
    "in_force",
    "instances_after",
    "work_of",
    "issue",
    "issued",
    "listed",
    "members",
    "person",
    "next_crl",
    "note",
    "notify",
    "perform",
    "permit",
    "published",
    "query",
    "record",
    "records_after",
    "refusals",
    "resolve",
    "sign",
    "status",
    "submit",
    "withdraw",
];

const DEAD: &str = "scripted: the line is dead";

fn store_is_dead<T>() -> Result<T, StorageError> {
    Err(StorageError::Unavailable(DEAD.into()))
}

fn ledger_is_dead<T>() -> Result<T, LedgerError> {
    Err(LedgerError::Unavailable(DEAD.into()))
}

fn directory_is_dead<T>() -> Result<T, DirectoryError> {
    Err(DirectoryError::Unavailable(DEAD.into()))
}

fn outside_is_dead<T>() -> Result<T, EffectError> {
    Err(EffectError { what: DEAD.to_owned(), setback: Setback::Unavailable, source: None })
}

#[async_trait]
impl<P: HistoryLog + ?Sized> HistoryLog for Watched<P> {
    async fn records_after(&self, tenant: TenantId, position: u64, limit: usize) -> Result<Vec<Logged>, StorageError> {
        let with = format!("{tenant:?}, {position}, {limit}");
        self.call("records_after", with, self.inner.records_after(tenant, position, limit), store_is_dead).await
    }

    async fn homes_after(
        &self,
        tenant: TenantId,
        home: Option<HomeId>,
        limit: usize,
    ) -> Result<Vec<HomeId>, StorageError> {
        let with = format!("{tenant:?}, {home:?}, {limit}");
        self.call("homes_after", with, self.inner.homes_after(tenant, home, limit), store_is_dead).await
    }

    async fn instances_after(
        &self,
        tenant: TenantId,
        instance: Option<InstanceId>,
        limit: usize,
    ) -> Result<Vec<InstanceId>, StorageError> {
        let with = format!("{tenant:?}, {instance:?}, {limit}");
        self.call("instances_after", with, self.inner.instances_after(tenant, instance, limit), store_is_dead).await
    }

    async fn work_of(&self, tenant: TenantId, instance: InstanceId) -> Result<Vec<Work>, StorageError> {
        let with = format!("{tenant:?}, {instance:?}");
        self.call("work_of", with, self.inner.work_of(tenant, instance), store_is_dead).await
    }
}

#[async_trait]
impl<P: AccessJournal + ?Sized> AccessJournal for Watched<P> {
    async fn note(&self, refused: Refused) {
        let with = format!("{refused:?}");
        self.call("note", with, self.inner.note(refused), || ()).await;
    }

    async fn refusals(&self, tenant: TenantId, limit: usize) -> Result<Vec<Refused>, StorageError> {
        let with = format!("{tenant:?}, {limit}");
        self.call("refusals", with, self.inner.refusals(tenant, limit), store_is_dead).await
    }
}

#[async_trait]
impl<P: AuditLog + ?Sized> AuditLog for Watched<P> {
    async fn applied(&self, tenant: TenantId) -> Result<Applied, StorageError> {
        self.call("applied", format!("{tenant:?}"), self.inner.applied(tenant), store_is_dead).await
    }

    async fn apply(&self, batch: &AuditBatch) -> Result<(), StorageError> {
        self.call("apply", format!("{batch:?}"), self.inner.apply(batch), store_is_dead).await
    }

    async fn query(&self, tenant: TenantId, scope: &Scope, query: &AuditQuery) -> Result<AuditFound, StorageError> {
        let with = format!("{tenant:?}, {scope:?}, {query:?}");
        self.call("query", with, self.inner.query(tenant, scope, query), store_is_dead).await
    }

    async fn clear(&self, tenant: TenantId) -> Result<(), StorageError> {
        self.call("clear", format!("{tenant:?}"), self.inner.clear(tenant), store_is_dead).await
    }
}

/// An authority promises with `Unavailable` that nothing was done; whoever only lost an answer does not know.
fn authority_is_dead<T>() -> Result<T, AuthorityError> {
    Err(AuthorityError::OutcomeUnknown(DEAD.into()))
}

#[async_trait]
impl<P: CertificateAuthority + ?Sized> CertificateAuthority for Watched<P> {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    fn verify(&self, der: &[u8]) -> Result<(), AuthorityError> {
        self.inner.verify(der)
    }

    async fn issue(&self, request: &IssueRequest) -> Result<IssuedCertificate, AuthorityError> {
        self.call("issue", format!("{request:?}"), self.inner.issue(request), authority_is_dead).await
    }

    async fn change(&self, order: &AuthorityOrder) -> Result<AuthorityStatus, AuthorityError> {
        self.call("change", format!("{order:?}"), self.inner.change(order), authority_is_dead).await
    }

    async fn status(&self, serial: &Serial) -> Result<AuthorityStatus, AuthorityError> {
        self.call("status", format!("{serial:?}"), self.inner.status(serial), authority_is_dead).await
    }
}

#[async_trait]
impl<P: AuthorityLedger + ?Sized> AuthorityLedger for Watched<P> {
    async fn issued(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let with = format!("{issuer:?}, {entry:?}");
        self.call("issued", with, self.inner.issued(issuer, entry), ledger_is_dead).await
    }

    async fn entry(&self, issuer: &IssuerName, serial: &Serial) -> Result<Option<LedgerEntry>, LedgerError> {
        let with = format!("{issuer:?}, {serial:?}");
        self.call("entry", with, self.inner.entry(issuer, serial), ledger_is_dead).await
    }

    async fn record(&self, issuer: &IssuerName, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let with = format!("{issuer:?}, {entry:?}");
        self.call("record", with, self.inner.record(issuer, entry), ledger_is_dead).await
    }

    async fn listed(&self, issuer: &IssuerName, page: &ListPage) -> Result<Vec<LedgerEntry>, LedgerError> {
        let with = format!("{issuer:?}, {page:?}");
        self.call("listed", with, self.inner.listed(issuer, page), ledger_is_dead).await
    }

    async fn changes(&self, issuer: &IssuerName) -> Result<Changes, LedgerError> {
        self.call("changes", format!("{issuer:?}"), self.inner.changes(issuer), ledger_is_dead).await
    }

    async fn next_crl(&self, issuer: &IssuerName) -> Result<u64, LedgerError> {
        self.call("next_crl", format!("{issuer:?}"), self.inner.next_crl(issuer), ledger_is_dead).await
    }

    async fn published(&self, issuer: &IssuerName, number: u64, this_update: Timestamp) -> Result<(), LedgerError> {
        let with = format!("{issuer:?}, {number}, {this_update}");
        self.call("published", with, self.inner.published(issuer, number, this_update), ledger_is_dead).await
    }
}

#[async_trait]
impl<P: Directory + ?Sized> Directory for Watched<P> {
    async fn resolve(&self, principal: &Principal) -> Result<Identity, DirectoryError> {
        self.call("resolve", format!("{principal:?}"), self.inner.resolve(principal), directory_is_dead).await
    }

    async fn person(&self, tenant: TenantId, person: PersonId) -> Result<Identity, DirectoryError> {
        let with = format!("{tenant:?}, {person:?}");
        self.call("person", with, self.inner.person(tenant, person), directory_is_dead).await
    }

    async fn members(&self, tenant: TenantId, role: &str) -> Result<Vec<Identity>, DirectoryError> {
        let with = format!("{tenant:?}, {role:?}");
        self.call("members", with, self.inner.members(tenant, role), directory_is_dead).await
    }

    async fn contact(&self, tenant: TenantId, person: PersonId) -> Result<Contact, DirectoryError> {
        let with = format!("{tenant:?}, {person:?}");
        self.call("contact", with, self.inner.contact(tenant, person), directory_is_dead).await
    }
}

#[async_trait]
impl<P: Authorizer + ?Sized> Authorizer for Watched<P> {
    async fn permit(&self, identity: &Identity, component: Component, action: &Action) -> Permit {
        let with = format!("{identity:?}, {component:?}, {action:?}");
        let nothing = || Permit { role: String::new(), scope: Scope::None };
        self.call("permit", with, self.inner.permit(identity, component, action), nothing).await
    }
}

#[async_trait]
impl<D: Domain, P: OptionSource<D> + ?Sized> OptionSource<D> for Watched<P> {
    async fn in_force(&self, tenant: TenantId, facts: &Facts<'_>) -> Result<Bound<D>, OptionsError> {
        let dead = || Err(OptionsError::Unreadable { what: DEAD.to_owned() });
        self.call("in_force", format!("{tenant:?}, {facts:?}"), self.inner.in_force(tenant, facts), dead).await
    }
}

#[async_trait]
impl<P: EffectHandler + ?Sized> EffectHandler for Watched<P> {
    fn kind(&self) -> String {
        self.inner.kind()
    }

    async fn perform(&self, call: &EffectCall) -> Result<Vec<u8>, EffectError> {
        self.call("perform", format!("{call:?}"), self.inner.perform(call), outside_is_dead).await
    }

    async fn status(&self, call: &EffectCall) -> Result<EffectState, EffectError> {
        self.call("status", format!("{call:?}"), self.inner.status(call), outside_is_dead).await
    }
}

#[async_trait]
impl<P: Notifier + ?Sized> Notifier for Watched<P> {
    async fn notify(&self, message: &Message) -> Result<(), EffectError> {
        self.call("notify", format!("{message:?}"), self.inner.notify(message), outside_is_dead).await
    }
}

#[async_trait]
impl<P: ApprovalGateway + ?Sized> ApprovalGateway for Watched<P> {
    async fn submit(&self, request: &ApprovalRequest) -> Result<(), EffectError> {
        self.call("submit", format!("{request:?}"), self.inner.submit(request), outside_is_dead).await
    }

    async fn withdraw(&self, tenant: TenantId, task: TaskId) -> Result<(), EffectError> {
        let with = format!("{tenant:?}, {task:?}");
        self.call("withdraw", with, self.inner.withdraw(tenant, task), outside_is_dead).await
    }
}

impl<P: Signer + ?Sized> Signer for Watched<P> {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.inner.algorithm()
    }

    fn public_key(&self) -> Vec<u8> {
        self.inner.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let with = format!("{} bytes", message.len());
        self.call_now("sign", with, || self.inner.sign(message), || Err(SignerError(DEAD.into())))
    }
}

#[async_trait]
impl<P: PublishedStatus + ?Sized> PublishedStatus for Watched<P> {
    fn issuer(&self) -> IssuerName {
        self.inner.issuer()
    }

    async fn published(&self, serial: &Serial, now: Timestamp) -> Result<Published, PublishedError> {
        let dead = || Err(PublishedError::Unavailable(DEAD.into()));
        self.call("published", format!("{serial:?}, {now}"), self.inner.published(serial, now), dead).await
    }
}
