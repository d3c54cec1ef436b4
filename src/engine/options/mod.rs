//! Options as they are declared: the one table from which the shipped script, the page of the manual, what a language
//! accepts and what the proofs vary are made.

mod declare;
mod facts;
mod field;
mod spec;

pub use self::facts::{Fact, FactSpec, FactType, Facts};
pub use self::field::OptionField;
pub use self::spec::{OptionSpec, OptionType, OptionValue};
