use thiserror::Error;

use super::definition::{
    Adjust, Condition, Definition, Outline, RequestOf, RequestsOf, Step, StepKind, SwitchedOn, Version,
};
use super::domain::{Domain, Subject};
use super::fingerprint::fingerprint;
use super::form::Form;
use super::limit::Limit;
use super::notice::NoticeKind;
use super::{ApprovalPolicy, Component};
use crate::values::Digest;

/// Why a definition is not one.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[non_exhaustive]
pub enum DefinitionError {
    /// A name is empty or has characters other than letters, digits, `-` and `_`.
    #[error("`{0}` is no name: use letters, digits, `-` and `_`")]
    Name(String),
    /// Two steps have the same name.
    #[error("process `{process}` has two steps named `{step}`; give each its own name")]
    DoubleStep {
        /// The process.
        process: &'static str,
        /// The name.
        step: &'static str,
    },
    /// It has no step that waits for a person or changes something before its end.
    #[error("process `{0}` has no steps; begin with a form")]
    Empty(&'static str),
    /// A way does not come to an end.
    #[error("process `{process}` runs past step `{step}` without an end; add `.end(…)`")]
    NoEnd {
        /// The process.
        process: &'static str,
        /// The last step of the way.
        step: &'static str,
    },
    /// No way leads to a step.
    #[error("step `{step}` of process `{process}` is never reached; branch to it, or remove it")]
    Unreachable {
        /// The process.
        process: &'static str,
        /// The step.
        step: &'static str,
    },
    /// A branch leads to no step, or back.
    #[error("the branch `{step}` of process `{process}` must lead to a later step, not to `{to}`")]
    BadBranch {
        /// The process.
        process: &'static str,
        /// The branch.
        step: &'static str,
        /// Where it leads.
        to: &'static str,
    },
    /// `when` stands before any step, on an end, or twice.
    #[error("process `{0}`: `.when(…)` follows the one step it is about, and no end can be passed over")]
    StrayCondition(&'static str),
    /// `adjusted` or `rejected_to` does not follow an approval, or twice.
    #[error("process `{0}`: `.adjusted(…)` and `.rejected_to(…)` follow the one approval they are about")]
    StrayAdjustment(&'static str),
    /// The policy of an approval cannot be met by anybody, or asks for nothing.
    #[error("the approval `{step}` of process `{process}` {what}")]
    BadPolicy {
        /// The process.
        process: &'static str,
        /// The approval.
        step: &'static str,
        /// What is wrong, and what to do.
        what: &'static str,
    },
    /// Of one occasion it is said twice to whom it writes.
    #[error("process `{process}` says twice to whom it writes on `{when}`; name them all at once")]
    DoubleNotice {
        /// The process.
        process: &'static str,
        /// The occasion.
        when: NoticeKind,
    },
    /// No required state was declared.
    #[error("process `{0}` does not say which state it needs; add `.requires(…)`")]
    NoRequiredState(&'static str),
    /// It is offered nowhere.
    #[error("process `{0}` is offered nowhere; add `.component(…)`")]
    NoComponent(&'static str),
    /// A change cannot follow the states before it.
    #[error(
        "change `{step}` of process `{process}` can never happen: no way leads from {from} to what it leaves, {leaves}"
    )]
    Unsatisfiable {
        /// The process.
        process: &'static str,
        /// The step.
        step: &'static str,
        /// The states before it.
        from: String,
        /// What it declares to leave.
        leaves: String,
    },
}

/// Puts a [`Definition`] together; [`build`](Builder::build) checks it.
#[derive(Debug)]
pub struct Builder<D: Domain, S: Subject<D>> {
    pub(super) definition: Definition<D, S>,
    pub(super) fault: Option<DefinitionError>,
}

impl<D: Domain, S: Subject<D>> Builder<D, S> {
    pub(super) fn new(name: &'static str, title: &'static str, version: Version) -> Self {
        let outline = Outline {
            name,
            title,
            version,
            use_case: "",
            outcome: "",
            options: Vec::new(),
            limit: None,
            notifies: Vec::new(),
            components: Vec::new(),
            components_if: Vec::new(),
            subject: S::KIND,
            requires: Vec::new(),
            sorts: Vec::new(),
            steps: Vec::new(),
            fingerprint: Digest::ZERO,
        };
        let definition = Definition { outline, requires: Vec::new(), sorts: Vec::new(), changes: Vec::new() };
        Builder { definition, fault: None }
    }

    /// The use case in a sentence, and what it leaves behind.
    #[must_use]
    pub fn about(mut self, use_case: &'static str, outcome: &'static str) -> Self {
        self.definition.outline.use_case = use_case;
        self.definition.outline.outcome = outcome;
        self
    }

    /// A component that offers it; may be called for several.
    #[must_use]
    pub fn component(mut self, component: Component) -> Self {
        self.definition.outline.components.push(component);
        self
    }

    /// A component that offers it only while the options say so; may be called for several. What has begun there goes on,
    /// whatever the options say later.
    #[must_use]
    pub fn component_if(mut self, component: Component, switched_on: SwitchedOn<D>) -> Self {
        self.definition.outline.components_if.push((component, switched_on));
        self
    }

    /// The options it depends on, by name, for its page.
    #[must_use]
    pub fn options(mut self, names: impl IntoIterator<Item = &'static str>) -> Self {
        self.definition.outline.options.extend(names);
        self
    }

    /// How often one person may run it; without this, as often as they like.
    #[must_use]
    pub fn limit(mut self, limit: Limit<D>) -> Self {
        self.definition.outline.limit = Some(limit);
        self
    }

    /// The sorts of subject it is for; without this, all.
    #[must_use]
    pub fn kinds(mut self, sorts: impl IntoIterator<Item = S::Sort>) -> Self {
        self.definition.sorts.extend(sorts);
        self
    }

    /// A state it needs; may be called for several.
    #[must_use]
    pub fn requires(mut self, state: S::State) -> Self {
        self.definition.requires.push(state);
        self
    }

    /// A step that waits for a person.
    #[must_use]
    pub fn form(self, name: &'static str, form: Form<D>) -> Self {
        self.step(name, StepKind::Form(form))
    }

    /// A step that waits for other persons to agree.
    #[must_use]
    pub fn approval(self, name: &'static str, policy: ApprovalPolicy) -> Self {
        self.step(name, StepKind::Approval { policy, adjust: None, rejected: None })
    }

    /// The approval before has the policy that the options make of it.
    #[must_use]
    pub fn adjusted(mut self, with: Adjust<D>) -> Self {
        match self.definition.outline.steps.last_mut().map(|it| &mut it.kind) {
            Some(StepKind::Approval { adjust, .. }) if adjust.is_none() => *adjust = Some(with),
            _ => self.fault = Some(DefinitionError::StrayAdjustment(self.definition.outline.name)),
        }
        self
    }

    /// If the approval before is refused, it goes on at the later step `to`, instead of ending as rejected: for a review of
    /// what was done at once, which leads to the change that takes it back.
    #[must_use]
    pub fn rejected_to(mut self, to: &'static str) -> Self {
        match self.definition.outline.steps.last_mut().map(|it| &mut it.kind) {
            Some(StepKind::Approval { rejected, .. }) if rejected.is_none() => *rejected = Some(to),
            _ => self.fault = Some(DefinitionError::StrayAdjustment(self.definition.outline.name)),
        }
        self
    }

    /// A step that changes objects.
    #[must_use]
    pub fn change(mut self, name: &'static str, leaves: S::Leaves, change: S::Change) -> Self {
        let words = leaves.to_string();
        self.definition.changes.push((self.definition.outline.steps.len(), leaves, change));
        self.step(name, StepKind::Change { leaves: words })
    }

    /// A step that asks the outside and waits for the answer, which later changes can read.
    #[must_use]
    pub fn effect(self, name: &'static str, request: RequestOf<D>) -> Self {
        self.step(name, StepKind::Effect(request))
    }

    /// A step that asks the outside several things at once and goes on. None of them waits for another, and the instance is
    /// over when all are answered; what an answer comes to is the domain's matter ([`Domain::answered`]).
    #[must_use]
    pub fn questions(self, name: &'static str, requests: RequestsOf<D>) -> Self {
        self.step(name, StepKind::Questions(requests))
    }

    /// Goes on at the later step `to` if the condition holds.
    #[must_use]
    pub fn branch(self, name: &'static str, when: Condition<D>, to: &'static str) -> Self {
        self.step(name, StepKind::Branch { when, to })
    }

    /// An end.
    #[must_use]
    pub fn end(self, name: &'static str) -> Self {
        self.step(name, StepKind::End)
    }

    /// The step before is entered only if this holds.
    #[must_use]
    pub fn when(mut self, condition: Condition<D>) -> Self {
        match self.definition.outline.steps.last_mut() {
            Some(step) if step.when.is_none() && !matches!(step.kind, StepKind::End | StepKind::Branch { .. }) => {
                step.when = Some(condition);
            }
            _ => self.fault = Some(DefinitionError::StrayCondition(self.definition.outline.name)),
        }
        self
    }

    fn step(mut self, name: &'static str, kind: StepKind<D>) -> Self {
        self.definition.outline.steps.push(Step { name, when: None, kind });
        self
    }

    /// Checks the definition: names, one start, every step reached, every way ends, every change possible.
    ///
    /// # Errors
    ///
    /// The first [`DefinitionError`].
    pub fn build(mut self) -> Result<Definition<D, S>, DefinitionError> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let outline = &self.definition.outline;
        let process = outline.name;
        for name in std::iter::once(process).chain(outline.steps.iter().map(|it| it.name)) {
            if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
                return Err(DefinitionError::Name(name.to_owned()));
            }
        }
        if outline.components.is_empty() && outline.components_if.is_empty() {
            return Err(DefinitionError::NoComponent(process));
        }
        if self.definition.requires.is_empty() {
            return Err(DefinitionError::NoRequiredState(process));
        }
        for (index, step) in outline.steps.iter().enumerate() {
            if outline.steps.iter().take(index).any(|it| it.name == step.name) {
                return Err(DefinitionError::DoubleStep { process, step: step.name });
            }
        }
        self.definition.check_ways()?;
        let definition = &mut self.definition;
        definition.outline.requires = definition.requires.iter().map(ToString::to_string).collect();
        definition.outline.sorts = definition.sorts.iter().map(ToString::to_string).collect();
        definition.outline.notify_as_usual();
        definition.outline.fingerprint = fingerprint(&definition.outline);
        Ok(self.definition)
    }
}

impl<D: Domain, S: Subject<D>> Definition<D, S> {
    /// Follows every way from the start. Branches lead forward only, so every way is finite.
    fn check_ways(&self) -> Result<(), DefinitionError> {
        let process = self.outline.name;
        let steps = &self.outline.steps;
        let first = steps.first().filter(|it| !matches!(it.kind, StepKind::End));
        if first.is_none() {
            return Err(DefinitionError::Empty(process));
        }
        // For each step: the states the subject may be in when it is entered; none while it has not been reached.
        let mut before: Vec<Option<Vec<S::State>>> = steps.iter().map(|_| None).collect();
        if let Some(entry) = before.first_mut() {
            *entry = Some(self.requires.clone());
        }
        for (index, step) in steps.iter().enumerate() {
            let Some(states) = before.get(index).cloned().flatten() else {
                return Err(DefinitionError::Unreachable { process, step: step.name });
            };
            let after = match &step.kind {
                StepKind::End => continue,
                StepKind::Branch { to, .. } => {
                    let target = self.outline.position(to).filter(|target| *target > index);
                    let target = target.ok_or(DefinitionError::BadBranch { process, step: step.name, to })?;
                    reach(&mut before, target, &states);
                    states
                }
                StepKind::Change { .. } => self.after_change(index, step, states)?,
                StepKind::Approval { policy, rejected, .. } => {
                    if let Some(what) = policy.fault() {
                        return Err(DefinitionError::BadPolicy { process, step: step.name, what });
                    }
                    if let Some(to) = rejected {
                        let target = self.outline.position(to).filter(|target| *target > index);
                        let target = target.ok_or(DefinitionError::BadBranch { process, step: step.name, to })?;
                        reach(&mut before, target, &states);
                    }
                    states
                }
                StepKind::Form(_) | StepKind::Effect(_) | StepKind::Questions(_) => states,
            };
            if index + 1 == steps.len() {
                return Err(DefinitionError::NoEnd { process, step: step.name });
            }
            reach(&mut before, index + 1, &after);
        }
        Ok(())
    }

    fn after_change(
        &self,
        index: usize,
        step: &Step<D>,
        states: Vec<S::State>,
    ) -> Result<Vec<S::State>, DefinitionError> {
        let Some((_, leaves, _)) = self.changes.iter().find(|(at, ..)| *at == index) else { return Ok(states) };
        if !states.iter().any(|state| S::can_follow(*state, leaves)) {
            return Err(DefinitionError::Unsatisfiable {
                process: self.outline.name,
                step: step.name,
                from: states.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "),
                leaves: leaves.to_string(),
            });
        }
        let mut after = vec![S::left(leaves)];
        if step.when.is_some() {
            after.extend(states);
        }
        Ok(after)
    }
}

fn reach<T: Copy + Eq>(before: &mut [Option<Vec<T>>], target: usize, states: &[T]) {
    if let Some(entry) = before.get_mut(target) {
        let known = entry.get_or_insert_with(Vec::new);
        for state in states {
            if !known.contains(state) {
                known.push(*state);
            }
        }
    }
}
