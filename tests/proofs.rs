//! Every process of the package is proven, in one line each; and processes that are wrong are caught.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

use cardflow::cards::processes::{close_authority_hold, deactivate, expire, hold_limit, lock, reactivate, reconcile};

cardflow::prove!(deactivate());
cardflow::prove!(reactivate());
cardflow::prove!(lock());
cardflow::prove!(expire());
cardflow::prove!(hold_limit());
cardflow::prove!(reconcile(), |it| it.beside(expire().unwrap()));
cardflow::prove!(close_authority_hold());

#[path = "proofs/plans.rs"]
mod plans;
#[path = "proofs/right.rs"]
mod right;
#[path = "proofs/wrong.rs"]
mod wrong;
