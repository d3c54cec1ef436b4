/// A fact of a run that a value may be computed from, as the domain declares it.
///
/// The list of them is a white list: whoever writes a script sees these and nothing else, so no names and no ids stand in
/// it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FactSpec {
    /// Its name, of two words with a point between: `card.kind`.
    pub name: &'static str,
    /// What it holds.
    pub holds: FactType,
    /// What it says.
    pub help: &'static str,
}

/// What a fact holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FactType {
    /// A text, or nothing where it is not known.
    Text,
    /// A list of texts.
    Texts,
}

/// A fact of a run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fact<'a> {
    /// A text.
    Text(&'a str),
    /// A list of texts.
    Texts(&'a [String]),
}

/// The facts of a run. What is not known is not among them: somebody without a department, say.
///
/// ```
/// use cardflow::engine::options::{Fact, Facts};
///
/// let roles = ["Operator".to_owned()];
/// let facts = Facts::none().with("card.kind", Fact::Text("contractor")).with("actor.roles", Fact::Texts(&roles));
/// assert_eq!(facts.get("card.kind"), Some(Fact::Text("contractor")));
/// assert_eq!(facts.get("holder.department"), None);
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Facts<'a>(Vec<(&'static str, Fact<'a>)>);

impl<'a> Facts<'a> {
    /// Nothing is known.
    #[must_use]
    pub fn none() -> Self {
        Facts::default()
    }

    /// And this.
    #[must_use]
    pub fn with(mut self, name: &'static str, fact: Fact<'a>) -> Self {
        self.0.push((name, fact));
        self
    }

    /// And this, if it is known.
    #[must_use]
    pub fn with_known(self, name: &'static str, text: Option<&'a str>) -> Self {
        match text {
            Some(text) => self.with(name, Fact::Text(text)),
            None => self,
        }
    }

    /// A fact, if it is known.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Fact<'a>> {
        self.0.iter().find(|(it, _)| *it == name).map(|(_, fact)| *fact)
    }
}
