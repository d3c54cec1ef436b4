use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use super::name::{Name, chain};
use super::shipped::SHIPPED;
use super::value::{one_line, time, values};
use super::{Part, TemplateError, TemplateFault, probe};
use crate::engine::NoticeKind;
use crate::ports::{FACTS, Message};
use crate::values::{on_one_line, shown};

/// The language that has everything.
const FALLBACK: &str = "en";
/// The longest subject, in characters: what is longer is cut.
const SUBJECT: usize = 200;
/// So much one template may do with one message, in steps of the engine: far more than a list of thousands needs. It bounds time
/// and memory, however many loops lie in one another.
const FUEL: u64 = 1_000_000;

/// The words of mails: for each [kind of notice](NoticeKind) and language a subject, a text and an HTML part.
///
/// They are [Jinja templates](https://docs.rs/minijinja/3/minijinja/syntax/) by the names `<language>/<kind>.subject`, `.txt`
/// and `.html`. Their variables are the [`FACTS`]: none where one does not apply, empty where it was erased. The filter
/// `time` writes a time: `{{ until | time('%d.%m.%Y') }}`. A mail is in the recipient's language if there are templates for
/// it, else in the wider one (`de` for `de-AT`), else in English.
///
/// ```
/// use cardflow::adapters::smtp::Templates;
///
/// let templates = Templates::shipped()?.with("en/reminder.subject", "Still waiting: {{ process }}")?;
/// templates.check()?;
/// let misspelt = Templates::shipped()?.with("en/reminder.subject", "Still waiting:\n{{ proces }}").unwrap_err();
/// assert!(misspelt.to_string().starts_with("template en/reminder.subject, line 2: there is no variable `proces`;"));
/// # Ok::<(), cardflow::adapters::smtp::TemplateError>(())
/// ```
#[derive(Clone)]
pub struct Templates {
    environment: Environment<'static>,
    names: BTreeSet<String>,
}

/// A message in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Worded {
    /// The language.
    pub locale: String,
    /// The subject, one line.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

impl Templates {
    /// Those that come with the library: English (`en`) and German (`de`).
    ///
    /// # Errors
    ///
    /// [`TemplateError`], which a test of the library rules out.
    pub fn shipped() -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        environment.add_filter("time", |value: Value, format: &str| time(&value, format));
        let empty = Templates { environment, names: BTreeSet::new() };
        SHIPPED.iter().try_fold(empty, |templates, (name, source)| templates.with(name, source))
    }

    /// With one more, or in the place of one: `de/reminder.txt`, or `de/_about.txt` for one that others include.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for a name that is none, for what does not parse, and for variables that there are not.
    pub fn with(mut self, name: &str, source: &str) -> Result<Self, TemplateError> {
        let Some(parsed) = Name::parse(name) else {
            let (kinds, parts) = (names(NoticeKind::ALL, NoticeKind::name), names(Part::ALL, Part::name));
            return Err(TemplateError::new(name, None, TemplateFault::Name { kinds, parts }));
        };
        let name = parsed.to_string();
        let added = self.environment.add_template_owned(name.clone(), source.to_owned());
        added.map_err(|error| TemplateError::new(&name, error.line(), TemplateFault::Syntax(said(&error))))?;
        if let Some(variable) = self.unknown(&name) {
            let known = names(FACTS, |it| it.name);
            let line = line_of(source, &variable);
            let variable = shown(&variable);
            return Err(TemplateError::new(&name, line, TemplateFault::UnknownVariable { variable, known }));
        }
        self.names.insert(name);
        Ok(self)
    }

    /// With every file of a folder that has a folder for each language: `de/reminder.txt`. What is not there stays as it is.
    ///
    /// # Errors
    ///
    /// [`TemplateError`], as for [`with`](Templates::with), and for what cannot be read.
    pub fn with_folder(mut self, folder: &Path) -> Result<Self, TemplateError> {
        for locale in entries(folder)? {
            for file in entries(&folder.join(&locale))? {
                let path = folder.join(&locale).join(&file);
                let source = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
                self = self.with(&format!("{locale}/{file}"), &source)?;
            }
        }
        Ok(self)
    }

    /// Tries every template with values, with values that were erased, and without; and whether a language that has one part
    /// of a mail has the others.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] for the first that fails.
    pub fn check(&self) -> Result<(), TemplateError> {
        for parsed in self.names.iter().filter_map(|it| Name::parse(it)) {
            let Some(kind) = parsed.kind else { continue };
            for part in Part::ALL {
                if self.find(&parsed.locale, kind, *part).is_none() {
                    let missing = Name::of(&parsed.locale, kind, *part);
                    return Err(TemplateError::new(missing, None, TemplateFault::Missing));
                }
            }
            for (sample, message) in probe::samples(kind) {
                let failed = |error: TemplateError| match error.fault() {
                    TemplateFault::Fails { what, .. } => {
                        let fault = TemplateFault::Fails { sample, what: what.clone() };
                        TemplateError::new(error.name(), error.line(), fault)
                    }
                    _ => error,
                };
                let worded = self.word_in(&parsed.locale, &message).map_err(failed)?;
                if worded.subject.is_empty() {
                    let name = self.name(&parsed.locale, kind, Part::Subject);
                    return Err(TemplateError::new(name, None, TemplateFault::EmptySubject { sample }));
                }
                if worded.html.contains(probe::MARKUP) {
                    let name = self.name(&parsed.locale, kind, Part::Html);
                    return Err(TemplateError::new(name, None, TemplateFault::Markup));
                }
            }
        }
        Ok(())
    }

    /// A message in the words of the recipient's language, or of one that there are templates for.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] if a template fails with these values, after all.
    pub fn word(&self, message: &Message) -> Result<Worded, TemplateError> {
        let locale = message.locale.as_deref().unwrap_or(FALLBACK).to_ascii_lowercase();
        let has_all = Part::ALL.iter().all(|part| self.find(&locale, message.kind, *part).is_some());
        self.word_in(if has_all { &locale } else { FALLBACK }, message)
    }

    fn word_in(&self, locale: &str, message: &Message) -> Result<Worded, TemplateError> {
        let values = values(message);
        let part = |part| {
            let name = self.name(locale, message.kind, part);
            let template = self.environment.get_template(&name);
            template.and_then(|it| it.render(values.clone())).map_err(|error| {
                let error = innermost(&error);
                let (name, sample) = (error.name().unwrap_or(&name), "these values");
                TemplateError::new(name, error.line(), TemplateFault::Fails { sample, what: said(error) })
            })
        };
        let subject = one_line(&part(Part::Subject)?).chars().take(SUBJECT).collect();
        let (text, html) = (part(Part::Text)?, part(Part::Html)?);
        let found = chain(locale).find(|it| self.names.contains(&Name::of(it, message.kind, Part::Text).to_string()));
        Ok(Worded { locale: found.unwrap_or(FALLBACK).to_owned(), subject, text, html })
    }

    /// The template of a part, in this language or a wider one.
    fn find(&self, locale: &str, kind: NoticeKind, part: Part) -> Option<String> {
        chain(locale).map(|it| Name::of(it, kind, part).to_string()).find(|it| self.names.contains(it))
    }

    fn name(&self, locale: &str, kind: NoticeKind, part: Part) -> String {
        self.find(locale, kind, part).unwrap_or_else(|| Name::of(locale, kind, part).to_string())
    }

    /// The first variable, in the order of letters, that is neither a fact nor a function.
    fn unknown(&self, name: &str) -> Option<String> {
        let template = self.environment.get_template(name).ok()?;
        let functions: BTreeSet<_> = self.environment.globals().map(|(name, _)| name.to_owned()).collect();
        let is_known = |it: &String| FACTS.iter().any(|fact| fact.name == it) || functions.contains(it);
        template.undeclared_variables(false).into_iter().filter(|it| !is_known(it)).min()
    }
}

fn names<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str) -> String {
    all.iter().map(|it| name(*it)).collect::<Vec<_>>().join(", ")
}

/// What the engine says, without where: that is said apart.
fn said(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => on_one_line(&format!("{}: {detail}", error.kind())),
        None => error.kind().to_string(),
    }
}

/// Of an error in a template that another includes, the one in the included.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut found = error;
    let mut source = std::error::Error::source(error);
    while let Some(it) = source {
        found = it.downcast_ref().unwrap_or(found);
        source = it.source();
    }
    found
}

/// The first line with this word in it.
fn line_of(source: &str, word: &str) -> Option<usize> {
    let of_a_word = |it: char| it.is_alphanumeric() || it == '_';
    let has = |line: &str| line.split(|it| !of_a_word(it)).any(|it| it == word);
    Some(source.lines().position(has)? + 1)
}

fn unreadable(path: &Path, error: &std::io::Error) -> TemplateError {
    TemplateError::new(path.display(), None, TemplateFault::Unreadable(error.to_string()))
}

/// What is in a folder, in the order of names; what begins with a dot is not for us.
fn entries(folder: &Path) -> Result<BTreeSet<String>, TemplateError> {
    let failed = |error| unreadable(folder, &error);
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.insert(name);
        }
    }
    Ok(found)
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("names", &self.names).finish_non_exhaustive()
    }
}
