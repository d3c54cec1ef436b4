use std::collections::BTreeMap;
use std::sync::Arc;

use thiserror::Error;

use super::definition::{Process, Version};
use super::domain::Domain;
use crate::values::Digest;

/// The processes a host knows, by symbolic name and version.
#[derive(Debug)]
pub struct Registry<D: Domain> {
    processes: BTreeMap<(&'static str, Version), Arc<dyn Process<D>>>,
}

impl<D: Domain> Default for Registry<D> {
    fn default() -> Self {
        Registry { processes: BTreeMap::new() }
    }
}

/// A process that cannot be registered.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
#[error("process `{name}` version {version} is registered already; raise the version of the changed one")]
pub struct AlreadyRegistered {
    name: &'static str,
    version: u32,
}

/// An instance whose definition is not the one it was started with. Everything else goes on.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DefinitionMismatch {
    /// There is none of that name and version.
    #[error("process `{name}` version {version} is not registered; register it until its instances have ended")]
    Missing {
        /// The symbolic name.
        name: String,
        /// The version.
        version: u32,
    },
    /// It was changed without a new version.
    #[error("process `{name}` version {version} was changed under the same version; restore it and raise the version")]
    Changed {
        /// The symbolic name.
        name: String,
        /// The version.
        version: u32,
    },
}

impl<D: Domain> Registry<D> {
    /// Adds a process.
    ///
    /// # Errors
    ///
    /// [`AlreadyRegistered`] if its name and version are taken.
    pub fn register(&mut self, process: Arc<dyn Process<D>>) -> Result<(), AlreadyRegistered> {
        let (name, version) = (process.outline().name, process.outline().version);
        if self.processes.contains_key(&(name, version)) {
            return Err(AlreadyRegistered { name, version: version.0 });
        }
        self.processes.insert((name, version), process);
        Ok(())
    }

    /// The latest version of a process: the one new instances get.
    #[must_use]
    pub fn latest(&self, name: &str) -> Option<&Arc<dyn Process<D>>> {
        self.processes.iter().rev().find(|((it, _), _)| *it == name).map(|(_, process)| process)
    }

    /// The latest version of every process.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Process<D>>> {
        let mut names: Vec<_> = self.processes.keys().map(|(name, _)| *name).collect();
        names.dedup();
        names.into_iter().filter_map(|name| self.latest(name))
    }

    /// Exactly the definition that an instance was started with.
    ///
    /// # Errors
    ///
    /// [`DefinitionMismatch`].
    pub fn exact(
        &self,
        name: &str,
        version: Version,
        fingerprint: Digest,
    ) -> Result<&Arc<dyn Process<D>>, DefinitionMismatch> {
        let found = self.processes.iter().find(|((it, at), _)| *it == name && *at == version).map(|(_, it)| it);
        match found {
            None => Err(DefinitionMismatch::Missing { name: name.to_owned(), version: version.0 }),
            Some(it) if it.outline().fingerprint != fingerprint => {
                Err(DefinitionMismatch::Changed { name: name.to_owned(), version: version.0 })
            }
            Some(it) => Ok(it),
        }
    }
}
