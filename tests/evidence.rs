//! What an auditor can prove: the tree of checkpoints, the verifier, erasure, retention, export.
#![cfg(all(feature = "x509", feature = "sqlite"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    missing_docs
)]

mod common;

#[path = "evidence/erasing.rs"]
mod erasing;
#[path = "evidence/exporting.rs"]
mod exporting;
#[path = "evidence/forms.rs"]
mod forms;
#[path = "evidence/storage.rs"]
mod storage;
#[path = "evidence/support.rs"]
mod support;
#[path = "evidence/tree.rs"]
mod tree;
#[path = "evidence/trimming.rs"]
mod trimming;
#[path = "evidence/verifier.rs"]
mod verifier;
#[path = "evidence/verify.rs"]
mod verify;
