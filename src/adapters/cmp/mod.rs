//! A certificate authority elsewhere, asked by the Certificate Management Protocol (RFC 9810) as RFC 9483, section 4.2, has it
//! revoke certificates: [`CmpAuthority`].
//!
//! # What goes out
//!
//! One revocation request (`rr`) for each order, by POST as RFC 9811 says: the issuer's name and the number of the certificate,
//! and as reason that of the order, `certificateHold` (6) to hold and `removeFromCRL` (8) to release. It is protected by a
//! [secret](CmpProtection::secret) that both sides know (PBM with SHA-256 and HMAC-SHA256, RFC 9481, section 6.1.1), or by a
//! [signature](CmpProtection::signed).
//!
//! # What comes back
//!
//! An answer counts if it is protected in the same way by whom the host has named, and quotes the transaction and the nonce of
//! the request. Everything else, and no answer, leaves open whether it was done: the order is
//! [`OutcomeUnknown`](crate::ports::AuthorityError::OutcomeUnknown).
//!
//! | answer | the order |
//! | --- | --- |
//! | `accepted` | is done |
//! | `waiting` | is [pending](crate::ports::AuthorityError::Pending) |
//! | `grantedWithMods`, warnings | may be done, now or later: what is published says |
//! | `rejection`, `certRevoked` | is answered by what is published, if that says it is stopped |
//! | `rejection`, `badCertId` | is of a certificate that the authority does not know |
//! | `rejection`, `systemUnavail` | may be tried again |
//! | any other `rejection`, `error` | is not acceptable as it is; the names of the failures and the authority's words say why |
//!
//! The protocol cannot be asked for the status of a certificate, so that comes from what is
//! [published](crate::ports::PublishedStatus): lists or OCSP. It has no orders with revisions, and issues nothing here.

mod answer;
mod authority;
mod error;
mod failure;
mod issuer;
mod protection;
mod request;
mod sender;
mod settings;

pub use self::authority::CmpAuthority;
pub use self::error::{CmpError, CmpMistrust};
pub use self::protection::CmpProtection;
pub use self::settings::CmpSettings;
