use std::fmt::Debug;

use super::domain::{Domain, Ground, Planned, Subject};
use super::form::Form;
use super::limit::Limit;
use super::notifying::Notifies;
use super::{ApprovalPolicy, Builder, Component};
use crate::values::{Answers, Digest, Kind};

/// The version of a process definition. An instance keeps the one it was started with.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize)]
#[serde(transparent)]
pub struct Version(pub u32);

/// A condition on the options in force and on what was answered so far.
pub type Condition<D> = fn(&<D as Domain>::Options, &Answers) -> bool;

/// A condition on the options in force alone.
pub type SwitchedOn<D> = fn(&<D as Domain>::Options) -> bool;

/// What the options make of the policy of an approval: another role, more who must agree.
pub type Adjust<D> = fn(ApprovalPolicy, &<D as Domain>::Options) -> ApprovalPolicy;

/// What builds the request of an effect step.
pub type RequestOf<D> = fn(&mut Ground<'_, D>) -> Result<<D as Domain>::Request, <D as Domain>::Refusal>;

/// What an instance asks the outside at once.
pub type RequestsOf<D> = fn(&mut Ground<'_, D>) -> Result<Vec<<D as Domain>::Request>, <D as Domain>::Refusal>;

/// A registered use case as data: name, version, who may start it on what, and its steps.
///
/// Made with [`Definition::of`], checked by [`Builder::build`].
#[derive(Debug)]
pub struct Definition<D: Domain, S: Subject<D>> {
    pub(super) outline: Outline<D>,
    pub(super) requires: Vec<S::State>,
    pub(super) sorts: Vec<S::Sort>,
    /// For each change step, by its index: what it leaves and what does it.
    pub(super) changes: Vec<(usize, S::Leaves, S::Change)>,
}

/// Everything of a definition that does not depend on the kind of its subject.
#[derive(Debug)]
pub struct Outline<D: Domain> {
    /// The symbolic name: `CardsProcDeactivate`.
    pub name: &'static str,
    /// The name people read: `Deactivate card`.
    pub title: &'static str,
    /// The version.
    pub version: Version,
    /// The use case in a sentence: `As an operator I want to deactivate a card`.
    pub use_case: &'static str,
    /// What it leaves behind, in words.
    pub outcome: &'static str,
    /// The options it depends on, by name.
    pub options: Vec<&'static str>,
    /// How often one person may run it.
    pub limit: Option<Limit<D>>,
    /// To whom it writes, and when. On each other occasion it deliberately writes to nobody.
    pub notifies: Vec<Notifies<D>>,
    /// The components that offer it.
    pub components: Vec<Component>,
    /// The components that offer it only while the options say so.
    pub components_if: Vec<(Component, SwitchedOn<D>)>,
    /// The kind of object it acts on.
    pub subject: Kind,
    /// The states it needs, by name.
    pub requires: Vec<String>,
    /// The sorts of subject it is for, by name; empty means all.
    pub sorts: Vec<String>,
    /// The steps in order.
    pub steps: Vec<Step<D>>,
    /// A digest over all of the above: another one under the same version is a mismatch.
    pub fingerprint: Digest,
}

/// A position in a process.
#[derive(Debug)]
pub struct Step<D: Domain> {
    /// The name, unique in its process.
    pub name: &'static str,
    /// Entered only if this holds; else passed over.
    pub when: Option<Condition<D>>,
    /// What happens there.
    pub kind: StepKind<D>,
}

/// What happens at a step.
#[derive(Debug)]
pub enum StepKind<D: Domain> {
    /// Waits for a person: Next or Cancel.
    Form(Form<D>),
    /// Waits for other persons to agree.
    Approval {
        /// Who, how many, to what, until when.
        policy: ApprovalPolicy,
        /// What the options make of the policy, if they do.
        adjust: Option<Adjust<D>>,
        /// The later step it goes on at if they refuse; without one, the instance ends as rejected.
        rejected: Option<&'static str>,
    },
    /// Changes objects and asks the outside to follow.
    Change {
        /// What it leaves behind, in words.
        leaves: String,
    },
    /// Asks the outside and waits for the answer.
    Effect(RequestOf<D>),
    /// Asks the outside several things at once and goes on; the instance is over when all is answered.
    Questions(RequestsOf<D>),
    /// Goes on at another step if the condition holds.
    Branch {
        /// The condition.
        when: Condition<D>,
        /// The step to go on at; it stands further on.
        to: &'static str,
    },
    /// The process is over.
    End,
}

impl<D: Domain> StepKind<D> {
    /// The kind of step, in a word of the glossary.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            StepKind::Form(_) => "form",
            StepKind::Approval { .. } => "approval",
            StepKind::Change { .. } => "change",
            StepKind::Effect(_) => "effect",
            StepKind::Questions(_) => "questions",
            StepKind::Branch { .. } => "branch",
            StepKind::End => "end",
        }
    }

    /// Whether its answers say how something is outside, rather than that what was asked for is done.
    #[cfg(feature = "testing")]
    pub(crate) fn asks(&self) -> bool {
        matches!(self, StepKind::Effect(_) | StepKind::Questions(_))
    }
}

impl<D: Domain, S: Subject<D>> Definition<D, S> {
    /// Begins a definition: its symbolic name, its title, its version.
    #[must_use]
    pub fn of(name: &'static str, title: &'static str, version: Version) -> Builder<D, S> {
        Builder::new(name, title, version)
    }

    /// The part that does not depend on the kind of subject.
    #[must_use]
    pub fn outline(&self) -> &Outline<D> {
        &self.outline
    }

    /// The states it needs.
    #[must_use]
    pub fn requires(&self) -> &[S::State] {
        &self.requires
    }

    /// The sorts of subject it is for; empty means all.
    #[must_use]
    pub fn sorts(&self) -> &[S::Sort] {
        &self.sorts
    }

    /// What each change step declares to leave behind, by step.
    pub fn leaves(&self) -> impl Iterator<Item = (&'static str, &S::Leaves)> {
        self.changes.iter().filter_map(|(at, leaves, _)| Some((self.outline.steps.get(*at)?.name, leaves)))
    }
}

/// A definition of any kind of subject, as the registry keeps it.
pub trait Process<D: Domain>: Debug + Send + Sync + 'static {
    /// The part that does not depend on the kind of subject.
    fn outline(&self) -> &Outline<D>;

    /// Whether the subject is of the kind and of a sort this process is for.
    fn is_for(&self, dossier: &D::Dossier) -> bool;

    /// The state of the subject by name, and whether it is one this process needs.
    fn standing_of(&self, dossier: &D::Dossier) -> (String, bool);

    /// Runs the change function of a step. `None` if that step has none.
    ///
    /// # Errors
    ///
    /// The refusal of the domain.
    fn plan(&self, step: usize, ground: Ground<'_, D>) -> Option<Result<Planned<D>, D::Refusal>>;
}

impl<D: Domain, S: Subject<D>> Process<D> for Definition<D, S> {
    fn outline(&self) -> &Outline<D> {
        &self.outline
    }

    fn is_for(&self, dossier: &D::Dossier) -> bool {
        let wanted = |it: S::Sort| self.sorts.contains(&it);
        S::state(dossier).is_some() && (self.sorts.is_empty() || S::sort(dossier).is_some_and(wanted))
    }

    fn standing_of(&self, dossier: &D::Dossier) -> (String, bool) {
        match S::state(dossier) {
            Some(state) => (state.to_string(), self.requires.contains(&state)),
            None => ("gone".to_owned(), false),
        }
    }

    fn plan(&self, step: usize, ground: Ground<'_, D>) -> Option<Result<Planned<D>, D::Refusal>> {
        let (_, leaves, change) = self.changes.iter().find(|(index, ..)| *index == step)?;
        Some(S::plan(*change, leaves, ground))
    }
}

impl<D: Domain> Outline<D> {
    /// Whether a component offers it under these options.
    #[must_use]
    pub fn is_offered(&self, component: Component, options: &D::Options) -> bool {
        self.components.contains(&component)
            || self.components_if.iter().any(|(it, switched_on)| *it == component && switched_on(options))
    }

    /// Whether the options decide if a component offers it.
    #[must_use]
    pub fn is_switched(&self, component: Component) -> bool {
        !self.components.contains(&component) && self.components_if.iter().any(|(it, _)| *it == component)
    }

    /// The position of the step with this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.steps.iter().position(|it| it.name == name)
    }

    /// The step with this name.
    #[must_use]
    pub fn step(&self, name: &str) -> Option<&Step<D>> {
        self.steps.iter().find(|it| it.name == name)
    }
}
