//! A source of options that does one thing wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use cardflow::cards::{Cards, CardsOptions};
use cardflow::engine::Bound;
use cardflow::engine::options::Facts;
use cardflow::ports::{OptionSource, OptionsError};
use cardflow::testing::conformance::options::OptionsFactory;
use cardflow::values::TenantId;

const APPROVAL: &str = "CardsDeactivationApproval";

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
    /// what fails has its default
    FallsBackToDefaults,
    /// what fails is not named
    FallsBackInSilence,
}

#[derive(Debug)]
pub(crate) struct WrongOptions {
    fault: Fault,
    changes: AtomicU64,
    fails: AtomicBool,
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
        let mut bound = Bound::<Cards>::new(version, options);
        if self.fails.load(Ordering::SeqCst) {
            let fails = self.fault != Fault::FallsBackToDefaults;
            Arc::make_mut(&mut bound.options).deactivation_approval = fails;
            let named = self.fault != Fault::FallsBackInSilence;
            bound.fell_back = named.then(|| APPROVAL.to_owned()).into_iter().collect();
        }
        Ok(bound)
    }
}

/// Makes sources with one fault each.
pub(crate) struct Wrong(pub(crate) Fault);

impl OptionsFactory for Wrong {
    type Guard = Arc<WrongOptions>;
    type Domain = Cards;

    async fn options(&self) -> (Arc<WrongOptions>, Arc<dyn OptionSource<Cards>>) {
        let options =
            Arc::new(WrongOptions { fault: self.0, changes: AtomicU64::new(1), fails: AtomicBool::new(false) });
        (Arc::clone(&options), options)
    }

    async fn change(&self, options: &Arc<WrongOptions>) -> bool {
        options.changes.fetch_add(1, Ordering::SeqCst);
        true
    }

    async fn make_fail(&self, options: &Arc<WrongOptions>) -> Option<&'static str> {
        options.fails.store(true, Ordering::SeqCst);
        Some(APPROVAL)
    }
}
