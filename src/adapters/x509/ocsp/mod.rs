//! Answers by OCSP (RFC 6960) for an authority of one's own, from its ledger.
//!
//! The types of requests and responses are those of a crate of an earlier release than the one certificates are read with here;
//! what passes between the two is DER.

mod http;
mod issuer;
mod request;
mod responder;
mod response;
#[cfg(feature = "ocsp-router")]
mod router;

#[cfg(feature = "fetch")]
pub(super) use self::issuer::{IssuerHashes, key_hash};
#[cfg(feature = "fetch")]
pub(super) use self::request::{LONGEST_NONCE, NONCE};
#[cfg(feature = "fetch")]
pub(super) use self::responder::OCSP_SIGNING;

pub use self::http::OcspHttp;
pub use self::responder::{OcspAnswer, OcspResponder, OcspStatus, PreSigned};
#[cfg(feature = "ocsp-router")]
pub use self::router::ocsp_router;
