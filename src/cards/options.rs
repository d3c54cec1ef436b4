use crate::domain::{
    Drift, ExpiryCertificates, HoldEnd, Policy, Profile, RevocationReason, SharedCertificates, Unholdable,
};
use crate::engine::options::{OptionField, OptionType, OptionValue};
use crate::values::{by_name, codes};

codes! {
    /// When whoever may decide is written to.
    pub enum ApprovalMail ("time of mails to approvers") {
        /// At each request.
        Each = "each",
        /// Once a day, with all that waits.
        Daily = "daily",
    }
}

crate::engine::options::declare_options! {
    /// What the administrator decides for the package of card processes, with its defaults.
    ///
    /// From a script, as the chapter on options of the manual says, or from any serde source; an unknown name is refused.
    ///
    /// ```
    /// use cardflow::cards::CardsOptions;
    ///
    /// let options = CardsOptions::default();
    /// assert!(!options.deactivation_approval);
    /// assert!(options.reasons.contains(&"lost".to_owned()));
    /// ```
    pub struct CardsOptions {
        deactivation_approval: bool {
            name: "CardsDeactivationApproval",
            help: "A second person must agree to a deactivation.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        deactivation_approval_except: Vec<String> {
            name: "CardsDeactivationApprovalExcept",
            help: "The reasons for which a deactivation is done at once, and reviewed after instead of approved before.",
            default: Vec::new(),
            fails_to: Vec::new(),
            tried: [Vec::new(), usual_reasons()],
        }
        deactivation_self_service: bool {
            name: "CardsDeactivationSelfService",
            help: "Self-service users may deactivate their own cards, with the same approval.",
            default: false,
            fails_to: false,
            tried: [false, true],
        }
        reactivation_approval: bool {
            name: "CardsReactivationApproval",
            help: "A second person must agree to a reactivation.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        lock_approval: bool {
            name: "CardsLockApproval",
            help: "A second person must agree before a card is locked for good.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        approvals_needed: u32 {
            name: "CardsApprovalsNeeded",
            help: "So many approvers must agree, each of them another person.",
            default: 1,
            fails_to: 1,
            allowed: OptionType::Number { least: 1, most: 9 },
            tried: [1, 2],
        }
        approval_hours: u32 {
            name: "CardsApprovalHours",
            help: "So many hours a request waits for approval; then it expires, or goes to the role of CardsApprovalEscalationRole for as long again.",
            default: 72,
            fails_to: 72,
            allowed: OptionType::Number { least: 1, most: 8760 },
            tried: [72, 1],
        }
        approval_reminder_hours: u32 {
            name: "CardsApprovalReminderHours",
            help: "So many hours before its time is over, those on whom a request waits are reminded of it; 0 for not at all.",
            default: 24,
            fails_to: 24,
            allowed: OptionType::Number { least: 0, most: 8760 },
            tried: [24, 0],
        }
        approval_escalation_role: Option<String> {
            name: "CardsApprovalEscalationRole",
            help: "The role whose members may decide as well once the approvers have let the time pass; without one, the request expires.",
            default: None,
            fails_to: None,
            tried: [None, Some(super::ADMINISTRATOR.to_owned())],
        }
        #[serde(with = "by_name")]
        approval_mail: ApprovalMail {
            name: "CardsApprovalMail",
            help: "Whoever may decide is written to at each request, or once a day with all that waits for them.",
            default: ApprovalMail::Each,
            fails_to: ApprovalMail::Each,
            tried: [ApprovalMail::Each, ApprovalMail::Daily],
        }
        deactivation_mail: bool {
            name: "CardsDeactivationMail",
            help: "The holder is written to once a card was deactivated.",
            default: false,
            fails_to: false,
            tried: [false, true],
        }
        reactivation_mail: bool {
            name: "CardsReactivationMail",
            help: "The holder is written to once a card was reactivated.",
            default: false,
            fails_to: false,
            tried: [false, true],
        }
        lock_mail: bool {
            name: "CardsLockMail",
            help: "The holder is written to once a card was locked for good.",
            default: false,
            fails_to: false,
            tried: [false, true],
        }
        deactivation_limit: u32 {
            name: "CardsDeactivationLimit",
            help: "So many cards one person may take out of use within an hour, by Deactivate card and Lock card together; 0 for no limit.",
            default: 50,
            fails_to: 50,
            tried: [50, 1, 0],
        }
        deactivation_limit_role: Option<String> {
            name: "CardsDeactivationLimitRole",
            help: "The role whose members must agree to what goes beyond the limit, where the process has an approval step; without one it is refused.",
            default: None,
            fails_to: None,
            tried: [None, Some(super::APPROVER.to_owned())],
        }
        #[serde(with = "by_name")]
        expiry_certificates: ExpiryCertificates {
            name: "CardsExpiryCertificates",
            help: "What happens to the certificates of a card whose validity is over and that are not over themselves: they are revoked with the reason cessationOfOperation, or are on hold until they expire.",
            default: ExpiryCertificates::Revoke,
            fails_to: ExpiryCertificates::Revoke,
            tried: [ExpiryCertificates::Revoke, ExpiryCertificates::Hold],
        }
        hold_days: u32 {
            name: "CardsHoldDays",
            help: "So many days a card stays inactive after a deactivation; then it goes on as CardsHoldEnd says. 0 for no limit. It counts for deactivations from then on.",
            default: 0,
            fails_to: 0,
            allowed: OptionType::Number { least: 0, most: 3650 },
            tried: [0, 30],
        }
        #[serde(with = "by_name")]
        hold_end: HoldEnd {
            name: "CardsHoldEnd",
            help: "What happens to a card that has been inactive for as long as it may: approvers are asked whether to lock it, it is locked, or it is reactivated.",
            default: HoldEnd::Ask,
            fails_to: HoldEnd::Ask,
            tried: [HoldEnd::Ask, HoldEnd::Lock, HoldEnd::Reactivate],
        }
        #[serde(with = "by_name")]
        policy_profile: Profile {
            name: "CardsPolicyProfile",
            help: "The rules that the site goes by when cards go out of use: whether certificates may be held, by when they must be revoked, whether the holder is told. `none` for the site's own alone.",
            default: Profile::None,
            fails_to: Profile::None,
            tried: [Profile::None, Profile::Fips201, Profile::Cabf],
        }
        #[serde(with = "by_name")]
        drift: Drift {
            name: "CardsDrift",
            help: "What happens where a certificate was given back at its authority behind our back, found by a reconciliation: it is asked for again, or only put on record as an incident.",
            default: Drift::Correct,
            fails_to: Drift::Correct,
            tried: [Drift::Correct, Drift::Report],
        }
        overdue_role: Option<String> {
            name: "CardsOverdueRole",
            help: "The role whose members are written to when a time that CardsPolicyProfile sets has passed; without one, an incident stands and nobody is written to.",
            default: None,
            fails_to: None,
            tried: [None, Some(super::ADMINISTRATOR.to_owned())],
        }
        record_reading: bool {
            name: "CardsRecordReading",
            help: "It is put on record who reads personal data of others.",
            default: false,
            fails_to: true,
            tried: [false, true],
        }
        reasons: Vec<String> {
            name: "CardsReasons",
            help: "The reasons a form offers.",
            default: usual_reasons(),
            fails_to: usual_reasons(),
            tried: [usual_reasons(), vec!["lost".to_owned()], Vec::new()],
        }
        #[serde(with = "by_name")]
        shared_certificates: SharedCertificates {
            name: "CardsSharedCertificates",
            help: "What happens to a certificate that another active card carries too: it is held all the same, or stays valid until the last card that carries it goes out of use.",
            default: Policy::default().shared,
            fails_to: SharedCertificates::Hold,
            tried: [SharedCertificates::Hold, SharedCertificates::UntilLast],
        }
        #[serde(with = "by_name")]
        unholdable: Unholdable {
            name: "CardsUnholdable",
            help: "What a deactivation does about a certificate that cannot be held: it goes on without it, revokes it for good where there is an authority to ask, or is refused.",
            default: Policy::default().unholdable,
            fails_to: Unholdable::Proceed,
            tried: [Unholdable::Proceed, Unholdable::Revoke, Unholdable::Refuse],
        }
        #[serde(with = "by_name")]
        lock_reason: RevocationReason {
            name: "CardsLockReason",
            help: "The reason of revocation when a card is locked.",
            default: Policy::default().lock_reason,
            fails_to: RevocationReason::Unspecified,
            allowed: permanent_reasons(),
            tried: [RevocationReason::Unspecified, RevocationReason::KeyCompromise, RevocationReason::CertificateHold],
        }
        multiple_active: bool {
            name: "CardsMultipleActive",
            help: "A person may have several active cards.",
            default: Policy::default().multiple_active,
            fails_to: false,
            tried: [false, true],
        }
        second_administrator: bool {
            name: "CardsSecondAdministrator",
            help: "Options that one administrator proposes are activated by another one, and a role or deputy for oneself counts once another one has given it too.",
            default: true,
            fails_to: true,
            tried: [true, false],
        }
    }
}

fn usual_reasons() -> Vec<String> {
    ["lost", "stolen", "forgotten", "damaged", "leave", "investigation", "other"].map(str::to_owned).into()
}

/// A lock is for good.
fn permanent_reasons() -> OptionType {
    OptionType::Choice(RevocationReason::ALL.iter().filter(|it| it.is_permanent()).map(|it| it.name()).collect())
}

/// Fields of types that have names in words hold one of these.
macro_rules! words {
    ($($type:ident)+) => {$(
        impl OptionField for $type {
            fn holds() -> OptionType {
                OptionType::Choice($type::ALL.iter().map(|it| it.name()).collect())
            }

            fn value(&self) -> OptionValue {
                OptionValue::Text(self.name().to_owned())
            }

            fn of_value(value: &OptionValue) -> Option<Self> {
                if let OptionValue::Text(it) = value { it.parse().ok() } else { None }
            }
        }
    )+};
}

words!(ApprovalMail Drift ExpiryCertificates HoldEnd Profile SharedCertificates Unholdable RevocationReason);

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
            hold_days: self.hold_days,
            profile: self.policy_profile,
        }
    }
}
