//! What an order does to an entry of the ledger: pure, so that every case can be tried.

use crate::domain::{AuthorityAction, CertificateState, RevocationReason, RevocationRefused};
use crate::ports::{AuthorityOrder, AuthorityStatus, LedgerEntry, LedgerStatus};

/// The entry that the ledger must hold for `order` to be done; none if it holds already.
///
/// An order for the state that holds changes nothing, in particular no date. A hold that becomes a revocation keeps its
/// start as the date: relying parties have refused the certificate since then.
pub(super) fn decide(
    known: Option<&LedgerEntry>,
    order: &AuthorityOrder,
) -> Result<Option<LedgerEntry>, RevocationRefused> {
    // A certificate the ledger does not know was issued before the ledger was kept.
    let (current, not_after) = known.map_or((LedgerStatus::Good, order.not_after), |it| (it.status, it.not_after));
    let asked = match order.action {
        AuthorityAction::Hold => RevocationReason::CertificateHold,
        AuthorityAction::Release => RevocationReason::RemoveFromCrl,
        AuthorityAction::Revoke(reason) => reason,
    };
    if holds_already(current, asked) {
        return Ok(None);
    }
    let AuthorityStatus { state, reason, since } = status_of(current);
    let expired = order.at > not_after && state != CertificateState::Revoked;
    let state = if expired { CertificateState::Expired } else { state };
    let status = match asked.applied_to(state, reason)? {
        CertificateState::OnHold => LedgerStatus::OnHold { since: order.at },
        CertificateState::Revoked => LedgerStatus::Revoked { reason: asked, since: since.unwrap_or(order.at) },
        CertificateState::Issued | CertificateState::Valid | CertificateState::Expired => {
            LedgerStatus::Released { since: order.at }
        }
    };
    Ok(Some(LedgerEntry { serial: order.serial.clone(), not_after, status }))
}

/// What an authority says of an entry with this status.
pub(super) fn status_of(status: LedgerStatus) -> AuthorityStatus {
    let (state, reason, since) = match status {
        LedgerStatus::Good | LedgerStatus::Released { .. } => (CertificateState::Valid, None, None),
        LedgerStatus::OnHold { since } => {
            (CertificateState::OnHold, Some(RevocationReason::CertificateHold), Some(since))
        }
        LedgerStatus::Revoked { reason, since } => (CertificateState::Revoked, Some(reason), Some(since)),
    };
    AuthorityStatus { state, reason, since }
}

fn holds_already(current: LedgerStatus, asked: RevocationReason) -> bool {
    match current {
        LedgerStatus::Good => false,
        LedgerStatus::Released { .. } => asked == RevocationReason::RemoveFromCrl,
        LedgerStatus::OnHold { .. } => asked == RevocationReason::CertificateHold,
        LedgerStatus::Revoked { reason, .. } => asked == reason,
    }
}
