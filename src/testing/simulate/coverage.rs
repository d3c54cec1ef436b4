use std::collections::BTreeMap;
use std::fmt;

/// What has happened in runs, and how often: a simulator that does nothing of interest proves nothing.
///
/// The groups are `fault`, `order`, `answer`, `end` and `event`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage(BTreeMap<(&'static str, &'static str), u64>);

impl Coverage {
    pub(super) fn count(&mut self, group: &'static str, what: &'static str) {
        *self.0.entry((group, what)).or_default() += 1;
    }

    /// How often this has happened.
    #[must_use]
    pub fn of(&self, group: &str, what: &str) -> u64 {
        self.0.iter().filter(|((in_group, it), _)| *in_group == group && *it == what).map(|(_, count)| count).sum()
    }

    /// What has never happened of what can: each fault, each order of a user, each way in which an instance ends.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let all = EXPECTED.iter().flat_map(|(group, names)| names.iter().map(move |it| (*group, *it)));
        all.filter(|it| !self.0.contains_key(it)).map(|(group, name)| format!("{group} `{name}`")).collect()
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: &Coverage) -> Coverage {
        for (what, count) in &other.0 {
            *self.0.entry(*what).or_default() += count;
        }
        self
    }
}

/// What a run may bring about, and many runs must.
const EXPECTED: &[(&str, &[&str])] = &[
    (
        "fault",
        &[
            "conflict",
            "lost",
            "answer lost",
            "late",
            "answered late",
            "twice",
            "refused",
            "authority down",
            "authority mute",
            "authority deaf",
            "authority told twice",
            "authority revokes",
            "authority refuses",
            "authority contradicts",
            "authority waits for somebody",
            "authority by itself",
            "host killed",
            "clock put forward",
            "clock put back",
            "much time passed",
            "options changed",
        ],
    ),
    (
        "order",
        &[
            "search",
            "open",
            "history",
            "inbox",
            "incidents",
            "unmet",
            "start",
            "run",
            "look",
            "request",
            "next",
            "cancel",
            "approve",
            "reject",
            "postpone",
            "ask",
            "take back",
            "resubmit",
            "resolve",
            "claim",
            "unclaim",
            "comment",
            "again",
            "again while under way",
            "again at another host",
            "id reused",
        ],
    ),
    (
        "answer",
        &[
            "done",
            "seen",
            "given again",
            "not known",
            "failed",
            "WrongState",
            "WrongComponent",
            "NotEntitled",
            "NotFound",
            "NotWaiting",
            "NotYours",
            "NotEligible",
            "AlreadyDecided",
            "PlanChanged",
            "Refused",
            "Stale",
            "CommandIdReused",
            "IncidentClosed",
            "ClaimedBy",
        ],
    ),
    ("end", &["done", "cancelled", "expired", "rejected", "superseded"]),
    (
        "event",
        &[
            "changed",
            "requested",
            "confirmed",
            "overtaken",
            "incident",
            "resolved",
            "late",
            "approved",
            "notified",
            "handled",
        ],
    ),
];

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut group = "";
        for ((of, what), count) in &self.0 {
            if *of != group {
                write!(f, "{}{of}:", if group.is_empty() { "" } else { "\n" })?;
                group = of;
            }
            write!(f, " {what} {count},")?;
        }
        Ok(())
    }
}
