//! The own certificate authority: the rules of revocation, its ledgers, its keys, and what three independent judges say of
//! its certificates and CRLs.
#![cfg(all(feature = "x509", feature = "sqlite"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

#[path = "x509/authorities.rs"]
mod authorities;
#[path = "x509/deltas.rs"]
mod deltas;
#[path = "x509/durable.rs"]
mod durable;
#[path = "x509/keys.rs"]
mod keys;
#[path = "x509/ledgers.rs"]
mod ledgers;
#[path = "x509/lists.rs"]
mod lists;
#[cfg(feature = "ocsp")]
#[path = "x509/ocsp.rs"]
mod ocsp;
#[cfg(all(feature = "fetch", feature = "ocsp"))]
#[path = "x509/ocsp_reading.rs"]
mod ocsp_reading;
#[path = "x509/openssl.rs"]
mod openssl;
#[path = "x509/pkilint.rs"]
mod pkilint;
#[path = "x509/published.rs"]
mod published;
#[path = "x509/publisher.rs"]
mod publisher;
#[cfg(feature = "fetch")]
#[path = "x509/reading.rs"]
mod reading;
#[path = "x509/revised.rs"]
mod revised;
#[path = "x509/round_trip.rs"]
mod round_trip;
#[path = "x509/rules.rs"]
mod rules;
#[cfg(feature = "fetch")]
#[path = "x509/site.rs"]
mod site;
#[path = "x509/support.rs"]
mod support;
#[path = "x509/webpki.rs"]
mod webpki;
