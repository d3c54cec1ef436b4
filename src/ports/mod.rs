//! The traits a host plugs in, and their errors.

mod authority;
mod ledger;
mod signer;

pub use self::authority::{
    AuthorityError, AuthorityOrder, AuthorityStatus, CertificateAuthority, IssueRequest, IssuedCertificate,
};
pub use self::ledger::{AuthorityLedger, LedgerEntry, LedgerError, LedgerStatus};
pub use self::signer::{SignatureAlgorithm, Signer, SignerError};
#[cfg(feature = "testing")]
pub use self::{authority::MockCertificateAuthority, ledger::MockAuthorityLedger, signer::MockSigner};
