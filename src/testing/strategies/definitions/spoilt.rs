use super::{ChangeRecipe, If, Recipe, StepRecipe, What};
use crate::cards::{CardSubject, Cards};
use crate::domain::CardState;
use crate::engine::{Definition, DefinitionError};

/// A [`Recipe`] with one fault.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Spoilt {
    /// What it was before.
    pub recipe: Recipe,
    /// The fault.
    pub fault: Fault,
}

/// What is wrong with a definition.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// It has no name.
    NoName,
    /// Its name has a blank.
    BlankInName,
    /// A step has a dot in its name.
    DotInStep,
    /// It is offered nowhere.
    NoComponent,
    /// It needs no state.
    NoState,
    /// Two steps have the same name.
    SameName,
    /// It has no steps.
    NoSteps,
    /// It begins with an end.
    BeginsWithEnd,
    /// The last end is missing.
    NoEnd,
    /// A step stands behind the last end.
    BehindTheEnd,
    /// A branch leads to no step.
    BranchToNowhere,
    /// A branch leads to itself.
    BranchToItself,
    /// A condition stands on an end.
    EndOnCondition,
    /// A change comes first that the card's states do not allow.
    ImpossibleChange,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 14] = [
        Fault::NoName,
        Fault::BlankInName,
        Fault::DotInStep,
        Fault::NoComponent,
        Fault::NoState,
        Fault::SameName,
        Fault::NoSteps,
        Fault::BeginsWithEnd,
        Fault::NoEnd,
        Fault::BehindTheEnd,
        Fault::BranchToNowhere,
        Fault::BranchToItself,
        Fault::EndOnCondition,
        Fault::ImpossibleChange,
    ];

    /// Whether an error is about this fault.
    #[must_use]
    pub fn is_named_by(self, error: &DefinitionError) -> bool {
        match self {
            Fault::NoName | Fault::BlankInName | Fault::DotInStep => matches!(error, DefinitionError::Name(_)),
            Fault::NoComponent => matches!(error, DefinitionError::NoComponent(_)),
            Fault::NoState => matches!(error, DefinitionError::NoRequiredState(_)),
            Fault::SameName => matches!(error, DefinitionError::DoubleStep { .. }),
            Fault::NoSteps | Fault::BeginsWithEnd => matches!(error, DefinitionError::Empty(_)),
            Fault::NoEnd => matches!(error, DefinitionError::NoEnd { .. }),
            Fault::BehindTheEnd => matches!(error, DefinitionError::Unreachable { .. }),
            Fault::BranchToNowhere | Fault::BranchToItself => matches!(error, DefinitionError::BadBranch { .. }),
            Fault::EndOnCondition => matches!(error, DefinitionError::StrayCondition(_)),
            Fault::ImpossibleChange => matches!(error, DefinitionError::Unsatisfiable { .. }),
        }
    }

    fn spoil(self, mut recipe: Recipe) -> Recipe {
        let step = |name, what| StepRecipe { name, what, when: None };
        match self {
            Fault::NoName => recipe.name = "",
            Fault::BlankInName => recipe.name = "Test Proc",
            Fault::DotInStep => recipe.steps[0].name = "step.1",
            Fault::NoComponent => recipe.components.clear(),
            Fault::NoState => recipe.requires.clear(),
            Fault::SameName => recipe.steps.insert(0, step("step-1", What::Form(Vec::new()))),
            Fault::NoSteps => recipe.steps.clear(),
            Fault::BeginsWithEnd => recipe.steps.insert(0, step("first", What::End)),
            Fault::NoEnd => drop(recipe.steps.pop()),
            Fault::BehindTheEnd => recipe.steps.push(step("behind", What::Form(Vec::new()))),
            Fault::BranchToNowhere => recipe.steps.insert(0, step("first", What::Branch(If::Never, "nowhere"))),
            Fault::BranchToItself => recipe.steps.insert(0, step("first", What::Branch(If::Always, "first"))),
            Fault::EndOnCondition => recipe.steps.iter_mut().rev().take(1).for_each(|it| it.when = Some(If::Always)),
            Fault::ImpossibleChange => {
                recipe.requires = vec![CardState::Locked];
                recipe.steps.insert(0, step("first", What::Change(ChangeRecipe::Reactivate)));
            }
        }
        recipe
    }
}

impl Spoilt {
    /// Puts the definition together, with its fault.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] that [names](Fault::is_named_by) the fault.
    pub fn build(&self) -> Result<Definition<Cards, CardSubject>, DefinitionError> {
        self.fault.spoil(self.recipe.clone()).build()
    }
}
