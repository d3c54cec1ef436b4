//! Options in TOML: values only, for hosts that need none computed.
//!
//! ```
//! use cardflow::adapters::toml::TomlOptions;
//! use cardflow::cards::Cards;
//! use cardflow::engine::options::Facts;
//! use cardflow::ports::OptionLanguage;
//!
//! let toml: &dyn OptionLanguage<Cards> = &TomlOptions;
//! let script = toml.read("CardsDeactivationApproval = true\nCardsReasons = [\"lost\", \"stolen\"]\n")?;
//! assert!(script.evaluate(&Facts::none()).options.deactivation_approval);
//!
//! let faults = toml.read("CardsUnholdable = \"refse\"\n").unwrap_err();
//! assert_eq!(
//!     faults.to_string(),
//!     "CardsScriptOptions, line 1, column 19: `CardsUnholdable` may not be \"refse\"; allowed: \"proceed\", \"revoke\", \
//!      \"refuse\"; did you mean `refuse`?"
//! );
//! # Ok::<(), cardflow::engine::options::OptionFaults>(())
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use crate::engine::Domain;
use crate::engine::options::{Facts, OptionFaultKind, OptionFaults, OptionReading, OptionValue, ScriptStyle, shipped};
use crate::ports::{Evaluated, Given, OptionLanguage, OptionScript};

/// TOML as a language for options.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct TomlOptions;

const STYLE: ScriptStyle = ScriptStyle { comment: "#", before: "", after: "" };

impl<D: Domain> OptionLanguage<D> for TomlOptions {
    fn name(&self) -> &'static str {
        "toml"
    }

    fn shipped(&self) -> String {
        shipped(D::OPTION_SCRIPT, "Change values only.", D::option_specs(), STYLE)
    }

    fn read(&self, text: &str) -> Result<Arc<dyn OptionScript<D>>, OptionFaults> {
        let mut reading = OptionReading::begin(D::OPTION_SCRIPT, text, D::option_specs())?;
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let at = error.span().map_or(0, |it| it.start);
            let what = OptionFaultKind::Syntax { what: error.message().to_owned() };
            reading.fault(at, None, what, None, None);
        }
        let mut entries: Vec<_> = table.get_ref().iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        let (mut options, mut given) = (D::Options::default(), BTreeMap::new());
        for (name, value) in entries {
            let Some(spec) = reading.option(name.get_ref(), name.span().start) else { continue };
            let Some(value) = reading.value(spec, value_of(value), value.span().start) else { continue };
            (spec.set)(&mut options, &value);
            given.insert(spec.name, value);
        }
        reading.end()?;
        Ok(Arc::new(Values::<D> { options, given }))
    }
}

/// The value, or what it is if no option is of its type.
fn value_of(value: &Spanned<DeValue<'_>>) -> Result<OptionValue, &'static str> {
    match value.get_ref() {
        DeValue::Boolean(it) => Ok(OptionValue::Switch(*it)),
        DeValue::Integer(it) => {
            let number = i64::from_str_radix(it.as_str(), it.radix());
            number.map(OptionValue::Number).map_err(|_| "a number that is too large")
        }
        DeValue::String(it) => Ok(OptionValue::Text(it.to_string())),
        DeValue::Array(items) => {
            let text = |it: &Spanned<DeValue<'_>>| match it.get_ref() {
                DeValue::String(it) => Ok(it.to_string()),
                _ => Err("a list with something else than texts in it"),
            };
            items.iter().map(text).collect::<Result<_, _>>().map(OptionValue::Texts)
        }
        DeValue::Float(_) => Err("a fraction"),
        DeValue::Datetime(_) => Err("a time"),
        DeValue::Table(_) => Err("a table"),
    }
}

/// What a text has set.
#[derive(Debug)]
struct Values<D: Domain> {
    options: D::Options,
    given: BTreeMap<&'static str, OptionValue>,
}

impl<D: Domain> OptionScript<D> for Values<D> {
    fn given(&self, option: &str) -> Given {
        self.given.get(option).cloned().map_or(Given::Default, Given::Value)
    }

    fn evaluate(&self, _: &Facts<'_>) -> Evaluated<D> {
        Evaluated { options: self.options.clone(), fell_back: Vec::new() }
    }
}
