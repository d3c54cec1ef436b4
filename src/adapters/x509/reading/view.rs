use std::sync::Arc;

use super::super::published_list::{Line, List, Says};
use super::earlier::{Earlier, Said};
use super::scope::scope;
use super::trouble::Trouble;
use crate::domain::{CertificateState, RevocationReason, Serial};
use crate::ports::Published;
use crate::values::Timestamp;

/// A list with the digest of its bytes, by which it is known again.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) digest: [u8; 32],
    pub(super) list: List,
}

/// What a complete CRL and a delta CRL over it say together (RFC 5280, section 5.2.4).
#[derive(Clone, Debug)]
pub(super) struct View {
    pub(super) complete: Arc<Known>,
    /// The newest that was seen, whether it adds anything or not.
    pub(super) delta: Option<Arc<Known>>,
}

impl View {
    /// Refuses lists that do not go together.
    pub(super) fn of(complete: Arc<Known>, delta: Option<Arc<Known>>) -> Result<Self, Trouble> {
        let view = View { complete, delta };
        if let Some(delta) = view.newer() {
            if scope(delta) != scope(&view.complete.list) {
                return Err(Trouble::NotTrusted("complete and delta CRL are about different certificates"));
            }
            if delta.base.is_none_or(|it| it > view.complete.list.number) {
                return Err(Trouble::unavailable("the delta CRL adds to a later complete CRL than lies there"));
            }
        }
        Ok(view)
    }

    /// The delta CRL, if it says anything that the complete one does not.
    fn newer(&self) -> Option<&List> {
        self.delta.as_ref().map(|it| &it.list).filter(|it| it.number > self.complete.list.number)
    }

    /// When the newest list was made.
    pub(super) fn as_of(&self) -> Timestamp {
        self.newer().map_or(self.complete.list.this_update, |it| it.this_update.max(self.complete.list.this_update))
    }

    /// The end of the list that ends first.
    pub(super) fn until(&self) -> Timestamp {
        self.newer().map_or(self.complete.list.next_update, |it| it.next_update.min(self.complete.list.next_update))
    }

    /// What the lists say of a certificate.
    fn line(&self, serial: &Serial) -> Option<Line> {
        let newer = self.newer().and_then(|it| it.line(serial));
        newer.or_else(|| self.complete.list.line(serial)).filter(|it| it.says != Says::Removed)
    }

    /// What is told of a certificate, but for what was told earlier.
    pub(super) fn told(&self, serial: &Serial, earlier: &Earlier, now: Timestamp) -> Published {
        let line = self.line(serial);
        let (state, reason) = said(line);
        // Whoever takes no delta CRLs goes by the complete one.
        let alone = self.complete_alone(serial).filter(|(its, until)| *its != (state, reason) && *until > now);
        let before = earlier.until(serial, (state, reason), now);
        Published {
            state,
            reason,
            since: line.map(|it| it.since),
            as_of: self.as_of(),
            until: Some(self.until()),
            earlier_until: before.max(alone.map(|(_, until)| until)),
        }
    }

    fn complete_alone(&self, serial: &Serial) -> Option<(Said, Timestamp)> {
        self.newer().map(|_| (said(self.complete.list.line(serial)), self.complete.list.next_update))
    }

    /// Notes what this view tells otherwise than the one that takes its place.
    pub(super) fn replaced_by(&self, next: &View, earlier: &mut Earlier) {
        let mut lists: Vec<&List> = [self.newer(), next.newer()].into_iter().flatten().collect();
        if !Arc::ptr_eq(&self.complete, &next.complete) {
            lists.extend([&self.complete.list, &next.complete.list]);
        }
        for serial in lists.into_iter().flat_map(List::serials) {
            let new = said(next.line(serial));
            let (old, until) = (said(self.line(serial)), self.until());
            if old != new {
                earlier.note(serial, old, until);
            }
            if let Some((alone, until)) = self.complete_alone(serial).filter(|(its, _)| *its != new) {
                earlier.note(serial, alone, until);
            }
        }
    }
}

fn said(line: Option<Line>) -> Said {
    let Some(line) = line else { return (CertificateState::Valid, None) };
    match line.says {
        Says::Removed => (CertificateState::Valid, None),
        Says::OnHold => (CertificateState::OnHold, Some(RevocationReason::CertificateHold)),
        Says::Revoked => (CertificateState::Revoked, Some(line.reason)),
    }
}
