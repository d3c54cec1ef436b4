use super::{Cards, CardsOptions};
use crate::engine::Limit;
use crate::values::Millis;

/// How many cards one person may take out of use within an hour, whatever the process.
///
/// Locking counts with deactivating: else whoever has used up the limit would go on with what cannot be taken back.
#[must_use]
pub fn deactivation_limit() -> Limit<Cards> {
    Limit {
        name: "CardsDeactivationLimit",
        within: Millis::hours(1),
        most: |options: &CardsOptions| options.deactivation_limit,
        role: |options: &CardsOptions| options.deactivation_limit_role.as_deref(),
    }
}
