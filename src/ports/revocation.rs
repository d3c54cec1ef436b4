//! What an order does to an entry of a ledger: pure, so that every authority does the same and every case can be tried.

use super::{AuthorityError, AuthorityOrder, AuthorityStatus, LedgerEntry, LedgerStatus};
use crate::domain::{AuthorityAction, CertificateState, RevocationReason};
use crate::values::{Revision, Timestamp};

impl AuthorityOrder {
    /// The entry that a ledger must hold for this order to be done; none if it holds already.
    ///
    /// An order for the state that holds changes nothing, in particular no date. A hold that becomes a revocation keeps its
    /// start as the date: relying parties have refused the certificate since then. A certificate the ledger does not know
    /// was issued before the ledger was kept, and is good.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Overtaken`] if the entry has another revision than the order expects, unless it revokes for good, and
    /// [`AuthorityError::Refused`] by the rules of RFC 5280; nothing is to be done then.
    pub fn applied_to(&self, known: Option<&LedgerEntry>) -> Result<Option<LedgerEntry>, AuthorityError> {
        let (current, not_after) = known.map_or((LedgerStatus::Good, self.not_after), |it| (it.status, it.not_after));
        let revision = known.map_or(Revision::NONE, |it| it.revision);
        let asked = match self.action {
            AuthorityAction::Hold => RevocationReason::CertificateHold,
            AuthorityAction::Release => RevocationReason::RemoveFromCrl,
            AuthorityAction::Revoke(reason) => reason,
        };
        if current.is_what_is_asked(asked) {
            return Ok(None);
        }
        if !asked.is_permanent() && self.expects.is_some_and(|it| it != revision) {
            return Err(AuthorityError::Overtaken { serial: self.serial.clone(), revision });
        }
        let (state, reason, since) = current.told();
        let expired = self.at > not_after && state != CertificateState::Revoked;
        let state = if expired { CertificateState::Expired } else { state };
        let status = match asked.applied_to(state, reason)? {
            CertificateState::OnHold => LedgerStatus::OnHold { since: self.at },
            CertificateState::Revoked => LedgerStatus::Revoked { reason: asked, since: since.unwrap_or(self.at) },
            CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => {
                LedgerStatus::Released { since: self.at }
            }
        };
        Ok(Some(LedgerEntry { serial: self.serial.clone(), not_after, status, revision: revision.next() }))
    }
}

impl LedgerEntry {
    /// What an authority says of this entry.
    #[must_use]
    pub fn told(&self) -> AuthorityStatus {
        let (state, reason, since) = self.status.told();
        AuthorityStatus { state, reason, since, revision: Some(self.revision) }
    }
}

impl LedgerStatus {
    fn told(self) -> (CertificateState, Option<RevocationReason>, Option<Timestamp>) {
        match self {
            LedgerStatus::Good | LedgerStatus::Released { .. } => (CertificateState::Valid, None, None),
            LedgerStatus::OnHold { since } => {
                (CertificateState::OnHold, Some(RevocationReason::CertificateHold), Some(since))
            }
            LedgerStatus::Revoked { reason, since } => (CertificateState::Revoked, Some(reason), Some(since)),
        }
    }

    fn is_what_is_asked(self, asked: RevocationReason) -> bool {
        match self {
            LedgerStatus::Good => false,
            LedgerStatus::Released { .. } => asked == RevocationReason::RemoveFromCrl,
            LedgerStatus::OnHold { .. } => asked == RevocationReason::CertificateHold,
            LedgerStatus::Revoked { reason, .. } => asked == reason,
        }
    }
}
