use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::engine::{Domain, Instance, SharedRecord};
use crate::values::{InstanceId, TenantId};

use super::load::Loaded;

/// So many are kept; the oldest goes first.
const KEPT: usize = 64;

/// What the instances that were started or went on last are decided from next, since most go on soon: answered by whoever
/// looks at their form, or by the outside.
///
/// INVARIANT: it may be out of date, and nothing may come of that. A commit says whether every home still has the revision
/// that was read (law 15), and the instance and its task theirs; whatever else comes of a decision, a rejection above all,
/// counts only if it was decided from what the store holds now.
#[derive(Debug)]
pub(super) struct Warm<D: Domain>(Mutex<VecDeque<(TenantId, InstanceId, Kept<D>)>>);

/// What is kept of one.
#[derive(Debug)]
pub(super) struct Kept<D: Domain> {
    pub(super) loaded: Loaded<D>,
    /// It itself with its tasks, if its first commit was its last.
    pub(super) begun: Option<(Instance<D>, Vec<SharedRecord>)>,
}

impl<D: Domain> Default for Warm<D> {
    fn default() -> Self {
        Warm(Mutex::default())
    }
}

impl<D: Domain> Warm<D> {
    pub(super) fn put(&self, tenant: TenantId, instance: InstanceId, it: Kept<D>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((tenant, instance, it));
    }

    pub(super) fn take(&self, tenant: TenantId, instance: InstanceId) -> Option<Kept<D>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().rposition(|(of, it, _)| (*of, *it) == (tenant, instance))?;
        kept.remove(place).map(|(.., it)| it)
    }
}
