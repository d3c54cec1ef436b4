use serde::{Deserialize, Serialize};

use super::{Profile, RevocationReason};
use crate::values::codes;

codes! {
    /// `CardsSharedCertificates`: what happens to a certificate that another active card carries too.
    pub enum SharedCertificates ("value of CardsSharedCertificates") {
        /// It is held all the same; the preview names the other cards.
        Hold = "hold",
        /// It stays valid until the last card that carries it goes out of use.
        UntilLast = "until-last",
    }
}

codes! {
    /// `CardsUnholdable`: what a deactivation does about a certificate that cannot be held.
    pub enum Unholdable ("value of CardsUnholdable") {
        /// Goes on: the certificate is exempt, an incident stands (law 13).
        Proceed = "proceed",
        /// Revokes it for good where there is an authority to ask, else goes on.
        Revoke = "revoke",
        /// Refuses the deactivation.
        Refuse = "refuse",
    }
}

codes! {
    /// `CardsHoldEnd`: what happens to a card that has been inactive for as long as it may.
    pub enum HoldEnd ("value of CardsHoldEnd") {
        /// Approvers are asked whether to lock it; if they refuse, it stays inactive for as long again.
        Ask = "ask",
        /// It is locked.
        Lock = "lock",
        /// It is reactivated; where that is refused, approvers are asked.
        Reactivate = "reactivate",
    }
}

codes! {
    /// `CardsExpiryCertificates`: what happens to the unexpired certificates of a card whose validity is over.
    pub enum ExpiryCertificates ("value of CardsExpiryCertificates") {
        /// They are revoked, with the reason *cessationOfOperation*.
        Revoke = "revoke",
        /// They are on hold until they expire.
        Hold = "hold",
    }
}

codes! {
    /// `CardsDrift`: what happens where an authority has given back what is to be out of force.
    pub enum Drift ("value of CardsDrift") {
        /// It is asked again for what is wanted, and an incident stands.
        Correct = "correct",
        /// An incident stands.
        Report = "report",
    }
}

/// What the administrator decided about cards and certificates, as a plan needs it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// About certificates on several cards.
    pub shared: SharedCertificates,
    /// About certificates that cannot be held.
    pub unholdable: Unholdable,
    /// The reason given when a card is locked.
    pub lock_reason: RevocationReason,
    /// A person may have several active cards.
    pub multiple_active: bool,
    /// So many days a card stays inactive at most; 0 for no limit.
    pub hold_days: u32,
    /// The rules that the site goes by.
    pub profile: Profile,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            shared: SharedCertificates::Hold,
            unholdable: Unholdable::Proceed,
            lock_reason: RevocationReason::Unspecified,
            multiple_active: false,
            hold_days: 0,
            profile: Profile::None,
        }
    }
}
