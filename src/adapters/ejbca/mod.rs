//! A certificate authority in EJBCA: [`EjbcaAuthority`] asks its public REST API to hold, release and revoke.
//!
//! # What is asked
//!
//! | call | for |
//! | --- | --- |
//! | `PUT …/v1/certificate/{issuer}/{serial}/revoke?reason=…` | a hold, a release, a revocation; `date` and `invalidity_date` where they are given |
//! | `GET …/v1/certificate/{issuer}/{serial}/revocationstatus` | what holds there |
//!
//! What a change answers is the status read after it, never what the call itself says: releases of EJBCA differ in that.
//!
//! | EJBCA answers | that is |
//! | --- | --- |
//! | 202, or 400 "approval request … already exists" | [`Pending`](crate::ports::AuthorityError::Pending) |
//! | 409 | the status, if what was asked for is so already; else [`Refused`](crate::ports::AuthorityError::Refused) |
//! | 400, 422 | [`Invalid`](crate::ports::AuthorityError::Invalid) |
//! | 401, 403 | [`Other`](crate::ports::AuthorityError::Other), until somebody gives the client its rights |
//! | 404 | [`NotFound`](crate::ports::AuthorityError::NotFound); of a CA or an API that is not there, `Other` |
//! | 503, or no connection | [`Unavailable`](crate::ports::AuthorityError::Unavailable) |
//! | another 5xx, or no answer to a change that was sent | [`OutcomeUnknown`](crate::ports::AuthorityError::OutcomeUnknown): it may be done |
//!
//! # What it does not do
//!
//! - It issues nothing: [`issue`](crate::ports::CertificateAuthority::issue) is
//!   [`Unsupported`](crate::ports::AuthorityError::Unsupported). Profiles and end entities are EJBCA's own business.
//! - EJBCA counts no changes of a certificate, so an order is never
//!   [`Overtaken`](crate::ports::AuthorityError::Overtaken), whatever it expects.
//! - EJBCA takes the time at which an order arrives as its date, unless the order names one. Where
//!   [back-dating](crate::domain::Capabilities::back_dating) is on, a hold that becomes a revocation is sent with the start of
//!   the hold as its date; where it is off, EJBCA dates it.
//! - EJBCA does not tell a certificate that was released from one that never was on hold, so a release of what is good is
//!   answered by what holds and not refused.
//!
//! # How it is tried
//!
//! Against a server of the tests that keeps the documented rules of EJBCA (rows E01 to E23 of its own system tests), over HTTP and
//! over TLS with a client certificate; the suite of the port runs on both. It was never run against an EJBCA: try it on a test
//! installation, with the same suite, before you rely on it.

mod authority;
mod certificate;
mod error;
mod fault;
mod message;
mod sender;
mod settings;
mod token;

pub use self::authority::EjbcaAuthority;
pub use self::error::EjbcaError;
pub use self::settings::EjbcaSettings;
pub use self::token::{BearerToken, TokenSource};
