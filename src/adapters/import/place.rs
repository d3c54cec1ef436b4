use std::fmt;

use super::Column;

/// Where something stands in a file. Everything is counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In a CSV file.
    Field {
        /// The line on which the field begins.
        line: usize,
        /// Its number in the row.
        field: usize,
        /// Its column, where the header names one.
        column: Option<Column>,
    },
    /// In a PEM file.
    Block {
        /// The number of the block.
        block: usize,
        /// The line.
        line: usize,
    },
}

impl Place {
    /// The line.
    #[must_use]
    pub fn line(self) -> usize {
        match self {
            Place::Field { line, .. } | Place::Block { line, .. } => line,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Field { line, field, column: Some(column) } => write!(f, "line {line}, field {field} ({column})"),
            Place::Field { line, field, column: None } => write!(f, "line {line}, field {field}"),
            Place::Block { block, line } => write!(f, "block {block}, line {line}"),
        }
    }
}
