//! Options.
//!
//! ```
//! use cardflow::testing::strategies::options;
//! use proptest::prelude::*;
//!
//! proptest! {
//!     fn a_lock_is_for_good(options in options::options()) {
//!         prop_assert!(options.policy().lock_reason.is_permanent());
//!     }
//! }
//! # a_lock_is_for_good();
//! ```

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::texts;
use crate::cards::{CardsOptions, CardsWorld};
use crate::domain::{Authorities, Capabilities, RevocationReason, SharedCertificates, Unholdable};
use crate::testing::scene::ours;

/// Any values of all options there are; shrinks to the defaults.
pub fn options() -> impl Strategy<Value = CardsOptions> {
    let reasons = CardsOptions::default().reasons;
    let count = reasons.len();
    let limit = (prop_oneof![3 => Just(50_u32), 1 => 0..4_u32], prop::option::of(Just("Security officer".to_owned())));
    let about = (select(SharedCertificates::ALL), select(Unholdable::ALL), select(RevocationReason::ALL));
    (any::<bool>(), limit, any::<bool>(), subsequence(reasons, 0..=count), about, any::<bool>()).prop_map(
        |(
            deactivation_approval,
            (limit, role),
            record_reading,
            reasons,
            (shared, unholdable, lock_reason),
            several,
        )| {
            CardsOptions {
                deactivation_approval,
                deactivation_limit: limit,
                deactivation_limit_role: role,
                record_reading,
                reasons,
                shared_certificates: shared,
                unholdable,
                lock_reason,
                multiple_active: several,
            }
        },
    )
}

/// What a host may have plugged in: an authority that can do everything or less, systems that are told of card states.
pub fn world() -> impl Strategy<Value = CardsWorld> {
    let able = select(vec![(true, true), (true, false), (false, false)]);
    let listeners = subsequence(vec!["door-system".to_owned(), "lifts".to_owned()], 0..=2);
    (able, listeners).prop_map(|((hold, release), listeners)| CardsWorld {
        authorities: Authorities::default().with(ours(), Capabilities { hold, release }),
        listeners: listeners.into_iter().collect(),
    })
}

/// What somebody may have written where options are read from: known names with wrong values, unknown names, and now and
/// then what can be read.
pub fn hostile() -> impl Strategy<Value = Value> {
    let known = json!(CardsOptions::default());
    let names: Vec<String> = known.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let name = prop_oneof![4 => select(names), 1 => texts::hostile()];
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        texts::hostile().prop_map(Value::from),
        vec(texts::hostile(), 0..3).prop_map(Value::from),
        Just(Value::Null),
    ];
    prop_oneof![8 => btree_map(name, value, 0..4).prop_map(|it| json!(it)), 1 => texts::hostile().prop_map(Value::from)]
}
