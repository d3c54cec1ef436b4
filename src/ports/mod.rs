//! The traits a host plugs in, and their errors.
//!
//! Each trait states its contract: what an implementer must guarantee, and what happens to the data if it does not.
//! All are dyn-compatible and used as `Arc<dyn …>`. Errors are concrete and say whether a call may be repeated.

mod alarm;
mod audit;
mod authority;
mod commit;
mod gateway;
mod history;
mod journal;
mod ledger;
mod notifier;
mod options;
mod outside;
mod principal;
mod published;
mod revocation;
mod rights;
mod search;
mod signer;
mod storage;
mod well_formed;

pub use self::audit::{Applied, AuditBatch, AuditFound, AuditLog, AuditPlace, AuditQuery};
pub use self::authority::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
pub use self::commit::{Commit, Committed, Holder, Overtake, Remembered, TaskDone, TrimTo, WorkDone};
pub use self::gateway::ApprovalGateway;
pub use self::history::{HistoryLog, Logged};
pub use self::journal::{AccessJournal, Refused};
pub use self::ledger::{AuthorityLedger, Changes, LedgerEntry, LedgerError, LedgerStatus, ListPage};
pub use self::notifier::{FACTS, Fact, FactSpec, Message, MessageFacts, Notifier};
pub use self::options::{Evaluated, Given, OptionLanguage, OptionScript, OptionSource, OptionsError};
pub use self::outside::{
    Alert, Alerts, Clock, EffectCall, EffectError, EffectHandler, EffectState, IdSource, NoRandomness, Seen, Setback,
    Wake,
};
pub use self::principal::{Call, Principal};
pub use self::published::{Published, PublishedError, PublishedStatus};
pub use self::rights::{Action, Authorizer, Contact, Directory, DirectoryError, Identity, Permit};
pub use self::search::{Filter, Found, Lead, Place, Query, Search};
pub use self::signer::{SignatureVerifier, Signer, SignerError};
pub use self::storage::{Claim, Home, InstanceRecords, Lease, Storage, StorageError, Work, WorkSort};
#[cfg(feature = "testing")]
pub use self::{
    audit::MockAuditLog,
    authority::MockCertificateAuthority,
    gateway::MockApprovalGateway,
    history::MockHistoryLog,
    journal::MockAccessJournal,
    ledger::MockAuthorityLedger,
    notifier::MockNotifier,
    outside::{MockAlerts, MockClock, MockEffectHandler, MockIdSource, MockWake},
    published::MockPublishedStatus,
    rights::{MockAuthorizer, MockDirectory},
    signer::{MockSignatureVerifier, MockSigner},
    storage::MockStorage,
};
pub use crate::values::SignatureAlgorithm;
