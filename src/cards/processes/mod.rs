//! The package of card processes: one file each.
#![doc = concat!("\n\n", include_str!("../../manual/processes.md"))]

mod close_authority_hold;
mod deactivate;
mod expire;
mod hold_limit;
mod lock;
mod reactivate;
mod reconcile;

use std::sync::Arc;

pub use self::close_authority_hold::close_authority_hold;
pub use self::deactivate::deactivate;
pub use self::expire::expire;
pub use self::hold_limit::hold_limit;
pub use self::lock::lock;
pub use self::reactivate::reactivate;
pub use self::reconcile::reconcile;

use super::Cards;
use crate::engine::{DefinitionError, Process};

/// Every process of the package, ready to be registered.
///
/// # Errors
///
/// [`DefinitionError`] if one of them is not well formed; a test of this crate holds that none is.
pub fn package() -> Result<Vec<Arc<dyn Process<Cards>>>, DefinitionError> {
    Ok(vec![
        Arc::new(deactivate()?),
        Arc::new(reactivate()?),
        Arc::new(lock()?),
        Arc::new(expire()?),
        Arc::new(hold_limit()?),
        Arc::new(reconcile()?),
        Arc::new(close_authority_hold()?),
    ])
}
