use serde::{Deserialize, Serialize};

use crate::domain::{Policy, RevocationReason, SharedCertificates, Unholdable};

/// What the administrator decides for the package of card processes, with its defaults.
///
/// From any serde source; an unknown name is refused.
///
/// ```
/// use cardflow::cards::CardsOptions;
///
/// let options = CardsOptions::default();
/// assert!(!options.deactivation_approval);
/// assert!(options.reasons.contains(&"lost".to_owned()));
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CardsOptions {
    /// `CardsDeactivationApproval`: a second person must agree to a deactivation. Off.
    #[serde(rename = "CardsDeactivationApproval")]
    pub deactivation_approval: bool,
    /// `CardsDeactivationLimit`: so many cards one person may take out of use within an hour, by *Deactivate card* and *Lock
    /// card* together; 0 for no limit. 50.
    #[serde(rename = "CardsDeactivationLimit")]
    pub deactivation_limit: u32,
    /// `CardsDeactivationLimitRole`: the role whose members must agree to what goes beyond the limit, where the process has
    /// an approval step; without one it is refused. None.
    #[serde(rename = "CardsDeactivationLimitRole")]
    pub deactivation_limit_role: Option<String>,
    /// `CardsRecordReading`: it is put on record who reads personal data of others. Off.
    #[serde(rename = "CardsRecordReading")]
    pub record_reading: bool,
    /// `CardsReasons`: the reasons a form offers.
    #[serde(rename = "CardsReasons")]
    pub reasons: Vec<String>,
    /// `CardsSharedCertificates`: about certificates that several cards carry. `hold`.
    #[serde(rename = "CardsSharedCertificates")]
    pub shared_certificates: SharedCertificates,
    /// `CardsUnholdable`: about certificates that cannot be held. `proceed`.
    #[serde(rename = "CardsUnholdable")]
    pub unholdable: Unholdable,
    /// `CardsLockReason`: the reason of revocation when a card is locked; a permanent one. `unspecified`.
    #[serde(rename = "CardsLockReason")]
    pub lock_reason: RevocationReason,
    /// `CardsMultipleActive`: a person may have several active cards. Off.
    #[serde(rename = "CardsMultipleActive")]
    pub multiple_active: bool,
}

impl Default for CardsOptions {
    fn default() -> Self {
        let reasons = ["lost", "stolen", "forgotten", "damaged", "leave", "investigation", "other"];
        let Policy { shared, unholdable, lock_reason, multiple_active } = Policy::default();
        CardsOptions {
            deactivation_approval: false,
            deactivation_limit: 50,
            deactivation_limit_role: None,
            record_reading: false,
            reasons: reasons.map(str::to_owned).to_vec(),
            shared_certificates: shared,
            unholdable,
            lock_reason,
            multiple_active,
        }
    }
}

impl CardsOptions {
    /// The part that plans read. A lock reason that is not permanent counts as `unspecified`: a lock is for good.
    #[must_use]
    pub fn policy(&self) -> Policy {
        let permanent = self.lock_reason.is_permanent();
        Policy {
            shared: self.shared_certificates,
            unholdable: self.unholdable,
            lock_reason: if permanent { self.lock_reason } else { RevocationReason::Unspecified },
            multiple_active: self.multiple_active,
        }
    }
}
