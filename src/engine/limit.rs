use super::domain::Domain;
use super::event::Event;
use crate::values::{Millis, Timestamp};

/// How often one person may run a process within a time: data of its definition.
///
/// What counts is a command of that person that [acts], whatever becomes of the instance afterwards.
#[derive(Clone, Debug)]
pub struct Limit<D: Domain> {
    /// The name of the option that sets it. Processes that name the same one count together.
    pub name: &'static str,
    /// Within this time.
    pub within: Millis,
    /// So often; 0 means that there is no limit.
    pub most: fn(&D::Options) -> u32,
    /// The role whose members must agree to what goes beyond it. Without one, or if the process has no approval step, what
    /// goes beyond is refused.
    pub role: fn(&D::Options) -> Option<&str>,
}

impl<D: Domain> Limit<D> {
    pub(super) fn in_words(&self) -> String {
        let minutes = self.within.millis() / 60_000;
        format!("`{}`: so often within {minutes} minutes for each person", self.name)
    }
}

/// A limit that the actor has used up.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reached {
    /// Its name.
    pub limit: &'static str,
    /// When the next one is possible.
    pub until: Timestamp,
    /// The role whose members must agree instead; none to refuse.
    pub role: Option<String>,
}

/// Whether something was changed or asked of the outside: what a [`Limit`] counts.
#[must_use]
pub fn acts<D: Domain>(events: &[Event<D>]) -> bool {
    events.iter().any(|it| matches!(it, Event::Changed { .. } | Event::Requested { .. }))
}
