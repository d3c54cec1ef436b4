use std::fmt;

use crate::cards::{
    CardStateRequest, CardSubject, Cards, CardsOptions, Leaves, Request, card_and_holder, leaves, note, notified_at,
    on_card, reason,
};
use crate::domain::{CardPlan, CardState, CauseKind, Refusal};
use crate::engine::{
    ApprovalPolicy, Asks, Builder, Component, Condition, Covers, Definition, DefinitionError, Field, Ground, Version,
};
use crate::values::Answers;

/// A definition of a process on a card as data: what [`build`](Recipe::build) hands to the builder, step by step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Recipe {
    /// The symbolic name.
    pub name: &'static str,
    /// The components that offer it.
    pub components: Vec<Component>,
    /// The states it needs.
    pub requires: Vec<CardState>,
    /// The steps.
    pub steps: Vec<StepRecipe>,
}

/// One step of a [`Recipe`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StepRecipe {
    /// The name.
    pub name: &'static str,
    /// What happens there.
    pub what: What,
    /// Entered only if this holds.
    pub when: Option<If>,
}

/// What happens at a step.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum What {
    /// A form with these fields.
    Form(Vec<Asked>),
    /// Other persons are asked to agree.
    Approval,
    /// Objects change.
    Change(ChangeRecipe),
    /// The door system is asked, and its answer waited for.
    Effect,
    /// The door system is told, and nobody waits.
    Questions,
    /// Goes on at another step if this holds.
    Branch(If, &'static str),
    /// The process is over.
    End,
}

/// A field of a form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Asked {
    /// One of the reasons.
    Reason,
    /// Free text.
    Note,
    /// A time that is past.
    NotifiedAt,
    /// A number from 1 to 9.
    Days,
    /// Yes or no.
    Urgent,
}

/// A condition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum If {
    /// It always holds.
    Always,
    /// It never holds.
    Never,
    /// The reason is that the card was lost.
    Lost,
    /// The options ask for approval.
    ApprovalAsked,
}

/// A change.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ChangeRecipe {
    /// The card and what hangs on it are held, for *card deactivation*.
    Deactivate,
    /// These holds close.
    Reactivate,
    /// The card and what hangs on it are held by hand.
    HoldByHand,
    /// The holds by hand close.
    ReleaseByHand,
    /// The card is locked for good.
    Lock,
    /// Nothing is done to a card in use.
    LeaveActive,
}

impl Recipe {
    /// Puts the definition together.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] if the recipe is no definition.
    pub fn build(&self) -> Result<Definition<Cards, CardSubject>, DefinitionError> {
        let mut builder = on_card(self.name, "A process for tests", Version(1));
        for component in &self.components {
            builder = builder.component(*component);
        }
        for state in &self.requires {
            builder = builder.requires(*state);
        }
        self.steps.iter().fold(builder, |builder, step| step.add_to(builder)).build()
    }
}

impl StepRecipe {
    fn add_to(&self, builder: Builder<Cards, CardSubject>) -> Builder<Cards, CardSubject> {
        let name = self.name;
        let builder = match &self.what {
            What::Form(fields) => builder.form(name, card_and_holder().optional(fields.iter().map(|it| it.field()))),
            What::Approval => builder.approval(name, ApprovalPolicy::role("Approver").covers(Covers::Intent)),
            What::Change(it) => match it {
                ChangeRecipe::Deactivate | ChangeRecipe::HoldByHand => builder.change(name, it.leaves(), hold),
                ChangeRecipe::Reactivate | ChangeRecipe::ReleaseByHand => builder.change(name, it.leaves(), release),
                ChangeRecipe::Lock => builder.change(name, it.leaves(), lock),
                ChangeRecipe::LeaveActive => builder.change(name, it.leaves(), leave),
            },
            What::Effect => builder.effect(name, tell),
            What::Questions => builder.questions(name, |it| tell(it).map(|it| vec![it])),
            What::Branch(when, to) => builder.branch(name, when.condition(), to),
            What::End => builder.end(name),
        };
        match self.when {
            Some(when) => builder.when(when.condition()),
            None => builder,
        }
    }
}

impl Asked {
    /// Every field.
    pub const ALL: [Asked; 5] = [Asked::Reason, Asked::Note, Asked::NotifiedAt, Asked::Days, Asked::Urgent];

    fn field(self) -> Field<Cards> {
        match self {
            Asked::Reason => reason(),
            Asked::Note => note(),
            Asked::NotifiedAt => notified_at(),
            Asked::Days => Field { name: "days", label: "Days", asks: Asks::Number(1, 9), required: false },
            Asked::Urgent => Field { name: "urgent", label: "Urgent", asks: Asks::Flag, required: false },
        }
    }
}

impl If {
    /// Every condition.
    pub const ALL: [If; 4] = [If::Always, If::Never, If::Lost, If::ApprovalAsked];

    fn condition(self) -> Condition<Cards> {
        match self {
            If::Always => |_: &CardsOptions, _: &Answers| true,
            If::Never => |_, _| false,
            If::Lost => |_, answers| answers.text("reason") == Some("lost"),
            If::ApprovalAsked => |options, _| options.deactivation_approval,
        }
    }
}

impl ChangeRecipe {
    /// Every change.
    pub const ALL: [ChangeRecipe; 6] = [
        ChangeRecipe::Deactivate,
        ChangeRecipe::Reactivate,
        ChangeRecipe::HoldByHand,
        ChangeRecipe::ReleaseByHand,
        ChangeRecipe::Lock,
        ChangeRecipe::LeaveActive,
    ];

    /// What it declares to leave.
    #[must_use]
    pub fn leaves(self) -> Leaves {
        let by_hand = |state| leaves(state).because(CauseKind::Manual);
        match self {
            ChangeRecipe::Deactivate => leaves(CardState::Inactive),
            ChangeRecipe::Reactivate | ChangeRecipe::LeaveActive => leaves(CardState::Active),
            ChangeRecipe::HoldByHand => by_hand(CardState::Inactive),
            ChangeRecipe::ReleaseByHand => by_hand(CardState::Active),
            ChangeRecipe::Lock => leaves(CardState::Locked).because(CauseKind::CardLock),
        }
    }
}

impl fmt::Display for Recipe {
    /// The steps in lines, as a definition reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let requires: Vec<_> = self.requires.iter().map(|it| it.name()).collect();
        write!(f, "{} needs {}", self.name, requires.join(" or "))?;
        for step in &self.steps {
            write!(f, "\n  {}: {:?}", step.name, step.what)?;
            if let Some(when) = step.when {
                write!(f, " when {when:?}")?;
            }
        }
        Ok(())
    }
}

fn hold(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().hold()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().hold()
}

fn release(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().release()?;
    plan.relations().possible().release()?;
    plan.certificates().release()
}

fn lock(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().lock()?;
    plan.relations().possible().hold()?;
    plan.certificates().usable().revoke()
}

fn leave(plan: &mut CardPlan<'_, '_>) -> Result<(), Refusal> {
    plan.card().may_be_active()
}

fn tell(ground: &mut Ground<'_, Cards>) -> Result<Request, Refusal> {
    let card = ground.dossier.subject_card().ok_or_else(|| Refusal::Site("there is no card".to_owned()))?;
    Ok(Request::CardState(CardStateRequest {
        listener: "door-system".to_owned(),
        card: card.at(),
        number: card.number().plain(),
        state: card.state(),
    }))
}
