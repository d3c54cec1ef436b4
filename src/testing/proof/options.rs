use crate::cards::CardsOptions;
use crate::domain::{RevocationReason, SharedCertificates, Unholdable};

/// Sets an option.
type Set = fn(&mut CardsOptions);

/// The values of each option that a process may behave differently under, in the order of
/// [`CardsOptions`](crate::cards::CardsOptions); the first is the default.
const VALUES: &[(&str, &[(&str, Set)])] = &[
    (
        "CardsDeactivationApproval",
        &[("off", |it| it.deactivation_approval = false), ("on", |it| it.deactivation_approval = true)],
    ),
    (
        "CardsDeactivationLimit",
        &[
            ("50", |it| it.deactivation_limit = 50),
            ("1", |it| it.deactivation_limit = 1),
            ("0", |it| it.deactivation_limit = 0),
        ],
    ),
    (
        "CardsDeactivationLimitRole",
        &[
            ("none", |it| it.deactivation_limit_role = None),
            ("Approver", |it| it.deactivation_limit_role = Some(crate::cards::APPROVER.to_owned())),
        ],
    ),
    ("CardsRecordReading", &[("off", |it| it.record_reading = false), ("on", |it| it.record_reading = true)]),
    (
        "CardsReasons",
        &[
            ("the usual", |it| it.reasons = CardsOptions::default().reasons),
            ("one", |it| it.reasons = vec!["lost".to_owned()]),
            ("none", |it| it.reasons = Vec::new()),
        ],
    ),
    (
        "CardsSharedCertificates",
        &[
            ("hold", |it| it.shared_certificates = SharedCertificates::Hold),
            ("until-last", |it| it.shared_certificates = SharedCertificates::UntilLast),
        ],
    ),
    (
        "CardsUnholdable",
        &[
            ("proceed", |it| it.unholdable = Unholdable::Proceed),
            ("revoke", |it| it.unholdable = Unholdable::Revoke),
            ("refuse", |it| it.unholdable = Unholdable::Refuse),
        ],
    ),
    (
        "CardsLockReason",
        &[
            ("unspecified", |it| it.lock_reason = RevocationReason::Unspecified),
            ("key compromise", |it| it.lock_reason = RevocationReason::KeyCompromise),
            ("certificate hold", |it| it.lock_reason = RevocationReason::CertificateHold),
        ],
    ),
    ("CardsMultipleActive", &[("off", |it| it.multiple_active = false), ("on", |it| it.multiple_active = true)]),
];

/// The names of all options that the proofs vary.
pub fn names() -> impl Iterator<Item = &'static str> {
    VALUES.iter().map(|(name, _)| *name)
}

/// Options with what is not as usual in words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Setting {
    pub(super) words: Vec<String>,
    pub(super) options: CardsOptions,
}

impl Setting {
    /// The version of the options: the defaults are what was there before.
    pub(super) fn version(&self) -> u64 {
        if *self == Setting::default() { 1 } else { 2 }
    }
}

/// The most combinations that are run in full; of more, each pair of values is.
const FULL: usize = 300;

/// Every combination of the values of these options, the defaults first; each pair of values, where that were too many.
/// An option that is not known has no values: its name comes back as an error.
pub(super) fn combinations(named: &[&'static str]) -> Result<Vec<Setting>, &'static str> {
    let mut lists = Vec::new();
    for name in named {
        let known = VALUES.iter().find(|(it, _)| it == name).ok_or(*name)?;
        lists.push(known);
    }
    let full: usize = lists.iter().map(|(_, values)| values.len()).product();
    let choices = if full <= FULL { every(&lists) } else { pairs(&lists) };
    let mut settings = Vec::new();
    for choice in choices {
        let mut setting = Setting::default();
        for ((name, values), nth) in lists.iter().zip(choice) {
            let Some((words, set)) = values.get(nth) else { continue };
            set(&mut setting.options);
            if nth > 0 {
                setting.words.push(format!("{name} {words}"));
            }
        }
        if !settings.contains(&setting) {
            settings.push(setting);
        }
    }
    Ok(settings)
}

type List = (&'static str, &'static [(&'static str, Set)]);

fn every(lists: &[&List]) -> Vec<Vec<usize>> {
    lists.iter().fold(vec![Vec::new()], |choices, (_, values)| {
        let longer = |choice: &Vec<usize>| (0..values.len()).map(|nth| [choice.as_slice(), &[nth]].concat()).collect();
        choices.iter().flat_map(|it| -> Vec<Vec<usize>> { longer(it) }).collect()
    })
}

fn pairs(lists: &[&List]) -> Vec<Vec<usize>> {
    let defaults = vec![0; lists.len()];
    let mut choices = vec![defaults.clone()];
    for (a, (_, of_a)) in lists.iter().enumerate() {
        for (b, (_, of_b)) in lists.iter().enumerate().skip(a + 1) {
            for (one, other) in (0..of_a.len()).flat_map(|one| (0..of_b.len()).map(move |other| (one, other))) {
                let mut choice = defaults.clone();
                choice.iter_mut().enumerate().for_each(|(at, it)| match at {
                    at if at == a => *it = one,
                    at if at == b => *it = other,
                    _ => {}
                });
                if !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
        }
    }
    choices
}
