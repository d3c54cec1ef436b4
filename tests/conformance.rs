//! Every adapter of the crate keeps the contract of its port.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "conformance/audit_log.rs"]
mod audit_log;
#[cfg(all(feature = "x509", feature = "sqlite"))]
#[path = "conformance/authority.rs"]
mod authority;
#[path = "conformance/clauses.rs"]
mod clauses;
#[path = "conformance/directory.rs"]
mod directory;
#[path = "conformance/fakes.rs"]
mod fakes;
#[path = "conformance/gateway.rs"]
mod gateway;
#[path = "conformance/handler.rs"]
mod handler;
#[path = "conformance/ledger.rs"]
mod ledger;
#[cfg(all(feature = "smtp", feature = "x509"))]
#[allow(dead_code, clippy::print_stderr)]
#[path = "mail/server.rs"]
mod mail_server;
#[path = "conformance/notifier.rs"]
mod notifier;
#[cfg(all(feature = "script", feature = "toml"))]
#[path = "conformance/option_language.rs"]
mod option_language;
#[path = "conformance/parts.rs"]
mod parts;
#[cfg(all(feature = "fetch", feature = "ocsp"))]
#[path = "conformance/published.rs"]
mod published;
#[cfg(feature = "x509")]
#[path = "conformance/signer.rs"]
mod signer;
#[cfg(all(feature = "fetch", feature = "ocsp"))]
#[path = "x509/site.rs"]
mod site;
#[path = "conformance/storage.rs"]
mod storage;
