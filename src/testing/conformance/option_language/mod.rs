//! Proves an [`OptionLanguage`] and its scripts.

mod checks;

use std::fmt;
use std::sync::Arc;

use self::checks::{bounded, checked, left_out, pure, shipped, total};
use super::check::{table, tried};
use super::{Check, block_on};
use crate::engine::Domain;
use crate::engine::options::{Facts, OptionFaults, OptionType, OptionValue};
use crate::ports::{Given, OptionLanguage, OptionScript};

/// Says how a language is made, and how it writes.
pub trait OptionLanguageFactory: 'static {
    /// Whose options.
    type Domain: Domain;

    /// The language.
    fn language(&self) -> Arc<dyn OptionLanguage<Self::Domain>>;

    /// A line that sets an option to a value.
    fn setting(&self, option: &str, value: &OptionValue) -> String;

    /// A line that does not read, whatever stands around it.
    fn unreadable(&self) -> String;

    /// A line that sets an option to what fails while no fact is known, if the language can compute; and which option.
    fn failing(&self) -> Option<(&'static str, String)>;
}

/// A language under test, whatever its domain.
pub struct Trial(Box<dyn Place>);

/// An option as it is declared, whatever its domain.
#[derive(Clone, Debug)]
struct Declared {
    name: &'static str,
    holds: OptionType,
    default: OptionValue,
    fails_to: OptionValue,
    tried: Vec<OptionValue>,
}

/// The values of all options, in their order, and the names of those that fell back.
type Came = (Vec<OptionValue>, Vec<String>);

trait Place {
    fn name(&self) -> &'static str;
    fn script(&self) -> &'static str;
    fn declared(&self) -> Vec<Declared>;
    fn shipped(&self) -> String;
    fn read(&self, text: &str) -> Result<Box<dyn Read>, OptionFaults>;
    fn setting(&self, option: &str, value: &OptionValue) -> String;
    fn unreadable(&self) -> String;
    fn failing(&self) -> Option<(&'static str, String)>;
}

trait Read {
    fn given(&self, option: &str) -> Given;
    fn evaluate(&self) -> Came;
}

struct Opened<F: OptionLanguageFactory> {
    factory: F,
    language: Arc<dyn OptionLanguage<F::Domain>>,
}

impl<D: Domain> Read for Arc<dyn OptionScript<D>> {
    fn given(&self, option: &str) -> Given {
        self.as_ref().given(option)
    }

    fn evaluate(&self) -> Came {
        let came = self.as_ref().evaluate(&Facts::none());
        (D::option_specs().iter().map(|it| (it.get)(&came.options)).collect(), came.fell_back)
    }
}

impl<F: OptionLanguageFactory> Place for Opened<F> {
    fn name(&self) -> &'static str {
        self.language.name()
    }

    fn script(&self) -> &'static str {
        F::Domain::OPTION_SCRIPT
    }

    fn declared(&self) -> Vec<Declared> {
        let declared = F::Domain::option_specs().iter().map(|spec| {
            let set = |set: &fn(&mut <F::Domain as Domain>::Options)| {
                let mut options = <F::Domain as Domain>::Options::default();
                set(&mut options);
                (spec.get)(&options)
            };
            let (default, fails_to) = (spec.default_value(), spec.fail_value());
            Declared {
                name: spec.name,
                holds: (spec.holds)(),
                default,
                fails_to,
                tried: spec.tried.iter().map(set).collect(),
            }
        });
        declared.collect()
    }

    fn shipped(&self) -> String {
        self.language.shipped()
    }

    fn read(&self, text: &str) -> Result<Box<dyn Read>, OptionFaults> {
        Ok(Box::new(self.language.read(text)?))
    }

    fn setting(&self, option: &str, value: &OptionValue) -> String {
        self.factory.setting(option, value)
    }

    fn unreadable(&self) -> String {
        self.factory.unreadable()
    }

    fn failing(&self) -> Option<(&'static str, String)> {
        self.factory.failing()
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trial")
    }
}

/// The names of the checks, clause by clause.
#[doc(hidden)]
#[macro_export]
macro_rules! __option_language_checks {
    ([$($call:tt)+] $($with:tt)*) => {
        $($call)+! { [$($with)*]
            shipped:
                the_shipped_text_sets_every_option_to_its_default
                the_shipped_text_says_what_is_allowed
                the_shipped_text_can_be_changed_line_by_line;
            checked:
                a_name_that_is_no_option_is_a_fault
                a_value_of_another_type_is_a_fault
                a_value_that_is_not_allowed_is_a_fault
                an_option_that_is_set_twice_is_a_fault
                what_does_not_read_is_a_fault
                everything_that_is_wrong_is_named_at_once
                every_value_that_is_allowed_is_taken;
            left_out:
                an_empty_text_has_the_defaults
                what_is_not_set_has_its_default;
            bounded:
                a_text_that_is_too_long_is_a_fault
                whatever_the_text_reading_ends;
            total:
                what_fails_has_its_safe_value_and_is_named;
            pure:
                the_same_facts_give_the_same_options;
        }
    };
}

/// Every check.
pub static CHECKS: &[Check<Trial>] = crate::__option_language_checks!([table] Trial);

/// Tries one check on a language.
///
/// # Panics
///
/// If it does not hold, or there is none of that name.
pub fn check(name: &str, factory: impl OptionLanguageFactory) {
    let language = factory.language();
    let trial = Trial(Box::new(Opened { factory, language }));
    block_on(tried(CHECKS, name, async { trial }));
}

/// Makes a `#[test]` of every check on the language of an
/// [`OptionLanguageFactory`](crate::testing::conformance::option_language::OptionLanguageFactory).
#[macro_export]
macro_rules! option_language_conformance {
    ($factory:expr) => {
        $crate::__option_language_checks!([$crate::__each_check_a_test] option_language check $factory);
    };
}
