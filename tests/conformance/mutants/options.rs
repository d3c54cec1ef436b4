//! A source of options that does one thing wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::Bound;
use cardflow::engine::options::Facts;
use cardflow::ports::{OptionSource, OptionsError};
use cardflow::testing::conformance::options::OptionsFactory;
use cardflow::values::TenantId;

faults! {
    /// nothing is wrong
    None,
    /// values change under a version
    KeepsVersion,
    /// versions fall
    CountsDown,
    /// versions come back
    Circles,
    /// options are kept from the beginning
    KeepsOptions,
}

#[derive(Debug)]
pub(crate) struct WrongOptions {
    fault: Fault,
    changes: AtomicU64,
}

#[async_trait]
impl OptionSource<Cards> for WrongOptions {
    async fn in_force(&self, _: TenantId, _: &Facts<'_>) -> Result<Bound<Cards>, OptionsError> {
        let changes = self.changes.load(Ordering::SeqCst);
        let seen = if self.fault == Fault::KeepsOptions { 1 } else { changes };
        let version = match self.fault {
            Fault::KeepsVersion => 1,
            Fault::CountsDown => 100 - seen,
            Fault::Circles => seen % 2,
            _ => seen,
        };
        let options = CardsOptions { reasons: vec![format!("reason {seen}")], ..CardsOptions::default() };
        Ok(Bound::new(version, options))
    }
}

/// Makes sources with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl OptionsFactory for Wrong {
    type Guard = Arc<WrongOptions>;
    type Domain = Cards;

    async fn options(&self) -> (Arc<WrongOptions>, Arc<dyn OptionSource<Cards>>) {
        let options = Arc::new(WrongOptions { fault: self.0, changes: AtomicU64::new(1) });
        (Arc::clone(&options), options)
    }

    async fn change(&self, options: &Arc<WrongOptions>) -> bool {
        options.changes.fetch_add(1, Ordering::SeqCst);
        true
    }
}
