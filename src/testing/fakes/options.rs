use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::held;
use crate::engine::options::Facts;
use crate::engine::{Bound, Domain};
use crate::ports::{OptionSource, OptionsError};
use crate::values::TenantId;

/// Options that an administrator changes, and that may fail to read.
///
/// ```
/// use cardflow::cards::{Cards, CardsOptions};
/// use cardflow::engine::options::Facts;
/// use cardflow::ports::OptionSource;
/// use cardflow::testing::fakes::MemoryOptions;
/// # use cardflow::values::TenantId;
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let options = MemoryOptions::<Cards>::new(CardsOptions::default());
/// options.change(CardsOptions { deactivation_approval: true, ..CardsOptions::default() });
/// assert_eq!(options.in_force(TenantId::default(), &Facts::none()).await.unwrap().version, 2);
/// options.fail("line 3 does not read; mend it");
/// assert!(options.in_force(TenantId::default(), &Facts::none()).await.is_err());
/// # });
/// ```
#[derive(Debug)]
pub struct MemoryOptions<D: Domain> {
    options: Mutex<Bound<D>>,
    fault: Mutex<Option<String>>,
}

impl<D: Domain> MemoryOptions<D> {
    /// These options, under version 1.
    #[must_use]
    pub fn new(options: D::Options) -> Self {
        MemoryOptions { options: Mutex::new(Bound::new(1, options)), fault: Mutex::default() }
    }

    /// The administrator sets other ones, under the next version; they can be read.
    pub fn change(&self, options: D::Options) {
        let mut bound = held(&self.options);
        *bound = Bound::new(bound.version.saturating_add(1), options);
        *held(&self.fault) = None;
    }

    /// From now on the value of this option fails, under the next version: it has its safe value.
    ///
    /// # Panics
    ///
    /// If there is no such option.
    pub fn fall_back(&self, option: &str) {
        let spec = D::option_specs().iter().find(|it| it.name == option);
        assert!(spec.is_some(), "there is no option `{option}`");
        let mut bound = held(&self.options);
        spec.into_iter().for_each(|it| (it.fail)(Arc::make_mut(&mut bound.options)));
        bound.version = bound.version.saturating_add(1);
        bound.fell_back.push(option.to_owned());
    }

    /// From now on they cannot be read, and this is why.
    pub fn fail(&self, what: &str) {
        *held(&self.fault) = Some(what.to_owned());
    }
}

#[async_trait]
impl<D: Domain> OptionSource<D> for MemoryOptions<D> {
    async fn in_force(&self, _: TenantId, _: &Facts<'_>) -> Result<Bound<D>, OptionsError> {
        match held(&self.fault).clone() {
            Some(what) => Err(OptionsError::Unreadable { what }),
            None => Ok(held(&self.options).clone()),
        }
    }
}
