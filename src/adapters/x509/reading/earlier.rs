use std::collections::BTreeMap;

use crate::domain::{CertificateState, RevocationReason, Serial};
use crate::values::Timestamp;

/// State and reason: what tells two lists apart.
pub(super) type Said = (CertificateState, Option<RevocationReason>);

/// What was told earlier and is replaced since, with until when it may still be relied on.
#[derive(Debug, Default)]
pub(super) struct Earlier(BTreeMap<Serial, Vec<(Said, Timestamp)>>);

impl Earlier {
    pub(super) fn note(&mut self, serial: &Serial, said: Said, until: Timestamp) {
        let known = self.0.entry(serial.clone()).or_default();
        match known.iter_mut().find(|(its, _)| *its == said) {
            Some((_, end)) => *end = until.max(*end),
            None => known.push((said, until)),
        }
    }

    /// Forgets what nobody may rely on any more.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.0.retain(|_, it| {
            it.retain(|(_, until)| *until > now);
            !it.is_empty()
        });
    }

    /// The last end of what told otherwise.
    pub(super) fn until(&self, serial: &Serial, said: Said, now: Timestamp) -> Option<Timestamp> {
        let known = self.0.get(serial).map(Vec::as_slice).unwrap_or_default();
        known.iter().filter(|(its, until)| *its != said && *until > now).map(|(_, until)| *until).max()
    }

    #[cfg(all(feature = "fetch", feature = "ocsp"))]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
