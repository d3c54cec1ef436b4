//! The pure domain, against what the field and the use case say of it: graphs, plans, invariants, values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

#[path = "domain/certificates.rs"]
mod certificates;
#[path = "domain/constructors.rs"]
mod constructors;
#[path = "domain/dossier.rs"]
mod dossier;
#[path = "domain/graphs.rs"]
mod graphs;
#[path = "domain/holds.rs"]
mod holds;
#[path = "domain/invariants.rs"]
mod invariants;
#[path = "domain/random.rs"]
mod random;
#[path = "domain/reactivation.rs"]
mod reactivation;
#[path = "domain/support.rs"]
mod support;
#[path = "domain/vectors.rs"]
mod vectors;
