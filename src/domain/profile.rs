use crate::values::{Millis, Timestamp, codes};

codes! {
    /// `CardsPolicyProfile`: the rules that a site goes by when cards are taken out of use.
    pub enum Profile ("policy profile") {
        /// No rules but the site's own.
        None = "none",
        /// FIPS 201-3, for PIV cards.
        Fips201 = "fips201",
        /// ETSI EN 319 411-1, for trust service providers.
        Etsi = "etsi",
        /// The Baseline Requirements of the CA/Browser Forum.
        Cabf = "cabf",
        /// Regulation (EU) No 910/2014, for qualified certificates.
        Eidas = "eidas",
    }
}

codes! {
    /// How far the wording of a rule was followed back.
    pub enum Provenance ("provenance of a rule") {
        /// To the text that sets it.
        Checked = "checked",
        /// To somebody who tells of that text; read it before you rely on the rule.
        Secondary = "secondary source",
    }
}

codes! {
    /// What is done with the certificates of a card that goes out of use.
    pub enum Measure ("measure") {
        /// They are put on hold.
        Hold = "hold",
        /// They are revoked for good.
        Revocation = "revocation",
    }
}

codes! {
    /// A rule of a profile.
    pub enum RuleId ("rule of a policy profile") {
        /// A lost, stolen or compromised PIV card.
        Fips201Lost = "fips201-lost",
        /// A PIV card whose holder may no longer have one.
        Fips201Termination = "fips201-termination",
        /// How a PIV card was terminated.
        Fips201Method = "fips201-method",
        /// A request to revoke or suspend.
        EtsiStatus = "etsi-status",
        /// Whose certificate was revoked or suspended.
        EtsiTold = "etsi-told",
        /// Suspension.
        CabfNoHolds = "cabf-no-holds",
        /// A request to revoke a qualified certificate.
        EidasRevocation = "eidas-revocation",
        /// A qualified certificate that is suspended.
        EidasSuspension = "eidas-suspension",
        /// A qualified certificate that is revoked.
        EidasFinal = "eidas-final",
        /// Whose qualified certificate was revoked or suspended.
        EidasTold = "eidas-told",
    }
}

/// What a rule asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Demand {
    /// Something is done in time.
    Within {
        /// So long after the notification.
        time: Millis,
        /// For these reasons of the form; for each of them, and for none given, if it is `None`.
        reasons: Option<&'static [&'static str]>,
        /// Which measures begin the time.
        begun_by: &'static [Measure],
        /// The least measure that meets it; where more was taken, that must have come about.
        met_by: Measure,
    },
    /// Nothing is put on hold.
    NoHolds,
    /// The holder is written to.
    HolderTold,
    /// What is so in any case; the text says how.
    Always(&'static str),
}

/// A rule of a [`Profile`], as data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ProfileRule {
    /// Its name.
    pub id: RuleId,
    /// The profile.
    pub profile: Profile,
    /// What it says, in our words.
    pub says: &'static str,
    /// Where it stands.
    pub source: &'static str,
    /// Whether it was read there.
    pub checked: Provenance,
    /// What is made of it.
    pub demand: Demand,
}

const BOTH: &[Measure] = &[Measure::Hold, Measure::Revocation];
const LOST: &[&str] = &["lost", "stolen", "compromise", "compromised"];
const TERMINATION: &[&str] = &["leave", "termination"];

const fn within(hours: i64, reasons: Option<&'static [&'static str]>, met_by: Measure) -> Demand {
    Demand::Within { time: Millis::hours(hours), reasons, begun_by: BOTH, met_by }
}

/// The rules of all profiles.
pub const PROFILE_RULES: &[ProfileRule] = &[
    ProfileRule {
        id: RuleId::Fips201Lost,
        profile: Profile::Fips201,
        says: "the certificates of a lost, stolen or compromised card are revoked within 18 hours of notification",
        source: "FIPS 201-3, section 2.9.1",
        checked: Provenance::Checked,
        demand: within(18, Some(LOST), Measure::Revocation),
    },
    ProfileRule {
        id: RuleId::Fips201Termination,
        profile: Profile::Fips201,
        says: "the certificates of a terminated card that is not collected are revoked within 18 hours of notification",
        source: "FIPS 201-3, section 2.9.4",
        checked: Provenance::Checked,
        demand: within(18, Some(TERMINATION), Measure::Revocation),
    },
    ProfileRule {
        id: RuleId::Fips201Method,
        profile: Profile::Fips201,
        says: "it is on record that a card was terminated, and how",
        source: "FIPS 201-3, section 2.9.4",
        checked: Provenance::Checked,
        demand: Demand::Always("the history has the process, its reason and note, and each revocation with its answer"),
    },
    ProfileRule {
        id: RuleId::EtsiStatus,
        profile: Profile::Etsi,
        says: "relying parties see a revocation or suspension within 24 hours of the request for it",
        source: "ETSI EN 319 411-1, REV-6.2.4-03A",
        checked: Provenance::Secondary,
        demand: within(24, None, Measure::Hold),
    },
    ProfileRule {
        id: RuleId::EtsiTold,
        profile: Profile::Etsi,
        says: "the subject is told that a certificate was revoked or suspended",
        source: "ETSI EN 319 411-1, clause 6.3.9",
        checked: Provenance::Secondary,
        demand: Demand::HolderTold,
    },
    ProfileRule {
        id: RuleId::CabfNoHolds,
        profile: Profile::Cabf,
        says: "nothing that is published says that a certificate is suspended",
        source: "Baseline Requirements for TLS certificates, section 4.9.13; for code signing, the same",
        checked: Provenance::Checked,
        demand: Demand::NoHolds,
    },
    ProfileRule {
        id: RuleId::EidasRevocation,
        profile: Profile::Eidas,
        says: "a revocation is published within 24 hours of the request for it",
        source: "Regulation (EU) No 910/2014, article 24(3)",
        checked: Provenance::Secondary,
        demand: Demand::Within {
            time: Millis::hours(24),
            reasons: None,
            begun_by: &[Measure::Revocation],
            met_by: Measure::Revocation,
        },
    },
    ProfileRule {
        id: RuleId::EidasSuspension,
        profile: Profile::Eidas,
        says: "the status service shows a suspension while it lasts, and its period is in the database of certificates",
        source: "Regulation (EU) No 910/2014, article 28(5)",
        checked: Provenance::Checked,
        demand: Demand::Always(
            "a hold is an entry of CRLs and OCSP with its date, and stands in the ledger and the history",
        ),
    },
    ProfileRule {
        id: RuleId::EidasFinal,
        profile: Profile::Eidas,
        says: "a certificate that was revoked never comes back",
        source: "Regulation (EU) No 910/2014, article 28(4)",
        checked: Provenance::Checked,
        demand: Demand::Always("the states of a certificate have no way back from `revoked`"),
    },
    ProfileRule {
        id: RuleId::EidasTold,
        profile: Profile::Eidas,
        says: "the subject is told that a certificate was revoked or suspended",
        source: "ETSI EN 319 411-1, clause 6.3.9, which EN 319 411-2 takes over",
        checked: Provenance::Secondary,
        demand: Demand::HolderTold,
    },
];

impl Profile {
    /// Its rules.
    pub fn rules(self) -> impl Iterator<Item = &'static ProfileRule> {
        PROFILE_RULES.iter().filter(move |it| it.profile == self)
    }

    /// By when what is done with a card must have come about, and the rule that says so; the earliest, if several do.
    ///
    /// ```
    /// use cardflow::domain::{Measure, Profile};
    /// use cardflow::values::{Millis, Timestamp};
    ///
    /// let notified = Timestamp::from_millis(0);
    /// let (by, rule) = Profile::Fips201.deadline(Some("lost"), Measure::Hold, notified).unwrap();
    /// assert_eq!((by, rule.source), (notified.plus(Millis::hours(18)), "FIPS 201-3, section 2.9.1"));
    /// assert_eq!(rule.met_by(Measure::Hold), Measure::Revocation);
    /// assert_eq!(Profile::Fips201.deadline(Some("forgotten"), Measure::Hold, notified), None);
    /// ```
    #[must_use]
    pub fn deadline(
        self,
        reason: Option<&str>,
        measure: Measure,
        notified: Timestamp,
    ) -> Option<(Timestamp, &'static ProfileRule)> {
        let by = |rule: &'static ProfileRule| match rule.demand {
            Demand::Within { time, reasons, begun_by, .. } => {
                let counts = reasons.is_none_or(|listed| reason.is_some_and(|it| listed.contains(&it)));
                (counts && begun_by.contains(&measure)).then(|| (notified.plus(time), rule))
            }
            Demand::NoHolds | Demand::HolderTold | Demand::Always(_) => None,
        };
        self.rules().filter_map(by).min_by_key(|(by, _)| *by)
    }

    /// Whether certificates may be put on hold.
    #[must_use]
    pub fn allows_holds(self) -> bool {
        !self.rules().any(|it| it.demand == Demand::NoHolds)
    }

    /// Whether the holder is written to whenever a card goes out of use.
    #[must_use]
    pub fn tells_holder(self) -> bool {
        self.rules().any(|it| it.demand == Demand::HolderTold)
    }

    /// The rules of all profiles, as a table for a manual.
    #[must_use]
    pub fn table() -> String {
        let mut table = "| profile | rule | says | source | read there |\n| --- | --- | --- | --- | --- |\n".to_owned();
        for ProfileRule { id, profile, says, source, checked, .. } in PROFILE_RULES {
            table.push_str(&format!("| `{profile}` | `{id}` | {says} | {source} | {checked} |\n"));
        }
        table
    }
}

impl RuleId {
    /// The rule.
    #[must_use]
    pub fn rule(self) -> Option<&'static ProfileRule> {
        PROFILE_RULES.iter().find(|it| it.id == self)
    }
}

impl ProfileRule {
    /// What must have come about where this measure was taken: it, or what the rule asks for if that is more.
    #[must_use]
    pub fn met_by(&self, taken: Measure) -> Measure {
        match self.demand {
            Demand::Within { met_by, .. } => taken.max(met_by),
            Demand::NoHolds | Demand::HolderTold | Demand::Always(_) => taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(profile: Profile, reason: Option<&str>, measure: Measure) -> Option<(i64, RuleId)> {
        let notified = Timestamp::from_millis(1_000);
        let (by, rule) = profile.deadline(reason, measure, notified)?;
        Some(((by.millis() - notified.millis()) / 3_600_000, rule.id))
    }

    #[test]
    fn every_profile_reason_and_measure() {
        use RuleId::{EidasRevocation, EtsiStatus, Fips201Lost, Fips201Termination};
        let reasons = [
            (None, None),
            (Some("lost"), Some(Fips201Lost)),
            (Some("stolen"), Some(Fips201Lost)),
            (Some("compromise"), Some(Fips201Lost)),
            (Some("compromised"), Some(Fips201Lost)),
            (Some("leave"), Some(Fips201Termination)),
            (Some("termination"), Some(Fips201Termination)),
            (Some("forgotten"), None),
            (Some("damaged"), None),
            (Some("investigation"), None),
            (Some("other"), None),
            (Some("Lost"), None),
        ];
        for (reason, fips) in reasons {
            for measure in Measure::ALL.iter().copied() {
                for profile in Profile::ALL.iter().copied() {
                    let expected = match (profile, measure) {
                        (Profile::None | Profile::Cabf, _) | (Profile::Eidas, Measure::Hold) => None,
                        (Profile::Fips201, _) => fips.map(|it| (18, it)),
                        (Profile::Etsi, _) => Some((24, EtsiStatus)),
                        (Profile::Eidas, Measure::Revocation) => Some((24, EidasRevocation)),
                    };
                    assert_eq!(hours(profile, reason, measure), expected, "{profile}, {reason:?}, {measure}");
                }
            }
        }
    }

    #[test]
    fn what_meets_each_rule() {
        let not_by_holds: Vec<_> =
            PROFILE_RULES.iter().filter(|it| it.met_by(Measure::Hold) != Measure::Hold).map(|it| it.id).collect();
        assert_eq!(not_by_holds, [RuleId::Fips201Lost, RuleId::Fips201Termination, RuleId::EidasRevocation]);
        assert!(PROFILE_RULES.iter().all(|it| it.met_by(Measure::Revocation) == Measure::Revocation));
    }

    #[test]
    fn what_profiles_allow_and_whom_they_tell() {
        let says: Vec<_> = Profile::ALL.iter().map(|it| (it.name(), it.allows_holds(), it.tells_holder())).collect();
        let expected = [
            ("none", true, false),
            ("fips201", true, false),
            ("etsi", true, true),
            ("cabf", false, false),
            ("eidas", true, true),
        ];
        assert_eq!(says, expected);
    }

    #[test]
    fn every_rule_is_there_once_with_its_source() {
        let ids: Vec<_> = PROFILE_RULES.iter().map(|it| it.id).collect();
        assert_eq!(ids, RuleId::ALL);
        assert!(PROFILE_RULES.iter().all(|it| !it.says.is_empty() && !it.source.is_empty()));
        assert!(RuleId::ALL.iter().all(|it| it.rule().is_some_and(|rule| rule.id == *it)));
    }
}
