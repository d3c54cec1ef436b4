//! The options as the store keeps them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::engine::options::{Facts, OPTIONS_HOME, OPTIONS_KIND, OptionsVersion};
use crate::engine::{Bound, Domain};
use crate::ports::{Evaluated, Home, OptionLanguage, OptionScript, OptionSource, OptionsError, Storage};
use crate::values::{CodecError, Digest, Revision, TenantId};

/// Options from the versions that a tenant's administrators have activated.
///
/// While none was, the defaults are in force, as version 0. Hosts that share a store see each other's activations: each
/// reading looks at the newest record of the options' history, and reads no more unless that is another one than before.
pub struct StoredOptions<D: Domain> {
    storage: Arc<dyn Storage>,
    language: Arc<dyn OptionLanguage<D>>,
    kept: Mutex<BTreeMap<TenantId, Kept<D>>>,
}

/// What was in force when the chain of the options had this head.
#[derive(Debug)]
struct Kept<D: Domain> {
    head: Digest,
    in_force: Option<InForce<D>>,
}

/// A version that was read.
#[derive(Clone, Debug)]
pub(super) struct InForce<D: Domain> {
    pub(super) version: u64,
    pub(super) script: Arc<dyn OptionScript<D>>,
}

impl<D: Domain> fmt::Debug for StoredOptions<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredOptions").field("language", &self.language).finish_non_exhaustive()
    }
}

impl<D: Domain> StoredOptions<D> {
    /// Those of a store, in a language.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>, language: Arc<dyn OptionLanguage<D>>) -> Self {
        StoredOptions { storage, language, kept: Mutex::default() }
    }

    pub(super) fn language(&self) -> &dyn OptionLanguage<D> {
        &*self.language
    }

    /// All versions, at one moment.
    pub(super) async fn versions(&self, tenant: TenantId) -> Result<Versions, OptionsError> {
        let home = self.storage.homes(tenant, &[OPTIONS_HOME]).await?.pop();
        Ok(home.as_ref().map(Versions::of).transpose()?.unwrap_or_default())
    }

    /// The version in force among these; none if it is that of the defaults.
    pub(super) fn in_force_of(&self, versions: &Versions) -> Result<Option<InForce<D>>, OptionsError> {
        let Some(version) = versions.in_force() else { return Ok(None) };
        let script = self.read(version)?;
        Ok(Some(InForce { version: version.version, script }))
    }

    /// Reads a version that was accepted. A later release may have other options, and refuse it.
    pub(super) fn read(&self, version: &OptionsVersion) -> Result<Arc<dyn OptionScript<D>>, OptionsError> {
        let unreadable = |why: String| {
            let number = version.version;
            OptionsError::Unreadable { what: format!("version {number} of the options: {why}; propose a new one") }
        };
        if version.language != self.language.name() {
            let (theirs, ours) = (&version.language, self.language.name());
            return Err(unreadable(format!("it is written in {theirs}, this host reads {ours}")));
        }
        self.language.read(&version.text).map_err(|faults| unreadable(faults.to_string()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<TenantId, Kept<D>>> {
        // Each entry is put in whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, tenant: TenantId, head: Digest) -> Option<Option<InForce<D>>> {
        self.lock().get(&tenant).filter(|it| it.head == head).map(|it| it.in_force.clone())
    }
}

/// The options of a version, evaluated for a run.
pub(super) fn bound<D: Domain>(in_force: Option<&InForce<D>>, facts: &Facts<'_>) -> Bound<D> {
    let Some(InForce { version, script }) = in_force else { return Bound::default() };
    let Evaluated { options, fell_back } = script.evaluate(facts);
    Bound { version: *version, options: Arc::new(options), fell_back }
}

#[async_trait]
impl<D: Domain> OptionSource<D> for StoredOptions<D> {
    async fn in_force(&self, tenant: TenantId, facts: &Facts<'_>) -> Result<Bound<D>, OptionsError> {
        let newest = self.storage.history(tenant, OPTIONS_HOME, None, 1).await?.pop();
        let Some(newest) = newest else { return Ok(Bound::default()) };
        if let Some(in_force) = self.kept(tenant, newest.hash) {
            return Ok(bound(in_force.as_ref(), facts));
        }
        let versions = self.versions(tenant).await?;
        let in_force = self.in_force_of(&versions)?;
        let came = bound(in_force.as_ref(), facts);
        self.lock().insert(tenant, Kept { head: versions.head, in_force });
        Ok(came)
    }
}

/// The versions of a tenant, in their order.
#[derive(Debug)]
pub(super) struct Versions {
    pub(super) all: Vec<OptionsVersion>,
    /// The revision of their home.
    pub(super) revision: Revision,
    head: Digest,
}

impl Default for Versions {
    fn default() -> Self {
        Versions { all: Vec::new(), revision: Revision::NONE, head: Digest::ZERO }
    }
}

impl Versions {
    fn of(home: &Home) -> Result<Self, CodecError> {
        let records = home.records.iter().filter(|it| it.at.kind() == OPTIONS_KIND);
        let mut all = records.map(|it| OptionsVersion::read(it)).collect::<Result<Vec<_>, _>>()?;
        all.sort_by_key(|it| it.version);
        Ok(Versions { all, revision: home.revision, head: home.head.hash })
    }

    pub(super) fn get(&self, version: u64) -> Option<&OptionsVersion> {
        self.all.iter().find(|it| it.version == version)
    }

    /// The highest that was activated.
    pub(super) fn in_force(&self) -> Option<&OptionsVersion> {
        self.all.iter().rfind(|it| it.activated.is_some())
    }

    pub(super) fn next(&self) -> u64 {
        self.all.last().map_or(1, |it| it.version.saturating_add(1))
    }
}
