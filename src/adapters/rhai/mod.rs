//! Options in a script in [Rhai](https://rhai.rs): values, and what computes them from facts of a run.
//!
//! ```
//! use cardflow::adapters::rhai::RhaiOptions;
//! use cardflow::cards::Cards;
//! use cardflow::engine::options::{Fact, Facts};
//! use cardflow::ports::OptionLanguage;
//!
//! let rhai: &dyn OptionLanguage<Cards> = &RhaiOptions;
//! let script = rhai.read(
//!     r#"
//!     // A second person agrees where a contractor's card is concerned.
//!     let CardsDeactivationApproval = card.kind == "contractor";
//!     let CardsDeactivationLimit = if "Helpdesk" in actor.roles { 5 } else { 50 };
//!     "#,
//! )?;
//! let roles = ["Helpdesk".to_owned()];
//! let facts = Facts::none().with("card.kind", Fact::Text("contractor")).with("actor.roles", Fact::Texts(&roles));
//! let came = script.evaluate(&facts);
//! assert_eq!((came.options.deactivation_approval, came.options.deactivation_limit), (true, 5));
//!
//! let faults = rhai.read("let CardsDeactivationApproval = card.knd == \"visitor\";").unwrap_err();
//! assert!(faults.to_string().ends_with("did you mean `card.kind`?"));
//! # Ok::<(), cardflow::engine::options::OptionFaults>(())
//! ```
//!
//! A script sets options, each once, and does nothing else. Each value is one expression of its own: literals, operators,
//! `if` and `switch`, facts, and the functions `contains`, `starts_with`, `ends_with`, `to_lower`, `to_upper`, `len` and
//! `is_empty`. There are no files, modules, clocks, output, loops, functions of one's own or `eval`; operations, depth and
//! sizes are bounded. A fact that is not known is `()`, which equals nothing.

mod engine;
mod names;
mod script;
mod statement;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::rhai::Engine;

use self::engine::{in_words, place, sandbox, scope, value_of};
use self::script::{Computed, Script};
use self::statement::{Statement, statements};
use self::token::tokens;
use crate::engine::Domain;
use crate::engine::options::{
    Facts, OptionFaultKind, OptionFaults, OptionReading, OptionSpec, ScriptStyle, TextPlace, shipped,
};
use crate::ports::{OptionLanguage, OptionScript};

/// Rhai as a language for options.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RhaiOptions;

const STYLE: ScriptStyle = ScriptStyle { comment: "//", before: "let ", after: ";" };
const HEAD: &str = "Change values only. A value may be computed from facts of the run, as in: \
                    if \"Helpdesk\" in actor.roles { 5 } else { 50 }";

impl<D: Domain> OptionLanguage<D> for RhaiOptions {
    fn name(&self) -> &'static str {
        "rhai"
    }

    fn shipped(&self) -> String {
        shipped(D::OPTION_SCRIPT, HEAD, D::option_specs(), STYLE)
    }

    fn read(&self, text: &str) -> Result<Arc<dyn OptionScript<D>>, OptionFaults> {
        let mut reading = OptionReading::begin(D::OPTION_SCRIPT, text, D::option_specs())?;
        let engine = sandbox();
        let mut script =
            Script::<D> { engine, options: D::Options::default(), values: BTreeMap::new(), computed: Vec::new() };
        let (statements, strays) = statements(&tokens(text));
        for stray in strays {
            let allowed = Some("let <option> = <value>;".to_owned());
            let what = OptionFaultKind::Syntax { what: stray.what.to_owned() };
            reading.fault(stray.at, None, what, allowed, None);
        }
        for statement in &statements {
            if let Some(spec) = reading.option(statement.name, statement.at) {
                take::<D>(&mut script, &mut reading, text, statement, spec);
            }
        }
        reading.end()?;
        Ok(Arc::new(script))
    }
}

/// Reads the value of an option into the script, or notes what is wrong with it.
fn take<D: Domain>(
    script: &mut Script<D>,
    reading: &mut OptionReading<'_, D::Options>,
    text: &str,
    statement: &Statement<'_>,
    spec: &'static OptionSpec<D::Options>,
) {
    let (Some(first), Some(last)) = (statement.value.first(), statement.value.last()) else { return };
    let source = text.get(first.start..last.end).unwrap_or_default();
    let begin = TextPlace::of(text, first.start);
    let named = names::check(&statement.value, D::fact_specs(), |at, what, allowed, meant| {
        reading.fault(at, Some(spec.name), what, Some(allowed), meant);
    });
    let Some(asks) = named else { return };
    let here = |at: Option<(usize, usize)>| at.map_or(begin, |(line, column)| TextPlace { line, column });
    let facts = scope(D::fact_specs(), &Facts::none());
    let program = match script.engine.compile_expression_with_scope(&facts, in_place(source, begin)) {
        Ok(program) => program,
        Err(error) => {
            let what = OptionFaultKind::Syntax { what: error.err_type().to_string() };
            let allowed = (spec.holds)().to_string();
            return reading.fault_at(here(place(error.position())), Some(spec.name), what, Some(allowed), None);
        }
    };
    if asks {
        return script.computed.push(Computed { spec, source: source.to_owned(), program });
    }
    match evaluate(&script.engine, &program) {
        Ok(value) => {
            let Some(value) = reading.value(spec, value_of(&value), first.start) else { return };
            (spec.set)(&mut script.options, &value);
            script.values.insert(spec.name, value);
        }
        Err(mut error) => {
            let at = here(place(error.position()));
            let what = OptionFaultKind::NoValue { what: in_words(&mut error) };
            reading.fault_at(at, Some(spec.name), what, Some((spec.holds)().to_string()), None);
        }
    }
}

fn evaluate(engine: &Engine, program: &::rhai::AST) -> Result<::rhai::Dynamic, Box<::rhai::EvalAltResult>> {
    engine.eval_ast_with_scope(&mut ::rhai::Scope::new(), program)
}

/// A part of a text where it stands, so that the language says its places as the reader of the text counts them.
fn in_place(source: &str, begin: TextPlace) -> String {
    let (lines, columns) = (begin.line.saturating_sub(1), begin.column.saturating_sub(1));
    ["\n".repeat(lines), " ".repeat(columns), source.to_owned()].concat()
}
