//! The statements of a script: `let <option> = <value>;`.

use super::token::{Sort, Token};

/// What sets an option.
#[derive(Debug)]
pub(super) struct Statement<'t> {
    pub(super) name: &'t str,
    /// The byte of the name.
    pub(super) at: usize,
    /// The words of the value; at least one.
    pub(super) value: Vec<Token<'t>>,
}

/// What is none.
#[derive(Debug)]
pub(super) struct Stray {
    /// Where it begins, or where something is missing.
    pub(super) at: usize,
    pub(super) what: &'static str,
}

/// Splits a script. Whatever is no statement is passed over up to the next.
pub(super) fn statements<'t>(tokens: &[Token<'t>]) -> (Vec<Statement<'t>>, Vec<Stray>) {
    let (mut found, mut strays) = (Vec::new(), Vec::new());
    let mut rest = tokens;
    while let Some(first) = rest.first() {
        let begins = [0, 1].map(|nth| rest.get(nth).map(|it| it.sort));
        let (Some(Sort::Name("let" | "const")), Some(Sort::Name(name))) = begins.into() else {
            strays.push(Stray { at: first.start, what: "only options are set here" });
            rest = after_end(rest);
            continue;
        };
        let at = rest.get(1).map_or(first.start, |it| it.start);
        if rest.get(2).map(|it| it.sort) != Some(Sort::Sign('=')) {
            strays.push(Stray { at, what: "a name is followed by `=` and a value" });
            rest = after_end(rest);
            continue;
        }
        rest = rest.get(3..).unwrap_or_default();
        let end = end_of(rest);
        let value = rest.get(..end).unwrap_or_default().to_vec();
        rest = rest.get(end..).unwrap_or_default();
        let ended = rest.first().is_some_and(|it| it.sort == Sort::Sign(';'));
        match value.last() {
            None => strays.push(Stray { at, what: "there is no value after `=`" }),
            Some(last) if !ended => strays.push(Stray { at: last.end, what: "`;` is missing after the value" }),
            Some(_) => {}
        }
        if ended {
            rest = rest.get(1..).unwrap_or_default();
        }
        if !value.is_empty() {
            found.push(Statement { name, at, value });
        }
    }
    (found, strays)
}

/// How many words there are before the `;` that ends a statement, or before the next one begins.
fn end_of(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_usize;
    for (nth, token) in tokens.iter().enumerate() {
        match token.sort {
            Sort::Sign('(' | '[' | '{') => depth = depth.saturating_add(1),
            Sort::Sign(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Sort::Sign(';') if depth == 0 => return nth,
            // Also in brackets: a value holds no statements, so a bracket before it was not closed.
            Sort::Name("let" | "const") => return nth,
            Sort::Name(_) | Sort::Literal | Sort::Sign(_) | Sort::Strange(_) => {}
        }
    }
    tokens.len()
}

fn after_end<'a, 't>(tokens: &'a [Token<'t>]) -> &'a [Token<'t>] {
    // At least the first word goes, also where it begins a statement.
    let end = end_of(tokens.get(1..).unwrap_or_default()).saturating_add(1);
    let rest = tokens.get(end..).unwrap_or_default();
    match rest.first() {
        Some(Token { sort: Sort::Sign(';'), .. }) => rest.get(1..).unwrap_or_default(),
        _ => rest,
    }
}
