//! Options as they are declared: the one table from which the shipped script, the page of the manual, what a language
//! accepts and what the proofs vary are made.

mod declare;
mod facts;
mod fault;
mod field;
mod script;
mod spec;
mod version;

pub use self::declare::declare_options;
pub use self::facts::{Fact, FactSpec, FactType, Facts};
pub use self::fault::{OptionFault, OptionFaultKind, OptionFaults, OptionReading, TextPlace, nearest};
pub use self::field::OptionField;
pub use self::script::{ScriptStyle, fact_table, option_table, shipped};
pub use self::spec::{OptionSpec, OptionType, OptionValue};
pub use self::version::{OPTIONS_HOME, OPTIONS_KIND, OptionsMark, OptionsVersion, ToldOptions};
