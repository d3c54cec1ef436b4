use super::CertificateState;
use crate::values::codes;

codes! {
    /// A reason of revocation, as RFC 5280, section 5.3.1, names them. Code 7 does not exist.
    pub enum RevocationReason ("revocation reason") {
        /// 0. Left out of CRLs.
        Unspecified = "unspecified",
        /// 1.
        KeyCompromise = "keyCompromise",
        /// 2.
        CaCompromise = "cACompromise",
        /// 3.
        AffiliationChanged = "affiliationChanged",
        /// 4.
        Superseded = "superseded",
        /// 5.
        CessationOfOperation = "cessationOfOperation",
        /// 6. The only one that can be taken back.
        CertificateHold = "certificateHold",
        /// 8. Not a revocation: it takes a hold back, and stands in delta CRLs only.
        RemoveFromCrl = "removeFromCRL",
        /// 9.
        PrivilegeWithdrawn = "privilegeWithdrawn",
        /// 10.
        AaCompromise = "aACompromise",
    }
}

/// Why a change of revocation is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RevocationRefused {
    /// A permanent revocation never comes back and keeps its reason.
    #[error("the certificate is revoked with reason {0}, which is permanent; issue a new certificate instead")]
    Permanent(RevocationReason),
    /// There is no hold to take back.
    #[error("the certificate is not on hold, so there is nothing to release")]
    NotOnHold,
    /// Its end is past; authorities drop it from their lists.
    #[error("the certificate has expired, nothing can be revoked any more")]
    Expired,
}

impl RevocationReason {
    /// Its number in RFC 5280.
    ///
    /// ```
    /// assert_eq!(cardflow::domain::RevocationReason::CertificateHold.code(), 6);
    /// ```
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            RevocationReason::Unspecified => 0,
            RevocationReason::KeyCompromise => 1,
            RevocationReason::CaCompromise => 2,
            RevocationReason::AffiliationChanged => 3,
            RevocationReason::Superseded => 4,
            RevocationReason::CessationOfOperation => 5,
            RevocationReason::CertificateHold => 6,
            RevocationReason::RemoveFromCrl => 8,
            RevocationReason::PrivilegeWithdrawn => 9,
            RevocationReason::AaCompromise => 10,
        }
    }

    /// The reason with this number.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.code() == code)
    }

    /// Whether a revocation with this reason can never be taken back.
    #[must_use]
    pub const fn is_permanent(self) -> bool {
        !matches!(self, RevocationReason::CertificateHold | RevocationReason::RemoveFromCrl)
    }

    /// Whether a revocation with this reason may become one for `keyCompromise`, at an authority that allows
    /// [another reason](super::Capabilities::reason_change): what is known later is worse.
    ///
    /// Not where an authority was compromised: there, every certificate is worthless whatever became of its key.
    #[must_use]
    pub const fn may_become_key_compromise(self) -> bool {
        use RevocationReason::{AffiliationChanged, CessationOfOperation, PrivilegeWithdrawn, Superseded, Unspecified};
        matches!(self, Unspecified | AffiliationChanged | Superseded | CessationOfOperation | PrivilegeWithdrawn)
    }

    /// What asking for this reason does to a certificate in `state`, revoked for `current` if it is.
    ///
    /// Hold → release, hold → permanent, permanent → nothing.
    ///
    /// # Errors
    ///
    /// [`RevocationRefused`] says why nothing is done.
    pub fn applied_to(
        self,
        state: CertificateState,
        current: Option<RevocationReason>,
    ) -> Result<CertificateState, RevocationRefused> {
        match (state, self) {
            (CertificateState::Revoked, _) => {
                Err(RevocationRefused::Permanent(current.unwrap_or(RevocationReason::Unspecified)))
            }
            (CertificateState::Expired, _) => Err(RevocationRefused::Expired),
            (CertificateState::OnHold, RevocationReason::RemoveFromCrl) => Ok(CertificateState::Valid),
            (CertificateState::Issued | CertificateState::Valid, RevocationReason::RemoveFromCrl) => {
                Err(RevocationRefused::NotOnHold)
            }
            (_, RevocationReason::CertificateHold) => Ok(CertificateState::OnHold),
            (_, _) => Ok(CertificateState::Revoked),
        }
    }
}
