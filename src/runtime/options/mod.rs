//! Options as administrators keep them: proposed, activated by another one, rolled back, compared, tried.

mod look;
mod stored;

pub use self::look::{OptionDifference, OptionsPage, TriedOption};
pub use self::stored::StoredOptions;

use std::sync::Arc;

use self::stored::{Versions, bound};
use super::access::Admitted;
use super::answer::scope_name;
use super::command::ATTEMPTS;
use super::{Error, Runtime};
use crate::engine::options::{OPTIONS_HOME, OptionsMark, OptionsVersion};
use crate::engine::{Actor, Domain, Entry, Event, Rejection, SharedRecord};
use crate::ports::{Action, Call, Commit, Committed, OptionsError, Remembered, StorageError};
use crate::values::{CommandId, Digest, Ids, Revision, TenantId, decode, encode};

/// The version of the stored form of the answer.
const FORMAT: u8 = 1;
const WHAT: &str = "the answer of a change of options";

/// A change of the versions: the version as it is after it, its revision before, and what goes on record.
type Changed<D> = (OptionsVersion, Revision, Event<D>);

impl<D: Domain> Runtime<D> {
    /// Proposes a text of options. It becomes a version, and is not in force before it is
    /// [activated](Runtime::activate_options).
    ///
    /// # Errors
    ///
    /// [`Rejection::InvalidOptions`] names everything that is wrong with the text; nothing is stored then.
    /// [`Rejection::NotEntitled`]. [`Error::Options`] if options come from a source of the host's own.
    pub async fn propose_options(&self, call: impl Into<Call<'_>>, text: &str) -> Result<OptionsVersion, Error<D>> {
        let stored = self.stored()?;
        let content = Digest::of_parts(&[b"propose options", text.as_bytes()]);
        self.change_options(call.into(), content, |versions, _, mark| {
            stored.language().read(text).map_err(Rejection::InvalidOptions)?;
            Ok(proposal(versions, mark, stored.language().name(), text.to_owned(), None))
        })
        .await
    }

    /// Puts a version that was proposed in force, for everything that starts from now on.
    ///
    /// Another person than the one who proposed it does this, unless the options in force say otherwise; where these cannot
    /// be read, another one must.
    ///
    /// # Errors
    ///
    /// [`Rejection::SecondAdministrator`], [`Rejection::OptionsInForce`], [`Rejection::OptionsOutdated`],
    /// [`Rejection::NotFound`], [`Rejection::NotEntitled`]; [`Error::Options`] if the text no longer reads.
    pub async fn activate_options(&self, call: impl Into<Call<'_>>, version: u64) -> Result<OptionsVersion, Error<D>> {
        let stored = self.stored()?;
        let call = call.into();
        let content = Digest::of_parts(&[b"activate options", &version.to_be_bytes()]);
        self.change_options(call, content, |versions, actor, mark| {
            let mut chosen = versions.get(version).cloned().ok_or(no_version())?;
            match versions.in_force().map(|it| it.version) {
                Some(in_force) if in_force == version => return Err(Rejection::OptionsInForce { version }.into()),
                Some(in_force) if in_force > version => {
                    return Err(Rejection::OptionsOutdated { version, in_force }.into());
                }
                Some(_) | None => {}
            }
            if chosen.proposed.by == mark.by && self.needs_second(versions, actor) {
                return Err(Rejection::SecondAdministrator { version }.into());
            }
            stored.read(&chosen)?;
            chosen.activated = Some(mark);
            Ok((chosen, Revision::NONE.next(), Event::OptionsActivated { version }))
        })
        .await
    }

    /// Proposes the text of an earlier version again, as a new version; 0 is the text that ships. It is not in force before
    /// it is [activated](Runtime::activate_options).
    ///
    /// # Errors
    ///
    /// As [`propose_options`](Runtime::propose_options), and [`Rejection::NotFound`].
    pub async fn roll_back_options(&self, call: impl Into<Call<'_>>, version: u64) -> Result<OptionsVersion, Error<D>> {
        let stored = self.stored()?;
        let content = Digest::of_parts(&[b"roll back options", &version.to_be_bytes()]);
        self.change_options(call.into(), content, |versions, _, mark| {
            let language = stored.language();
            let text = match version {
                0 => language.shipped(),
                _ => versions.get(version).ok_or(no_version())?.text.clone(),
            };
            language.read(&text).map_err(Rejection::InvalidOptions)?;
            Ok(proposal(versions, mark, language.name(), text, Some(version)))
        })
        .await
    }

    /// Whether another administrator must activate what one has proposed: the options in force say so, and if they cannot be
    /// asked, it is so.
    fn needs_second(&self, versions: &Versions, actor: &Actor) -> bool {
        let in_force = self.stored().and_then(|it| Ok(it.in_force_of(versions)?));
        in_force.map_or(true, |it: Option<_>| {
            D::needs_second_administrator(&bound(it.as_ref(), &D::facts(None, actor)).options)
        })
    }

    pub(super) fn stored(&self) -> Result<&Arc<StoredOptions<D>>, Error<D>> {
        self.stored_options.as_ref().ok_or_else(|| {
            let what =
                "they come from a source of the host's own; register an option language to keep them in the store";
            OptionsError::Unreadable { what: what.to_owned() }.into()
        })
    }

    /// The actor, whose right must reach everywhere: options are those of the tenant.
    pub(super) async fn may_everywhere(&self, call: Call<'_>, action: &Action) -> Result<Admitted, Error<D>> {
        let identity = self.identify(call.principal).await?;
        self.everywhere(call.principal, &identity, action).await
    }

    /// Decides a change of the versions and commits it, again if they changed meanwhile.
    async fn change_options(
        &self,
        call: Call<'_>,
        content: Digest,
        decide: impl Fn(&Versions, &Actor, OptionsMark) -> Result<Changed<D>, Error<D>> + Send + Sync,
    ) -> Result<OptionsVersion, Error<D>> {
        let Call { principal, command, .. } = call;
        let identity = self.identify(principal).await?;
        let admitted = self.everywhere(principal, &identity, &Action::Options).await?;
        let tenant = principal.tenant();
        let changed = self.decide_options(tenant, &admitted, command, content, decide).await;
        // A repeated command finds what it has done itself: its answer comes before the rejection (law 16).
        let changed = match (changed, command) {
            (Err(Error::Rejected(rejection)), Some(command)) => {
                match self.storage.remembered(tenant, admitted.actor.person, command).await? {
                    Some(known) => again(&known, content),
                    None => Err(rejection.into()),
                }
            }
            (changed, _) => changed,
        };
        self.noted(principal, &identity, Action::Options, None, changed).await
    }

    async fn decide_options(
        &self,
        tenant: TenantId,
        admitted: &Admitted,
        given: Option<CommandId>,
        content: Digest,
        decide: impl Fn(&Versions, &Actor, OptionsMark) -> Result<Changed<D>, Error<D>> + Send + Sync,
    ) -> Result<OptionsVersion, Error<D>> {
        let (stored, actor) = (self.stored()?, &admitted.actor);
        let rule = format!("{} of {}", actor.role, scope_name(&admitted.scope));
        for _ in 0..ATTEMPTS {
            let versions = stored.versions(tenant).await?;
            let now = self.clock.now();
            let mark = OptionsMark { by: actor.person, at: now, rule: rule.clone() };
            let (version, before, event) = decide(&versions, actor, mark)?;
            let mut fresh = Ids::new(now, self.ids.seed()?);
            let command = given.unwrap_or_else(|| CommandId::from_uuid(fresh.fresh()));
            let entry = Entry::<D> {
                at: now,
                command,
                actor: actor.mark(),
                run: None,
                rule: rule.clone(),
                events: vec![event],
                changes: Vec::new(),
            };
            let answer = encode(WHAT, FORMAT, &version)?;
            let commit = Commit {
                expects: vec![(OPTIONS_HOME, versions.revision)],
                puts: vec![SharedRecord::from(version.record(tenant, before.next())?)],
                history: vec![entry.draft(OPTIONS_HOME, actor, &fresh)?],
                remember: Some(Remembered { actor: actor.person, command, at: now, content, answer }),
                ..Commit::of(tenant)
            };
            match self.storage.commit(commit).await {
                Ok(Committed::Stored { .. }) => return Ok(version),
                Ok(Committed::Repeated(known)) => return again(&known, content),
                Err(StorageError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Rejection::Contended { attempts: ATTEMPTS }.into())
    }
}

fn proposal<D: Domain>(
    versions: &Versions,
    mark: OptionsMark,
    language: &str,
    text: String,
    of: Option<u64>,
) -> Changed<D> {
    let version = versions.next();
    let event =
        Event::OptionsProposed { version, language: language.to_owned(), text: Digest::of(text.as_bytes()), of };
    let proposed = OptionsVersion { version, language: language.to_owned(), text, of, proposed: mark, activated: None };
    (proposed, Revision::NONE, event)
}

fn no_version<D: Domain>() -> Rejection<D> {
    Rejection::NotFound { what: "version of the options" }
}

fn again<D: Domain>(known: &Remembered, content: Digest) -> Result<OptionsVersion, Error<D>> {
    if known.content != content {
        return Err(Rejection::CommandIdReused { id: known.command }.into());
    }
    Ok(decode(WHAT, FORMAT, &known.answer)?)
}
