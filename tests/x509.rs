//! The own certificate authority: the rules of revocation, its ledgers, its keys, and what two independent judges say of
//! its certificates and CRLs.
#![cfg(all(feature = "x509", feature = "sqlite"))]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::print_stderr, clippy::unwrap_used)]

#[path = "x509/authorities.rs"]
mod authorities;
#[path = "x509/keys.rs"]
mod keys;
#[path = "x509/ledgers.rs"]
mod ledgers;
#[path = "x509/lists.rs"]
mod lists;
#[path = "x509/openssl.rs"]
mod openssl;
#[path = "x509/published.rs"]
mod published;
#[path = "x509/rules.rs"]
mod rules;
#[path = "x509/support.rs"]
mod support;
#[path = "x509/webpki.rs"]
mod webpki;
