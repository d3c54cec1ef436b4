//! Looking at options without changing them.

use std::sync::Arc;

use super::stored::{StoredOptions, Versions, bound};
use crate::engine::options::{OptionSpec, OptionValue, OptionsVersion};
use crate::engine::{Domain, Rejection, Scope};
use crate::ports::{Action, Call, Given, OptionScript};
use crate::runtime::{Error, Runtime};
use crate::values::ObjectRef;

/// A page of the versions of the options, newest first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OptionsPage {
    /// The versions.
    pub versions: Vec<OptionsVersion>,
    /// The number of the version in force; 0 while the defaults are.
    pub in_force: u64,
    /// Before which version the next page begins; none if this was the last.
    pub next: Option<u64>,
}

/// An option that two versions give other values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OptionDifference {
    /// Its name.
    pub option: &'static str,
    /// What the first gives it: a value, or what computes it.
    pub before: Given,
    /// What the second gives it.
    pub after: Given,
}

/// What an option would be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TriedOption {
    /// Its name.
    pub option: &'static str,
    /// What the text gives it.
    pub given: Given,
    /// Its value for the subject and the caller.
    pub value: OptionValue,
    /// The value could not be computed for them: this is the safe one.
    pub fell_back: bool,
    /// Its value for them now; none if the options in force cannot be read.
    pub in_force: Option<OptionValue>,
}

impl<D: Domain> Runtime<D> {
    /// The versions of the options, newest first: those before a version (or from the newest), at most `limit`.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotEntitled`]. [`Error::Options`] if options come from a source of the host's own.
    pub async fn options_versions(
        &self,
        call: impl Into<Call<'_>>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<OptionsPage, Error<D>> {
        let call = call.into();
        self.may_everywhere(call, &Action::ReadOptions).await?;
        let all = self.stored()?.versions(call.principal.tenant()).await?;
        let in_force = all.in_force().map_or(0, |it| it.version);
        let mut wanted = all.all.into_iter().rev().filter(|it| before.is_none_or(|before| it.version < before));
        let versions: Vec<_> = wanted.by_ref().take(limit).collect();
        let next = wanted.next().and(versions.last().map(|it| it.version));
        Ok(OptionsPage { versions, in_force, next })
    }

    /// The options that differ between two versions, in the order they are declared; version 0 has the defaults.
    ///
    /// # Errors
    ///
    /// [`Rejection::NotFound`] and [`Rejection::NotEntitled`]; [`Error::Options`] if one of the texts no longer reads.
    pub async fn compare_options(
        &self,
        call: impl Into<Call<'_>>,
        first: u64,
        second: u64,
    ) -> Result<Vec<OptionDifference>, Error<D>> {
        let call = call.into();
        self.may_everywhere(call, &Action::ReadOptions).await?;
        let stored = self.stored()?;
        let versions = stored.versions(call.principal.tenant()).await?;
        let compared = [script_of(stored, &versions, first), script_of(stored, &versions, second)];
        let compared = compared.into_iter().collect::<Result<Vec<_>, _>>();
        let compared = self.refused_or(call, Action::ReadOptions, compared).await?;
        let given = |nth: usize, spec: &OptionSpec<D::Options>| {
            let script = compared.get(nth).and_then(Option::as_ref);
            match script.map_or(Given::Default, |it| it.given(spec.name)) {
                Given::Default => Given::Value(spec.default_value()),
                given => given,
            }
        };
        let differences = D::option_specs().iter().filter_map(|spec| {
            let (before, after) = (given(0, spec), given(1, spec));
            (before != after).then_some(OptionDifference { option: spec.name, before, after })
        });
        Ok(differences.collect())
    }

    /// What each option would be for a subject and the caller, were a text in force. Nothing is stored.
    ///
    /// # Errors
    ///
    /// [`Rejection::InvalidOptions`] names everything that is wrong with the text; [`Rejection::NotFound`] if there is no
    /// such subject; [`Rejection::NotEntitled`].
    pub async fn try_options(
        &self,
        call: impl Into<Call<'_>>,
        text: &str,
        subject: ObjectRef,
    ) -> Result<Vec<TriedOption>, Error<D>> {
        let call = call.into();
        let tenant = call.principal.tenant();
        let admitted = self.may_everywhere(call, &Action::Options).await?;
        let stored = self.stored()?;
        let tried = async {
            let script = stored.language().read(text).map_err(Rejection::InvalidOptions)?;
            Ok((script, self.dossier(tenant, subject, &Scope::All).await?))
        };
        let (script, dossier) = self.refused_or(call, Action::Options, tried.await).await?;
        let facts = D::facts(Some(&dossier), &admitted.actor);
        let came = script.evaluate(&facts);
        let now = stored.versions(tenant).await.and_then(|it| stored.in_force_of(&it));
        let now = now.ok().map(|it| bound(it.as_ref(), &facts).options);
        let tried = |spec: &OptionSpec<D::Options>| TriedOption {
            option: spec.name,
            given: script.given(spec.name),
            value: (spec.get)(&came.options),
            fell_back: came.fell_back.iter().any(|it| it == spec.name),
            in_force: now.as_ref().map(|it| (spec.get)(it)),
        };
        Ok(D::option_specs().iter().map(tried).collect())
    }

    async fn refused_or<T: Send>(
        &self,
        call: Call<'_>,
        action: Action,
        came: Result<T, Error<D>>,
    ) -> Result<T, Error<D>> {
        let identity = self.identify(call.principal).await?;
        self.noted(call.principal, &identity, action, None, came).await
    }
}

/// A version that was accepted; none for that of the defaults.
fn script_of<D: Domain>(
    stored: &Arc<StoredOptions<D>>,
    versions: &Versions,
    version: u64,
) -> Result<Option<Arc<dyn OptionScript<D>>>, Error<D>> {
    if version == 0 {
        return Ok(None);
    }
    let version = versions.get(version).ok_or(Rejection::NotFound { what: "version of the options" })?;
    Ok(Some(stored.read(version)?))
}
