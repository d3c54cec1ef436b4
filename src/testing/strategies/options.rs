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
use crate::domain::{Authorities, Capabilities};
use crate::engine::options::{OptionSpec, OptionType, OptionValue};
use crate::testing::scene::ours;

/// Any values of all options there are; shrinks to the defaults.
pub fn options() -> impl Strategy<Value = CardsOptions> {
    let values: Vec<_> = CardsOptions::SPECS.iter().map(value).collect();
    values.prop_map(|values| {
        let mut options = CardsOptions::default();
        for (spec, value) in CardsOptions::SPECS.iter().zip(values) {
            assert!((spec.set)(&mut options, &value), "{} is {value}", spec.name);
        }
        options
    })
}

/// Any value that an option may hold, most often one that makes a difference; shrinks to the default.
pub fn value(spec: &OptionSpec<CardsOptions>) -> BoxedStrategy<OptionValue> {
    let tried = spec.tried.iter().map(|set| {
        let mut options = CardsOptions::default();
        set(&mut options);
        (spec.get)(&options)
    });
    let any = match (spec.holds)() {
        OptionType::Switch => any::<bool>().prop_map(OptionValue::Switch).boxed(),
        OptionType::Number { least, most } => {
            (least..=most.min(least.saturating_add(4))).prop_map(OptionValue::Number).boxed()
        }
        OptionType::Choice(words) => select(words).prop_map(|it| OptionValue::Text(it.to_owned())).boxed(),
        OptionType::Text => {
            prop_oneof![Just(String::new()), Just("Security officer".to_owned())].prop_map(OptionValue::Text).boxed()
        }
        OptionType::Texts => {
            let words = CardsOptions::default().reasons;
            let count = words.len();
            subsequence(words, 0..=count).prop_map(OptionValue::Texts).boxed()
        }
    };
    prop_oneof![1 => select(tried.collect::<Vec<_>>()), 1 => any].boxed()
}

/// What a host may have plugged in: an authority that can do everything or less, systems that are told of card states.
pub fn world() -> impl Strategy<Value = CardsWorld> {
    let able = select(vec![(true, true), (true, false), (false, false)]);
    let listeners = subsequence(vec!["door-system".to_owned(), "lifts".to_owned()], 0..=2);
    let read_back = subsequence(vec![ours()], 0..=1);
    let made = |((hold, release), listeners, read_back, sends_mail, submits_approvals): (_, Vec<_>, Vec<_>, _, _)| {
        CardsWorld {
            authorities: Authorities::default().with(ours(), Capabilities { hold, release, ..Capabilities::ALL }),
            listeners: listeners.into_iter().collect(),
            read_back: read_back.into_iter().collect(),
            sends_mail,
            submits_approvals,
        }
    };
    (able, listeners, read_back, any::<bool>(), any::<bool>()).prop_map(made)
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
