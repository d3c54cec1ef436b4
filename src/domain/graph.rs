use std::fmt::{self, Display};

use thiserror::Error;

/// The states of one kind of object and every way between them, as data (law 8).
///
/// The same table refuses illegal changes, decides which processes can be offered, draws the
/// diagram and drives the exhaustive tests.
#[derive(Debug)]
pub struct Graph<S: 'static> {
    /// What it is the graph of, in words.
    pub name: &'static str,
    /// Every state.
    pub states: &'static [Node<S>],
    /// Every way from one state to another.
    pub moves: &'static [Move<S>],
}

/// One state of a [`Graph`].
#[derive(Debug)]
pub struct Node<S> {
    /// The state.
    pub state: S,
    /// An object may be created in it.
    pub first: bool,
    /// There is no way out of it.
    pub last: bool,
}

/// One way of a [`Graph`].
#[derive(Debug)]
pub struct Move<S> {
    /// From this state
    pub from: S,
    /// to this one.
    pub to: S,
    /// What brings it about, in words.
    pub by: &'static str,
    /// Where the rule comes from.
    pub source: Source,
}

/// Where a rule of a [`Graph`] comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Source {
    /// The public documentation of the field.
    Field,
    /// Our own decision, where the field is silent.
    Ours,
}

/// A change that the graph does not have.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub struct IllegalMove<S: Copy + Display + fmt::Debug + 'static> {
    /// The state it is in.
    pub from: S,
    /// The state it should have gone to.
    pub to: S,
    /// The name of the graph.
    pub graph: &'static str,
    /// There is no way out of `from` at all.
    pub last: bool,
}

impl<S: Copy + Display + fmt::Debug> Display for IllegalMove<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let IllegalMove { from, to, graph, last } = self;
        let why = if *last { ", which is final" } else { "" };
        write!(f, "a {graph} cannot become `{to}` from `{from}`{why}")
    }
}

impl<S: Copy + Display + Eq + fmt::Debug> Graph<S> {
    /// Allows or refuses one change; staying where it is is no change and is refused.
    ///
    /// # Errors
    ///
    /// [`IllegalMove`] names both states.
    pub fn allow(&self, from: S, to: S) -> Result<(), IllegalMove<S>> {
        if self.moves.iter().any(|it| it.from == from && it.to == to) {
            return Ok(());
        }
        Err(IllegalMove { from, to, graph: self.name, last: self.is_last(from) })
    }

    /// Whether there is no way out of `state`.
    #[must_use]
    pub fn is_last(&self, state: S) -> bool {
        self.states.iter().any(|it| it.state == state && it.last)
    }

    /// Whether an object may be created in `state`.
    #[must_use]
    pub fn is_first(&self, state: S) -> bool {
        self.states.iter().any(|it| it.state == state && it.first)
    }

    /// Whether `state` belongs to this graph.
    #[must_use]
    pub fn has(&self, state: S) -> bool {
        self.states.iter().any(|it| it.state == state)
    }

    /// A Markdown table of every way.
    ///
    /// ```
    /// let table = cardflow::domain::HOLD.table();
    /// assert!(table.contains("| open | closed ‡ | close | ours |"));
    /// ```
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::from("| from | to | by | source |\n| --- | --- | --- | --- |\n");
        for Move { from, to, by, source } in self.moves {
            let mark = if self.is_last(*to) { " ‡" } else { "" };
            let source = match source {
                Source::Field => "field",
                Source::Ours => "ours",
            };
            text.push_str(&format!("| {from} | {to}{mark} | {by} | {source} |\n"));
        }
        text
    }

    /// A Mermaid state diagram.
    #[must_use]
    pub fn diagram(&self) -> String {
        let id = |state: &S| state.to_string().replace(' ', "_");
        let mut text = String::from("stateDiagram-v2\n");
        for node in self.states {
            if node.first {
                text.push_str(&format!("    [*] --> {}\n", id(&node.state)));
            }
        }
        for way in self.moves {
            text.push_str(&format!("    {} --> {} : {}\n", id(&way.from), id(&way.to), way.by));
        }
        for node in self.states {
            if node.last {
                text.push_str(&format!("    {} --> [*]\n", id(&node.state)));
            }
        }
        text
    }
}
