use std::fmt;

use crate::engine::NoticeKind;
use crate::values::codes;

codes! {
    /// A part of a mail, by the ending of the name of its template.
    pub enum Part ("part of a mail") {
        /// The subject, one line.
        Subject = "subject",
        /// What is read where HTML is not shown.
        Text = "txt",
        /// The same as HTML.
        Html = "html",
    }
}

/// The name of a template: `de/reminder.txt`, or `de/_about.txt` for one that others include.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Name {
    /// In lower case.
    pub(super) locale: String,
    /// None for one that others include.
    pub(super) kind: Option<NoticeKind>,
    file: String,
}

impl Name {
    /// None if it is not of that form.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (locale, file) = text.split_once('/')?;
        let (stem, ending) = file.rsplit_once('.')?;
        let part: Part = ending.parse().ok()?;
        let is_locale = !locale.is_empty() && locale.chars().all(|it| it.is_ascii_alphanumeric() || it == '-');
        let of_a_name = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_');
        let kind = match stem.strip_prefix('_') {
            Some(shared) if !shared.is_empty() && shared.chars().all(of_a_name) => None,
            Some(_) => return None,
            None => Some(stem.parse().ok()?),
        };
        let locale = locale.to_ascii_lowercase();
        is_locale.then(|| Name { locale, kind, file: format!("{stem}.{part}") })
    }

    pub(super) fn of(locale: &str, kind: NoticeKind, part: Part) -> Self {
        Name { locale: locale.to_owned(), kind: Some(kind), file: format!("{kind}.{part}") }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.locale, self.file)
    }
}

/// A language and those it may stand for: `de-at`, `de`.
pub(super) fn chain(locale: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(locale), |it| it.rsplit_once('-').map(|(wider, _)| wider))
}
