//! The names in a value: facts that are declared, functions that there are, words of the language. Anything else is a fault
//! before any run.

use super::engine::{FUNCTIONS, KEYWORDS};
use super::token::{Sort, Token};
use crate::engine::options::{FactSpec, OptionFaultKind, nearest};

/// Checks the names in a value. Says whether it asks for facts; none if anything is wrong, which `fault` was told: where,
/// what, what is allowed, and what was meant.
pub(super) fn check(
    value: &[Token<'_>],
    facts: &'static [FactSpec],
    mut fault: impl FnMut(usize, OptionFaultKind, String, Option<&'static str>),
) -> Option<bool> {
    let sort = |nth: usize| value.get(nth).map(|it| it.sort);
    let (mut asks, mut right) = (false, true);
    let mut nth = 0;
    while let Some(token) = value.get(nth) {
        nth += 1;
        let name = match token.sort {
            Sort::Name(name) => name,
            Sort::Strange(what) => {
                right = false;
                fault(token.start, OptionFaultKind::Syntax { what: what.to_owned() }, "values".to_owned(), None);
                continue;
            }
            Sort::Literal | Sort::Sign(_) => continue,
        };
        if KEYWORDS.contains(&name) {
            continue;
        }
        if sort(nth) == Some(Sort::Sign('(')) {
            if !FUNCTIONS.contains(&name) {
                right = false;
                let what = OptionFaultKind::UnknownFunction { name: name.to_owned() };
                fault(token.start, what, FUNCTIONS.join(", "), nearest(name, FUNCTIONS.iter().copied()));
            }
            continue;
        }
        // Of two words with a point between; a method that is called on what is before it is none.
        let asked = match (sort(nth), sort(nth + 1), sort(nth + 2)) {
            (Some(Sort::Sign('.')), Some(Sort::Name(second)), after) if after != Some(Sort::Sign('(')) => {
                nth += 2;
                format!("{name}.{second}")
            }
            _ => name.to_owned(),
        };
        if facts.iter().any(|it| it.name == asked) {
            asks = true;
            continue;
        }
        right = false;
        let known = || facts.iter().map(|it| it.name);
        let meant = nearest(&asked, known());
        let allowed = known().collect::<Vec<_>>().join(", ");
        fault(token.start, OptionFaultKind::UnknownFact { name: asked }, allowed, meant);
    }
    right.then_some(asks)
}
