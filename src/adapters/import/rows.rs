use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use super::records::{Cell, Records, syntax};
use super::{Column, ImportError, Limits};
use crate::values::shown;

/// A row under a header: one cell a column.
pub(super) struct Row(BTreeMap<Column, Cell>);

impl Row {
    /// The cell of a column, unless it is empty or the file has no such column.
    pub(super) fn get(&self, column: Column) -> Option<&Cell> {
        self.0.get(&column).filter(|it| !it.text.is_empty())
    }

    pub(super) fn need(&self, column: Column) -> Result<&Cell, ImportError> {
        let cell = self.0.get(&column).ok_or(ImportError::MissingColumn { column })?;
        if cell.text.is_empty() {
            return Err(syntax(cell.place, "a value, which every row needs here"));
        }
        Ok(cell)
    }

    /// Every cell that is not empty.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Column, &Cell)> {
        self.0.iter().filter(|(_, cell)| !cell.text.is_empty()).map(|(column, cell)| (*column, cell))
    }
}

impl Cell {
    pub(super) fn parse<T: FromStr<Err: Display>>(&self) -> Result<T, ImportError> {
        self.check(self.text.parse())
    }

    /// What was made of this cell, or why not, with its place.
    pub(super) fn check<T, E: Display>(&self, made: Result<T, E>) -> Result<T, ImportError> {
        made.map_err(|why| ImportError::Value { place: self.place, why: why.to_string() })
    }

    pub(super) fn shown(&self) -> String {
        shown(&self.text)
    }
}

/// The rows of a CSV file with a header.
pub(super) fn rows(text: &str, limits: &Limits) -> Result<Vec<Row>, ImportError> {
    let mut records = Records::new(text, limits);
    let Some(header) = records.next()? else {
        return Err(syntax(records.place(1), "a header with the names of the columns; the file is empty"));
    };
    records.columns = columns(&header)?;
    let mut rows = Vec::new();
    while let Some(record) = records.next()? {
        let wanted = records.columns.len();
        if let Some(first) = record.first().filter(|_| rows.len() == limits.rows) {
            return Err(ImportError::TooManyRows { place: first.place, limit: limits.rows });
        }
        if let Some(last) = record.last().filter(|_| record.len() != wanted) {
            return Err(syntax(last.place, format!("{wanted} fields, as the header has; found {}", record.len())));
        }
        rows.push(Row(records.columns.iter().copied().zip(record).collect()));
    }
    Ok(rows)
}

fn columns(header: &[Cell]) -> Result<Vec<Column>, ImportError> {
    let mut columns = Vec::with_capacity(header.len());
    for Cell { place, text, .. } in header {
        let unknown = |_| ImportError::UnknownColumn { place: *place, given: shown(text) };
        let column = text.parse::<Column>().map_err(unknown)?;
        if let Some(before) = columns.iter().position(|it| *it == column) {
            return Err(ImportError::DoubledColumn { place: *place, first: before + 1 });
        }
        columns.push(column);
    }
    match Column::REQUIRED.into_iter().find(|it| !columns.contains(it)) {
        Some(column) => Err(ImportError::MissingColumn { column }),
        None => Ok(columns),
    }
}
