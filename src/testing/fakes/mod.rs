//! Fakes: something to plug into a port where a test needs no more, or wants trouble on a script.
//!
//! | port | fake |
//! | --- | --- |
//! | [`Storage`](crate::ports::Storage) | [`MemoryStorage`]; [`WatchedStorage`] over any |
//! | [`HistoryLog`](crate::ports::HistoryLog), [`AccessJournal`](crate::ports::AccessJournal) | [`MemoryStorage`], [`Watched`] |
//! | [`AuditLog`](crate::ports::AuditLog) | [`MemoryAudit`](crate::adapters::memory::MemoryAudit), [`Watched`] |
//! | [`CertificateAuthority`](crate::ports::CertificateAuthority) | [`ScriptedAuthority`]; [`Watched`] over a real one |
//! | [`AuthorityLedger`](crate::ports::AuthorityLedger) | [`MemoryLedger`](crate::adapters::memory::MemoryLedger), [`Watched`] |
//! | [`PublishedStatus`](crate::ports::PublishedStatus) | [`ScriptedStatus`], [`Watched`] |
//! | [`Directory`](crate::ports::Directory) | [`MemoryDirectory`], [`Watched`] |
//! | [`Authorizer`](crate::ports::Authorizer) | [`MemoryRights`], [`Watched`] |
//! | [`OptionSource`](crate::ports::OptionSource) | [`MemoryOptions`], [`Watched`] |
//! | [`EffectHandler`](crate::ports::EffectHandler) | [`ScriptedHandler`], [`Watched`] |
//! | [`Notifier`](crate::ports::Notifier) | [`MailBox`], [`Watched`] |
//! | [`ApprovalGateway`](crate::ports::ApprovalGateway) | [`ApprovalDesk`], [`Watched`] |
//! | [`Signer`](crate::ports::Signer), [`SignatureVerifier`](crate::ports::SignatureVerifier) | [`PaperSigner`], [`PaperSignatures`]; [`Watched`] |
//! | [`Alerts`](crate::ports::Alerts), [`Wake`](crate::ports::Wake) | [`Pager`], [`Bell`] |
//! | [`Clock`](crate::ports::Clock), [`IdSource`](crate::ports::IdSource) | [`ManualClock`](crate::adapters::memory::ManualClock), [`SequentialIds`](crate::adapters::memory::SequentialIds) |
//!
//! What keeps a contract is proven by the same [suites](super::conformance) as any adapter. Whoever wants to say of each
//! call what is expected and answered takes a mock, `ports::Mock…`.
//!
//! [`MemoryStorage`]: crate::adapters::memory::MemoryStorage

mod approval_desk;
mod authority;
mod directory;
mod handler;
mod mail_box;
mod options;
mod pager;
mod published;
mod rights;
mod script;
mod signer;
mod storage;
mod watched;
mod watched_ports;

pub use self::approval_desk::ApprovalDesk;
pub use self::authority::{Mood, ScriptedAuthority};
pub use self::directory::MemoryDirectory;
pub use self::handler::ScriptedHandler;
pub use self::mail_box::MailBox;
pub use self::options::MemoryOptions;
pub use self::pager::{Bell, Pager};
pub use self::published::{Lying, ScriptedStatus};
pub use self::rights::MemoryRights;
pub use self::script::Fate;
pub use self::signer::{PaperSignatures, PaperSigner};
pub use self::storage::WatchedStorage;
pub use self::watched::{Called, Watched};

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a lock holds. A test that panicked leaves nothing half written: every fake changes one thing at a time.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
