use std::fmt;

/// What a scenario came to instead of what was expected.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Mismatch {
    process: String,
    given: String,
    moves: Vec<String>,
    differences: Vec<Difference>,
}

/// The lines of one part of it, side by side.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Difference {
    of: &'static str,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Line {
    Same(String),
    Missing(String),
    Extra(String),
}

impl Mismatch {
    pub(super) fn new(process: String, given: String, moves: Vec<String>, differences: Vec<Difference>) -> Self {
        Mismatch { process, given, moves, differences }
    }
}

impl std::error::Error for Mismatch {}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process `{}` comes to something else", self.process)?;
        write!(f, "\n  given {}", self.given)?;
        for (n, happened) in self.moves.iter().enumerate() {
            write!(f, "\n  {}  {happened}", if n == 0 { "when" } else { "then" })?;
        }
        let lines = self.differences.iter().flat_map(|it| &it.lines);
        let width = lines.map(|it| it.text().chars().count()).max().unwrap_or_default();
        for Difference { of, lines } in &self.differences {
            write!(f, "\n  {of}")?;
            for line in lines {
                match line {
                    Line::Same(text) => write!(f, "\n      {text}")?,
                    Line::Missing(text) => write!(f, "\n    - {text:width$}     expected, and not so")?,
                    Line::Extra(text) => write!(f, "\n    + {text:width$}     so, and not expected")?,
                }
            }
        }
        Ok(())
    }
}

impl Line {
    fn text(&self) -> &str {
        match self {
            Line::Same(it) | Line::Missing(it) | Line::Extra(it) => it,
        }
    }
}

/// The lines where two lists part; none if they are the same.
pub(super) fn exactly(of: &'static str, expected: &[String], came: &[String]) -> Option<Difference> {
    (expected != came).then(|| Difference { of, lines: side_by_side(expected, came) })
}

/// Both lists in one: lines that stand in both, in the same order, stand once.
fn side_by_side(expected: &[String], came: &[String]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut rest = came;
    for line in expected {
        match rest.iter().position(|it| it == line) {
            Some(at) => {
                let (before, from) = rest.split_at(at);
                lines.extend(before.iter().cloned().map(Line::Extra));
                lines.push(Line::Same(line.clone()));
                rest = from.get(1..).unwrap_or_default();
            }
            None => lines.push(Line::Missing(line.clone())),
        }
    }
    lines.extend(rest.iter().cloned().map(Line::Extra));
    lines
}
