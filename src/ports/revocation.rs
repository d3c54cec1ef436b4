//! What an order does to an entry of a ledger: pure, so that every authority does the same and every case can be tried.

use super::{AuthorityError, AuthorityOrder, AuthorityStatus, LedgerEntry, LedgerStatus};
use crate::domain::{AuthorityAction, Capabilities, CertificateState, RevocationReason};
use crate::values::{Revision, Timestamp};

impl AuthorityOrder {
    /// The reason that is asked for: `certificateHold` for a hold, `removeFromCRL` for a release.
    #[must_use]
    pub fn reason(&self) -> RevocationReason {
        match self.action {
            AuthorityAction::Hold => RevocationReason::CertificateHold,
            AuthorityAction::Release => RevocationReason::RemoveFromCrl,
            AuthorityAction::Revoke(reason) => reason,
        }
    }

    /// The entry that a ledger must hold for this order to be done at an authority that is `able` to do so much; none if it
    /// holds already.
    ///
    /// An order for the state that holds changes nothing, in particular no date, unless it names an earlier one. A hold that
    /// becomes a revocation keeps its start as the date, and a revocation that becomes one for `keyCompromise` its own: relying
    /// parties have refused the certificate since then. A certificate the ledger does not know was issued before the ledger was
    /// kept, and is good.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Invalid`] for a date that cannot be given, [`AuthorityError::Overtaken`] if the entry has another
    /// revision than the order expects, unless it revokes for good, and [`AuthorityError::Refused`] by the rules of RFC 5280;
    /// nothing is to be done then.
    pub fn applied_to(
        &self,
        known: Option<&LedgerEntry>,
        able: Capabilities,
    ) -> Result<Option<LedgerEntry>, AuthorityError> {
        self.check_dates(able)?;
        let (current, not_after) = known.map_or((LedgerStatus::Good, self.not_after), |it| (it.status, it.not_after));
        let revision = known.map_or(Revision::NONE, |it| it.revision);
        let asked = self.reason();
        let (state, reason, since) = current.told();
        let moves_back = since.zip(self.since).is_some_and(|(since, named)| named < since);
        if current.is_what_is_asked(asked) && !moves_back {
            return Ok(None);
        }
        if !asked.is_permanent() && self.expects.is_some_and(|it| it != revision) {
            return Err(AuthorityError::Overtaken { serial: self.serial.clone(), revision });
        }
        let revises = state == CertificateState::Revoked && reason.is_some_and(|it| may_be_revised(it, asked, able));
        let expired = self.at > not_after && (revises || state != CertificateState::Revoked);
        let becomes = match state {
            _ if expired => asked.applied_to(CertificateState::Expired, reason)?,
            revoked if revises => revoked,
            state => asked.applied_to(state, reason)?,
        };
        // INVARIANT: a date moves back, never forward.
        let date = self.since.unwrap_or(self.at);
        let since = since.map_or(date, |it| if moves_back { date } else { it });
        let status = match becomes {
            CertificateState::OnHold => LedgerStatus::OnHold { since },
            CertificateState::Revoked => LedgerStatus::Revoked { reason: asked, since },
            CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => {
                LedgerStatus::Released { since: self.at }
            }
        };
        let invalid_since = match status {
            LedgerStatus::Good | LedgerStatus::Released { .. } => None,
            LedgerStatus::OnHold { .. } | LedgerStatus::Revoked { .. } => {
                self.invalid_since.or(known.and_then(|it| it.invalid_since))
            }
        };
        let (serial, revision) = (self.serial.clone(), revision.next());
        Ok(Some(LedgerEntry { serial, not_after, status, invalid_since, revision }))
    }

    /// Whether its dates can be given, at an authority that is `able` to do so much.
    ///
    /// # Errors
    ///
    /// [`AuthorityError::Invalid`] for one in the future, an earlier one where back-dating is off, and one of a release.
    pub fn check_dates(&self, able: Capabilities) -> Result<(), AuthorityError> {
        let invalid = |what, why: String| Err(AuthorityError::Invalid { what, why });
        let releases = self.reason() == RevocationReason::RemoveFromCrl;
        match (self.since, self.invalid_since) {
            (None, None) => Ok(()),
            (Some(_), _) | (_, Some(_)) if releases => {
                invalid("the date", "what is released has none; leave it out".to_owned())
            }
            (Some(date), _) if date > self.at => {
                invalid("the revocation date", format!("{date} is in the future; leave it out, or name an earlier one"))
            }
            (_, Some(date)) if date > self.at => {
                invalid("the invalidity date", format!("{date} is in the future; leave it out, or name an earlier one"))
            }
            (Some(date), _) if date < self.at && !able.back_dating => invalid(
                "the revocation date",
                format!(
                    "{date} is earlier than the order, and back-dating is off; switch it on there, or leave the date out"
                ),
            ),
            (_, _) => Ok(()),
        }
    }
}

/// Whether a revocation for good may be written anew: for another reason, or for `keyCompromise` with an earlier date.
fn may_be_revised(current: RevocationReason, asked: RevocationReason, able: Capabilities) -> bool {
    let is_known = current == RevocationReason::KeyCompromise;
    able.reason_change && asked == RevocationReason::KeyCompromise && (is_known || current.may_become_key_compromise())
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
