use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::case::{Case, Way};
use super::office::Office;
use super::surroundings::Surroundings;
use super::view::View;
use crate::domain::CardKind;

/// An office with its subject in the state that a case begins with.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) office: Office,
    pub(super) before: View,
    /// What led there.
    pub(super) told: Vec<String>,
}

/// The offices of a proof, each prepared once and copied for every run; none where a case cannot be.
#[derive(Clone, Debug, Default)]
pub(super) struct Offices(Arc<Mutex<Kept>>);

type Kept = BTreeMap<(Surroundings, Way, CardKind), Option<Arc<Prepared>>>;

impl Offices {
    fn key(case: &Case) -> (Surroundings, Way, CardKind) {
        (case.surroundings, case.way.clone(), case.sort.clone())
    }

    /// The office for a case, if it was prepared.
    pub(super) fn known(&self, case: &Case) -> Option<Option<Arc<Prepared>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&Offices::key(case)).cloned()
    }

    /// Keeps the office for a case.
    pub(super) fn keep(&self, case: &Case, prepared: Option<Prepared>) -> Option<Arc<Prepared>> {
        let prepared = prepared.map(Arc::new);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(Offices::key(case), prepared.clone());
        prepared
    }
}
