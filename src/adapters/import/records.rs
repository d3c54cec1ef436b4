use super::{Column, ImportError, Limits, Place};

/// A field of a CSV file, trimmed.
pub(super) struct Cell {
    pub(super) place: Place,
    pub(super) text: String,
}

/// The records of a CSV file, read as RFC 4180 defines them; a record with nothing in it is skipped.
///
/// Strict, where the usual readers take a quote that is never closed for the rest of the file.
pub(super) struct Records<'a> {
    rest: &'a str,
    line: usize,
    limit: usize,
    /// What the header says, once it is read.
    pub(super) columns: Vec<Column>,
}

impl<'a> Records<'a> {
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        Records { rest: text, line: 1, limit: limits.field, columns: Vec::new() }
    }

    pub(super) fn next(&mut self) -> Result<Option<Vec<Cell>>, ImportError> {
        while !self.rest.is_empty() {
            let mut record = vec![self.cell(1)?];
            while let Some(rest) = self.rest.strip_prefix(',') {
                self.rest = rest;
                record.push(self.cell(record.len() + 1)?);
            }
            self.end_of_line(record.len())?;
            if record.iter().any(|it| !it.text.is_empty()) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Where field number `field` of the present line stands.
    pub(super) fn place(&self, field: usize) -> Place {
        let column = field.checked_sub(1).and_then(|n| self.columns.get(n)).copied();
        Place::Field { line: self.line, field, column }
    }

    fn cell(&mut self, field: usize) -> Result<Cell, ImportError> {
        let place = self.place(field);
        let text = match self.rest.strip_prefix('"') {
            Some(rest) => {
                self.rest = rest;
                self.quoted(place)?
            }
            None => self.plain(place)?,
        };
        if text.len() > self.limit {
            return Err(ImportError::FieldTooLong { place, given: text.len(), limit: self.limit });
        }
        Ok(Cell { place, text: text.trim().to_owned() })
    }

    fn plain(&mut self, place: Place) -> Result<String, ImportError> {
        let text = self.until(&[',', '"', '\r', '\n']).unwrap_or_else(|| std::mem::take(&mut self.rest));
        if self.rest.starts_with('"') {
            let expected = "no `\"` inside a field that does not begin with one; put the whole field in quotes, and \
                            double those inside";
            return Err(syntax(place, expected));
        }
        Ok(text.to_owned())
    }

    fn quoted(&mut self, place: Place) -> Result<String, ImportError> {
        let mut text = String::new();
        loop {
            let Some(part) = self.until(&['"']) else {
                return Err(syntax(place, "a `\"` that closes this field before the end of the file"));
            };
            text.push_str(part);
            self.line += part.matches('\n').count();
            self.rest = self.rest.strip_prefix('"').unwrap_or_default();
            match self.rest.strip_prefix('"') {
                Some(rest) => self.rest = rest,
                None => return Ok(text),
            }
            text.push('"');
        }
    }

    /// What stands before the first of `ends`.
    fn until(&mut self, ends: &[char]) -> Option<&'a str> {
        let (before, rest) = self.rest.split_at_checked(self.rest.find(ends)?)?;
        self.rest = rest;
        Some(before)
    }

    fn end_of_line(&mut self, field: usize) -> Result<(), ImportError> {
        match self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            Some(rest) => {
                self.rest = rest;
                self.line += 1;
            }
            None if self.rest.is_empty() => {}
            None => return Err(syntax(self.place(field), "`,` or the end of the line after this field")),
        }
        Ok(())
    }
}

pub(super) fn syntax(place: Place, expected: impl Into<String>) -> ImportError {
    ImportError::Syntax { place, expected: expected.into() }
}
