use std::path::PathBuf;

use super::filling::Given;
use super::known::{Known, Provable};
use super::prepared::Offices;
use super::proven::Proven;
use crate::cards::Cards;
use crate::engine::{Definition, DefinitionError};
use crate::values::Value;

/// A process to be proven, and what is known beside it.
///
/// What [`prove!`](crate::prove) is given as its second argument changes one of these:
///
/// ```
/// # use cardflow::cards::{CardSubject, Cards, card_and_holder, leaves, on_card};
/// # use cardflow::domain::{CardState, CauseKind};
/// # use cardflow::engine::{Component, Definition, DefinitionError, Version};
/// # type Built = Result<Definition<Cards, CardSubject>, DefinitionError>;
/// fn impound() -> Built {
///     // …
/// #   on_card("SiteProcImpound", "Impound card", Version(1)).component(Component::Operator).requires(CardState::Active)
/// #       .form("confirm", card_and_holder())
/// #       .change("impound", leaves(CardState::Inactive).because(CauseKind::Manual), |plan| plan.card().hold())
/// #       .end("impounded").build()
/// }
/// # fn hand_back() -> Built { impound() }
///
/// cardflow::prove!(impound(), |it| it.beside(hand_back().unwrap()));
/// # fn main() {}
/// ```
#[derive(Clone, Debug)]
pub struct Proof {
    pub(super) under: Known,
    pub(super) beside: Vec<Known>,
    pub(super) answers: Given,
    pub(super) plans: Option<PathBuf>,
    pub(super) for_good: bool,
    pub(super) prepared: Offices,
}

impl Proof {
    /// Of this process, beside those of the package.
    ///
    /// # Errors
    ///
    /// [`DefinitionError`] of the package, which is well formed.
    pub fn of<S: Provable>(definition: Definition<Cards, S>) -> Result<Proof, DefinitionError> {
        let under = Known::of(definition);
        let mut beside = Known::package()?;
        beside.retain(|it| it.name() != under.name());
        Ok(Proof { under, beside, answers: Given::new(), plans: None, for_good: false, prepared: Offices::default() })
    }

    /// With another process of the site: it brings subjects into the states that this one needs, races it, and may give
    /// back what it takes.
    #[must_use]
    pub fn beside<S: Provable>(mut self, definition: Definition<Cards, S>) -> Self {
        let other = Known::of(definition);
        if other.name() != self.under.name() {
            self.beside.retain(|it| it.name() != other.name());
            self.beside.push(other);
        }
        self.prepared = Offices::default();
        self
    }

    /// A field is answered with these values, each once, instead of what it asks for suggests.
    #[must_use]
    pub fn answering<V: Into<Value>>(mut self, field: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.answers.insert(field.to_owned(), values.into_iter().map(Into::into).collect());
        self.prepared = Offices::default();
        self
    }

    /// What it takes away no process gives back, deliberately.
    #[must_use]
    pub fn for_good(self) -> Self {
        Proof { for_good: true, ..self }
    }

    /// The folder in which its plans are kept, a file for each version.
    #[must_use]
    pub fn plans_in(self, folder: impl Into<PathBuf>) -> Self {
        Proof { plans: Some(folder.into()), ..self }
    }

    /// Ready to be asked.
    #[must_use]
    pub fn prove(self) -> Proven {
        Proven::of(Ok(self))
    }

    /// Every process of the office.
    pub(super) fn registered(&self) -> impl Iterator<Item = &Known> {
        std::iter::once(&self.under).chain(&self.beside)
    }

    pub(super) fn title(&self) -> String {
        format!("{}, version {},", self.under.name(), self.under.outline().version.0)
    }
}

/// What [`prove!`](crate::prove) makes of a definition.
#[doc(hidden)]
pub fn __proven<S: Provable>(
    definition: Result<Definition<Cards, S>, DefinitionError>,
    manifest: &str,
    more: impl FnOnce(Proof) -> Proof,
) -> Proven {
    let plans = std::path::Path::new(manifest).join("tests/data/plans");
    let proof = definition.and_then(Proof::of).map(|it| more(it.plans_in(plans)));
    Proven::of(proof.map_err(|it| it.to_string()))
}

/// Makes a `#[test]` of each [proof](crate::testing::proof) of a process, in a module named after it.
///
/// The process is any path to a function without arguments that builds a definition: `deactivate()`,
/// `our_cards::impound()`. A second argument changes the [`Proof`](crate::testing::proof::Proof): what is known beside it, say.
#[macro_export]
macro_rules! prove {
    ($($process:ident)::+ () $(,)?) => {
        $crate::prove!(@name [] [$($process)+] [$($process)::+ ()] [|it| it]);
    };
    ($($process:ident)::+ (), $more:expr $(,)?) => {
        $crate::prove!(@name [] [$($process)+] [$($process)::+ ()] [$more]);
    };
    (@name [$($path:ident)*] [$name:ident] [$process:expr] [$more:expr]) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            fn proven() -> &'static $crate::testing::proof::Proven {
                static PROVEN: ::std::sync::OnceLock<$crate::testing::proof::Proven> = ::std::sync::OnceLock::new();
                PROVEN.get_or_init(|| $crate::testing::proof::__proven($process, ::std::env!("CARGO_MANIFEST_DIR"), $more))
            }

            $crate::__each_proof_a_test!(
                happy_path every_option hostile_dossiers cancelled_at_every_step
                approvals_decided_in_every_way every_effect_fails every_effect_answered_twice crash_at_every_commit commands_twice_and_late only_who_may races way_back
                plans_as_kept coverage
            );
        }
    };
    (@name [$($path:ident)*] [$first:ident $($rest:ident)+] [$process:expr] [$more:expr]) => {
        $crate::prove!(@name [$($path)* $first] [$($rest)+] [$process] [$more]);
    };
}

/// A test of each proof.
#[doc(hidden)]
#[macro_export]
macro_rules! __each_proof_a_test {
    ($($name:ident)+) => {
        $(
            #[test]
            fn $name() {
                proven().holds(stringify!($name));
            }
        )+
    };
}
