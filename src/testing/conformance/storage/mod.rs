//! Proves a [`Storage`].

mod apart;
mod atomic;
mod chained;
mod checked;
mod checked_runs;
mod clockless;
mod counted;
mod durable;
mod erased;
mod faithful;
mod forgetful;
mod in_lanes;
mod in_turn;
mod independent;
mod isolated;
mod leased;
mod list;
mod lost_answers;
mod ordered;
mod overtaken;
mod paged;
mod remembered;
pub(super) mod sample;
mod scoped;
mod timers;
mod trial;
mod trimmed;
mod unique;
mod well_formed;

pub use self::sample::SCHEMA;
pub use self::trial::Trial;

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::Schema;
use crate::ports::Storage;

/// Makes the stores that are tried.
#[expect(async_fn_in_trait, reason = "a check runs on one thread, so its futures need not be sent")]
pub trait StorageFactory: 'static {
    /// What must live as long as a store: a temporary folder, a container, a schema of a shared database.
    type Guard: 'static;

    /// A new store with nothing in it, for the records of a schema.
    async fn storage(&self, schema: &'static Schema) -> (Self::Guard, Arc<dyn Storage>);

    /// Opens a store again whose every handle is gone, as after a restart. Asked of a [durable](StorageCapabilities) one only.
    async fn reopen(&self, _: &Self::Guard, _: &'static Schema) -> Arc<dyn Storage> {
        panic!("give the factory a `reopen`, or say that the store is not `durable`")
    }

    /// What the store can do, where the contract leaves it open.
    fn capabilities(&self) -> StorageCapabilities {
        StorageCapabilities::ALL
    }

    /// Drives a check. An adapter that needs a runtime enters it here.
    fn run(&self, check: impl Future<Output = ()>) {
        block_on(check);
    }
}

/// What a store can do, where the contract leaves it open.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StorageCapabilities {
    /// It keeps what it has stored when it is closed. One that does not is for trials only.
    pub durable: bool,
    /// How many bytes a body may have; the checks go up to a mebibyte.
    pub body: usize,
}

impl StorageCapabilities {
    /// Everything that the checks try.
    pub const ALL: StorageCapabilities = StorageCapabilities { durable: true, body: 1 << 20 };
}

/// Every check. The names of those that need what a store cannot do stand here, too; they hold by doing nothing.
pub static CHECKS: &[Check<Trial>] = crate::__storage_checks!([table] Trial);

/// Tries one check on a new store.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl StorageFactory) {
    let factory = Rc::new(factory);
    factory.run(tried(CHECKS, name, Trial::open(Rc::clone(&factory))));
}

/// Makes a `#[test]` of every check on the stores of a [`StorageFactory`](crate::testing::conformance::storage::StorageFactory).
#[macro_export]
macro_rules! storage_conformance {
    ($factory:expr) => {
        $crate::__storage_checks!([$crate::__each_check_a_test] storage check $factory);
    };
}
